"""The order of a queue, and the words that explain it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from casework.queueing import (
    Chosen,
    QueueRules,
    Waiting,
    is_a_turn,
    place,
    place_at_a_turn,
    queues_of,
    why_now,
)
from casework.words import HearingKind, Severity

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
RULES = QueueRules()


def waiting(**changed: Any) -> Waiting:
    usual: dict[str, Any] = {
        "review_id": "r-1",
        "severity": Severity.HIGH,
        "trusted": False,
        "due_at": NOON + timedelta(hours=8),
        "reach": 0,
        "reporters": 0,
        "opened_at": NOON,
    }
    return Waiting(**usual | changed)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"severity": Severity.CRITICAL}, {"trusted": True, "due_at": NOON}),
        ({"trusted": True}, {"due_at": NOON}),
        ({"due_at": NOON + timedelta(minutes=50)}, {"reach": 5_000_000}),
        ({"reach": 10_000}, {"reach": 9_999, "reporters": 10}),
        ({"reporters": 3}, {"reporters": 2, "opened_at": NOON - timedelta(days=1)}),
        ({"due_at": NOON + timedelta(hours=5)}, {"opened_at": NOON - timedelta(days=1)}),
        ({"opened_at": NOON - timedelta(hours=1)}, {}),
    ],
)
def test_what_counts_more_goes_first(first: dict[str, Any], second: dict[str, Any]) -> None:
    served = sorted((waiting(**second), waiting(**first)), key=lambda each: place(each, NOON))

    assert served[0] == waiting(**first)


def test_a_crowd_beyond_ten_adds_nothing() -> None:
    crowd = waiting(reporters=400, due_at=NOON + timedelta(hours=9))
    ten = waiting(reporters=10)

    assert place(ten, NOON) < place(crowd, NOON)


def test_within_one_band_of_the_deadline_reach_has_its_say() -> None:
    sooner = waiting(due_at=NOON + timedelta(minutes=20))
    wider = waiting(due_at=NOON + timedelta(minutes=40), reach=1_000)

    assert place(wider, NOON) < place(sooner, NOON)


def test_at_a_turn_the_oldest_goes_before_everything_but_what_is_critical() -> None:
    critical = waiting(severity=Severity.CRITICAL)
    old = waiting(severity=Severity.LOW, opened_at=NOON - timedelta(hours=5))
    urgent = waiting(trusted=True, due_at=NOON)

    served = sorted((urgent, old, critical), key=lambda each: place_at_a_turn(each, NOON, RULES))

    assert served == [critical, old, urgent]


def test_every_fifth_claim_is_a_turn() -> None:
    turns = [number for number in range(12) if is_a_turn(number, RULES)]

    assert turns == [4, 9]


def test_the_reasons_are_told_in_the_order_in_which_they_count() -> None:
    told = why_now(
        waiting(
            trusted=True,
            due_at=NOON + timedelta(minutes=50),
            reach=12_345,
            reporters=5,
            opened_at=NOON - timedelta(hours=3),
        ),
        NOON,
        Chosen.OFFERED,
    )

    assert [each.says for each in told] == [
        "kept for you",
        "high severity",
        "a trusted flagger's notice or a legal order",
        "due in under an hour",
        "seen by about 12,000",
        "5 people reported it",
        "has waited 3 hours",
    ]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"due_at": NOON}, "overdue"),
        ({"due_at": NOON + timedelta(days=3, hours=1)}, "due in 3 days"),
        ({"due_at": NOON + timedelta(hours=30)}, "due in 30 hours"),
        ({"reporters": 1}, "one person reported it"),
        ({"opened_at": NOON - timedelta(minutes=61)}, "has waited an hour"),
        ({"opened_at": NOON - timedelta(minutes=5)}, "has waited 5 minutes"),
        ({"severity": Severity.CRITICAL}, "critical"),
    ],
)
def test_each_reason_is_told_in_plain_words(changed: dict[str, Any], says: str) -> None:
    told = why_now(waiting(**changed), NOON)

    assert says in [each.says for each in told]


def test_what_counts_for_nothing_is_not_told() -> None:
    told = why_now(waiting(reach=9), NOON)

    assert [each.factor for each in told] == ["severity", "deadline"]


@pytest.mark.parametrize(
    ("desk", "hearing", "queues"),
    [
        ("reviewers", HearingKind.FIRST, {"reviewers"}),
        ("legal", HearingKind.FIRST, {"legal"}),
        ("reviewers", HearingKind.APPEAL, {"reviewers", "appeals"}),
        ("legal", HearingKind.APPEAL, {"legal"}),
    ],
)
def test_an_appeal_is_in_the_queue_of_appeals_unless_legal_has_it(
    desk: str, hearing: HearingKind, queues: set[str]
) -> None:
    assert set(queues_of(desk, hearing)) == queues
