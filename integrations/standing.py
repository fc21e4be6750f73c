"""Whose effect stands, where a target has room for one at a time and others act there too.

A platform that knows no action ids of ours still lets us leave a mark with an effect: which action
it stands for. Only what carries an action's own mark counts as its effect, and only that is lifted.
"""

from enum import StrEnum
from typing import Final

from casework.base import Model
from casework.errors import TurnedDown
from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState


class Mark(Model):
    action_id: str
    kind: ActionKind


class Standing(StrEnum):
    NOBODYS = "nobodys"
    OURS = "ours"
    YIELDING = "yielding"
    """Another action's of ours, no stronger than this one, which takes its place."""
    ANOTHERS = "anothers"
    """A stronger action's of ours, or set by a person: left alone, and somebody is asked."""


_STRENGTH: Final = {
    ActionKind.HIDE_ITEM: 1,
    ActionKind.REMOVE_ITEM: 2,
    ActionKind.SUSPEND_ACCOUNT: 1,
    ActionKind.BAN_ACCOUNT: 2,
}


def standing_of(mark: Mark | None, action: ActionRecord) -> Standing:
    """How an effect that stands is to be taken by `action`. No mark: a person set it.

    Of one kind the later action takes the earlier one's place: it lasts longer, or it would have
    been merged.
    """
    if mark is None:
        return Standing.ANOTHERS
    if mark.action_id == action.platform_ref:
        return Standing.OURS
    yields = _STRENGTH.get(mark.kind, 0) <= _STRENGTH.get(action.kind, 0)
    return Standing.YIELDING if yields else Standing.ANOTHERS


class Impossible(TurnedDown):
    """Nothing of the kind can be done here, to nothing of that name, now or at any time before."""


def absent_if_never_seen(action: ActionRecord, error: Impossible) -> PlatformState:
    """What reads back of an action that is impossible here: it is not there, so that taking it back
    needs nobody. Unless it was seen once; then it stands somewhere else, and somebody has to look.
    """
    if action.confirmed_at is not None:
        raise error
    return PlatformState.ABSENT
