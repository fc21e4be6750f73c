"""Limits on what somebody looks at, and breaks, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from casework.care import Break, CareRules, Exposure, Seen, exposures, reached, rests_until, tighter
from casework.words import Severity

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
RULES = CareRules(break_after=timedelta(minutes=90), break_lasts=timedelta(minutes=10))


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def look(
    name: str,
    at: datetime,
    until: datetime | None = None,
    severity: Severity = Severity.CRITICAL,
    harm: str = "self_harm",
) -> Seen:
    ended = until or at + timedelta(minutes=1)
    return Seen(review_id=name, queue="reviewers", harm=harm, severity=severity, at=at, until=ended)


def steadily(minutes: int, until: datetime = NOW) -> list[Seen]:
    """A review every five minutes, in hand for four, up to a moment."""
    starts = [until - timedelta(minutes=m) for m in range(minutes, 0, -5)]
    return [look(f"r-{n}", at, at + timedelta(minutes=4)) for n, at in enumerate(starts)]


def test_a_limit_is_reached_by_different_reviews_of_24_hours() -> None:
    seen = [look("a", ago(hours=30)), look("b", ago(hours=20)), look("b", ago(hours=2))]
    seen.append(look("c", ago(hours=5)))

    two = reached(seen, {"critical": 2}, NOW)
    three = reached(seen, {"critical": 3}, NOW)

    assert [(each.of, each.limit) for each in two] == [("critical", 2)]
    assert two[0].again_at == ago(hours=5) + timedelta(hours=24)
    assert three == ()


def test_a_limit_of_a_harm_counts_that_harm_alone() -> None:
    seen = [look("a", ago(hours=1)), look("b", ago(hours=1), harm="hate", severity=Severity.HIGH)]

    found = reached(seen, {"hate": 1, "self_harm": 2, "spam_scam": 1}, NOW)

    assert [each.of for each in found] == ["hate"]


def test_a_limit_of_none_is_reached_before_anything_was_seen() -> None:
    [found] = reached([], {"critical": 0}, NOW)

    assert (found.limit, found.again_at) == (0, None)


@pytest.mark.parametrize(
    ("own", "expected"),
    [({"critical": 5}, 5), ({"critical": 500}, 40), ({}, 40)],
)
def test_a_person_s_own_limit_only_lowers_the_office_s(own: dict[str, int], expected: int) -> None:
    assert tighter({"critical": 40}, own | {"hate": 1}) == {"critical": expected, "hate": 1}


def test_exposure_is_counted_by_severity_and_harm_over_a_day_and_a_week() -> None:
    seen = [look("a", ago(hours=1)), look("b", ago(days=3)), look("c", ago(days=8))]

    found = exposures(seen, {"critical": 40, "hate": 3}, NOW)

    assert found == (
        Exposure(of="critical", day=1, week=2, limit=40),
        Exposure(of="hate", day=0, week=0, limit=3),
        Exposure(of="self_harm", day=1, week=2),
    )


@pytest.mark.parametrize(("minutes", "rests"), [(85, False), (90, True), (200, True)])
def test_who_works_on_without_a_pause_is_sent_into_one(minutes: int, rests: bool) -> None:
    until = rests_until(steadily(minutes), [], RULES, NOW)

    assert (until is not None) is rests
    if until is not None:
        assert until == ago(minutes=1) + timedelta(minutes=10)


def test_ten_minutes_without_a_review_are_a_pause() -> None:
    seen = [*steadily(80, until=ago(minutes=60)), *steadily(45)]

    assert rests_until(seen, [], RULES, NOW) is None


def test_the_break_is_over_once_it_has_lasted() -> None:
    seen = steadily(95, until=ago(minutes=10))

    assert rests_until(seen, [], RULES, NOW) is None


def test_a_review_left_lying_is_work_until_its_claim_runs_out() -> None:
    seen = [*steadily(95, until=ago(minutes=15)), look("z", ago(minutes=15), ago(minutes=0))]

    assert rests_until(seen, [], RULES, NOW) == NOW + timedelta(minutes=10)


def test_a_break_that_was_taken_counts_although_a_review_was_in_hand() -> None:
    seen = [*steadily(95, until=ago(minutes=20)), look("z", ago(minutes=20), NOW)]
    taken = Break(began_at=ago(minutes=15), until=ago(minutes=5))

    assert rests_until(seen, [taken], RULES, NOW) is None


def test_nothing_is_served_during_a_break() -> None:
    taken = Break(began_at=ago(minutes=5), until=NOW + timedelta(minutes=25))

    assert rests_until([], [taken], CareRules(), NOW) == taken.until


def test_without_a_rule_nobody_is_sent_into_a_break() -> None:
    assert rests_until(steadily(600), [], CareRules(), NOW) is None
