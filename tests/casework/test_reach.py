"""A rule that an earlier one leaves nothing to do is found, and no other rule is blamed."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from casework.expressions import compiled
from casework.reach import covers

NAMES = (("a", float), ("b", float), ("c", int))
NUMBERS = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
BOUNDS = st.builds(
    "{} {} {}".format, st.sampled_from("ab"), st.sampled_from([">=", ">", "<=", "<"]), NUMBERS
)
ATOMS = BOUNDS | st.sampled_from(
    ["c == 1", "c in [1, 2]", "!(c > 1)", "(c > 1 ? a > 0.5 : b > 0.5)"]
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds("({} && {})".format, inner, inner)
        | st.builds("{} || {}".format, inner, inner)
        | st.builds("({})".format, inner)
    ),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("a >= 0.5", "a >= 0.97"),
        ("a >= 0.5", "a >= 0.5"),
        ("a >= 0.5", "a>=0.50"),
        ("a >= 0.5", "a > 0.5"),
        ("a > 0.4", "a >= 0.5"),
        ("a < 0.9", "a <= 0.5"),
        ("a >= 0.5", "a >= 0.97 && b > 0.1"),
        ("a >= 0.5", "(b > 0.1) && (a >= 0.97)"),
        ("a >= 0.5 && b > 0.1", "b > 0.1 && a >= 0.97 && c == 1"),
        ("a >= 0.5 || b > 0.1", "b > 0.2"),
        ("a >= 0.5 || b > 0.1", "a >= 0.6 || (b > 0.2 && c == 1)"),
        ('c in ["x", "y"]', 'c in ["x",   "y"] && a > 0.1'),
    ],
)
def test_a_stricter_condition_below_a_looser_one_is_never_reached(earlier: str, later: str) -> None:
    assert covers(earlier, later)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("a >= 0.97", "a >= 0.5"),
        ("a > 0.5", "a >= 0.5"),
        ("a >= 0.5", "b >= 0.97"),
        ("a >= 0.5", "a <= 0.97"),
        ("a >= 0.5 && b > 0.1", "a >= 0.97"),
        ("a >= 0.5", "a >= 0.97 || b > 0.1"),
        ("a >= 0.5 ? c == 1 : c == 2", "a >= 0.5"),
        ("a >= 0.5 || b > 0.1 ? c == 1 : c == 2", "a >= 0.5"),
        ("x == 'a || b'", "b'"),
        ("!(a >= 0.5)", "(a >= 0.5)"),
        ("c == 'A'", "c == 'a'"),
    ],
)
def test_a_condition_that_still_has_cases_of_its_own_is_reached(earlier: str, later: str) -> None:
    assert not covers(earlier, later)


@settings(max_examples=150)
@given(CONDITIONS, CONDITIONS, NUMBERS | st.floats(0, 1), NUMBERS, st.integers(0, 3))
def test_no_case_ever_reaches_a_rule_that_is_called_unreachable(
    earlier: str, later: str, a: float, b: float, c: int
) -> None:
    assume(covers(earlier, later))

    values = {"a": a, "b": b, "c": c}

    if compiled(later, NAMES).holds(values):
        assert compiled(earlier, NAMES).holds(values)
