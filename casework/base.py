"""What every model here has in common: it cannot be changed and refuses the unknown."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment outside the years 1 to 9999") from None


Moment = Annotated[AwareDatetime, AfterValidator(_to_utc)]
Score = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False, strict=True)]
"""How sure a detector or check is, 0 to 1. Not a probability unless its vendor says so.

Strict, because `true` is a yes and not a certainty of 1.
"""

_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$"
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=_PRINTABLE)]
"""An id or a name given by others: any text on one line that no terminal obeys, kept short."""

Reference = Annotated[str, Field(min_length=1, max_length=600, pattern=_PRINTABLE)]
"""A platform's own id of an item or an account: as a name, and long enough for a Matrix room and
event together (255 bytes each; Matrix specification, appendix "Common Identifier Format")."""

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""A word of ours: a harm, a check, a desk."""
