"""Periods as law counts them, and what is no period at all."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from casework.durations import Period, Span

SECOND = timedelta(seconds=1)
PERIODS = st.builds(
    Period,
    months=st.integers(0, 1_200),
    span=st.integers(0, 36_525 * 86_400).map(lambda seconds: timedelta(seconds=seconds)),
)
MOMENTS = st.integers(0, 7_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))


@pytest.mark.parametrize(
    ("period", "begun", "over"),
    [
        ("P6M", "2026-03-02", "2026-09-02"),
        ("P1M", "2026-01-31", "2026-02-28"),
        ("P1M", "2028-01-31", "2028-02-29"),
        ("P6M", "2026-08-31", "2027-02-28"),
        ("P6M", "2027-08-31", "2028-02-29"),
        ("P1M", "2026-03-31", "2026-04-30"),
        ("P1M", "2026-02-28", "2026-03-28"),
        ("P1M", "2026-12-31", "2027-01-31"),
        ("P12M", "2028-02-29", "2029-02-28"),
        ("P1Y", "2028-02-29", "2029-02-28"),
        ("P4Y", "2028-02-29", "2032-02-29"),
        ("P1M1D", "2026-01-31", "2026-03-01"),
        ("P2W", "2026-02-20", "2026-03-06"),
        ("PT36H", "2026-02-28", "2026-03-01T12:00"),
        ("PT0S", "2026-02-28", "2026-02-28"),
    ],
)
def test_a_month_without_such_a_day_ends_on_its_last(period: str, begun: str, over: str) -> None:
    begins, ends = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (begun, over))

    ended = Period.parse(period).after(begins)

    assert ended == ends


def test_an_appeal_a_second_before_six_months_is_in_time_and_a_second_after_is_late() -> None:
    delivered = datetime(2026, 8, 31, 23, 59, 58, tzinfo=UTC)

    closes = Period.parse("P6M").after(delivered)

    last_second, too_late = (datetime(2027, 2, 28, 23, 59, s, tzinfo=UTC) for s in (57, 59))
    assert last_second == closes - SECOND
    assert too_late == closes + SECOND
    assert last_second < closes < too_late


@given(PERIODS)
def test_a_period_is_read_back_as_it_was_written(period: Period) -> None:
    written = str(period)

    assert Period.parse(written) == period
    assert Period.model_validate_json(period.model_dump_json()) == period


@given(PERIODS, MOMENTS)
def test_a_period_never_ends_before_it_begins(period: Period, begun: datetime) -> None:
    over = period.after(begun)

    assert over >= begun
    assert over.tzinfo is UTC


@given(st.integers(0, 600), MOMENTS, MOMENTS)
def test_who_was_told_later_never_has_to_appeal_sooner(
    months: int, one: datetime, other: datetime
) -> None:
    earlier, later = sorted((one, other))
    period = Period(months=months)

    assert period.after(earlier) <= period.after(later)


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("P1Y2M", "P14M"),
        ("P2W", "P14D"),
        ("PT36H", "P1DT12H"),
        ("PT90S", "PT1M30S"),
        ("P0D", "PT0S"),
        ("P1M0D", "P1M"),
    ],
)
def test_equal_periods_have_one_spelling(written: str, spelled: str) -> None:
    period = Period.parse(written)

    assert str(period) == spelled


@pytest.mark.parametrize(
    "written",
    [
        *("", "P", "PT", "P1DT", "6M", "p6m", " P6M", "P6M ", "P6M\n", "P6m", "six months"),
        *("-P1D", "P-1D", "+P1D", "P1.5D", "PT0,5S", "P1H", "PT1D", "P1D1M", "PT1H1H", "P1W1W"),
        *("P\N{ARABIC-INDIC DIGIT THREE}D", "P\N{FULLWIDTH DIGIT SIX}M", "P1_0D", "P0x6M"),
        *("P9999999D", "P9999999999999M", "P" + "9" * 5_000 + "D", "P101Y", "P1201M", "P99999D"),
    ],
)
def test_what_is_not_a_duration_or_longer_than_a_century_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        Period.parse(written)


@pytest.mark.parametrize(
    "value", [6, 6.5, True, None, [], timedelta(days=1), {"days": 3}, {"months": -1}]
)
def test_a_period_is_not_guessed_from_anything_but_its_text(value: object) -> None:
    with pytest.raises(ValidationError):
        Period.model_validate(value)


def test_a_period_never_runs_backwards() -> None:
    with pytest.raises(ValidationError):
        Period(span=timedelta(seconds=-1))


@pytest.mark.parametrize(
    "value",
    [7, 0.5, True, None, "7", "7 days, 00:00:00", "-P1D", "P", "P36526D", float("nan")],
)
def test_a_span_has_its_unit_written_beside_it(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Span).validate_python(value)
