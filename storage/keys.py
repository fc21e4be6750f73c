"""The deployment's keys: made once, kept in one file, never in the database."""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Annotated, Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BeforeValidator, PlainSerializer, ValidationError, model_validator

from casework.base import Model
from casework.errors import Gone, Permanent

_NONCE = 12
_KEY = 32


class KeyringMistake(Permanent):
    """The key file cannot be used. The message names the file and never a key."""

    code = "keyring_mistake"


def _from_base64(value: Any) -> Any:
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


def _to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


Key = Annotated[bytes, BeforeValidator(_from_base64), PlainSerializer(_to_base64)]


def seal(key: bytes, content: bytes, bound_to: str) -> bytes:
    """Encrypt with AES-256-GCM; `bound_to` has to be named again to open it."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, bound_to.encode())


def unseal(key: bytes, sealed: bytes, bound_to: str) -> bytes:
    """Decrypt what `seal` made.

    Raises:
        Gone: when the key, the binding or the content is not what it was.
    """
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to.encode())
    except InvalidTag:
        raise Gone("sealed content cannot be opened with this key") from None


class KeySet(Model):
    """Keys of one purpose by id. `current` seals; every other one still opens."""

    current: str
    keys: dict[str, Key]

    @model_validator(mode="after")
    def _has_its_current_key(self) -> Self:
        if self.current not in self.keys:
            raise ValueError("the current key is not among the keys")
        if any(len(key) != _KEY for key in self.keys.values()):
            raise ValueError(f"a key has {_KEY} bytes")
        return self

    @classmethod
    def made(cls) -> Self:
        name = _new_id()
        return cls(current=name, keys={name: secrets.token_bytes(_KEY)})

    @property
    def key(self) -> bytes:
        return self.keys[self.current]

    def named(self, key_id: str) -> bytes:
        """Raises Gone when this key is not on the ring (any more)."""
        if key_id not in self.keys:
            raise Gone("sealed with a key that is not on the ring")
        return self.keys[key_id]

    def with_new_key(self) -> Self:
        name = _new_id()
        keys = self.keys | {name: secrets.token_bytes(_KEY)}
        return self.model_copy(update={"current": name, "keys": keys})

    def __repr__(self) -> str:
        return f"KeySet({len(self.keys)} keys)"

    __str__ = __repr__


class Keyring(Model):
    """All keys of a deployment.

    identity: case ids. payload: what travels through Temporal. evidence: wraps the case keys.
    audit: signs audit lines and checkpoints. tokens: appeal links and sessions. webhook_secret:
    signs outgoing requests, in the `whsec_` form of Standard Webhooks.
    """

    identity: Key
    payload: KeySet
    evidence: KeySet
    audit: Key
    tokens: Key
    webhook_secret: str

    @classmethod
    def made(cls) -> Self:
        """A fresh ring that is in no file yet."""
        return cls(
            identity=secrets.token_bytes(_KEY),
            payload=KeySet.made(),
            evidence=KeySet.made(),
            audit=secrets.token_bytes(_KEY),
            tokens=secrets.token_bytes(_KEY),
            webhook_secret="whsec_" + _to_base64(secrets.token_bytes(_KEY)),
        )

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a ring and write it, readable by its owner alone.

        Raises:
            KeyringMistake: when the file exists: replacing keys loses what they sealed.
        """
        ring = cls.made()
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyringMistake(f"{path}: there are keys already") from None
        with os.fdopen(file, "w", encoding="utf-8") as out:
            json.dump(ring.model_dump(mode="json"), out, indent=2)
            out.flush()
            os.fsync(out.fileno())
        return ring

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a ring.

        Raises:
            KeyringMistake: when there is no such file, or it is not a ring.
        """
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise KeyringMistake(f"{path}: cannot be read ({error.strerror})") from None
        except (ValidationError, ValueError):
            raise KeyringMistake(f"{path}: not a key file") from None

    def __repr__(self) -> str:
        return "Keyring(...)"

    __str__ = __repr__


def _new_id() -> str:
    return f"k{secrets.token_hex(4)}"
