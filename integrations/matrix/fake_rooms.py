"""Rooms in memory, scripted by who says and reports what."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from casework.errors import CaseworkError, Gone, TurnedDown
from integrations.matrix.posted import MESSAGE_EVENT, Posted
from integrations.matrix.rooms import News, Reported

_BEGAN: Final = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)


class FakeRooms:
    """`fails_first` are raised by the first reads of what is new, one each. `ahead` is how far the
    clock of whoever talks is ahead of November 2026."""

    def __init__(self, account: str = "@bridge:casework.example") -> None:
        self.joined: set[str] = set()
        self.fails_first: list[CaseworkError] = []
        self.ahead = timedelta()
        self._account = account
        self._rooms: dict[str, str] = {}
        self._posted: list[Posted | None] = []
        self._reports: list[Reported] = []
        self._invited: list[str] = []
        self._events = count(1)

    # -- what people do ----------------------------------------------------------------------------

    def open_room(self, name: str) -> str:
        room = f"!{name}:casework.example"
        self._rooms[f"#{name}:casework.example"] = room
        return room

    def invite(self, room: str) -> None:
        self._invited.append(room)

    def say(self, author: str, room: str, text: str, *, replaces: str | None = None) -> str:
        number = next(self._events)
        message = Posted(
            room=room,
            event=f"$event{number}",
            author=author,
            at=_BEGAN + self.ahead + timedelta(seconds=number),
            kind=MESSAGE_EVENT,
            text=text,
            replaces=replaces,
        )
        self._posted.append(message)
        return message.event

    def redact(self, event: str) -> None:
        self._posted = [None if one and one.event == event else one for one in self._posted]

    def report(self, reporter: str, event: str, reason: str, *, number: int | None = None) -> None:
        about = next((one for one in self._posted if one and one.event == event), None)
        given = number or max((each.number for each in self._reports), default=0) + 1
        self._reports.append(Reported(number=given, reporter=reporter, reason=reason, about=about))

    # -- what the bridge reads ---------------------------------------------------------------------

    async def me(self) -> str:
        return self._account

    async def named(self, name: str) -> str:
        if not name.startswith("#"):
            return name
        if name not in self._rooms:
            raise Gone("the homeserver has no such thing")
        return self._rooms[name]

    async def join(self, room: str) -> None:
        if room not in self._rooms.values():
            raise TurnedDown("the homeserver answered 404")
        self.joined.add(room)
        self._invited = [each for each in self._invited if each != room]

    async def now(self) -> str:
        return str(len(self._posted))

    async def since(self, token: str, only: frozenset[str], wait: timedelta) -> News:
        if self.fails_first:
            raise self.fails_first.pop(0)
        watched = self.joined & only if only else self.joined
        new = [one for one in self._posted[int(token) :] if one and one.room in watched]
        await asyncio.sleep(0 if new else wait.total_seconds())
        return News(posted=tuple(new), invited=tuple(self._invited), next=await self.now())

    async def author_of(self, room: str, event: str) -> str | None:
        found = (one for one in self._posted if one and (one.room, one.event) == (room, event))
        return next((one.author for one in found), None)

    async def reports_after(self, number: int) -> tuple[Reported, ...]:
        later = (each for each in self._reports if each.number > number)
        return tuple(sorted(later, key=lambda each: each.number))

    async def newest_report(self) -> int:
        return max((each.number for each in self._reports), default=0)
