from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from integrations.webhooks.signing import SigningKeys


def _secrets(secrets: SecretStr) -> SecretStr:
    SigningKeys(secrets.get_secret_value().split())
    return secrets


class NoticeWebhookSettings(BaseSettings):
    """`secret` is `whsec_...`; during a change of keys two of them, parted by a space, the new one
    first."""

    model_config = SettingsConfigDict(
        env_prefix="CASEWORK_NOTICE_WEBHOOK_",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=2_000, repr=False)]
    secret: Annotated[SecretStr, AfterValidator(_secrets)]

    @property
    def keys(self) -> SigningKeys:
        return SigningKeys(self.secret.get_secret_value().split())
