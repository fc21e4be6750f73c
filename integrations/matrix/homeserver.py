"""A homeserver of our own, for demos and tests: what its configuration says, and who lives there.

Synapse itself is started by whoever needs it (`cli/synapse.py`) as a process in an environment of
its own. Nothing of it is ever imported.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from typing import Any, Self

from pydantic import BaseModel, Field, SecretStr

from casework.base import Model
from integrations.addresses import below
from integrations.http import Outbound, Request

SERVER_NAME = "casework.example"
NOTICES = "notices"
"""The local part of the account that server notices come from."""

_NO_LIMIT = {"per_second": 10_000, "burst_count": 10_000}


class Secrets(Model):
    """Made once for a data directory; whoever has `registration` can make an administrator."""

    registration: SecretStr
    macaroon: SecretStr
    form: SecretStr
    signing_key: SecretStr
    """`ed25519 <version> <seed>`, the seed in base64 without padding."""

    @classmethod
    def fresh(cls) -> Self:
        seed = b64encode(token_bytes(32)).decode().rstrip("=")
        return cls(
            registration=SecretStr(token_urlsafe(32)),
            macaroon=SecretStr(token_urlsafe(32)),
            form=SecretStr(token_urlsafe(32)),
            signing_key=SecretStr(f"ed25519 a_1 {seed}"),
        )


class Homeserver(Model):
    """Where it listens, where it keeps its data, and the secret to register with."""

    folder: Path
    port: int
    server_name: str = SERVER_NAME
    registration: SecretStr

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def config_file(self) -> Path:
        return self.folder / "homeserver.yaml"

    def full_id(self, name: str) -> str:
        return f"@{name}:{self.server_name}"


class Resident(Model):
    """Somebody with an account there, signed in on one device."""

    user_id: str
    device_id: str
    access_token: SecretStr


class Newcomer(Model):
    """`name` is the local part, in lower case. An administrator may use the admin API."""

    name: str
    password: SecretStr = Field(default_factory=lambda: SecretStr(token_urlsafe(16)))
    admin: bool = False


def configuration(homeserver: Homeserver, secrets: Secrets) -> str:
    """The text of `homeserver.yaml` (JSON, which is YAML too): one process, SQLite, loopback only,
    speaking to no other server, with no limit on rates and with server notices."""
    folder = homeserver.folder
    settings: dict[str, Any] = {
        "server_name": homeserver.server_name,
        "public_baseurl": f"{homeserver.url}/",
        "report_stats": False,
        "log_config": str(folder / "log.yaml"),
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "media_store_path": str(folder / "media"),
        "listeners": [_listener(homeserver.port)],
        "registration_shared_secret": secrets.registration.get_secret_value(),
        "macaroon_secret_key": secrets.macaroon.get_secret_value(),
        "form_secret": secrets.form.get_secret_value(),
        "signing_key": secrets.signing_key.get_secret_value(),
        "bcrypt_rounds": 4,
        "server_notices": {
            "system_mxid_localpart": NOTICES,
            "system_mxid_display_name": "Notices",
            "room_name": "Notices",
            "auto_join": True,
        },
        **_alone(),
        **_unlimited(),
    }
    return json.dumps(settings, indent=2)


def log_configuration() -> str:
    """Warnings and worse, to the standard error of the process."""
    handler = {"class": "logging.StreamHandler"}
    root = {"level": "WARNING", "handlers": ["console"]}
    return json.dumps(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"console": handler},
            "root": root,
        },
        indent=2,
    )


class _Nonce(BaseModel):
    nonce: str


class _Registration(BaseModel):
    nonce: str
    username: str
    password: str
    admin: bool
    mac: str


async def register(http: Outbound, homeserver: Homeserver, newcomer: Newcomer) -> Resident:
    """Open an account with the shared secret and sign in.

    Raises:
        TurnedDown: when the name is taken or the secret is another.
        Unavailable; Nonsense.

    Source: Synapse's documentation, "Shared-Secret Registration". Its MAC is HMAC-SHA1.
    """
    url = below(homeserver.url, "_synapse", "admin", "v1", "register")
    nonce = (await http.get(Request(url=url))).parsed_as(_Nonce).nonce
    password = newcomer.password.get_secret_value()
    standing = "admin" if newcomer.admin else "notadmin"
    signed = "\0".join((nonce, newcomer.name, password, standing)).encode()
    key = homeserver.registration.get_secret_value().encode()
    body = _Registration(
        nonce=nonce,
        username=newcomer.name,
        password=password,
        admin=newcomer.admin,
        mac=hmac.new(key, signed, hashlib.sha1).hexdigest(),
    )
    return (await http.post_json(Request(url=url), body)).parsed_as(_SignedIn).resident()


class _SignedIn(BaseModel):
    user_id: str
    device_id: str
    access_token: SecretStr

    def resident(self) -> Resident:
        return Resident.model_validate(self, from_attributes=True)


def _listener(port: int) -> dict[str, Any]:
    return {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "type": "http",
        "tls": False,
        "x_forwarded": False,
        "resources": [{"names": ["client"], "compress": False}],
    }


def _alone() -> dict[str, Any]:
    """Whatever would ask somebody else, or take work that nobody here looks at, is off."""
    return {
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "federation_domain_whitelist": [],
        "send_federation": False,
        "enable_registration": False,
        "url_preview_enabled": False,
        "presence": {"enabled": False},
    }


def _unlimited() -> dict[str, Any]:
    plain = (
        "rc_message",
        "rc_registration",
        "rc_admin_redaction",
        "rc_joins_per_room",
        "rc_media_create",
        "rc_room_creation",
        "rc_reports",
        "rc_profile",
    )
    parted = {
        "rc_login": ("address", "account", "failed_attempts"),
        "rc_joins": ("local", "remote"),
        "rc_invites": ("per_room", "per_user", "per_issuer"),
    }
    return dict.fromkeys(plain, _NO_LIMIT) | {
        name: dict.fromkeys(parts, _NO_LIMIT) for name, parts in parted.items()
    }
