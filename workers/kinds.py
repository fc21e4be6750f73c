"""What a setting chooses among: which platform acts, and how accounts are told."""

from enum import StrEnum


class PlatformKind(StrEnum):
    """Which adapter acts on the platform. Each takes `platform_url` and `platform_secret`."""

    WEBHOOK = "webhook"
    DISCORD = "discord"
    MATRIX = "matrix"
    OZONE = "ozone"


class ChannelKind(StrEnum):
    """The ways to tell an account something."""

    MAIL = "mail"
    WEBHOOK = "webhook"
    MATRIX = "matrix"
