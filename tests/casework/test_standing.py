"""What an account's strikes called for, and what of it remains when some of them are withdrawn."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.ruling import Measure, Ruling
from casework.standing import (
    Imposed,
    Offence,
    rungs_reached,
    share_of,
    still_called_for,
    weight_before,
    weight_now,
)
from casework.words import ActionKind

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SUSPEND = ActionKind.SUSPEND_ACCOUNT
WEEK_S = Measure(kind=SUSPEND, lasts=7 * DAY)
MONTH_S = Measure(kind=SUSPEND, lasts=30 * DAY)
LADDER = {
    2: Measure(kind=ActionKind.TIMEOUT_ACCOUNT, lasts=DAY),
    3: WEEK_S,
    5: Measure(kind=ActionKind.BAN_ACCOUNT),
}
TWO_LENGTHS = {4: WEEK_S, 6: MONTH_S}

Ladder = Mapping[int, Measure]


def offence(
    name: str, on: int, *, item: str | None = None, weight: int = 1, withdrawn: bool = False
) -> Offence:
    at = START + on * DAY
    return Offence(
        decision_id=name,
        item=item or f"message:{name}",
        weight=weight,
        at=at,
        expires_at=at + 90 * DAY,
        withdrawn=withdrawn,
    )


def imposed(rung: int, measure: Measure, own: bool = False, own_days: int | None = None) -> Imposed:
    return Imposed(
        action_id="a-1",
        kind=measure.kind,
        rung=rung,
        lasts=measure.lasts,
        own=own,
        own_lasts=None if own_days is None else own_days * DAY,
    )


def test_what_came_later_or_was_withdrawn_did_not_count_before() -> None:
    third = offence("third", 3)
    others = (offence("first", 1), offence("second", 2, withdrawn=True), offence("fourth", 4))

    before = weight_before(third, (third, *others))

    assert before == 1


def test_an_expired_strike_had_counted_when_it_had_not_expired() -> None:
    first, second = offence("first", 0), offence("second", 89)

    assert weight_before(second, (first, second)) == 1
    assert weight_now((first, second), START + 100 * DAY) == 1


def test_one_item_is_one_offence_and_the_heaviest_of_it_counts() -> None:
    about_one = (offence("a", 0, item="m:1", weight=2), offence("b", 1, item="m:1", weight=3))

    assert weight_now(about_one, START + 2 * DAY) == 3
    assert weight_before(about_one[1], about_one) == 0


def test_a_lighter_strike_for_the_item_counts_when_the_heavier_is_withdrawn() -> None:
    heavy = offence("a", 0, item="m:1", weight=3, withdrawn=True)
    light = offence("b", 1, item="m:1", weight=1)

    before = weight_before(offence("c", 2), (heavy, light))

    assert before == 1


@pytest.mark.parametrize(
    ("reached", "remains"),
    [({3: WEEK_S}, WEEK_S), ({}, None), ({2: LADDER[2]}, None)],
    ids=["still reached", "not reached", "another rung, another kind"],
)
def test_a_measure_remains_while_its_rung_is_reached(
    reached: Ladder, remains: Measure | None
) -> None:
    assert still_called_for(imposed(3, WEEK_S), reached) == remains


def test_what_the_ruling_asked_for_itself_remains_for_that_long() -> None:
    remains = still_called_for(imposed(3, WEEK_S, own=True, own_days=2), {})

    assert remains == Measure(kind=SUSPEND, lasts=2 * DAY)


def test_a_lower_rung_of_the_same_kind_shortens() -> None:
    assert still_called_for(imposed(6, MONTH_S), {4: WEEK_S}) == WEEK_S


def test_nothing_is_made_longer_afterwards() -> None:
    assert still_called_for(imposed(6, WEEK_S), {4: MONTH_S}) == WEEK_S


def test_the_ladder_s_share_is_what_the_ruling_did_not_ask_for_itself() -> None:
    own = Ruling.enforce((Measure(kind=SUSPEND, lasts=DAY),), "rule_1")
    reached = {3: WEEK_S}

    on_a_rung, mine = share_of(WEEK_S, own, reached), share_of(own.measures[0], own, reached)

    assert (on_a_rung.rung, on_a_rung.own, on_a_rung.own_lasts) == (3, True, DAY)
    assert (mine.rung, mine.own, mine.own_lasts) == (None, True, DAY)


# -- after any strikes and withdrawals ------------------------------------------------------------

Imposition = dict[ActionKind, Imposed]


def impose(struck: Offence, so_far: list[Offence], ladder: Ladder) -> Imposition:
    reached = rungs_reached(weight_before(struck, so_far), struck.weight, ladder)
    return {measure.kind: imposed(rung, measure) for rung, measure in reached.items()}


def after_withdrawal(
    standing: dict[str, Imposition], offences: list[Offence], ladder: Ladder
) -> dict[str, Imposition]:
    remaining: dict[str, Imposition] = {}
    for struck in offences:
        reached = rungs_reached(weight_before(struck, offences), struck.weight, ladder)
        remaining[struck.decision_id] = {}
        for kind, each in standing[struck.decision_id].items():
            remains = still_called_for(each, reached)
            if remains is not None and not struck.withdrawn:
                shorter = each.model_copy(update={"lasts": remains.lasts})
                remaining[struck.decision_id][kind] = shorter
    return remaining


def lived(
    story: list[tuple[int, int, int | None]], ladder: Ladder, without: frozenset[str] = frozenset()
) -> tuple[dict[str, Imposition], list[Offence]]:
    """Strikes, each after a while, for one of some items; and after some a withdrawal of one."""
    offences: list[Offence] = []
    standing: dict[str, Imposition] = {}
    for number, on in enumerate(accumulate(gap for gap, _, _ in story)):
        _, item, withdraws = story[number]
        name = f"d{number}"
        if name not in without:
            struck = offence(name, on, item=f"m:{item}")
            offences.append(struck)
            standing[name] = impose(struck, offences, ladder)
        if withdraws is not None and offences and not without:
            at = withdraws % len(offences)
            offences[at] = offences[at].model_copy(update={"withdrawn": True})
            standing = after_withdrawal(standing, offences, ladder)
    return standing, offences


STORIES = st.lists(
    st.tuples(st.integers(1, 40), st.integers(0, 5), st.none() | st.integers(0, 20)),
    min_size=1,
    max_size=14,
)


def gone(offences: list[Offence]) -> frozenset[str]:
    return frozenset(each.decision_id for each in offences if each.withdrawn) or frozenset({"-"})


@given(story=STORIES)
def test_what_stands_is_what_would_stand_had_the_withdrawn_never_been(
    story: list[tuple[int, int, int | None]],
) -> None:
    standing, offences = lived(story, LADDER)

    without, _ = lived(story, LADDER, gone(offences))

    for struck in (each for each in offences if not each.withdrawn):
        name = struck.decision_id
        at_the_time = impose_with_all(name, story, LADDER)
        assert standing[name] == {k: m for k, m in without[name].items() if k in at_the_time}


@given(story=STORIES)
def test_no_ladder_leaves_more_standing_than_would_have_been_brought(
    story: list[tuple[int, int, int | None]],
) -> None:
    standing, offences = lived(story, {2: WEEK_S, 4: MONTH_S, 5: LADDER[5]})

    without, _ = lived(story, {2: WEEK_S, 4: MONTH_S, 5: LADDER[5]}, gone(offences))

    for name, each in standing.items():
        for kind, left in each.items():
            assert (left.lasts or timedelta.max) <= (without[name][kind].lasts or timedelta.max)


def impose_with_all(
    name: str, story: list[tuple[int, int, int | None]], ladder: Ladder
) -> frozenset[ActionKind]:
    """The kinds that the decision brought when it was made."""
    until = story[: int(name[1:]) + 1]
    *before, (gap, item, _) = until
    standing, _ = lived([*before, (gap, item, None)], ladder)
    return frozenset(standing[name])
