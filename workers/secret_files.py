"""Secrets that come as files, as containers and vaults hand them over."""

from os import environ
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from casework.errors import Permanent

PREFIX = "CASEWORK_"
SECRETS = frozenset(
    {
        "database_url",
        "temporal_api_key",
        "platform_secret",
        "vendor_moderation_key",
        "smtp_url",
        "notice_webhook_secret",
        "pagerduty_routing_key",
        "slack_url",
        "oidc_client_secret",
        "coop_api_key",
        "coop_public_key",
    }
)
"""What may be read from a file named by `CASEWORK_<NAME>_FILE`, and is never shown."""


class SettingsMistake(Permanent):
    """The environment does not describe a process that may start. One line, no secret in it."""

    code = "settings_mistake"


class SecretFiles(PydanticBaseSettingsSource):
    """Reads `CASEWORK_<NAME>_FILE` for each secret; line ends at its end are cut.

    An empty file is a secret that is not given.
    """

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002
        field_name: str,
    ) -> tuple[Any, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = environ.get(variable) if field_name in SECRETS else None
        if not path:
            return None, field_name, False
        try:
            text = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = type(error).__name__
            raise SettingsMistake(f"the file in {variable} cannot be read ({reason})") from None
        return text or None, field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}
