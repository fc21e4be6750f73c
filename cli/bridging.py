"""A bridge at work: reads a homeserver, hands in what it found, and remembers how far it came."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from casework.base import Model, Slug
from casework.detection import Detection
from casework.errors import Gone, Nonsense, Transient, TurnedDown
from cli.bridge_place import BridgePlace, Position
from cli.delivery import Delivery
from integrations.matrix.claims import Claims, not_later_than
from integrations.matrix.posted import Posted
from integrations.matrix.rooms import LONGEST_WAIT, News, Reported, RoomsPort
from integrations.matrix.sieve import Sieve

REPORTS_EVERY = timedelta(seconds=10)
_CLOCKS_APART = timedelta(minutes=1)
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0

_Result = TypeVar("_Result")
_log = structlog.get_logger("bridge")


class Scope(Model):
    """`rooms` are ids; empty: those that the account is in, and those it is invited to. A report
    opens a case about each of `report_harms`; empty: reports are not looked at."""

    rooms: frozenset[str] = frozenset()
    report_harms: tuple[Slug, ...] = ()
    not_from: frozenset[str] = frozenset()
    """Accounts whose messages are no concern: our own."""


class Passed(Model):
    """What came of one pass: `opened` messages were for a case, of all `messages`."""

    messages: int
    opened: int
    reports: int
    accepted: int
    refused: int


@dataclass(frozen=True)
class Parts:
    """What a bridge works with. Fakes come in through here."""

    rooms: RoomsPort
    sieve: Sieve
    delivery: Delivery
    place: BridgePlace
    claims: Claims


class Bridge:
    """Everything is handed in at least once: the position moves when the gateway has it."""

    def __init__(self, parts: Parts, scope: Scope, account: str) -> None:
        self._parts = parts
        self._scope = scope
        self._account = account
        self._told: set[str] = set()

    async def keep_going(self, passed: Callable[[Passed], None]) -> None:
        """Pass after pass, until cancelled. An outage of the homeserver is waited out.

        Raises:
            Permanent: somebody has to change something; nothing was lost.
        """
        while True:
            passed(await waited_out(partial(self.go_over, self._wait())))

    async def go_over(self, wait: timedelta) -> Passed:
        """Take in everything since the last time; with nothing new, wait for up to `wait`.

        Raises:
            Transient, Nonsense: the homeserver; the same is taken in the next time.
            Permanent: as `keep_going`.
        """
        before = await self._position()
        news = await self._parts.rooms.since(before.token, self._scope.rooms, wait)
        await self._look_around(news)
        messages = [each for each in news.posted if each.author not in self._scope.not_from]
        opened = [claim for message in messages for claim in await self._claims_of(message)]
        reports = await self._new_reports(before)
        reported = [claim for report in reports for claim in await self._claims_of_report(report)]
        handed = await self._parts.delivery.hand_in([*opened, *reported])
        self._parts.place.keep(before.moved(news.next, (each.number for each in reports)))
        return Passed(
            messages=len(messages),
            opened=len({claim.item.id for claim in opened}),
            reports=len(reports),
            accepted=handed.accepted,
            refused=handed.refused,
        )

    async def _position(self) -> Position:
        """On the first run: from now on."""
        kept = self._parts.place.position(self._account)
        if kept is not None:
            return kept
        rooms = self._parts.rooms
        report = await rooms.newest_report() if self._scope.report_harms else 0
        first = Position.from_now_on(self._account, await rooms.now(), report)
        self._parts.place.keep(first)
        _log.info("begins_now")
        return first

    def _wait(self) -> timedelta:
        return REPORTS_EVERY if self._scope.report_harms else LONGEST_WAIT

    async def _look_around(self, news: News) -> None:
        """Follow invitations where no rooms were named, and say what cannot be watched."""
        for room in news.invited if not self._scope.rooms else ():
            try:
                await self._parts.rooms.join(room)
                _log.info("joined", room=room)
            except (TurnedDown, Gone) as error:
                self._say_once("not_joined", room, error.code)
        for room in news.left:
            self._say_once("left", room, "no longer watched")
        for room in news.encrypted:
            self._say_once("encrypted", room, "nothing there can be read; reports can")
        for room in news.gaps:
            _log.error("gap", room=room)
        if news.unreadable:
            _log.error("unreadable", events=news.unreadable)

    def _say_once(self, event: str, room: str, why: str) -> None:
        if f"{event} {room}" not in self._told:
            self._told.add(f"{event} {room}")
            _log.warning(event, room=room, why=why)

    async def _claims_of(self, message: Posted) -> list[Detection]:
        harms = await self._parts.sieve.harms(message)
        if not harms:
            return []
        about = await self._attributed(message)
        try:
            return [self._parts.claims.of_message(about, harm) for harm in harms]
        except Nonsense as error:
            return self._refuse(error.code, message)

    async def _new_reports(self, before: Position) -> list[Reported]:
        if not self._scope.report_harms:
            return []
        found = await self._parts.rooms.reports_after(before.done_below)
        return [each for each in found if each.number not in before.reports]

    async def _claims_of_report(self, report: Reported) -> list[Detection]:
        if report.about is None:
            return self._refuse("gone", report)
        about = await self._attributed(report.about)
        claims = self._parts.claims
        try:
            return [claims.of_report(report, about, harm) for harm in self._scope.report_harms]
        except Nonsense as error:
            return self._refuse(error.code, report)

    async def _attributed(self, message: Posted) -> Posted:
        """An edit counts only by the author of what it edits: else anybody could put words into
        somebody's mouth. Such an event is a message of its own."""
        dated = not_later_than(message, datetime.now(UTC) + _CLOCKS_APART)
        if dated.replaces is None:
            return dated
        author = await self._parts.rooms.author_of(dated.room, dated.replaces)
        return dated if author == dated.author else dated.as_edit_of(None)

    def _refuse(self, code: str, what: Posted | Reported) -> list[Detection]:
        """Nothing can be handed in; it is written down for people."""
        self._parts.place.refuse(code, "no case can be made of it", what.model_dump_json())
        _log.error("refused", code=code)
        return []


async def waited_out(work: Callable[[], Awaitable[_Result]]) -> _Result:
    """What comes of the work, once nobody is away any more; with the waits that they name."""
    pause = _FIRST_PAUSE_S
    while True:
        try:
            return await work()
        except (Transient, Nonsense) as error:
            named = error.retry_after if isinstance(error, Transient) else None
            seconds = named.total_seconds() if named else pause
            _log.warning("waiting", code=error.code, said=str(error), seconds=seconds)
            await asyncio.sleep(seconds)
            pause = min(pause * 2, _LONGEST_PAUSE_S)
