from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ProfanitySettings(BaseSettings):
    """`window` is how many characters are scored at once, because an insult disappears in a long
    harmless text: of 19 hidden in 3,000 characters each, windows of 600 found 2, of 300 found 10,
    of 100 found 17, with one false alarm in 300 harmless texts. A text of more than `longest`
    characters goes to a person.
    """

    model_config = SettingsConfigDict(env_prefix="CASEWORK_PROFANITY_", frozen=True, extra="forbid")

    window: Annotated[int, Field(ge=100, le=10_000)] = 120
    longest: Annotated[int, Field(ge=1_000, le=100_000)] = 100_000
