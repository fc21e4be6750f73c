"""What tells that two cases are about nearly the same thing."""

from enum import StrEnum

from casework.base import Model, Moment, Slug
from casework.words import Outcome, Verdict


class LikenessKind(StrEnum):
    TEXT = "text"
    PICTURE = "picture"


class Like(Model):
    """Another case about nearly the same. `distance`: how many bits differ; 0 is as good as the
    same. `outcome` and `ruling` are None while nothing is decided."""

    case_id: str
    kind: LikenessKind
    distance: int
    harm: Slug
    outcome: Outcome | None
    ruling: Verdict | None
    opened_at: Moment
    same_account: bool
