"""Coop's signature: RSASSA-PKCS1-v1_5 with SHA-256 over the raw body, base64, in one header.

Nothing but the body is signed: there is no time in it and no id of the delivery, so whether a
message was seen before is told by its content.

Source: Coop, docs/development/api-auth.md, "Verifying incoming requests from Coop".
"""

import base64
import binascii
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from casework.errors import Unauthenticated
from integrations.coop.settings import CoopMistake

SIGNATURE = "coop-signature"
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)
_SMALLEST = 2_048
_LONGEST = 2_000
"""Characters of a signature that are looked at; a key of 8,192 bits needs 1,368."""


class PublicKeys:
    """The keys Coop may sign with: several while it changes over.

    Raises:
        CoopMistake: there is none, or one is no RSA key of at least 2,048 bits.
    """

    def __init__(self, pem: str) -> None:
        self._keys = [_key(part) for part in _PEM.findall(pem.replace("\\n", "\n"))]
        if not self._keys:
            raise CoopMistake("CASEWORK_COOP_PUBLIC_KEY holds no public key in PEM")

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises Unauthenticated; why is not told."""
        found = {name.lower(): value for name, value in headers.items()}
        signature = _decoded(found.get(SIGNATURE, ""))
        if not any(_fits(key, signature, body) for key in self._keys):
            raise Unauthenticated("not a genuine message")


def _key(pem: str) -> RSAPublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError:
        raise CoopMistake("CASEWORK_COOP_PUBLIC_KEY is not a public key in PEM") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST:
        raise CoopMistake(f"CASEWORK_COOP_PUBLIC_KEY is no RSA key of {_SMALLEST} bits or more")
    return key


def _decoded(header: str) -> bytes:
    try:
        return base64.b64decode(header.strip(), validate=True) if len(header) <= _LONGEST else b""
    except (binascii.Error, ValueError):
        return b""


def _fits(key: RSAPublicKey, signature: bytes, body: bytes) -> bool:
    try:
        key.verify(signature, body, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
