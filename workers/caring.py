"""How people's work is looked at again, and what is asked of them, as the environment says it."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings


class CareSettings(BaseSettings):
    quality_sample: Annotated[float, Field(ge=0, le=1)] = 0.03
    """The share of people's decisions that somebody looks at again, where a policy names none."""
