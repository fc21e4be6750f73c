from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, SecretStr, TypeAdapter, ValidationError, model_validator

from casework.base import Model
from casework.errors import Permanent
from casework.ruling import Measure
from integrations.addresses import BaseUrl

NAME = "coop"
"""What policies call it, and who its answers are by."""


class CoopMistake(Permanent):
    """The settings of this adapter do not fit. Names what, and repeats no value."""

    code = "coop_mistake"


class CoopSettings(Model):
    """`url` is where Coop's API begins; `item_type` and `reporter_type` are the ids of the item
    types that a Coop admin made for us."""

    url: BaseUrl
    api_key: Annotated[SecretStr, Field(min_length=1)]
    item_type: Annotated[str, Field(min_length=1, max_length=200)]
    reporter_type: Annotated[str, Field(min_length=1, max_length=200)]


class CoopRuling(Model):
    """What one of Coop's actions means here. Without `actions`, an enforce takes the policy's
    usual ones."""

    ruling: Literal["enforce", "dismiss"]
    actions: tuple[Measure, ...] | None = None

    @model_validator(mode="after")
    def _fits(self) -> "CoopRuling":
        if self.ruling == "dismiss" and self.actions:
            raise ValueError("a dismiss has no actions")
        return self


def rulings_of(written: str) -> Mapping[str, CoopRuling]:
    """Coop's action ids and what each means, from JSON. Raises CoopMistake."""
    try:
        return TypeAdapter(dict[str, CoopRuling]).validate_json(written or "{}")
    except ValidationError as error:
        places = sorted({str(fault["loc"][-1]) for fault in error.errors() if fault["loc"]})
        at = f" at {', '.join(places)}" if places else ""
        raise CoopMistake(f"CASEWORK_COOP_ACTIONS is not a map of rulings{at}") from None
