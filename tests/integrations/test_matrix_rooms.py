"""Reading rooms and reports: what a bridge relies on, of the fake and of a real Synapse."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from typing import Any, Protocol

import pytest
from pydantic import BaseModel

from casework.errors import Gone, TurnedDown, Unavailable
from integrations.http import Outbound
from integrations.matrix.fake_rooms import FakeRooms
from integrations.matrix.homeserver import Homeserver, Newcomer, Resident, register
from integrations.matrix.residents import NewRoom, Person
from integrations.matrix.rooms import READING, Rooms, RoomsPort
from integrations.matrix.settings import MatrixSettings

NOT_LONG = timedelta(milliseconds=500)
ALL = frozenset[str]()
_names = count(1)


class Scene(Protocol):
    """A room with ann and bob in it, and somebody who reads."""

    rooms: RoomsPort
    room: str
    alias: str

    async def say(self, who: str, text: str) -> str: ...

    async def edit(self, who: str, event: str, text: str) -> str: ...

    async def redact(self, who: str, event: str) -> None: ...

    async def report(self, who: str, event: str, reason: str) -> None: ...

    async def invite(self) -> str:
        """Into another room; its id."""

    def id_of(self, who: str) -> str: ...


class Imagined:
    def __init__(self) -> None:
        self.rooms: RoomsPort
        self._fake = FakeRooms()
        self.rooms = self._fake
        self.room = self._fake.open_room("lounge")
        self.alias = "#lounge:casework.example"

    async def say(self, who: str, text: str) -> str:
        return self._fake.say(self.id_of(who), self.room, text)

    async def edit(self, who: str, event: str, text: str) -> str:
        return self._fake.say(self.id_of(who), self.room, text, replaces=event)

    async def redact(self, who: str, event: str) -> None:
        self._fake.redact(event)

    async def report(self, who: str, event: str, reason: str) -> None:
        self._fake.report(self.id_of(who), event, reason)

    async def invite(self) -> str:
        other = self._fake.open_room("other")
        self._fake.invite(other)
        return other

    def id_of(self, who: str) -> str:
        return f"@{who}:casework.example"


class Real:
    def __init__(self, rooms: RoomsPort, people: dict[str, Person], room: str, alias: str) -> None:
        self.rooms = rooms
        self.people = people
        self.room = room
        self.alias = alias

    async def say(self, who: str, text: str) -> str:
        return await self.people[who].say(self.room, text)

    async def edit(self, who: str, event: str, text: str) -> str:
        return await self.people[who].edit(self.room, event, text)

    async def redact(self, who: str, event: str) -> None:
        await self.people[who].take_back(self.room, event)

    async def report(self, who: str, event: str, reason: str) -> None:
        await self.people[who].report(self.room, event, reason)

    async def invite(self) -> str:
        ann, reader = self.people["ann"], self.people["reader"]
        return await ann.open_room(NewRoom(preset="private_chat", invite=(reader.id,)))

    def id_of(self, who: str) -> str:
        return self.people[who].id


async def moved_in(
    http: Outbound, homeserver: Homeserver, name: str, *, admin: bool = False
) -> tuple[Person, Resident]:
    resident = await register(http, homeserver, Newcomer(name=name, admin=admin))
    return Person(http, homeserver, resident), resident


async def a_real_scene(http: Outbound, homeserver: Homeserver) -> Real:
    """Accounts and a room of this test alone."""
    number = next(_names)
    reader, resident = await moved_in(http, homeserver, f"reader{number}", admin=True)
    ann, _ = await moved_in(http, homeserver, f"ann{number}")
    bob, _ = await moved_in(http, homeserver, f"bob{number}")
    room = await ann.open_room(NewRoom(alias=f"lounge{number}"))
    await bob.join(room)
    settings = MatrixSettings(base_url=homeserver.url, access_token=resident.access_token)
    people = {"ann": ann, "bob": bob, "reader": reader}
    return Real(Rooms(http, settings), people, room, f"#lounge{number}:{homeserver.server_name}")


@pytest.fixture(params=["fake", "synapse"])
def where(request: pytest.FixtureRequest) -> Homeserver | None:
    """Started for those that need it alone."""
    if request.param == "fake":
        return None
    homeserver: Homeserver = request.getfixturevalue("homeserver")
    return homeserver


@pytest.fixture
async def scene(where: Homeserver | None) -> AsyncIterator[Scene]:
    if where is None:
        yield Imagined()
        return
    async with Outbound(READING) as http:
        yield await a_real_scene(http, where)


@pytest.fixture
async def real(homeserver: Homeserver) -> AsyncIterator[Real]:
    async with Outbound(READING) as http:
        yield await a_real_scene(http, homeserver)


async def texts(scene: Scene, since: str, only: frozenset[str] = ALL) -> list[str]:
    news = await scene.rooms.since(since, only, NOT_LONG)
    return [message.text for message in news.posted]


# -- of both ---------------------------------------------------------------------------------------


async def test_a_room_is_found_by_its_alias(scene: Scene) -> None:
    assert await scene.rooms.named(scene.alias) == scene.room
    assert await scene.rooms.named(scene.room) == scene.room
    with pytest.raises(Gone):
        await scene.rooms.named("#nowhere:casework.example")


async def test_what_was_said_before_is_not_told_and_what_comes_is(scene: Scene) -> None:
    await scene.rooms.join(scene.room)
    await scene.say("ann", "before")

    token = await scene.rooms.now()
    event = await scene.say("bob", "after")

    news = await scene.rooms.since(token, ALL, NOT_LONG)
    [message] = news.posted
    assert (message.text, message.event, message.room) == ("after", event, scene.room)
    assert message.author == scene.id_of("bob")
    assert await texts(scene, news.next) == []


async def test_the_same_token_tells_the_same_again_and_nothing_is_lost(scene: Scene) -> None:
    await scene.rooms.join(scene.room)
    token = await scene.rooms.now()
    await scene.say("ann", "one")

    first = await scene.rooms.since(token, ALL, NOT_LONG)
    await scene.say("ann", "two")
    second = await scene.rooms.since(token, ALL, NOT_LONG)

    assert second.posted[: len(first.posted)] == first.posted
    told = [message.text for message in second.posted] + await texts(scene, second.next)
    assert told == ["one", "two"]


async def test_joining_twice_is_joining_once(scene: Scene) -> None:
    await scene.rooms.join(scene.room)

    await scene.rooms.join(scene.room)

    token = await scene.rooms.now()
    await scene.say("ann", "hello")
    assert await texts(scene, token) == ["hello"]


async def test_other_rooms_than_those_asked_for_are_left_alone(scene: Scene) -> None:
    await scene.rooms.join(scene.room)
    token = await scene.rooms.now()
    await scene.say("ann", "hello")

    assert await texts(scene, token, frozenset({"!another:casework.example"})) == []
    assert await texts(scene, token, frozenset({scene.room})) == ["hello"]


async def test_what_was_taken_back_is_not_told(scene: Scene) -> None:
    await scene.rooms.join(scene.room)
    token = await scene.rooms.now()
    event = await scene.say("ann", "never mind")
    await scene.redact("ann", event)

    assert await texts(scene, token) == []


async def test_an_edit_names_what_it_edits_and_who_wrote_that_can_be_asked(scene: Scene) -> None:
    await scene.rooms.join(scene.room)
    event = await scene.say("ann", "first")
    token = await scene.rooms.now()
    await scene.edit("bob", event, "second")

    [edit] = (await scene.rooms.since(token, ALL, NOT_LONG)).posted

    assert (edit.text, edit.replaces, edit.author) == ("second", event, scene.id_of("bob"))
    assert await scene.rooms.author_of(scene.room, event) == scene.id_of("ann")
    assert await scene.rooms.author_of(scene.room, "$nothing") is None


async def test_an_invitation_is_told_until_it_is_followed(scene: Scene) -> None:
    token = await scene.rooms.now()
    other = await scene.invite()

    told = await scene.rooms.since(token, ALL, NOT_LONG)
    await scene.rooms.join(other)
    later = await scene.rooms.since(told.next, ALL, NOT_LONG)

    assert told.invited == (other,)
    assert later.invited == ()


async def test_reports_come_in_their_order_and_say_who_said_what(scene: Scene) -> None:
    await scene.rooms.join(scene.room)
    event = await scene.say("ann", "nobody wants you here")
    before = await scene.rooms.newest_report()
    await scene.report("bob", event, "she hounds me")
    await scene.report("ann", event, "me again")

    first, second = await scene.rooms.reports_after(before)

    assert before < first.number < second.number == await scene.rooms.newest_report()
    assert (first.reporter, first.reason) == (scene.id_of("bob"), "she hounds me")
    assert first.about is not None
    assert first.about.text == "nobody wants you here"
    assert (first.about.author, first.about.event) == (scene.id_of("ann"), event)
    assert await scene.rooms.reports_after(first.number) == (second,)


# -- of the real one -------------------------------------------------------------------------------


async def test_of_a_long_absence_every_message_is_told_once_and_in_order(real: Real) -> None:
    await real.rooms.join(real.room)
    await real.say("ann", "before")
    token = await real.rooms.now()
    said = [f"message {number}" for number in range(130)]
    for text in said:
        await real.say("bob", text)

    assert await texts(real, token) == said


async def test_a_message_nested_as_deep_as_synapse_takes_it_hides_no_other(real: Real) -> None:
    class Deep(BaseModel):
        msgtype: str = "m.text"
        body: str = "deep"
        more: dict[str, Any]

    nested: dict[str, Any] = {}
    for _ in range(120):
        nested = {"a": nested}
    await real.rooms.join(real.room)
    token = await real.rooms.now()
    event = await real.people["bob"].post(real.room, Deep(more=nested))
    await real.say("ann", "beside it")
    await real.report("ann", event, "strange")

    assert await texts(real, token) == ["deep", "beside it"]
    assert (await real.rooms.reports_after(0))[-1].reason == "strange"


async def test_a_message_that_is_waited_for_is_told_when_it_comes(real: Real) -> None:
    await real.rooms.join(real.room)
    token = await real.rooms.now()

    waiting = asyncio.create_task(real.rooms.since(token, ALL, timedelta(seconds=30)))
    await real.say("ann", "here")

    async with asyncio.timeout(15):
        assert [message.text for message in (await waiting).posted] == ["here"]


async def test_a_room_that_puts_us_out_is_told(real: Real) -> None:
    await real.rooms.join(real.room)
    token = await real.rooms.now()
    await real.say("bob", "last words")
    await real.people["ann"].put_out(real.room, real.people["reader"].id)

    news = await real.rooms.since(token, ALL, NOT_LONG)

    assert news.left == (real.room,)
    assert [message.text for message in news.posted] == ["last words"]


async def test_a_report_of_a_message_that_is_gone_keeps_its_words(real: Real) -> None:
    await real.rooms.join(real.room)
    event = await real.say("ann", "regretted")
    await real.report("bob", event, "look")
    await real.redact("ann", event)

    about = (await real.rooms.reports_after(0))[-1].about

    assert about is not None
    assert about.text == "regretted"


async def test_reports_are_for_administrators(homeserver: Homeserver) -> None:
    async with Outbound(READING) as http:
        _, resident = await moved_in(http, homeserver, f"nosy{next(_names)}")
        settings = MatrixSettings(base_url=homeserver.url, access_token=resident.access_token)
        rooms = Rooms(http, settings)

        with pytest.raises(TurnedDown):
            await rooms.reports_after(0)


async def test_a_token_nobody_knows_is_an_outage_and_no_verdict(homeserver: Homeserver) -> None:
    async with Outbound(READING) as http:
        settings = MatrixSettings.model_validate(
            {"base_url": homeserver.url, "access_token": "made up"}
        )

        with pytest.raises(Unavailable):
            await Rooms(http, settings).me()
