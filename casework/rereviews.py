"""Decided cases put before somebody again, blind, to learn how well people agree.

What is answered changes no case, no account and no notice.
"""

import hashlib
import hmac
from datetime import timedelta

from casework.base import Model, Moment, Slug
from casework.policy_parts import Desk

SETTLED_FOR = timedelta(hours=1)
"""How long a decision has stood before it is drawn: the longest that it can be taken back in."""
LAPSES_AFTER = timedelta(hours=48)
"""For how long a second look is asked for. Work that somebody waits for goes first, so it may not
come to it; how often that is, the figures say."""


class Judged(Model):
    """A first decision of a person, as the draw sees it."""

    decision_id: str
    case_id: str
    round: int
    policy: Slug
    policy_version: int
    at: Moment


def time_at(desk: str, desks: tuple[Desk, ...]) -> timedelta:
    """How long a first hearing has there; as at the first desk where a policy has it no more."""
    return next((each.within for each in desks if each.desk == desk), desks[0].within)


def drawn(key: bytes, decision_id: str, share: float) -> bool:
    """Whether a decision is one of the share. The same one always gets the same answer.

    Keyed: whoever decides knows the decision's id, and must not know that nobody will look again.
    """
    digest = hmac.new(key, f"second look\x1f{decision_id}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8]) < share * 2**64
