"""The same thing always has the same name, others have others, and no name gives anything away."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import identity
from casework.words import ActionKind, HearingKind, NoticeKind

KEY = b"k" * 32
NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40)
PARTS = st.tuples(NAMES, NAMES, NAMES, NAMES)


def case(parts: tuple[str, str, str, str], key: bytes = KEY) -> str:
    tenant, harm, item_type, item_id = parts
    return identity.case_id(key, tenant=tenant, harm=harm, item_type=item_type, item_id=item_id)


def test_a_case_keeps_its_name_from_release_to_release() -> None:
    named = case(("default", "hate", "message", "m-17"))

    assert named == "b70a43eecf1400d1056660726ceee7c2"


@given(PARTS)
def test_a_case_has_a_short_opaque_name(parts: tuple[str, str, str, str]) -> None:
    named = case(parts)

    assert re.fullmatch("[0-9a-f]{32}", named)
    assert named == case(parts)


@given(PARTS, PARTS)
def test_different_items_or_harms_are_different_cases(
    one: tuple[str, str, str, str], other: tuple[str, str, str, str]
) -> None:
    assert (case(one) == case(other)) == (one == other)


def test_no_two_ways_to_cut_the_same_letters_share_a_case() -> None:
    ways = [
        ("a", "b", "cd", "e"),
        ("a", "bc", "d", "e"),
        ("ab", "c", "d", "e"),
        ("a", "b", "c", "de"),
    ]

    assert len({case(way) for way in ways}) == len(ways)


def test_who_knows_the_item_but_not_the_key_cannot_tell_its_case() -> None:
    parts = ("default", "hate", "message", "m-17")

    assert case(parts, b"a" * 32) != case(parts, b"b" * 32)


def test_a_case_gives_away_neither_item_nor_harm() -> None:
    named = case(("default", "hate", "message", "user-4711"))

    assert "4711" not in named
    assert "hate" not in named


@pytest.mark.parametrize(
    ("letter", "name"),
    [
        ("r", lambda: identity.review_id("c", 1, HearingKind.FIRST)),
        ("d", lambda: identity.decision_id("c", 1, HearingKind.FIRST)),
        ("a", lambda: identity.action_id("d", ActionKind.REMOVE_ITEM)),
        ("n", lambda: identity.notice_id("d", NoticeKind.STATEMENT)),
        ("p", lambda: identity.appeal_id("d")),
    ],
)
def test_a_repeated_step_finds_the_name_it_gave_before(
    letter: str, name: Callable[[], str]
) -> None:
    first, again = name(), name()

    assert first == again
    assert re.fullmatch(f"{letter}-[0-9a-f]{{32}}", first)


def test_every_round_hearing_action_and_notice_has_a_name_of_its_own() -> None:
    rounds = [
        naming(case, number, hearing)
        for naming in (identity.review_id, identity.decision_id)
        for case in ("c1", "c2")
        for number in (1, 2, 11)
        for hearing in HearingKind
    ]
    effects = [identity.action_id(d, kind) for d in ("d-1", "d-2") for kind in ActionKind]
    notices = [identity.notice_id(d, kind) for d in ("d-1", "d-2") for kind in NoticeKind]
    appeals = [identity.appeal_id(d) for d in ("d-1", "d-2")]

    names = rounds + effects + notices + appeals

    assert len(set(names)) == len(names)


def test_workflows_are_named_after_what_they_tell() -> None:
    named = (
        identity.case_workflow("hate", "c1"),
        identity.appeal_workflow("d-1"),
        identity.action_workflow("a-1"),
        identity.escalation_workflow("c1", "nobody_decided"),
    )

    assert named == ("case/hate/c1", "appeal/d-1", "action/a-1", "escalation/c1/nobody_decided")
