"""What a withdrawn strike changes of the account's other decisions, as stories are told of it."""

from datetime import timedelta

from casework.base import Model, Moment, Slug
from casework.words import ActionKind


class Shortening(Model):
    """An action that ends sooner than was told: at a moment, or so long after it is confirmed."""

    action_id: str
    kind: ActionKind
    case_id: str
    harm: Slug
    lasts: timedelta
    ends_at: Moment | None = None


class ChangeDue(Model):
    """What a withdrawn strike changes of a later decision, to be done and then told.

    What it lifts is in the `takes_back` of the withdrawing decision as well.
    """

    notice_id: str
    lifts: tuple[str, ...] = ()
    shortens: tuple[Shortening, ...] = ()


class TellChange(Model):
    """Tell the account that an earlier decision now does less; `case_id` is the teller's."""

    case_id: str
    notice_id: str
