from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ScamSignsSettings(BaseSettings):
    """`protected` are the genuine domains that impostors imitate; add the platform's own. Theirs
    and those below them are never look-alikes."""

    model_config = SettingsConfigDict(
        env_prefix="CASEWORK_SCAM_SIGNS_", frozen=True, extra="forbid"
    )

    protected: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")], ...] = (
        "discord.com",
        "discord.gg",
        "discord.gift",
        "discordapp.com",
        "steamcommunity.com",
        "steampowered.com",
        "epicgames.com",
        "roblox.com",
        "twitch.tv",
        "youtube.com",
        "instagram.com",
        "facebook.com",
        "whatsapp.com",
        "telegram.org",
        "paypal.com",
        "amazon.com",
        "amazon.de",
        "apple.com",
        "google.com",
        "microsoft.com",
        "netflix.com",
        "binance.com",
        "coinbase.com",
        "metamask.io",
        "opensea.io",
        "dhl.com",
        "dhl.de",
        "github.com",
    )
    longest: Annotated[int, Field(ge=1_000, le=100_000)] = 100_000
