from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from integrations.addresses import BaseUrl


class PagerDutySettings(BaseSettings):
    """`url` is the whole address of the Events API; `routing_key` the integration's key. `source`
    names this installation where a page is read."""

    model_config = SettingsConfigDict(
        env_prefix="CASEWORK_PAGERDUTY_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    url: BaseUrl = "https://events.pagerduty.com/v2/enqueue"
    routing_key: Annotated[SecretStr, Field(min_length=1)]
    source: Annotated[str, Field(min_length=1, max_length=200)] = "casework"
