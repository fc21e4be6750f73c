"""How staff sign in, as the environment says it."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings


class SignInSettings(BaseSettings):
    """A session ends after the first at the latest, and when it was not used for the second."""

    session_s: Annotated[float, Field(gt=0, le=86_400)] = 8 * 3_600.0
    session_idle_s: Annotated[float, Field(gt=0, le=86_400)] = 3_600.0
