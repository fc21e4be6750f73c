"""What several people's answers make of each other."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.records import Person, Submission
from casework.ruling import Measure
from casework.seconding import Weight, weighed
from casework.words import ActionKind, Confidence, Role, Verdict
from tests.casework.made import NOON

BAN = Measure(kind=ActionKind.BAN_ACCOUNT)
REMOVE = Measure(kind=ActionKind.REMOVE_ITEM)


def says(who: str, *measures: Measure, sure: Confidence | None = None) -> Submission:
    """Somebody enforces these measures, or dismisses if there are none."""
    return Submission(
        submission_id=f"s-{who}",
        review_id="r-1",
        case_id="c" * 32,
        by=Person(id=who, role=Role.REVIEWER),
        queue="reviewers",
        verdict=Verdict.ENFORCE if measures else Verdict.DISMISS,
        measures=measures,
        confidence=sure,
        at=NOON,
    )


@pytest.mark.parametrize(
    ("answer", "earlier", "people", "weight"),
    [
        (says("ben"), [], 1, Weight.COUNTS),
        (says("ben", BAN), [], 2, Weight.WAITS),
        (says("ben", BAN), [says("ann", BAN)], 2, Weight.COUNTS),
        (says("ben", BAN, REMOVE), [says("ann", REMOVE, BAN)], 2, Weight.COUNTS),
        (says("ben", BAN, sure=Confidence.UNSURE), [says("ann", BAN)], 2, Weight.COUNTS),
        (says("ben"), [says("ann", BAN)], 1, Weight.GOES_UP),
        (says("ben", REMOVE), [says("ann", BAN)], 1, Weight.GOES_UP),
        (says("lea"), [says("ann", BAN), says("ben", REMOVE)], 1, Weight.COUNTS),
        (says("lea", BAN), [says("ann", BAN), says("ben")], 2, Weight.COUNTS),
        (says("lea", BAN), [says("ann", REMOVE), says("ben")], 2, Weight.WAITS),
        (says("lou", BAN), [says("ann", REMOVE), says("ben"), says("lea", BAN)], 2, Weight.COUNTS),
        (says("ann", BAN), [says("ann", BAN)], 2, Weight.WAITS),
    ],
    ids=[
        "one alone", "the first of two", "two who agree", "in whatever order", "however sure",
        "the second sees nothing in it", "the second wants less", "the third decides alone",
        "the third agrees with the first", "the third wants what needs two", "and a fourth agrees",
        "nobody seconds themselves",
    ],
)  # fmt: skip
def test_two_have_to_agree_and_a_third_decides(
    answer: Submission, earlier: Sequence[Submission], people: int, weight: Weight
) -> None:
    assert weighed(answer, earlier, people) is weight


@given(st.lists(st.tuples(st.sampled_from([(), (BAN,), (REMOVE,)]), st.sampled_from([1, 2]))))
def test_a_question_goes_up_once_at_most_whoever_answers_it(
    answers: list[tuple[tuple[Measure, ...], int]],
) -> None:
    kept: list[Submission] = []
    weights = []

    for number, (measures, people) in enumerate(answers):
        said = says(f"p-{number}", *measures)
        weights.append(weighed(said, kept, people))
        if weights[-1] is Weight.COUNTS:
            break
        kept.append(said)

    assert weights.count(Weight.GOES_UP) <= 1
