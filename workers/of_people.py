"""What the environment says of people: how staff sign in, and where accounts are taken to be."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings


class PeopleSettings(BaseSettings):
    """A session ends after `session_s` at the latest, and when unused for `session_idle_s`."""

    session_s: Annotated[float, Field(gt=0, le=86_400)] = 8 * 3_600.0
    session_idle_s: Annotated[float, Field(gt=0, le=86_400)] = 3_600.0

    assumed_jurisdiction: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")] | None = (
        None
    )
    """Of accounts whose place no detection names; only for what the appeal page tells of law."""
