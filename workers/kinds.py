"""What a setting chooses among: which platform acts, and how accounts are told."""

from enum import StrEnum

from pydantic import SecretStr

from casework.base import Model


class PlatformKind(StrEnum):
    """Which adapter acts on the platform. Each takes `platform_url` and `platform_secret`."""

    WEBHOOK = "webhook"
    DISCORD = "discord"
    MATRIX = "matrix"
    OZONE = "ozone"


class RealPlatform(Model):
    """A platform in place of the simulated one of `casework up`. Without a secret, a webhook is
    signed with the keyring's."""

    kind: PlatformKind = PlatformKind.WEBHOOK
    url: str
    secret: SecretStr | None = None


class ChannelKind(StrEnum):
    """The ways to tell an account something."""

    MAIL = "mail"
    WEBHOOK = "webhook"
    MATRIX = "matrix"
