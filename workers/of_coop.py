"""Where another team's Coop is, as the environment says it."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class CoopEnvironment(BaseSettings):
    """Without an address, nothing is handed out: a policy that asks for it is blocked and paged."""

    coop_url: Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=2_000)] | None = None
    coop_api_key: SecretStr | None = None
    coop_public_key: SecretStr | None = None
    """PEM; several while Coop changes over."""
    coop_item_type: str = "casework-review"
    coop_reporter_type: str = "casework"
    coop_actions: str = "{}"
    """JSON: `{"<Coop action id>": {"ruling": "enforce", "actions": ["remove_item"]}}`."""
