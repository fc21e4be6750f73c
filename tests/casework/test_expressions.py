"""Conditions: only a plain yes or no counts, and a mistake is found before any case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import Undecidable
from casework.expressions import Condition, ConditionMistake, Value, compiled
from casework.facts import names_for

NAMES = names_for(("scam_signs",))
FACTS: dict[str, Value | None] = {
    "findings.scam_signs.score": 0.9,
    "account.strikes": 1,
    "item.type": "message",
    "detection.score": 0.5,
    "detection.count": 2,
    "detection.reporters": 0,
    "detection.channel": "classifier",
    "detection.detector": "hive",
}


def holds(condition: str, **absent_or_other: Value | None) -> bool:
    other = {name.replace("__", "."): value for name, value in absent_or_other.items()}
    return compiled(condition, NAMES).holds(FACTS | other)


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ("findings.scam_signs.score >= 0.9 && account.strikes >= 1", True),
        ("findings.scam_signs.score > 0.9", False),
        ('detection.channel in ["legal_order", "trusted_flagger"]', False),
        ('item.type == "message" && !(detection.reporters > 0)', True),
        ("detection.count == 2 ? detection.score < 0.6 : false", True),
    ],
)
def test_a_condition_answers_yes_or_no(condition: str, answer: bool) -> None:
    assert holds(condition) is answer


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_threshold_is_exact_to_the_last_bit(score: float, threshold: float) -> None:
    condition = f"detection.score >= {threshold:.17f}"

    answer = holds(condition, detection__score=score)

    assert answer == (score >= float(f"{threshold:.17f}"))


@pytest.mark.parametrize(
    "condition",
    [
        "1 / (account.strikes - 1) > 0",
        "[1, 2][account.strikes + 5] > 0",
        'timestamp(item.type) < timestamp("2026-01-01T00:00:00Z")',
        "int(detection.detector) > 1",
        "9223372036854775807 + account.strikes > 0",
        "account.strikes > 1 || 1 % 0 == 1",
    ],
)
def test_an_error_is_no_answer_though_the_engine_s_error_value_is_truthy(condition: str) -> None:
    with pytest.raises(Undecidable):
        holds(condition)


def test_a_question_about_an_absent_value_has_no_answer() -> None:
    with pytest.raises(Undecidable):
        holds("detection.score > 0.1", detection__score=None)


def test_an_absent_value_that_changes_nothing_does_not_matter() -> None:
    assert holds("detection.score > 0.1 || account.strikes == 1", detection__score=None)
    assert not holds("detection.score > 0.1 && account.strikes == 7", detection__score=None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("detection__score", "0.9"),
        ("account__strikes", 2**63),
        ("item__type", "\ud800"),
        ("detection__channel", 3),
    ],
)
def test_a_value_the_engine_cannot_take_has_no_answer(name: str, value: Value) -> None:
    condition = f'string({name.replace("__", ".")}) != ""'

    with pytest.raises(Undecidable):
        holds(condition, **{name: value})


@pytest.mark.parametrize(
    ("condition", "line", "column", "message"),
    [
        ("detection.scroe > 0.1", 1, 10, "undeclared reference to 'detection.scroe'"),
        ("findings.profanity.score > 0.1", 1, 19, "undeclared reference"),
        ("account.strikes > 1 &&\n  detection.scroe > 0.1", 2, 12, "undeclared reference"),
        ("'é😀' == detection.scroe", 1, 18, "undeclared reference"),
        ("detection.score >= 1", 1, 17, "no matching overload"),
        ("account.strikes >= 0.5", 1, 17, "no matching overload"),
        ("item.type == 1", 1, 11, "no matching overload"),
        ("detection.score >", 1, 18, "Syntax error"),
        ("account.strikes > 1 and true", 1, 21, "Syntax error"),
        ("", 1, 1, "Syntax error"),
        ("detection.score", 1, 1, "not a yes-or-no question"),
        ("'review'", 1, 1, "not a yes-or-no question"),
        ("null", 1, 1, "not a yes-or-no question"),
        ("dyn(true)", 1, 1, "not a yes-or-no question"),
        ("has(detection.score)", 1, 1, "not a yes-or-no question"),
    ],
)
def test_a_mistake_is_found_before_any_case_and_where_it_is(
    condition: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(ConditionMistake, match=message) as caught:
        compiled(condition, NAMES)

    assert (caught.value.line, caught.value.column) == (line, column)
    assert "INVALID_ARGUMENT" not in str(caught.value)


def test_two_thousand_characters_are_read_and_one_more_is_not() -> None:
    longest = "account.strikes > 1".ljust(2_000)

    assert Condition(longest, dict(NAMES)).holds(FACTS) is False
    with pytest.raises(ConditionMistake, match="longer than 2000"):
        Condition(longest + " ", dict(NAMES))


@pytest.mark.parametrize("condition", ["(" * 900 + "true" + ")" * 900, "[" * 900 + "]" * 900])
def test_a_condition_nested_beyond_reason_is_a_mistake_and_no_crash(condition: str) -> None:
    with pytest.raises(ConditionMistake):
        Condition(condition, dict(NAMES))
