"""The unguessable half of an appeal link. Nothing is stored: the same notice has the same token."""

import base64
import hashlib
import hmac
import re

_NOTICE = re.compile(r"^n-[0-9a-f]{32}$")
_NO_NOTICE = "n-" + "0" * 32
"""Looked for in place of what a wrong token names, so that every refusal takes the same path."""


class AppealTokens:
    """`<notice id>.<base64url of HMAC-SHA256>`, under the deployment's token key.

    Is a `casework.ports.AppealLinks`.
    """

    def __init__(self, key: bytes, public_url: str) -> None:
        self._key = key
        self._public_url = public_url

    def link(self, notice_id: str) -> str:
        return f"{self._public_url}/appeals/{self.token(notice_id)}"

    def token(self, notice_id: str) -> str:
        return f"{notice_id}.{self._signature(notice_id)}"

    def notice_of(self, token: str) -> str:
        """The notice that a token is good for, or the id of no notice at all."""
        notice_id, _, shown = token.partition(".")
        named = notice_id if _NOTICE.match(notice_id) else _NO_NOTICE
        genuine = hmac.compare_digest(
            self._signature(named).encode(), shown.encode("utf-8", "replace")
        )
        return notice_id if genuine else _NO_NOTICE

    def _signature(self, notice_id: str) -> str:
        mac = hmac.digest(self._key, f"appeal\x1f{notice_id}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
