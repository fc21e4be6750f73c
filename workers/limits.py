"""How much machines may do by themselves, and what live pages may cost, from the environment."""

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


class LiveSettings(BaseSettings):
    """Of pages that show things as they happen, at one gateway process."""

    live_every_s: Annotated[float, Field(ge=0.5, le=60)] = 2.0
    """How often the database is looked at, once for all who listen."""
    live_streams: Annotated[int, Field(ge=1)] = 500
    live_streams_per_session: Annotated[int, Field(ge=1, le=5)] = 4
    """Of one browser, which opens six connections to us at most."""
