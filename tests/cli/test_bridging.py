"""The bridge at work between rooms and a gateway that are both scripted."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from casework.errors import Nonsense, Refused, Unavailable
from casework.finding import Finding
from casework.records import Evidence
from cli.api import Api, Place
from cli.bridge_place import BridgePlace, WrongPosition
from cli.bridging import Bridge, Parts, Passed, Scope
from cli.delivery import Delivery
from integrations.matrix.claims import Claims
from integrations.matrix.fake_rooms import FakeRooms
from integrations.matrix.sieve import Opening, Sieve
from tests.cli.fake_gateway import Asked, FakeGateway, Says, accepted, problem

PATH = "/v1/detections"
ANN, BOB, EVE = "@ann:casework.example", "@bob:casework.example", "@eve:casework.example"
AT_ONCE = timedelta()


class SaysBad:
    """A check that is sure of whatever has "bad" in it, and fails at "odd"."""

    name = "word"

    async def examine(self, evidence: Evidence, harm: str) -> Finding:
        if "odd" in evidence.text:
            raise Nonsense("no number")
        return Finding(check=self.name, score=1.0 if "bad" in evidence.text else 0.0)


class Watch:
    """A room that is watched, a gateway, and a bridge that can be started again."""

    def __init__(self, gateway: FakeGateway, api: Api, folder: Path) -> None:
        self.gateway = gateway
        self.rooms = FakeRooms()
        self.room = self.rooms.open_room("lounge")
        self.rooms.joined.add(self.room)
        self.place = BridgePlace(folder)
        self.api = api
        self.scope = Scope(report_harms=("harassment",))
        gateway.on("POST", PATH, accepted)

    def started(self, account: str = "@bridge:casework.example") -> Bridge:
        folder = self.place.folder
        folder.mkdir(exist_ok=True)
        opening = Opening(harm="harassment", check="word", at_least=0.5)
        parts = Parts(
            rooms=self.rooms,
            sieve=Sieve([opening], {"word": SaysBad()}),
            delivery=Delivery(self.api, self.place),
            place=self.place,
            claims=Claims(homeserver="casework.example", key=SecretStr("k")),
        )
        return Bridge(parts, self.scope, account)

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(one.body) for one in self.gateway.asked]

    def items(self) -> list[str]:
        return [one["item"]["id"].partition("/")[2] for one in self.told()]

    def refused(self) -> list[dict[str, Any]]:
        if not self.place.refused_file.exists():
            return []
        return [json.loads(line) for line in self.place.refused_file.read_text().splitlines()]


@pytest.fixture
async def watch(gateway: FakeGateway, tmp_path: Path) -> AsyncIterator[Watch]:
    async with Api.at(Place(gateway.url, "t")) as api:
        yield Watch(gateway, api, tmp_path / "bridge")


@pytest.fixture
async def bridge(watch: Watch) -> Bridge:
    """Started, and over what was there before."""
    bridge = watch.started()
    await bridge.go_over(AT_ONCE)
    return bridge


async def test_what_was_said_before_the_first_start_is_no_concern(watch: Watch) -> None:
    event = watch.rooms.say(ANN, watch.room, "bad")
    watch.rooms.report(BOB, event, "long ago")

    passed = await watch.started().go_over(AT_ONCE)

    assert passed == Passed(messages=0, opened=0, reports=0, accepted=0, refused=0)


async def test_only_what_the_sieve_keeps_becomes_a_detection(watch: Watch, bridge: Bridge) -> None:
    watch.rooms.say(ANN, watch.room, "good morning")
    event = watch.rooms.say(BOB, watch.room, "bad morning")

    passed = await bridge.go_over(AT_ONCE)

    assert passed == Passed(messages=2, opened=1, reports=0, accepted=1, refused=0)
    [told] = watch.told()
    assert told["item"] == {
        "type": "message",
        "id": f"{watch.room}/{event}",
        "text": "bad morning",
        "url": "matrix:roomid/lounge:casework.example/e/event2",
        "media": [],
        "context": {"event": event, "kind": "m.room.message"},
    }
    assert (told["account"], told["channel"]) == ({"id": BOB}, "classifier")
    assert "score" not in told


async def test_a_message_that_a_check_cannot_judge_goes_to_people(
    watch: Watch, bridge: Bridge
) -> None:
    event = watch.rooms.say(ANN, watch.room, "odd")

    await bridge.go_over(AT_ONCE)

    assert watch.items() == [event]


async def test_a_report_is_a_claim_of_somebody_who_is_not_named(
    watch: Watch, bridge: Bridge
) -> None:
    event = watch.rooms.say(ANN, watch.room, "nobody wants you here")
    watch.rooms.report(BOB, event, "she hounds me")
    watch.rooms.report(EVE, event, "me too")
    watch.rooms.report(BOB, event, "again")

    await bridge.go_over(AT_ONCE)

    told = watch.told()
    assert {one["channel"] for one in told} == {"user_report"}
    assert {one["item"]["text"] for one in told} == {"nobody wants you here"}
    assert len({one["detection_id"] for one in told}) == 3
    assert len({one["evidence"]["reporter"] for one in told}) == 2
    assert BOB not in json.dumps(told)


async def test_an_edit_is_a_new_claim_about_the_same_message(watch: Watch, bridge: Bridge) -> None:
    event = watch.rooms.say(ANN, watch.room, "bad")
    watch.rooms.say(ANN, watch.room, "worse and bad", replaces=event)

    await bridge.go_over(AT_ONCE)

    assert watch.items() == [event, event]
    first, second = watch.told()
    assert first["detection_id"] != second["detection_id"]


async def test_nobody_puts_words_into_somebody_s_mouth_by_an_edit(
    watch: Watch, bridge: Bridge
) -> None:
    event = watch.rooms.say(ANN, watch.room, "good morning")
    forged = watch.rooms.say(EVE, watch.room, "bad", replaces=event)

    await bridge.go_over(AT_ONCE)

    [told] = watch.told()
    assert watch.items() == [forged]
    assert told["account"] == {"id": EVE}


async def test_a_message_dated_in_the_future_is_not_refused_for_it(
    watch: Watch, bridge: Bridge
) -> None:
    watch.rooms.say(ANN, watch.room, "bad")
    watch.rooms.ahead = timedelta(days=365_000)
    watch.rooms.say(EVE, watch.room, "bad")

    await bridge.go_over(AT_ONCE)

    honest, forged = sorted(watch.told(), key=lambda one: str(one["account"]["id"]))
    assert honest["observed_at"] == "2026-11-05T12:00:01Z"
    assert forged["observed_at"] == "1970-01-01T00:00:00Z"


async def test_what_the_bridge_itself_says_is_left_alone(watch: Watch) -> None:
    watch.scope = watch.scope.model_copy(update={"not_from": frozenset({EVE})})
    bridge = watch.started()
    await bridge.go_over(AT_ONCE)
    watch.rooms.say(EVE, watch.room, "bad")

    assert (await bridge.go_over(AT_ONCE)).messages == 0


async def test_a_bridge_started_again_goes_on_where_it_was(watch: Watch, bridge: Bridge) -> None:
    watch.rooms.say(ANN, watch.room, "bad one")
    await bridge.go_over(AT_ONCE)
    event = watch.rooms.say(ANN, watch.room, "bad two")
    watch.rooms.report(BOB, event, "look")

    passed = await watch.started().go_over(AT_ONCE)

    assert (passed.opened, passed.reports) == (1, 1)
    assert len(watch.told()) == 3


async def test_what_was_not_acknowledged_is_sent_again_byte_for_byte(
    watch: Watch, bridge: Bridge
) -> None:
    event = watch.rooms.say(ANN, watch.room, "bad one")
    watch.rooms.report(BOB, event, "look")
    watch.gateway.on("POST", PATH, problem(401, "unauthenticated"))
    with pytest.raises(Refused):
        await bridge.go_over(AT_ONCE)
    first = {one.body for one in watch.gateway.asked}
    watch.gateway.on("POST", PATH, accepted)

    passed = await watch.started().go_over(AT_ONCE)

    assert passed.accepted == 2
    assert first <= {one.body for one in watch.gateway.asked}
    assert len({one.body for one in watch.gateway.asked}) == 2


async def test_a_gateway_that_is_away_is_waited_for(watch: Watch, bridge: Bridge) -> None:
    watch.rooms.say(ANN, watch.room, "bad")
    away = problem(503, "unavailable", Retry_After="0")
    watch.gateway.on("POST", PATH, away, away, accepted)

    passed = await bridge.go_over(AT_ONCE)

    assert passed.accepted == 1
    assert len(watch.gateway.asked) == 3


@pytest.mark.parametrize("code", ["malformed", "too_large", "future_dated", "detection_conflict"])
async def test_a_detection_refused_for_good_is_kept_and_the_others_go_on(
    watch: Watch, bridge: Bridge, code: str
) -> None:
    def picky(asked: Asked) -> Says:
        poor = b"bad one" in asked.body
        return problem(422, code, "no") if poor else accepted(asked)

    watch.rooms.say(ANN, watch.room, "bad one")
    watch.rooms.say(ANN, watch.room, "bad two")
    watch.gateway.on("POST", PATH, picky)

    passed = await bridge.go_over(AT_ONCE)

    assert (passed.accepted, passed.refused) == (1, 1)
    [kept] = watch.refused()
    assert kept["code"] == code
    assert kept["what"]["item"]["text"] == "bad one"
    assert watch.place.refused_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("status", "code"), [(403, "forbidden"), (422, "unknown_harm"), (404, "http_404")]
)
async def test_a_bridge_that_is_set_up_wrongly_ends_and_loses_nothing(
    watch: Watch, bridge: Bridge, status: int, code: str
) -> None:
    watch.rooms.say(ANN, watch.room, "bad")
    watch.gateway.on("POST", PATH, problem(status, code))

    with pytest.raises(Refused, match=code):
        await bridge.go_over(AT_ONCE)

    watch.gateway.on("POST", PATH, accepted)
    assert (await watch.started().go_over(AT_ONCE)).accepted == 1
    assert watch.refused() == []


async def test_an_outage_of_the_homeserver_is_waited_out(watch: Watch, bridge: Bridge) -> None:
    watch.rooms.say(ANN, watch.room, "bad")
    soon = timedelta(milliseconds=1)
    watch.rooms.fails_first = [Unavailable("away", retry_after=soon) for _ in range(3)]
    passed: asyncio.Queue[Passed] = asyncio.Queue()

    going = asyncio.create_task(bridge.keep_going(passed.put_nowait))
    async with asyncio.timeout(10):
        first = await passed.get()
    going.cancel()

    assert first.accepted == 1


async def test_a_report_that_appears_after_a_later_one_is_not_missed(
    watch: Watch, bridge: Bridge
) -> None:
    event = watch.rooms.say(ANN, watch.room, "nobody wants you here")
    watch.rooms.report(BOB, event, "second", number=2)
    await bridge.go_over(AT_ONCE)
    watch.rooms.report(BOB, event, "first", number=1)

    passed = await watch.started().go_over(AT_ONCE)

    assert passed.reports == 1
    assert (await watch.started().go_over(AT_ONCE)).reports == 0


async def test_a_report_of_what_nobody_knows_any_more_is_kept(watch: Watch, bridge: Bridge) -> None:
    watch.rooms.report(BOB, "$unknown", "look")

    await bridge.go_over(AT_ONCE)

    [kept] = watch.refused()
    assert kept["code"] == "gone"
    assert watch.told() == []


async def test_an_account_too_long_to_be_named_is_kept_for_people(
    watch: Watch, bridge: Bridge
) -> None:
    watch.rooms.say(f"@{'a' * 700}:casework.example", watch.room, "bad")

    await bridge.go_over(AT_ONCE)

    [kept] = watch.refused()
    assert (kept["code"], kept["what"]["text"]) == ("nonsense", "bad")


async def test_nobody_escapes_by_the_longest_name_that_matrix_allows(
    watch: Watch, bridge: Bridge
) -> None:
    longest = f"@{'a' * (255 - len('@:casework.example'))}:casework.example"
    watch.rooms.say(longest, watch.room, "bad")

    await bridge.go_over(AT_ONCE)

    [told] = watch.told()
    assert told["account"]["id"] == longest


async def test_a_text_too_long_for_the_gateway_goes_to_a_person_whole(
    watch: Watch, bridge: Bridge
) -> None:
    text = "x" * 40_000 + " bad"
    watch.rooms.say(ANN, watch.room, text)

    await bridge.go_over(AT_ONCE)

    [told] = watch.told()
    assert "text" not in told["item"]
    assert told["item"]["context"]["text"] == text


async def test_invitations_are_followed_only_where_no_rooms_were_named(watch: Watch) -> None:
    other = watch.rooms.open_room("other")
    watch.rooms.invite(other)
    watch.scope = watch.scope.model_copy(update={"rooms": frozenset({watch.room})})
    await watch.started().go_over(AT_ONCE)
    before = other in watch.rooms.joined

    watch.scope = watch.scope.model_copy(update={"rooms": frozenset[str]()})
    await watch.started().go_over(AT_ONCE)

    assert (before, other in watch.rooms.joined) == (False, True)


async def test_a_position_of_another_account_is_not_gone_on_from(
    watch: Watch, bridge: Bridge
) -> None:
    with pytest.raises(WrongPosition, match="another account"):
        await watch.started("@second:casework.example").go_over(AT_ONCE)


async def test_a_broken_position_is_not_taken_for_none(watch: Watch, bridge: Bridge) -> None:
    (watch.place.folder / "position.json").write_text("{")

    with pytest.raises(WrongPosition):
        await watch.started().go_over(AT_ONCE)
