"""Everything a process is told from outside: addresses, secrets, files, limits.

Each setting is the environment variable `CASEWORK_<NAME>`. A secret may be given as a file instead,
`CASEWORK_<NAME>_FILE`, so that it appears in no process listing and no compose file.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

import casework
from casework.base import Model
from workers.caring import CareSettings
from workers.desk_settings import QueueSettings
from workers.kinds import ChannelKind, PlatformKind, RealPlatform
from workers.limits import BreakerSettings, LiveSettings
from workers.of_coop import CoopEnvironment
from workers.of_people import PeopleSettings
from workers.picture_settings import PictureSettings
from workers.secret_files import PREFIX, SECRETS, SecretFiles
from workers.settings_words import as_text, told_plainly

NEEDED_IN_PRODUCTION = (
    "database_url",
    "temporal_address",
    "keyring_file",
    "audit_checkpoints_file",
    "platform_url",
    "platform_secret",
    "vendor_moderation_url",
    "vendor_moderation_key",
    "smtp_url",
    "mail_from",
    "mail_to_pattern",
    "pagerduty_url",
    "pagerduty_routing_key",
    "public_url",
    "ui_url",
)
"""No default of these is right anywhere but on one machine."""

_OF_MAIL = ("smtp_url", "mail_from", "mail_to_pattern")
_OF_WEBHOOK = ("notice_webhook_url", "notice_webhook_secret")

_PLACEHOLDERS = ("change-me", "changeme", "change_me", "<", "replace-me", "todo")
PACKAGED_POLICIES = Path(casework.__file__).parent.parent / "policies"

Url = Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=2_000)]
Address = Annotated[str, Field(pattern=r"^[^\s:]+:\d{1,5}$")]
"""`host:port`."""


class Ports(Model):
    """Where the parts of `casework up` listen, all on 127.0.0.1."""

    gateway: int = 8080
    temporal: int = 7233
    ui: int = 8233
    platform: int
    vendor: int
    inbox: int
    smtp: int
    metrics: int


class Settings(
    BreakerSettings,
    CareSettings,
    CoopEnvironment,
    LiveSettings,
    PeopleSettings,
    PictureSettings,
    QueueSettings,
):
    """What a worker or gateway process needs to know. Read once, at its start."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    production: bool = False
    """Refuses to start with a missing secret, a default address or a placeholder."""

    database_url: Annotated[str, Field(repr=False)] = "sqlite+aiosqlite:///casework.db"
    keyring_file: Path = Path("keyring.json")
    audit_checkpoints_file: Path = Path("audit-checkpoints.jsonl")
    policies_dir: Path = PACKAGED_POLICIES

    temporal_address: Address = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    temporal_tls: bool = False
    temporal_api_key: SecretStr | None = None

    listen_address: Address = "127.0.0.1:8080"
    """Where the gateway listens."""
    public_url: Url = "http://127.0.0.1:8080"
    """The gateway as accounts and colleagues reach it; links in notices and pages begin with it."""
    ui_url: Url = "http://127.0.0.1:8233"
    """The Temporal UI, for links."""

    platform_kind: PlatformKind = PlatformKind.WEBHOOK
    platform_url: Url = "http://127.0.0.1:8181"
    platform_secret: SecretStr | None = None
    """What opens the platform to us: `whsec_...`, which signs what we send (without one, the
    keyring's); a bot's token; an administrator's access token; an app password."""

    vendor_moderation_url: Url = "http://127.0.0.1:8182"
    vendor_moderation_key: SecretStr | None = None
    vendor_moderation_per_second: Annotated[float, Field(gt=0)] = 50.0
    """Requests per second over all workers; the vendor's own quota."""

    notice_channels: Annotated[tuple[ChannelKind, ...], Field(min_length=1)] | None = None
    """Left out: `matrix` where that is the platform, `mail` elsewhere; and a webhook with its
    secret."""
    smtp_url: Annotated[str, Field(pattern=r"^smtps?://[^\s]+$", repr=False)] = (
        "smtp://127.0.0.1:1025"
    )
    """`smtp://host:port`, `smtps://user:password@host:port`."""
    mail_from: str = "Casework <no-reply@casework.example>"
    mail_to_pattern: str = "{account}@accounts.example"
    """How an account's address is made of its id; a platform usually relays such addresses."""
    notice_webhook_url: Url | None = None
    notice_webhook_secret: SecretStr | None = None

    pagerduty_url: Url | None = None
    pagerduty_routing_key: SecretStr | None = None
    slack_url: SecretStr | None = None
    """An incoming webhook; the address itself is the secret."""

    otlp_endpoint: Url | None = None
    metrics_address: Address | None = None
    """Where a worker shows its Prometheus metrics; the gateway has `/metrics`."""

    sandbox: bool = True
    """Temporal's workflow sandbox. Off, replaying costs a quarter of the CPU and mistakes hide."""
    deployment_version: str = "0.1.0"
    cached_workflows: Annotated[int, Field(ge=1)] = 2_000
    """Smaller than the work in flight, it costs 1.7 times the CPU (measured)."""
    concurrent_activities: Annotated[int, Field(ge=1)] = 100
    shutdown_grace_s: Annotated[float, Field(gt=0)] = 6.0

    body_limit_bytes: Annotated[int, Field(ge=1_000)] = 256_000
    """Of one detection. Evidence never travels through Temporal, so this guards us alone."""
    batch_limit_bytes: Annotated[int, Field(ge=1_000)] = 8_000_000
    batch_limit_lines: Annotated[int, Field(ge=1)] = 1_000
    wait_limit_s: Annotated[float, Field(ge=0, le=30)] = 30.0
    """The longest `?wait=` that is honoured; the API takes none beyond 30."""
    future_limit_s: Annotated[float, Field(ge=0)] = 300.0
    """How far a detector's clock may run ahead before its detection is refused."""
    detections_per_minute: Annotated[int, Field(ge=1)] = 12_000
    """Of one token."""
    recall_pace: Annotated[int, Field(ge=1)] = 120
    recall_fastest: Annotated[int, Field(ge=1)] = 1_200
    """Cases a minute: what a recall does unless told otherwise, and at most."""
    recall_plan_valid_minutes: Annotated[int, Field(ge=1, le=1_440)] = 240

    codec_open_on_loopback: bool = False
    """The gateway decodes Temporal payloads for anybody on this machine. For `casework up`."""

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if self.notice_webhook_url and self.production and not self.notice_webhook_secret:
            raise ValueError("CASEWORK_NOTICE_WEBHOOK_SECRET is missing")
        if ChannelKind.WEBHOOK in self.channels and not self._has_webhook:
            raise ValueError(f"the channel `webhook` needs {_variables(_OF_WEBHOOK)}")
        self.refuse_half_a_provider()
        if self.production:
            self._refuse_what_is_missing()
            self.refuse_a_provider_in_the_clear()
        return self

    def _refuse_what_is_missing(self) -> None:
        unused = () if ChannelKind.MAIL in self.channels else _OF_MAIL
        needed = [name for name in NEEDED_IN_PRODUCTION if name not in unused]
        missing = [name for name in needed if name not in self.model_fields_set]
        if missing:
            raise ValueError(f"production needs {_variables(missing)}")
        unreal = [name for name in sorted(SECRETS) if _is_placeholder(getattr(self, name))]
        if unreal:
            raise ValueError(f"still a placeholder: {_variables(unreal)}")
        if self.codec_open_on_loopback:
            raise ValueError("CASEWORK_CODEC_OPEN_ON_LOOPBACK is for one machine alone")
        if self.database_url.startswith("sqlite"):
            raise ValueError("production needs PostgreSQL in CASEWORK_DATABASE_URL")

    @property
    def channels(self) -> tuple[ChannelKind, ...]:
        """The channels that are used."""
        if self.notice_channels is not None:
            return tuple(dict.fromkeys(self.notice_channels))
        on_matrix = self.platform_kind is PlatformKind.MATRIX
        first = ChannelKind.MATRIX if on_matrix else ChannelKind.MAIL
        return (first, ChannelKind.WEBHOOK) if self._has_webhook else (first,)

    @property
    def _has_webhook(self) -> bool:
        return self.notice_webhook_url is not None and self.notice_webhook_secret is not None

    @classmethod
    def from_environment(cls) -> Self:
        """What the environment says.

        Raises:
            SettingsMistake: naming the variables to mend, never their values.
        """
        with told_plainly():
            return cls()

    @classmethod
    @told_plainly()
    def embedded(
        cls,
        data: Path,
        ports: Ports,
        secret: str,
        platform: RealPlatform | None = None,
        vendor_moderation_url: str | None = None,
    ) -> Self:
        """Those of `casework up`: everything on this machine, files in `data`.

        `secret` (`whsec_...`) signs what goes to the simulated ones. Raises SettingsMistake.
        """
        here = "http://127.0.0.1"
        acts_on = platform or RealPlatform(url=f"{here}:{ports.platform}")
        return cls(
            production=False,
            database_url=f"sqlite+aiosqlite:///{data / 'casework.db'}",
            keyring_file=data / "keyring.json",
            audit_checkpoints_file=data / "audit-checkpoints.jsonl",
            temporal_address=f"127.0.0.1:{ports.temporal}",
            temporal_namespace="default",
            listen_address=f"127.0.0.1:{ports.gateway}",
            public_url=f"{here}:{ports.gateway}",
            ui_url=f"{here}:{ports.ui}",
            platform_kind=acts_on.kind,
            platform_url=acts_on.url,
            platform_secret=acts_on.secret or SecretStr(secret),
            vendor_moderation_url=vendor_moderation_url or f"{here}:{ports.vendor}",
            vendor_moderation_key=SecretStr("simulated"),
            smtp_url=f"smtp://127.0.0.1:{ports.smtp}",
            notice_webhook_url=f"{here}:{ports.inbox}/notices",
            notice_webhook_secret=SecretStr(secret),
            pagerduty_url=f"{here}:{ports.inbox}/v2/enqueue",
            pagerduty_routing_key=SecretStr("simulated"),
            slack_url=SecretStr(f"{here}:{ports.inbox}/slack"),
            metrics_address=f"127.0.0.1:{ports.metrics}",
            shutdown_grace_s=3.0,
            codec_open_on_loopback=True,
        ).fetching_also_from(f"127.0.0.1:{ports.platform}")

    def fetching_also_from(self, host: str) -> Self:
        """With one more host of pictures, beside those that the environment names."""
        return self.model_copy(update={"media_hosts": (*self.media_hosts, host)})

    def to_environment(self) -> dict[str, str]:
        """The same settings as variables for a child process, secrets in clear."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            f"{PREFIX}{name.upper()}": as_text(value)
            for name, value in values.items()
            if value is not None
        }

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, SecretFiles(settings_cls)


def _variables(names: Iterable[str]) -> str:
    return ", ".join(f"{PREFIX}{name.upper()}" for name in names)


def _is_placeholder(value: SecretStr | str | None) -> bool:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value or ""
    return any(
        text.lower().startswith(mark) or f":{mark}" in text.lower() for mark in _PLACEHOLDERS
    )
