from typing import Annotated, Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from integrations.addresses import BaseUrl

REASON: Final = "{reason}"

Text = Annotated[str, Field(min_length=1, max_length=4_000)]


class MatrixSettings(BaseSettings):
    """One homeserver, and the account there that acts for us: one of its administrators, who is in
    the rooms that are looked after and may redact there.

    `base_url` is where clients reach the homeserver, without `/_matrix`.
    """

    model_config = SettingsConfigDict(
        env_prefix="CASEWORK_MATRIX_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    base_url: BaseUrl
    access_token: SecretStr
    notices_account: Annotated[str, Field(pattern=r"^[a-z0-9._=/+-]{1,200}$")] = "notices"
    """`server_notices.system_mxid_localpart` of the homeserver: who its notices come from."""
    warning_text: Text = (
        f"This is a warning: something you posted breaks the rules of this server ({REASON})."
        " The reasons, and how to appeal, come in a message of their own."
    )
    """What `warn_account` says; `{reason}` becomes the rule's reference."""
    help_text: Text = (
        "Somebody is worried about you. You are not alone with this: people are there to talk to,"
        " at any hour. If you are in danger, please call your local emergency number."
    )
    """What `offer_help` says. Name a helpline of your place."""
