"""What law asks of a decision, and how a ladder goes under it."""

from datetime import date, timedelta

import pytest

from casework.duties import WARNING_FIRST, Climb, Duties, Duty, Place
from casework.ruling import Measure, Ruling
from casework.words import ActionKind
from tests.casework.made import policy

DAY = timedelta(days=1)
LADDER = {
    "weight": 1,
    "expires": "P90D",
    "ladder": {
        1: {"limit_reach": "P1D"},
        2: {"timeout_account": "P1D"},
        3: {"suspend_account": "P7D"},
        5: {"ban_account": "permanent"},
    },
}
REMOVE = Measure(kind=ActionKind.REMOVE_ITEM)
WARN = Measure(kind=ActionKind.WARN_ACCOUNT)
FROM = date(2024, 2, 17)


def law(in_force: date | None = FROM) -> Duties:
    duty = Duty(name=WARNING_FIRST, in_force=in_force, law="DSA", source="there", checked=FROM)
    return Duties(places=(Place(place="eu", members=frozenset({"DE", "EU"}), duties=(duty,)),))


@pytest.mark.parametrize("jurisdiction", ["DE", "de", "DE-BY", "EU"])
def test_an_account_is_under_the_law_of_its_place(jurisdiction: str) -> None:
    assert law().want_a_warning_first(jurisdiction, FROM)


@pytest.mark.parametrize("jurisdiction", ["US", "GB", None])
def test_and_under_no_other(jurisdiction: str | None) -> None:
    assert not law().want_a_warning_first(jurisdiction, FROM)


def test_a_duty_binds_from_its_first_day_on() -> None:
    assert not law().want_a_warning_first("DE", FROM - DAY)
    assert law().want_a_warning_first("DE", FROM)
    assert not law(in_force=None).want_a_warning_first("DE", FROM)


@pytest.mark.parametrize(("before", "rung"), [(1, 2), (2, 3), (4, 5)])
def test_the_ladder_warns_where_it_would_suspend_for_the_first_time(before: int, rung: int) -> None:
    written = policy(strikes=LADDER)
    climb = Climb(before=before, owed_a_warning=True)

    assert written.rungs(climb) == {rung: WARN}


def test_what_does_not_suspend_needs_no_warning() -> None:
    written = policy(strikes=LADDER)

    reached = written.rungs(Climb(before=0, owed_a_warning=True))

    assert reached == {1: Measure(kind=ActionKind.LIMIT_REACH, lasts=DAY)}


def test_a_grave_act_that_a_rule_answers_is_left_alone() -> None:
    written = policy(strikes=LADDER)
    own = Ruling.enforce((REMOVE, Measure(kind=ActionKind.BAN_ACCOUNT)), "rule_1")

    ruling = written.in_full(own, Climb(before=2, owed_a_warning=True))

    assert ruling.measures == (REMOVE, Measure(kind=ActionKind.BAN_ACCOUNT), WARN)
    assert ruling.reason == "rule_1"


def test_whoever_was_warned_is_suspended() -> None:
    written = policy(strikes=LADDER)

    ruling = written.in_full(Ruling.enforce((REMOVE,), "rule_1"), Climb(before=2))

    assert ruling.measures == (REMOVE, Measure(kind=ActionKind.SUSPEND_ACCOUNT, lasts=7 * DAY))


def test_a_ladder_that_suspends_must_be_allowed_to_warn() -> None:
    kinds = ["remove_item", "limit_reach", "timeout_account", "suspend_account", "ban_account"]

    with pytest.raises(ValueError, match="warn_account"):
        policy(strikes=LADDER, may_only=kinds)

    assert policy(strikes=LADDER, may_only=[*kinds, "warn_account"]).strikes is not None
