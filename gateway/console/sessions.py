"""Who is signed in at the console: a random cookie here, its digest and the person in storage."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

import structlog
from fastapi import Response
from starlette.requests import HTTPConnection

from casework.errors import Forbidden, Transient
from casework.records import Person
from gateway.doors import Doors, doors_of
from gateway.settings import GatewaySettings
from storage.sessions import SessionRecord, Way

COOKIE = "casework_session"
_log = structlog.get_logger("gateway")


@dataclass(frozen=True)
class Session:
    csrf: str = field(repr=False)
    record: SessionRecord


@dataclass(frozen=True)
class SignedIn:
    person: Person
    session: Session


async def signed_in(connection: HTTPConnection) -> SignedIn:
    """One read; and at most once a minute a note that the session is in use.

    Raises Unauthenticated.
    """
    doors = doors_of(connection)
    cookie = shown(connection)
    found = await doors.store.sessions.find(cookie, doors.settings.session_idle)
    if found.is_due:
        await _note_use(doors, cookie)
    return SignedIn(found.person, Session(_csrf(doors, cookie), found.record))


async def still_in(connection: HTTPConnection) -> Person:
    """Whose session it is, without that counting as use: a page left open is nobody at work.

    Raises Unauthenticated.
    """
    doors = doors_of(connection)
    found = await doors.store.sessions.find(shown(connection), doors.settings.session_idle)
    return found.person


async def begin(connection: HTTPConnection, answer: Response, person: Person, way: Way) -> str:
    """Sign this person in with this answer: always by a new cookie, never one that came along.

    The cookie, for what is to be bound to it.
    """
    doors = doors_of(connection)
    settings = doors.settings
    cookie = await doors.store.sessions.begin(person.id, way, settings.session, shown(connection))
    answer.set_cookie(
        cookie_name(settings),
        cookie,
        max_age=int(settings.session.total_seconds()),
        path="/",
        secure=settings.is_https,
        httponly=True,
        samesite="strict",
    )
    return cookie


async def end(connection: HTTPConnection, answer: Response) -> None:
    doors = doors_of(connection)
    await doors.store.sessions.end(shown(connection))
    answer.delete_cookie(
        cookie_name(doors.settings),
        path="/",
        secure=doors.settings.is_https,
        httponly=True,
        samesite="strict",
    )


def shown(connection: HTTPConnection) -> str:
    """The cookie that came along, empty without one."""
    return connection.cookies.get(cookie_name(doors_of(connection).settings), "")


def cookie_name(settings: GatewaySettings) -> str:
    """Over https a name that no other host, and nothing on plain http, can set."""
    return f"__Host-{COOKIE}" if settings.is_https else COOKIE


def demand_ours(session: Session, given: object) -> None:
    """Raises Forbidden unless the form came from a page of this session."""
    mark = given if isinstance(given, str) else ""
    if not hmac.compare_digest(session.csrf.encode(), mark.encode("utf-8", "replace")):
        raise Forbidden("this form is not from a page of yours; go back and load it again")


async def _note_use(doors: Doors, cookie: str) -> None:
    try:
        await doors.store.sessions.note_use(cookie)
    except Transient as error:
        # Whoever only looks is not to be stopped by a database that takes no writes just now.
        _log.warning("session_use_not_noted", code=error.code)


def _csrf(doors: Doors, cookie: str) -> str:
    """Made of the cookie, so that nothing is stored; the cookie cannot be made of it."""
    mac = hmac.digest(doors.keyring.tokens, f"csrf\x1f{cookie}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
