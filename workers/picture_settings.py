"""Where pictures come from, where they are kept, and how they are first shown."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from integrations.media.settings import Host


class PictureSettings(BaseSettings):
    """Nothing is fetched from a host that is not listed."""

    media_hosts: tuple[Host, ...] = ()
    media_limit_bytes: Annotated[int, Field(ge=1_000, le=100_000_000)] = 20_000_000
    media_store: Annotated[str, Field(pattern=r"^(file:///|s3://|gs://|az://)\S+$")] | None = None
    """A folder beside the database file unless it is given."""
    media_hidden: bool = True
    """Reviewers see a picture blurred and without colour until they ask for it."""

    @model_validator(mode="after")
    def _has_a_place_to_keep_them(self) -> Self:
        beside_a_file = getattr(self, "database_url", "").startswith("sqlite")
        if self.media_hosts and self.media_store is None and not beside_a_file:
            raise ValueError("CASEWORK_MEDIA_HOSTS needs CASEWORK_MEDIA_STORE")
        return self
