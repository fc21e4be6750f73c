"""Encrypts everything that travels through Temporal, and reads it for those who may."""

from collections.abc import Sequence
from typing import cast

from google.protobuf.json_format import MessageToDict, ParseDict
from pydantic import JsonValue
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from storage.keys import KeySet, seal, unseal

ENCODING = b"binary/encrypted"
_BOUND_TO = "temporal payload"


class EncryptingCodec(PayloadCodec):
    """AES-256-GCM. The key's id is in the metadata: new keys write, old ones stay readable."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._sealed(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """What is not encrypted is passed on as it is. Raises Gone when a key is missing."""
        return [self._opened(payload) for payload in payloads]

    def _sealed(self, payload: Payload) -> Payload:
        content = seal(self._keys.key, payload.SerializeToString(), _BOUND_TO)
        key_id = self._keys.current.encode()
        return Payload(metadata={"encoding": ENCODING, "key-id": key_id}, data=content)

    def _opened(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key = self._keys.named(payload.metadata["key-id"].decode())
        return Payload.FromString(unseal(key, payload.data, _BOUND_TO))


class JsonCodec:
    """The same over JSON, as the Temporal UI asks for it (`/codec/decode`)."""

    def __init__(self, codec: EncryptingCodec) -> None:
        self._codec = codec

    async def decode(self, payloads: list[dict[str, JsonValue]]) -> list[dict[str, JsonValue]]:
        return _to_json(await self._codec.decode(_from_json(payloads)))

    async def encode(self, payloads: list[dict[str, JsonValue]]) -> list[dict[str, JsonValue]]:
        return _to_json(await self._codec.encode(_from_json(payloads)))


def _from_json(payloads: list[dict[str, JsonValue]]) -> list[Payload]:
    return [ParseDict(payload, Payload(), ignore_unknown_fields=True) for payload in payloads]


def _to_json(payloads: list[Payload]) -> list[dict[str, JsonValue]]:
    return [cast(dict[str, JsonValue], MessageToDict(payload)) for payload in payloads]
