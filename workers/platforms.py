"""The platform that actions go to, as the settings name it."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings

from casework.ports import NoticeChannel, Platform
from integrations.discord.client import Discord
from integrations.discord.settings import DiscordSettings
from integrations.http import Limits, Outbound
from integrations.matrix.client import Matrix
from integrations.matrix.notices import MatrixNotices
from integrations.matrix.settings import MatrixSettings
from integrations.ozone.client import Ozone
from integrations.ozone.settings import OzoneSettings
from integrations.platform.client import HttpPlatform
from integrations.platform.settings import PlatformSettings
from integrations.strict_json import DEEPEST
from storage.keys import Keyring
from workers.kinds import PlatformKind
from workers.secret_files import PREFIX, SettingsMistake
from workers.settings import Settings

_Adapters = TypeVar("_Adapters", bound=BaseSettings)


def platform_of(settings: Settings, keyring: Keyring, http: Outbound) -> Platform:
    """The adapter for `platform_kind`; what is its own it reads from the environment.

    Raises:
        SettingsMistake: naming the variables to mend, never their values.
    """
    match settings.platform_kind:
        case PlatformKind.DISCORD:
            return Discord(http, _filled(DiscordSettings, settings, secret="token"))
        case PlatformKind.MATRIX:
            return Matrix(http, _matrix(settings))
        case PlatformKind.OZONE:
            return Ozone(http, _filled(OzoneSettings, settings, secret="password"))
        case PlatformKind.WEBHOOK:
            secret = settings.platform_secret or keyring.webhook_secret
            given = {"base_url": settings.platform_url, "signing_keys": (secret,)}
            return HttpPlatform(http, PlatformSettings.model_validate(given))


def limits_of(kind: PlatformKind) -> Limits:
    """What an answer of the platform may be: where it quotes what users put together, as deep as
    they may nest it. What cannot be read could not be removed."""
    return Limits(depth_cap=DEEPEST) if kind is PlatformKind.MATRIX else Limits()


def notices_of(settings: Settings, http: Outbound) -> NoticeChannel:
    """The platform's own way to tell an account something; only Matrix has one.

    Raises:
        SettingsMistake: another platform; or as `platform_of`.
    """
    if settings.platform_kind is not PlatformKind.MATRIX:
        raise SettingsMistake(
            f"{PREFIX}NOTICE_CHANNELS: `matrix` needs {PREFIX}PLATFORM_KIND to be `matrix`"
        )
    return MatrixNotices(http, _matrix(settings))


def _matrix(settings: Settings) -> MatrixSettings:
    return _filled(MatrixSettings, settings, secret="access_token")


def _filled(shape: Callable[..., _Adapters], settings: Settings, *, secret: str) -> _Adapters:
    """`secret` is what the adapter calls `platform_secret`."""
    given: dict[str, str | SecretStr] = {}
    if "platform_url" in settings.model_fields_set:
        given["base_url"] = settings.platform_url
    if settings.platform_secret:
        given[secret] = settings.platform_secret
    names = {"base_url": f"{PREFIX}PLATFORM_URL", secret: f"{PREFIX}PLATFORM_SECRET"}
    prefix = f"{PREFIX}{settings.platform_kind}_".upper()
    try:
        return shape(**given)
    except ValidationError as error:
        raise SettingsMistake(_in_one_line(error, names, prefix)) from None


def _in_one_line(error: ValidationError, names: dict[str, str], prefix: str) -> str:
    problems = []
    for problem in error.errors(include_url=False, include_input=False):
        field = "".join(str(part) for part in problem["loc"][:1])
        name = names.get(field, f"{prefix}{field.upper()}")
        problems.append(f"{name}: {problem['msg'].removeprefix('Value error, ')}")
    return "; ".join(problems)
