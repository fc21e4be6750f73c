"""Looking things up."""

from datetime import timedelta

import pytest

from casework.errors import Malformed, NotFound
from casework.queueing import APPEALS
from casework.words import ActionState, HearingKind, Outcome, Severity, Stage, Verdict
from storage.reads import CaseFilters, QueueStat
from tests.storage.office import ANN, BEN, SECRET, Office


async def several(office: Office, number: int) -> list[str]:
    """Cases opened a second apart, the oldest first."""
    made = []
    for n in range(number):
        made.append(await office.opened(f"det-{n}", item=f"m-{n}", account=f"acc-{n % 2}"))
        office.clock.passes(timedelta(seconds=1))
    return made


async def test_an_unknown_case_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.store.reads.case("unknown")
    with pytest.raises(NotFound):
        await office.store.reads.timeline("unknown")
    with pytest.raises(NotFound):
        await office.store.reads.review_page("unknown")


async def test_cases_come_in_pages_newest_first_each_once(office: Office) -> None:
    made = await several(office, 5)

    seen, cursor = [], None
    for _ in range(3):
        page = await office.store.reads.cases(CaseFilters(), cursor, limit=2)
        seen += [case.case_id for case in page.items]
        cursor = page.next

    assert seen == made[::-1]
    assert cursor is None


async def test_a_page_is_steady_while_new_cases_come(office: Office) -> None:
    made = await several(office, 4)
    first = await office.store.reads.cases(CaseFilters(), limit=2)
    await office.opened("det-new", item="m-new")

    second = await office.store.reads.cases(CaseFilters(), first.next, limit=2)

    assert [case.case_id for case in second.items] == made[1::-1]


@pytest.mark.parametrize("cursor", ["", "nonsense", "WzFd", "WyJ4IiwgInkiXQ==", "é"])
async def test_a_made_up_cursor_is_refused(office: Office, cursor: str) -> None:
    with pytest.raises(Malformed):
        await office.store.reads.cases(CaseFilters(), cursor)


async def test_filters_all_have_to_fit(office: Office) -> None:
    made = await several(office, 4)
    await office.ask(made[3])
    since = office.clock.now - timedelta(seconds=2)

    async def found(**filters: object) -> list[str]:
        page = await office.store.reads.cases(CaseFilters.model_validate(filters))
        return [case.case_id for case in page.items]

    assert await found(stage="review") == [made[3]]
    assert await found(queue="reviewers") == [made[3]]
    assert await found(account="acc-0") == [made[2], made[0]]
    assert await found(account="acc-0", stage="review") == []
    assert await found(since=since) == [made[3], made[2]]
    assert await found(harm="hate") == []
    assert await found(harms={"hate"}) == []
    assert len(await found(detector="keyword-scan", harms={"harassment"})) == 4


async def test_a_review_page_has_all_that_is_needed_to_decide(office: Office) -> None:
    earlier = await office.opened("det-0", item="m-0")
    await office.finish(earlier, await office.enforce(earlier, by="ann"))
    await office.overturn(earlier)
    case = await office.opened("det-1")
    review = await office.ask(case, severity=Severity.CRITICAL)

    page = await office.store.reads.review_page(review.review_id)

    assert (page.text, page.item.id, page.severity) == (SECRET, "m-1", Severity.CRITICAL)
    assert [finding.failure for finding in page.findings] == ["timed_out"]
    assert (page.history.cases, page.history.enforced, page.history.overturned) == (1, 1, 1)
    assert (page.history.strikes, page.detections, page.open) == (0, 1, True)


async def test_an_appeal_s_page_shows_the_first_decision_with_its_reason(office: Office) -> None:
    case = await office.opened()
    await office.finish(case, await office.enforce(case, by="ann"))
    review = await office.hear_appeal(case)

    page = await office.store.reads.review_page(review.review_id)

    [decision] = page.decisions
    assert (decision.by, decision.reason) == ("ann", "because of what was said")
    assert (page.hearing, page.excluded) == (HearingKind.APPEAL, ("ann",))


async def test_queues_say_how_much_waits_and_since_when(office: Office) -> None:
    begun = office.clock.now
    for case in await several(office, 3):
        await office.ask(case)
    await office.claim(ANN)

    [stat] = await office.store.reads.queue_stats()

    assert (stat.queue, stat.waiting, stat.claimed) == ("reviewers", 2, 1)
    assert stat.oldest_at == begun + timedelta(seconds=3)


async def test_appeals_are_a_queue_of_their_own_over_all_desks(office: Office) -> None:
    case = await office.opened()
    await office.finish(case, await office.enforce(case))
    review = await office.hear_appeal(case)

    stats = await office.store.reads.queue_stats()

    def stat(queue: str) -> QueueStat:
        return QueueStat(
            queue=queue,
            waiting=1,
            claimed=0,
            oldest_at=office.clock.now,
            next_due_at=review.due_at,
        )

    assert stats == [stat("reviewers"), stat(APPEALS)]


async def test_a_claim_that_ran_out_counts_as_waiting(office: Office) -> None:
    await office.ask(await office.opened())
    await office.claim(BEN)
    office.clock.passes(timedelta(days=1))

    [stat] = await office.store.reads.queue_stats()

    assert (stat.waiting, stat.claimed) == (1, 0)


async def test_cases_open_for_long_are_found_for_the_reconciler(office: Office) -> None:
    closed, still_open = await several(office, 2)
    await office.finish(closed, await office.dismiss(closed))
    office.clock.passes(timedelta(hours=1))
    await office.opened("det-new", item="m-new")

    found = await office.store.reads.open_cases(timedelta(minutes=30))

    assert [start.case_id for start in found] == [still_open]


async def test_counts_account_for_everything(office: Office) -> None:
    enforced, dismissed, waiting = await several(office, 3)
    await office.finish(enforced, await office.enforce(enforced))
    await office.finish(dismissed, await office.dismiss(dismissed))
    await office.ask(waiting)

    counts = await office.store.reads.counts()

    assert (counts.detections, counts.cases) == (3, 3)
    assert counts.stages == {Stage.CLOSED: 2, Stage.REVIEW: 1}
    assert counts.outcomes == {Outcome.ENFORCED: 1, Outcome.DISMISSED: 1}
    assert counts.actions == {ActionState.CONFIRMED: 1}
    assert (counts.notices, counts.delivered, counts.appeals) == (1, 1, 0)


async def test_a_timeline_names_actors_and_carries_no_user_content(office: Office) -> None:
    case = await office.opened()
    review = await office.ask(case)
    await office.submit(await office.claim(), verdict=Verdict.DISMISS)
    await office.dismiss(case, by="ann", closes=review.review_id, step="1/first")

    timeline = await office.store.reads.timeline(case)

    assert [line.actor for line in timeline if line.event == "decided"] == ["ann"]
    assert SECRET not in "".join(line.model_dump_json() for line in timeline)
    assert "acc-1" not in "".join(line.model_dump_json() for line in timeline)
