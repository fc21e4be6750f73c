"""What a review weighs in its queue, where that comes from, and what is served first."""

from datetime import timedelta
from typing import Any

import pytest

from casework.queueing import QueueRules
from casework.words import Channel, Severity
from storage.desk import ClaimedReview
from tests.storage.office import ANN, LEASE, Office

REPORT: dict[str, Any] = {"channel": Channel.USER_REPORT, "reporter": "u-7"}


async def waiting(office: Office, number: int, **about: Any) -> str:
    """A case that waits for a person and whose story runs."""
    severity = about.pop("severity", Severity.HIGH)
    within = about.pop("within", timedelta(hours=8))
    case = await office.opened(f"det-{number}", item=f"m-{number}", **about)
    await office.ask(case, severity=severity, within=within)
    return case


def said(claimed: ClaimedReview) -> list[str]:
    return [each.says for each in claimed.why_now]


async def test_what_more_people_saw_is_served_first(office: Office) -> None:
    await waiting(office, 1, context={"reach": 900})
    seen = await waiting(office, 2, context={"reach": 12_300})

    claimed = await office.claim()

    assert claimed.case_id == seen
    assert said(claimed) == ["high severity", "due in 8 hours", "seen by about 12,000"]


@pytest.mark.parametrize("reach", [-5, True, "12000", 1.5, None, [], 10**40])
async def test_a_senseless_reach_stops_no_detection(office: Office, reach: Any) -> None:
    await waiting(office, 1, context={"reach": reach})

    claimed = await office.claim()

    assert claimed.case_id


@pytest.mark.parametrize("channel", [Channel.TRUSTED_FLAGGER, Channel.LEGAL_ORDER])
async def test_a_notice_that_law_puts_first_is_served_before_what_is_overdue(
    office: Office, channel: Channel
) -> None:
    await waiting(office, 1, within=timedelta(seconds=1))
    noticed = await waiting(office, 2, channel=channel)
    office.clock.passes(timedelta(minutes=1))

    claimed = await office.claim()

    assert claimed.case_id == noticed
    assert "a trusted flagger's notice or a legal order" in said(claimed)


async def test_what_joins_a_review_adds_to_its_weight(office: Office) -> None:
    await waiting(office, 1)
    joined = await waiting(office, 2)
    notice: dict[str, Any] = {"channel": Channel.TRUSTED_FLAGGER}
    for number, about in enumerate((REPORT, notice), start=3):
        more = office.detection(f"det-{number}", item="m-2", context={"reach": 40}, **about)
        await office.receive(more)

    claimed = await office.claim()

    assert claimed.case_id == joined
    assert said(claimed) == [
        "high severity",
        "a trusted flagger's notice or a legal order",
        "due in 8 hours",
        "seen by about 40",
        "2 people reported it",
    ]


async def test_an_appeal_does_not_inherit_the_reports_against_it(office: Office) -> None:
    case = await office.opened(**REPORT)
    await office.finish(case, await office.enforce(case))
    await office.hear_appeal(case)

    claimed = await office.claim()

    assert said(claimed) == ["high severity", "due in 24 hours"]


async def test_one_person_reporting_often_is_one(office: Office) -> None:
    await waiting(office, 1, **REPORT)
    for number in range(2, 5):
        await office.receive(office.detection(f"det-{number}", item="m-1", **REPORT))

    claimed = await office.claim()

    assert "one person reported it" in said(claimed)


async def test_every_so_often_the_one_that_has_waited_longest_is_served(office: Office) -> None:
    rules = QueueRules(oldest_every=3, oldest_after=timedelta(hours=1))
    old = await waiting(office, 1, severity=Severity.LOW, within=timedelta(days=9))
    office.clock.passes(timedelta(hours=2))
    for number in range(2, 6):
        await waiting(office, number)

    served = []
    for _ in range(3):
        claimed = await office.store.desk.claim("reviewers", ANN, LEASE, rules)
        assert claimed is not None
        served.append(claimed)
        await office.submit(claimed, ANN)

    assert [each.case_id == old for each in served] == [False, False, True]
    assert said(served[2])[0].startswith("now and then the one that has waited longest")


async def test_a_critical_one_goes_before_the_turn_of_the_oldest(office: Office) -> None:
    rules = QueueRules(oldest_every=2, oldest_after=timedelta(hours=1))
    await waiting(office, 1, severity=Severity.LOW)
    office.clock.passes(timedelta(hours=2))
    for number in (2, 3):
        await waiting(office, number, severity=Severity.CRITICAL)
    first = await office.store.desk.claim("reviewers", ANN, LEASE, rules)
    assert first is not None
    await office.submit(first, ANN)

    second = await office.store.desk.claim("reviewers", ANN, LEASE, rules)

    assert second is not None
    assert second.severity is Severity.CRITICAL
