"""A check's answer is a score or a failure, never something between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from casework.finding import Finding


@given(st.floats(0, 1))
def test_a_score_from_zero_to_one_is_a_finding(score: float) -> None:
    found = Finding(check="profanity", score=score, model="m-1")

    assert found.score == score
    assert Finding.model_validate_json(found.model_dump_json()) == found


@given(
    st.floats(allow_nan=True, allow_infinity=True).filter(lambda score: not 0 <= score <= 1)
    | st.sampled_from([1.0001, -0.1, float("nan"), float("inf")])
)
def test_every_number_outside_of_zero_to_one_is_refused(score: float) -> None:
    with pytest.raises(ValidationError):
        Finding(check="profanity", score=score)


@pytest.mark.parametrize("score", [True, "0.5", "nan", "", [], {}])
def test_what_is_no_number_is_refused(score: JsonValue) -> None:
    with pytest.raises(ValidationError):
        Finding.model_validate({"check": "profanity", "score": score})


def test_a_finding_with_neither_score_nor_failure_is_refused() -> None:
    with pytest.raises(ValidationError, match="either a score or a failure"):
        Finding(check="profanity")


def test_a_finding_with_both_a_score_and_a_failure_is_refused() -> None:
    with pytest.raises(ValidationError, match="either a score or a failure"):
        Finding(check="profanity", score=0.1, failure="unavailable")


def test_a_failed_check_says_what_went_wrong_and_has_no_score() -> None:
    failed = Finding.failed("profanity", "timed_out")

    assert (failed.score, failed.failure) == (None, "timed_out")


@pytest.mark.parametrize("score", [1.0001, -0.1, float("nan"), True])
def test_a_label_s_score_is_as_strict(score: float) -> None:
    with pytest.raises(ValidationError):
        Finding(check="profanity", score=0.5, labels={"insult": score})
