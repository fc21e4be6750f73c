"""Fetches what is at an address that a stranger named."""

import hashlib
import hmac

from casework.detection import Media
from casework.errors import Nonsense, TurnedDown
from casework.snapshots import CannotShow, NotShown
from integrations.http import Limits, Outbound, Request
from integrations.media.settings import MediaSettings
from integrations.media.whereabouts import Resolve, allowed, checked, resolved

_ASKS = {"Accept": "image/*, video/*;q=0.9", "Accept-Encoding": "identity"}


def limits_of(settings: MediaSettings) -> Limits:
    """What one fetch may cost; for the `Outbound` that fetches."""
    return Limits(deadline=settings.deadline, body_cap=settings.limit_bytes)


class MediaClient:
    """Goes to listed hosts alone, connects to the address that was checked, follows no redirect.

    What the other side says of its content is not read: not the type, not the length.
    """

    def __init__(
        self, http: Outbound, settings: MediaSettings, resolve: Resolve = resolved
    ) -> None:
        self._http = http
        self._settings = settings
        self._resolve = resolve

    async def fetch(self, media: Media) -> bytes:
        there = allowed(media.url, self._settings.hosts)
        address = await checked(there, self._resolve)
        request = Request(url=media.url, headers=_ASKS, connect_to=address)
        try:
            content = (await self._http.get(request)).body
        except TurnedDown:
            raise CannotShow(NotShown.TURNED_DOWN) from None
        except Nonsense:
            raise CannotShow(NotShown.TOO_LARGE) from None
        return _as_told(content, media)


def _as_told(content: bytes, media: Media) -> bytes:
    """Raises CannotShow when the detector named another SHA-256."""
    if media.sha256 is None:
        return content
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), media.sha256):
        raise CannotShow(NotShown.OTHER_CONTENT)
    return content
