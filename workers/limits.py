"""How much machines may do by themselves, as the environment says it."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from casework.holds import USUAL, Limits


class BreakerSettings(BaseSettings):
    """Of each detector, and of each policy that says nothing else; see `casework.holds.Limits`."""

    breaker_effects_per_minute: Annotated[int, Field(ge=1)] = USUAL.detector.effects_per_minute
    breaker_share: Annotated[float, Field(gt=0, le=1)] = USUAL.detector.share
    breaker_of_at_least: Annotated[int, Field(ge=1, le=10_000)] = USUAL.detector.of_at_least

    @property
    def limits(self) -> Limits:
        return Limits(
            effects_per_minute=self.breaker_effects_per_minute,
            share=self.breaker_share,
            of_at_least=self.breaker_of_at_least,
        )
