"""Measures and rulings: as they are written, and back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from casework.ruling import Measure, Ruling
from casework.words import ActionKind, Verdict

DAY = timedelta(days=1)
SPANS = st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=36_525))
MEASURES = st.builds(Measure, kind=st.sampled_from(ActionKind), lasts=st.none() | SPANS)
SETS = st.lists(MEASURES, min_size=1, max_size=4, unique_by=lambda m: m.kind).map(tuple)
RULINGS = (
    st.builds(Ruling.enforce, SETS, st.text(max_size=20))
    | st.builds(Ruling.dismiss, st.text(max_size=20))
    | st.builds(Ruling.ask_a_human, st.text(max_size=20))
)


@pytest.mark.parametrize(
    ("written", "measure"),
    [
        ("remove_item", Measure(kind=ActionKind.REMOVE_ITEM)),
        ({"suspend_account": "P7D"}, Measure(kind=ActionKind.SUSPEND_ACCOUNT, lasts=7 * DAY)),
        ({"timeout_account": "PT1H"}, Measure(kind=ActionKind.TIMEOUT_ACCOUNT, lasts=DAY / 24)),
        ({"ban_account": "permanent"}, Measure(kind=ActionKind.BAN_ACCOUNT)),
    ],
)
def test_a_measure_is_read_as_a_policy_writes_it(written: JsonValue, measure: Measure) -> None:
    assert Measure.model_validate(written) == measure


@given(MEASURES)
def test_a_measure_survives_the_trip_through_json(measure: Measure) -> None:
    written = measure.model_dump(mode="json")

    assert Measure.model_validate(written) == measure
    assert Measure.model_validate_json(measure.model_dump_json()) == measure


@given(RULINGS)
def test_a_ruling_survives_the_trip_through_json(ruling: Ruling) -> None:
    written = ruling.model_dump(mode="json")

    assert Ruling.model_validate(written) == ruling
    assert Ruling.model_validate_json(ruling.model_dump_json()) == ruling


@pytest.mark.parametrize(
    "written",
    [
        *("nuke", "", "Remove_item", "permanent", 5, None, [], {}, True),
        *({"nuke": "P1D"}, {"remove_item": "P1D", "hide_item": "P1D"}, {"kind": "nuke"}),
        *({"suspend_account": None}, {"suspend_account": 7}, {"suspend_account": True}),
        *({"suspend_account": ""}, {"suspend_account": "7"}, {"suspend_account": "7 days"}),
        *({"suspend_account": "PT0S"}, {"suspend_account": "-P1D"}, {"suspend_account": "PX"}),
        *({"suspend_account": "P999999999D"}, {"suspend_account": float("inf")}),
        *({"suspend_account": "Permanent"}, {"hide_item": "until_decided"}),
    ],
)
def test_a_measure_that_nobody_could_carry_out_is_refused(written: JsonValue) -> None:
    with pytest.raises(ValidationError):
        Measure.model_validate(written)


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("review", Verdict.REVIEW),
        ("dismiss", Verdict.DISMISS),
        (["remove_item", {"suspend_account": "P7D"}], Verdict.ENFORCE),
    ],
)
def test_a_ruling_is_read_as_a_policy_writes_it(written: JsonValue, verdict: Verdict) -> None:
    assert Ruling.model_validate(written).verdict is verdict


@pytest.mark.parametrize(
    "written",
    [
        *("enforce", "Review", "", None, True, 1, [], ["nuke"], ["remove_item", "remove_item"]),
        *([{"suspend_account": "P1D"}, {"suspend_account": "P2D"}], [["remove_item"]]),
        *({"verdict": "enforce"}, {"verdict": "dismiss", "measures": ["remove_item"]}, {}),
        *({"verdict": "review", "measures": ["remove_item"]}, {"verdict": "ban"}),
        *({"verdict": "dismiss", "because": "?"}, {"verdict": "dismiss", "reason": "x" * 201}),
    ],
)
def test_a_ruling_that_is_none_is_refused(written: JsonValue) -> None:
    with pytest.raises(ValidationError):
        Ruling.model_validate(written)


@pytest.mark.parametrize(
    ("ruled", "more", "stays"),
    [
        *[("P7D", "P1D", "P7D"), ("P1D", "P7D", "P7D"), ("P7D", "P7D", "P7D")],
        *[("P7D", "permanent", "permanent"), ("permanent", "P7D", "permanent")],
    ],
)
def test_of_two_measures_of_one_kind_the_longer_stays(ruled: str, more: str, stays: str) -> None:
    ruling = Ruling.model_validate([{"suspend_account": ruled}, "remove_item"])

    both = ruling.also((Measure.model_validate({"suspend_account": more}),))

    assert (
        both.measures == Ruling.model_validate([{"suspend_account": stays}, "remove_item"]).measures
    )


@given(SETS, SETS)
def test_adding_measures_never_shortens_or_drops_any(
    ruled: tuple[Measure, ...], more: tuple[Measure, ...]
) -> None:
    both = Ruling.enforce(ruled, "rule_1").also(more)

    kept = {measure.kind: measure.lasts or timedelta.max for measure in both.measures}
    assert len(kept) == len(both.measures)
    assert kept.keys() == {measure.kind for measure in ruled + more}
    assert all(kept[measure.kind] >= (measure.lasts or timedelta.max) for measure in ruled + more)
    assert both.reason == "rule_1"


def test_a_reason_is_changed_on_a_copy() -> None:
    ruling = Ruling.dismiss("rule_1")

    changed = ruling.because("reviewed")

    assert (ruling.reason, changed.reason) == ("rule_1", "reviewed")
    assert changed.verdict is Verdict.DISMISS
