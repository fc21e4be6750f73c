"""What the bare story and its activities say to each other."""

from enum import StrEnum

from casework.base import Model
from casework.words import Verdict


class Mode(StrEnum):
    REGULAR = "regular"
    LOCAL = "local"


class Start(Model):
    case_id: str
    mode: Mode


class CaseRef(Model):
    case_id: str


class Check(Model):
    case_id: str
    harm: str


class RuleOn(Model):
    case_id: str
    scores: dict[str, float]


class Decide(Model):
    """A person's decision to enforce; these cases know no other."""

    case_id: str
    by: str
    reason: str


class ActionRef(Model):
    action_id: str


class Ruled(Model):
    """`review` asks a person; `actions` are interim then."""

    verdict: Verdict
    actions: tuple[ActionRef, ...] = ()
