from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from integrations.addresses import BaseUrl


class PlatformSettings(BaseSettings):
    """`signing_keys` (`whsec_…`, the current one first) sign every request; without one, requests
    go out unsigned."""

    model_config = SettingsConfigDict(env_prefix="CASEWORK_PLATFORM_", frozen=True, extra="forbid")

    base_url: BaseUrl
    signing_keys: tuple[SecretStr, ...] = ()
