"""Which adapter the settings name, and what they say when something is missing."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from integrations.discord.client import Discord
from integrations.http import Outbound
from integrations.matrix.client import Matrix
from integrations.ozone.client import Ozone
from integrations.platform.client import HttpPlatform
from storage.keys import Keyring
from workers.kinds import PlatformKind
from workers.platforms import notices_of, platform_of
from workers.secret_files import PREFIX, SettingsMistake
from workers.settings import Settings

README = Path(__file__).parents[2] / "README.md"
SECRET = "sesame-of-the-tests"
OF_DISCORD = {"DISCORD_GUILD": "41771983423143937"}
OF_OZONE = {"OZONE_IDENTIFIER": "casework.example", "OZONE_LABELER": "did:plc:labeler"}


def told(kind: str, **more: object) -> Settings:
    given = {
        "platform_kind": kind,
        "platform_url": "https://platform.example",
        "platform_secret": SecretStr(SECRET),
    }
    return Settings.model_validate({**given, **more})


@pytest.fixture
def keyring() -> Keyring:
    return Keyring.made()


@pytest.mark.parametrize(
    ("kind", "environment", "adapter"),
    [("discord", OF_DISCORD, Discord), ("matrix", {}, Matrix), ("ozone", OF_OZONE, Ozone)],
)
async def test_the_kind_names_the_adapter(
    monkeypatch: pytest.MonkeyPatch,
    keyring: Keyring,
    kind: str,
    environment: dict[str, str],
    adapter: type,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)

    async with Outbound() as http:
        assert isinstance(platform_of(told(kind), keyring, http), adapter)


async def test_without_a_kind_it_is_the_signed_webhook(keyring: Keyring) -> None:
    async with Outbound() as http:
        assert isinstance(platform_of(Settings(), keyring, http), HttpPlatform)


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("discord", ["CASEWORK_DISCORD_GUILD"]),
        ("ozone", ["CASEWORK_OZONE_IDENTIFIER", "CASEWORK_OZONE_LABELER"]),
    ],
)
async def test_what_is_missing_is_named_and_no_secret_told(
    keyring: Keyring, kind: str, missing: list[str]
) -> None:
    async with Outbound() as http:
        with pytest.raises(SettingsMistake) as mistake:
            platform_of(told(kind), keyring, http)

    assert all(name in str(mistake.value) for name in missing)
    assert SECRET not in str(mistake.value)


async def test_a_missing_secret_is_named_as_it_is_given(
    monkeypatch: pytest.MonkeyPatch, keyring: Keyring
) -> None:
    monkeypatch.setenv(f"{PREFIX}DISCORD_GUILD", "none of discord's")

    async with Outbound() as http:
        with pytest.raises(SettingsMistake) as mistake:
            platform_of(told("discord", platform_secret=None), keyring, http)

    assert "CASEWORK_PLATFORM_SECRET" in str(mistake.value)
    assert "CASEWORK_DISCORD_GUILD" in str(mistake.value)
    assert "\n" not in str(mistake.value)


async def test_an_account_is_told_by_matrix_only_where_that_is_the_platform() -> None:
    async with Outbound() as http:
        assert notices_of(told("matrix"), http).name == "matrix"
        with pytest.raises(SettingsMistake, match="CASEWORK_NOTICE_CHANNELS"):
            notices_of(told("discord"), http)


@pytest.mark.parametrize("kind", PlatformKind)
def test_every_kind_is_in_the_readme(kind: PlatformKind) -> None:
    [row] = [line for line in README.read_text().splitlines() if "`CASEWORK_PLATFORM_KIND`" in line]

    assert f"`{kind}`" in row
