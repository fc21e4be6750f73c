from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _webhook(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an incoming webhook begins with https:// and names a host")
    return url


class SlackSettings(BaseSettings):
    """`url` is an incoming webhook. Whoever knows the address may post, so it is the secret."""

    model_config = SettingsConfigDict(
        env_prefix="CASEWORK_SLACK_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    url: Annotated[SecretStr, AfterValidator(_webhook)]
