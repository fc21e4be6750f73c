"""What goes on at the desk, told to everybody who listens, from one look at the database for all.

Nobody listening, no looks. A listener who is slow misses what was true in between and never what is
true now: everything told is a state, so there is nothing to catch up with after a break either.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

import structlog
from fastapi.sse import format_sse_event

from casework.base import Model, Moment
from casework.errors import TooMany, Unauthenticated, Unavailable
from casework.queueing import APPEALS
from casework.records import Person
from gateway.lookout import Lookout
from gateway.settings import LiveLimits
from gateway.unforeseen import reported
from storage.figures import AllFigures, Figures
from storage.my_day import Today
from storage.presence import Onlooker, others
from storage.reads import QueueStat
from storage.store import Store

_RETRY_MS = 3_000
"""How long a browser waits before it connects again."""
_log = structlog.get_logger("gateway")


class Told(Model):
    """What one event says. Equal ones are not told twice."""


class Queues(Told):
    items: tuple[QueueStat, ...]


class Me(Told):
    today: Today


class Others(Told):
    people: tuple[Onlooker, ...]


class Board(Told):
    figures: Figures


class Beat(Model):
    """`at` is our time, for browsers whose clock is wrong; `fresh` when the last look was good."""

    at: Moment
    fresh: bool


@dataclass(frozen=True)
class Seen:
    """What the last look found."""

    at: datetime
    queues: tuple[QueueStat, ...] = ()
    days: dict[str, Today] = field(default_factory=dict)
    there: dict[str, tuple[Onlooker, ...]] = field(default_factory=dict)
    figures: AllFigures | None = None


@dataclass(eq=False)
class Seat:
    """One listener. `session` is what counts as one browser; `review` is the page they have open;
    `admitted` is asked again every minute and says who listens then and whether they see others."""

    person: Person
    session: str
    admitted: Callable[[], Awaitable[tuple[Person, bool]]]
    review: str | None = None
    sees_others: bool = False
    board: bool = False
    checked_at: datetime | None = None
    noted_at: datetime | None = None
    told: dict[str, Told] = field(default_factory=dict)


class Live:
    def __init__(
        self, store: Store, lookout: Lookout, limits: LiveLimits, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._lookout = lookout
        self._limits = limits
        self._clock = clock
        self._seats: list[Seat] = []
        self._seen: Seen | None = None
        self._is_fresh = False
        self._looked = asyncio.Event()
        self._hurry = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._is_over = False
        self._figures: AllFigures | None = None
        self._making = asyncio.Lock()

    @property
    def listening(self) -> int:
        return len(self._seats)

    def join(self, seat: Seat) -> None:
        """Raises TooMany: this browser, or this process, has as many streams as it may have."""
        of_theirs = sum(other.session == seat.session for other in self._seats)
        wait = self._limits.comes_back_after
        if of_theirs >= self._limits.streams_per_session:
            raise TooMany("as many live pages are open as one browser may have", retry_after=wait)
        if len(self._seats) >= self._limits.streams:
            raise TooMany("as many live pages are open as this process serves", retry_after=wait)
        seat.checked_at = self._clock()
        self._seats.append(seat)
        self._hurry.set()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._keep_looking())

    def leave(self, seat: Seat) -> None:
        with suppress(ValueError):
            self._seats.remove(seat)
        if not self._seats:
            self._hurry.set()

    def close(self) -> None:
        """End every stream now: the process stops, and browsers come back to another."""
        self._is_over = True
        self._looked.set()
        self._hurry.set()

    async def ended(self) -> None:
        """As `close`, and returns once the database is not looked at any more."""
        self.close()
        if self._looking is not None:
            await asyncio.wait({self._looking})

    async def told(self, seat: Seat) -> AsyncIterator[bytes]:
        """What to send, until the seat's session is over or the process stops."""
        yield format_sse_event(retry=_RETRY_MS, comment="casework")
        yield self._beat()
        said_at = monotonic()
        while not self._is_over and seat in self._seats and await self._may_stay(seat):
            looked = self._looked
            for name, told in self._news_for(seat):
                seat.told[name] = told
                yield _event(name, told)
                said_at = monotonic()
            quiet_for = said_at + self._limits.beat.total_seconds() - monotonic()
            if quiet_for <= 0:
                yield self._beat()
                said_at = monotonic()
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(looked.wait(), quiet_for)

    def _beat(self) -> bytes:
        return _event("beat", Beat(at=self._clock(), fresh=self._is_fresh))

    async def figures(self) -> AllFigures:
        """Made anew when they are older than a few seconds, by one of all who ask."""
        async with self._making:
            known, often = self._figures, self._limits.figures_every
            if known is None or self._clock() - known.at >= often:
                self._figures = known = await self._store.figures.all()
            return known

    async def _may_stay(self, seat: Seat) -> bool:
        now = self._clock()
        if seat.checked_at is not None and now - seat.checked_at < self._limits.checked_every:
            return True
        try:
            seat.person, seat.sees_others = await seat.admitted()
        except Unauthenticated:
            return False
        except Unavailable:
            return True  # what is told comes from the same database, so nothing is told meanwhile
        seat.checked_at = now
        return True

    def _news_for(self, seat: Seat) -> Iterator[tuple[str, Told]]:
        seen = self._seen
        if seen is None:
            return
        for name, told in _told(seat, seen):
            if seat.told.get(name) != told:
                yield name, told

    async def _keep_looking(self) -> None:
        try:
            while self._seats and not self._is_over:
                self._hurry.clear()
                await self._look()
                self._looked.set()
                self._looked = asyncio.Event()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._hurry.wait(), self._limits.every.total_seconds())
        except Exception as error:  # noqa: BLE001  (nobody waits for this task to hear of it)
            reported(error)
            self._seats.clear()
        finally:
            self._seen, self._is_fresh = None, False
            self._looked.set()
            self._looked = asyncio.Event()

    async def _look(self) -> None:
        try:
            await self._note_presence()
            people = {seat.person.id for seat in self._seats}
            watched = {seat.review for seat in self._seats if seat.review and seat.sees_others}
            self._seen = Seen(
                at=self._clock(),
                queues=await self._lookout.queues(),
                days=await self._store.my_days.today(people),
                there=await self._store.presence.at(watched) if watched else {},
                figures=await self.figures() if any(s.board for s in self._seats) else None,
            )
            self._is_fresh = True
        except Unavailable:
            if self._is_fresh:
                _log.warning("live_figures_are_stale")
            self._is_fresh = False

    async def _note_presence(self) -> None:
        """In one commit for everybody here, at most every few seconds."""
        now, often = self._clock(), self._limits.presence_every
        due = [
            seat
            for seat in self._seats
            if seat.review and (seat.noted_at is None or now - seat.noted_at >= often)
        ]
        if not due:
            return
        await self._store.presence.note(
            (seat.review, seat.person.id) for seat in due if seat.review
        )
        for seat in due:
            seat.noted_at = now


def _told(seat: Seat, seen: Seen) -> Iterator[tuple[str, Told]]:
    serves = seat.person.serves
    yield (
        "queues",
        Queues(items=tuple(q for q in seen.queues if q.queue == APPEALS or serves(q.queue))),
    )
    if seat.person.id in seen.days:
        yield "me", Me(today=seen.days[seat.person.id])
    if seat.review and seat.sees_others and seat.review in seen.there:
        yield "others", Others(people=others(seen.there, seat.review, seat.person.id))
    if seat.board and seen.figures is not None:
        yield "figures", Board(figures=figures_for(seat.person, seen.figures))


def figures_for(person: Person, figures: AllFigures, queue: str = "") -> Figures:
    """Of the queues in the person's scope, or of one of them."""
    known = (desk.queue for desk in figures.desks)
    return figures.of(q for q in known if person.serves(q) and queue in ("", q))


def _event(name: str, told: Model) -> bytes:
    return format_sse_event(event=name, data_str=told.model_dump_json())
