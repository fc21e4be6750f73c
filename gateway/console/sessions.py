"""Who is signed in at the console: an opaque cookie here, its digest and the token there."""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.requests import HTTPConnection

from casework.errors import Forbidden, Unauthenticated
from casework.records import Person
from gateway.doors import doors_of

COOKIE = "casework_session"
_MOST = 5_000
"""Sessions kept; the oldest ends first."""


@dataclass(frozen=True)
class Session:
    """`token` is asked for again at every request, so a revoked one ends its sessions at once."""

    token: str = field(repr=False)
    csrf: str = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True)
class SignedIn:
    person: Person
    session: Session


class Sessions:
    """Kept in this process: after a restart people sign in again."""

    def __init__(self, clock: Callable[[], datetime], lasts: timedelta) -> None:
        self._clock = clock
        self._lasts = lasts
        self._kept: OrderedDict[bytes, Session] = OrderedDict()

    def begin(self, token: str) -> str:
        """A new session's cookie."""
        cookie = secrets.token_urlsafe(32)
        ends_at = self._clock() + self._lasts
        self._kept[_digest(cookie)] = Session(token, secrets.token_urlsafe(32), ends_at)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return cookie

    def find(self, cookie: str) -> Session:
        """Raises Unauthenticated: there is none, or it is over."""
        session = self._kept.get(_digest(cookie))
        if session is None or session.ends_at <= self._clock():
            raise Unauthenticated("sign in, please")
        return session

    def end(self, cookie: str) -> None:
        self._kept.pop(_digest(cookie), None)


async def signed_in(connection: HTTPConnection) -> SignedIn:
    """Raises Unauthenticated."""
    sessions: Sessions = connection.app.state.sessions
    session = sessions.find(connection.cookies.get(COOKIE, ""))
    person = await doors_of(connection).store.staff.authenticate(session.token)
    return SignedIn(person, session)


def demand_ours(session: Session, shown: object) -> None:
    """Raises Forbidden unless the form came from a page of this session."""
    given = shown if isinstance(shown, str) else ""
    if not hmac.compare_digest(session.csrf.encode(), given.encode("utf-8", "replace")):
        raise Forbidden("this form is not from a page of yours; go back and load it again")


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).digest()
