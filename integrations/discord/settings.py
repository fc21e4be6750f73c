from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from integrations.addresses import BaseUrl
from integrations.discord.wire import Snowflake

Text = Annotated[str, Field(min_length=1, max_length=1_500)]


class DiscordSettings(BaseSettings):
    """One bot in one guild (what Discord's own pages call a server).

    `base_url` ends with the API's version. `token` is the bot's, without the word `Bot`.
    """

    model_config = SettingsConfigDict(
        env_prefix="CASEWORK_DISCORD_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    base_url: BaseUrl = "https://discord.com/api/v10"
    token: SecretStr
    guild: Snowflake
    delete_messages: Annotated[timedelta, Field(ge=timedelta(), le=timedelta(days=7))] = timedelta()
    """How far back a ban deletes the account's messages in the guild. They cannot be brought back,
    so nothing is deleted unless asked for, and never by a suspension.

    Source: `delete_message_seconds`, 0 to 604800 (Create Guild Ban).
    """
    warning_text: Text = (
        "This is a warning: something you posted breaks the rules of this server ({reason})."
        " The reasons, and how to appeal, come in a message of their own."
    )
    """What `warn_account` says; `{reason}` becomes the rule's reference."""
    help_text: Text = (
        "Somebody is worried about you. You are not alone with this: people are there to talk to,"
        " at any hour. If you are in danger, please call your local emergency number."
    )
    """What `offer_help` says. Name a helpline of your place."""
    patience: Annotated[timedelta, Field(ge=timedelta(), le=timedelta(seconds=5))] = timedelta(
        seconds=1
    )
    """A wait for a spent limit up to this is spent waiting; a longer one is handed back."""
    invalid_cap: Annotated[int, Field(ge=1, le=10_000)] = 5_000
    """Refusals (401, 403, 429) in ten minutes after which this process falls silent by itself.

    Discord shuts an address out at 10,000; half of it leaves room for others behind it.
    """
