from datetime import UTC, datetime, timedelta

import pytest

from casework.words import Outcome, Stage
from cli.answers import CaseTold, Happened
from cli.tally import is_settled, mean_cost, percentile, tally, time_to_close

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def at(seconds: float, event: str, **facts: str) -> Happened:
    return Happened(
        at=START + timedelta(seconds=seconds), actor="casework", event=event, facts=facts
    )


def case(
    name: str, stage: Stage, outcome: Outcome | None = None, detections: tuple[str, ...] = ("d1",)
) -> CaseTold:
    return CaseTold(
        case_id=name,
        detection_ids=detections,
        harm="hate",
        stage=stage,
        outcome=outcome,
        opened_at=START,
    )


@pytest.mark.parametrize(
    ("happened", "seconds"),
    [
        ([at(0, "detection_received"), at(2, "case_closed")], 2.0),
        ([at(0, "detection_received"), at(1, "detection_received"), at(3, "case_closed")], 3.0),
        ([at(0, "detection_received"), at(1, "review_opened"), at(9, "case_closed")], None),
        ([at(0, "detection_received"), at(1, "case_opened")], None),
        ([at(0, "detection_received"), at(2, "case_closed"), at(5, "detection_received")], 2.0),
        (
            [
                at(0, "detection_received"),
                at(2, "case_closed"),
                at(5, "detection_received"),
                at(6, "case_reopened"),
                at(9, "case_closed"),
            ],
            4.0,
        ),
        ([], None),
    ],
)
def test_a_case_takes_from_its_first_detection_to_its_close(
    happened: list[Happened], seconds: float | None
) -> None:
    time = time_to_close(happened)

    assert (time.total_seconds() if time else None) == seconds


@pytest.mark.parametrize(
    ("known", "settled"),
    [
        (case("c", Stage.CLOSED, Outcome.ENFORCED), True),
        (case("c", Stage.REVIEW), True),
        (case("c", Stage.CHECKING), False),
        (case("c", Stage.ENFORCING), False),
        (case("c", Stage.CLOSED, Outcome.DISMISSED, detections=("other",)), False),
        (None, False),
    ],
)
def test_a_detection_is_accounted_for_when_its_case_is_closed_or_before_a_person(
    known: CaseTold | None, settled: bool
) -> None:
    assert is_settled(known, "d1") is settled


def test_a_row_counts_cases_by_how_they_ended() -> None:
    cases = [
        case("c1", Stage.CLOSED, Outcome.ENFORCED),
        case("c2", Stage.CLOSED, Outcome.DISMISSED),
        case("c3", Stage.REVIEW),
        case("c4", Stage.ENFORCING),
    ]
    timelines = {"c1": [at(1, "notice_delivered")], "c2": [], "c3": [], "c4": []}

    row = tally("hate", [f"d{number}" for number in range(7)], cases, timelines)

    assert (row.detected, row.joined) == (7, 3)
    assert (row.enforced, row.dismissed, row.in_review, row.under_way) == (1, 1, 1, 1)
    assert row.notified == 1


def test_percentiles_are_values_that_were_seen() -> None:
    values = [float(number) for number in range(1, 101)]

    assert percentile(values, 0.5) == 50.0
    assert percentile(values, 0.99) == 99.0
    assert percentile([7.0], 0.99) == 7.0
    assert percentile([], 0.5) is None


def test_a_cost_is_a_mean_over_the_sample() -> None:
    cost = mean_cost([(3, 10), (5, 14)])

    assert cost is not None
    assert (cost.cases, cost.transitions, cost.events) == (2, 4.0, 12.0)
    assert mean_cost([]) is None
