"""Recalls: everything that a bad version did is taken back, and nothing that somebody else did."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from casework.errors import Irreversible, TurnedDown, Unavailable
from casework.identity import recall_workflow
from casework.orders import CaseStart
from casework.recalls import RecallFilter, RecallReport, RecallStart, RecallState, Request
from casework.records import Person
from casework.ruling import Measure
from casework.words import (
    ActionKind,
    ActionState,
    Channel,
    HearingKind,
    NoticeKind,
    Outcome,
    Role,
    Stage,
    Verdict,
)
from integrations.mail.fake import FakeMail
from integrations.openai_moderation.fake import FakeOpenAiModeration
from integrations.scam_signs.fake import FakeScamSigns
from storage.appeal_views import AppealState, AppealView
from storage.tables import decisions, notices
from tests.town import COLLEAGUE, REVIEWER, Town, World, a_detection, town
from workers.reviving import Reviver

BAD = RecallFilter(detector="bad-sieve")
ONCALL = Person(id="olga", role=Role.ONCALL)
LEAD = Person(id="lea", role=Role.LEAD)
FAST = 6_000
"""Cases a minute: as fast as it goes."""


async def planned(it: Town, found: RecallFilter = BAD, pace: int = FAST) -> str:
    asked = Request(
        filter=found, pace=pace, sample=3, everything=True, valid_for=timedelta(hours=4)
    )
    recall = (await it.store.recalls.plan(asked, ONCALL)).recall_id
    for person in (ONCALL, LEAD):
        await it.store.recalls.approve(recall, person)
    return recall


async def begun(it: Town, found: RecallFilter = BAD, pace: int = FAST) -> str:
    recall = await planned(it, found, pace)
    await it.store.recalls.start(recall, ONCALL)
    await it.stories.recall(RecallStart(recall_id=recall, pace=pace))
    return recall


async def ended(it: Town, recall: str) -> RecallReport:
    while (view := await it.store.recalls.view(recall, ONCALL)).report is None:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    return view.report


async def recalled(it: Town, found: RecallFilter = BAD) -> RecallReport:
    return await ended(it, await begun(it, found))


async def enforced(
    it: Town, accounts: Sequence[str], detector: str = "bad-sieve"
) -> list[CaseStart]:
    starts = [
        await it.detect(a_detection(score=0.99, account=account, detector=detector))
        for account in accounts
    ]
    for start in starts:
        await it.ended(start)
    return starts


def scams(**others: object) -> World:
    return World(scam_signs=FakeScamSigns(score=0.95), **others)  # type: ignore[arg-type]


async def test_a_recall_leaves_nothing_of_what_the_bad_version_did(place: Path) -> None:
    world = scams()
    async with town(place, world) as it:
        bad = await enforced(it, [f"acct_{number}" for number in range(5)])
        await enforced(it, ["acct_good"], detector="good-sieve")

        report = await recalled(it)

        assert (report.undone, report.strikes_withdrawn, report.notices_sent) == (5, 5, 5)
        assert world.platform.standing == [ActionKind.REMOVE_ITEM]
        assert [await it.standing_strikes(start.case_id) for start in bad] == [0] * 5
        corrections = [sent for sent in world.mail.sent if sent.kind is NoticeKind.CORRECTION]
        assert {sent.account.id for sent in corrections} == {f"acct_{n}" for n in range(5)}
        assert all("automated means" in sent.body for sent in corrections)
        assert not any("appeal was heard" in sent.body for sent in corrections)


async def test_the_overriding_decisions_are_by_the_two_who_approved(place: Path) -> None:
    async with town(place, scams()) as it:
        [start] = await enforced(it, ["acct_1"])

        await recalled(it)

        async with it.store.database.reading() as tx:
            first, second = await tx.rows(
                select(decisions)
                .where(decisions.c.case_id == start.case_id)
                .order_by(decisions.c.at)
            )
        assert (second.hearing, second.verdict) == (HearingKind.RECALL, Verdict.OVERTURNED)
        assert (second.by, second.automated) == ("olga, lea", False)
        assert second.overrides == first.decision_id


async def test_recalling_twice_changes_nothing_more(place: Path) -> None:
    world = scams()
    async with town(place, world) as it:
        await enforced(it, ["acct_1", "acct_2"])
        await recalled(it)
        asked, sent = list(world.platform.asked), list(world.mail.sent)

        again = await recalled(it)

        assert (again.items, again.undone) == (0, 0)
        assert (world.platform.asked, world.mail.sent) == (asked, sent)


async def test_two_overlapping_recalls_at_once_undo_everything_once(place: Path) -> None:
    world = scams()
    async with town(place, world) as it:
        await enforced(it, [f"acct_{number}" for number in range(8)])

        both = [await planned(it), await planned(it, RecallFilter(policy="spam_scam"))]
        for recall in both:
            await it.store.recalls.start(recall, ONCALL)
            await it.stories.recall(RecallStart(recall_id=recall, pace=FAST))
        reports = [await ended(it, recall) for recall in both]

        assert sum(report.undone for report in reports) == 8
        assert sum(report.skipped for report in reports) == 8
        reverts = [asked for asked in world.platform.asked if asked.startswith("revert")]
        assert len(reverts) == len(set(reverts)) == 8
        assert len([n for n in world.mail.attempts if n]) == 16


async def test_what_a_person_upheld_on_appeal_stands(place: Path) -> None:
    world = scams()
    async with town(place, world) as it:
        [start] = await enforced(it, ["acct_1"])
        appeal = await appealed(it)
        await it.decide(await it.claim(COLLEAGUE, "appeals"), COLLEAGUE, Verdict.UPHELD)
        await over(it, f"appeal/{appeal}")

        report = await recalled(it)

        assert report.items == 0
        assert [(left.why, left.count) for left in report.left_out] == [("upheld_on_appeal", 1)]
        assert await it.standing_strikes(start.case_id) == 1
        assert world.platform.standing == [ActionKind.REMOVE_ITEM]


async def test_an_appeal_that_waits_is_granted_by_the_recall(place: Path) -> None:
    world = scams()
    async with town(place, world) as it:
        await enforced(it, ["acct_1"])
        appeal = await appealed(it)
        await it.claim(COLLEAGUE, "appeals")

        await recalled(it)
        await over(it, f"appeal/{appeal}")

        assert (await looked_at(it)).state is AppealState.OVERTURNED
        assert [sent.kind for sent in world.mail.sent] == [
            NoticeKind.STATEMENT,
            NoticeKind.CORRECTION,
        ]
        assert await it.store.desk.claim("appeals", REVIEWER, timedelta(hours=1)) is None


async def test_an_open_case_that_only_it_detected_ends_as_dismissed(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8, detector="bad-sieve"))
        claimed = await it.claim()

        report = await recalled(it)
        case = await it.ended(start)

        assert report.dismissed_while_open == 1
        assert (case.stage, case.outcome) == (Stage.CLOSED, Outcome.DISMISSED)
        assert world.platform.standing == []
        assert world.mail.sent == []
        assert not (await it.store.reads.review_page(claimed.review_id)).open


async def test_what_a_report_claims_too_is_undone_and_put_before_people(place: Path) -> None:
    world = scams()
    async with town(place, world) as it:
        [start] = await enforced(it, ["acct_1"])
        item = (await it.store.cases.file(start.case_id)).item
        report = a_detection(
            item=item.id, score=None, channel=Channel.USER_REPORT, detector="reports"
        )
        await it.ended(await it.detect(report))

        told = await recalled(it)
        claimed = await it.claim()
        page = await it.store.reads.review_page(claimed.review_id)
        await it.decide(claimed, REVIEWER, Verdict.ENFORCE, [Measure(kind=ActionKind.REMOVE_ITEM)])
        case = await it.ended(start)

        assert (told.undone, told.requeued) == (1, 1)
        assert (page.case_id, page.why) == (start.case_id, "recalled")
        assert "a person will look at it" in world.mail.sent[1].body
        assert case.outcome is Outcome.ENFORCED
        assert world.platform.standing == [ActionKind.REMOVE_ITEM]


async def test_a_statement_that_was_not_delivered_is_withdrawn_and_never_sent(
    place: Path,
) -> None:
    world = scams(mail=FakeMail(fails_first=[Unavailable("down")] * 4))
    async with town(place, world) as it:
        start = await it.detect(a_detection(score=0.99, detector="bad-sieve"))
        while not world.platform.standing:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

        report = await recalled(it)
        await it.passes(timedelta(minutes=10))
        case = await it.ended_in_time(start)

        assert (report.undone, report.notices_withdrawn, report.notices_sent) == (1, 1, 0)
        assert world.mail.sent == []
        assert world.platform.standing == []
        assert (case.stage, case.outcome) == (Stage.CLOSED, Outcome.DISMISSED)
        async with it.store.database.reading() as tx:
            open_notices = select(func.count()).select_from(notices)
            assert await tx.value(open_notices.where(notices.c.withdrawn_at.is_(None))) == 0


async def test_a_platform_that_is_down_blocks_a_recall_and_it_goes_on(place: Path) -> None:
    world = scams()
    async with town(place, world) as it:
        await enforced(it, [f"acct_{number}" for number in range(4)])
        world.platform.fails([Unavailable("down")] * 9)

        report = await recalled(it)

        assert report.undone == 4
        assert report.not_undone == ()
        assert world.platform.standing == []


async def test_one_undo_that_is_refused_does_not_hold_up_the_others(place: Path) -> None:
    world = scams()
    async with town(place, world) as it:
        starts = await enforced(it, [f"acct_{number}" for number in range(4)])
        world.platform.fails([Irreversible("no way back")])

        report = await recalled(it)

        assert report.undone == 3
        [left] = report.not_undone
        assert left.note == "irreversible"
        assert left.case_id in {start.case_id for start in starts}
        assert sum("could not be undone yet" in sent.body for sent in world.mail.sent) == 1


async def test_an_undo_that_a_recall_left_behind_is_tried_again_until_it_goes_through(
    place: Path,
) -> None:
    world = scams()
    async with town(place, world) as it:
        [start] = await enforced(it, ["acct_1"])
        world.platform.fails([TurnedDown("not now")] * 3)
        await recalled(it)
        [refused] = await it.store.action_reads.of_case(start.case_id)

        await Reviver(it.store, it.stories).revive(f"action/{refused.action_id}")
        story = it.client.get_workflow_handle(f"action/{refused.action_id}")
        await it.passes(timedelta(seconds=10))
        still = (await it.store.action_reads.one(refused.action_id)).state
        await story.signal("retry")
        state = await story.result()

        assert (refused.state, still) == (ActionState.NEEDS_HUMAN, ActionState.NEEDS_HUMAN)
        assert state == ActionState.REVERTED
        assert world.platform.standing == []


async def test_an_undo_that_is_written_off_is_not_tried_again(place: Path) -> None:
    world = scams()
    async with town(place, world) as it:
        [start] = await enforced(it, ["acct_1"])
        world.platform.fails([Irreversible("no way back")])
        await recalled(it)
        [refused] = await it.store.action_reads.of_case(start.case_id)

        await it.store.action_orders.write_off(refused.action_id, ONCALL, "it cannot be")
        await Reviver(it.store, it.stories).revive(f"action/{refused.action_id}")

        assert not await it.stories.is_running(f"action/{refused.action_id}")
        assert world.platform.standing == ["remove_item"]


async def test_a_recall_that_is_paused_begins_nothing_more_until_it_is_resumed(
    place: Path,
) -> None:
    world = scams()
    async with town(place, world) as it:
        await enforced(it, [f"acct_{number}" for number in range(12)])
        recall = await begun(it, pace=120)
        while not world.platform.asked or "revert" not in world.platform.asked[-1]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

        await it.store.recalls.pause(recall, LEAD)
        await it.stories.recall_changed(recall)
        await asyncio.sleep(2)
        after_two_seconds = list(world.platform.asked)
        await asyncio.sleep(2)
        later = list(world.platform.asked)
        await it.store.recalls.resume(recall, LEAD)
        await it.stories.recall_changed(recall)
        report = await ended(it, recall)

        assert after_two_seconds == later
        assert 0 < sum(asked.startswith("revert") for asked in later) < 12
        assert report.undone == 12


async def test_the_story_of_a_recall_that_was_ended_is_told_on(place: Path) -> None:
    world = scams()
    async with town(place, world) as it:
        await enforced(it, [f"acct_{number}" for number in range(6)])
        recall = await begun(it, pace=120)
        story = it.client.get_workflow_handle(recall_workflow(recall))
        while not world.platform.asked or "revert" not in world.platform.asked[-1]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

        await story.terminate("by hand")
        await Reviver(it.store, it.stories).revive(story.id)
        report = await ended(it, recall)

        assert report.undone == 6
        assert world.platform.standing == []


async def test_a_recall_keeps_the_pace_that_was_asked_for(place: Path) -> None:
    async with town(place, scams()) as it:
        await enforced(it, [f"acct_{number}" for number in range(31)])

        report = await ended(it, await begun(it, pace=300))

        took = (report.finished_at - report.started_at).total_seconds()
        assert report.pace_held is not None
        assert 150 <= report.pace_held <= 330  # slower only as far as a busy machine makes it
        assert took > 5


async def test_a_recall_that_was_started_and_never_told_is_found(place: Path) -> None:
    async with town(place, scams()) as it:
        await enforced(it, ["acct_1"])
        recall = await planned(it)
        await it.store.recalls.start(recall, ONCALL)

        await Reviver(it.store, it.stories).revive(recall_workflow(recall))
        report = await ended(it, recall)

        assert report.undone == 1
        assert (await it.store.recalls.view(recall, ONCALL)).state is RecallState.FINISHED


async def over(it: Town, workflow_id: str) -> None:
    while await it.stories.is_running(workflow_id):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def looked_at(it: Town) -> AppealView:
    return await it.store.appeals.look(it.world.mail.sent[0].notice_id)


async def appealed(it: Town) -> str:
    """File an appeal with the notice that came first; the decision it is about."""
    [notice] = [sent for sent in it.world.mail.sent if sent.kind is NoticeKind.STATEMENT]
    filed = await it.store.appeals.file(notice.notice_id, "please look again", "web")
    await it.stories.appeal(filed.start)
    while (await it.store.owed.appeal(filed.decision_id)) is None:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    return filed.decision_id
