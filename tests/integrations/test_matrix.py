"""Acting on a Matrix homeserver: the adapter against a real Synapse, and its fake, alike."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from casework.detection import AccountRef, ItemRef
from casework.errors import Gone, TurnedDown, Unavailable, WrongTarget
from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.matrix.client import Matrix
from integrations.matrix.fake import FakeMatrix
from integrations.matrix.homeserver import NOTICES, Homeserver
from tests.integrations.guilds import NOON
from tests.integrations.homeservers import CLIENT, Neighbourhood, Person, ordered, part
from tests.integrations.platform_contract import (
    EveryPlatform,
    PlatformWithFinalActions,
    Trial,
    UndoingPlatform,
)

MESSAGE = ItemRef(type="message", id="!room:casework.example/$event")
MEDIA = ItemRef(type="media", id="mxc://casework.example/cGljdHVyZQ")
ANN = "@ann:casework.example"

LIFTABLE = [
    (ActionKind.REMOVE_ITEM, "media"),
    (ActionKind.HIDE_ITEM, "media"),
    (ActionKind.SUSPEND_ACCOUNT, "message"),
    (ActionKind.BAN_ACCOUNT, "message"),
    (ActionKind.LIMIT_REACH, "message"),
]
FINAL = [
    (ActionKind.REMOVE_ITEM, "message"),
    (ActionKind.WARN_ACCOUNT, "message"),
    (ActionKind.OFFER_HELP, "message"),
]
LACKING = [
    (ActionKind.HIDE_ITEM, "message"),
    (ActionKind.RESTORE_ITEM, "message"),
    (ActionKind.LABEL_ITEM, "message"),
    (ActionKind.AGE_RESTRICT_ITEM, "media"),
    (ActionKind.REMOVE_ITEM, "profile"),
    (ActionKind.TIMEOUT_ACCOUNT, "message"),
    (ActionKind.KICK_ACCOUNT, "message"),
]
Way = tuple[ActionKind, str]


@pytest.fixture
async def here(homeserver: Homeserver) -> AsyncIterator[Neighbourhood]:
    here = await Neighbourhood.settled(homeserver)
    yield here
    await here.aclose()


@pytest.fixture
async def bob(here: Neighbourhood) -> Person:
    return await here.guest()


@pytest.fixture(params=["synapse", "fake"])
def side(request: pytest.FixtureRequest) -> Homeserver | None:
    """A real homeserver, or none for the fake."""
    if request.param == "fake":
        return None
    homeserver: Homeserver = request.getfixturevalue("homeserver")
    return homeserver


def named(way: Way) -> str:
    return f"{way[0].value}-{way[1]}"


@asynccontextmanager
async def tried(side: Homeserver | None, way: Way) -> AsyncIterator[Trial]:
    kind, item_type = way
    if side is None:
        fake = FakeMatrix(
            messages={MESSAGE.id: ANN}, media={MEDIA.id: ANN}, accounts=frozenset({ANN})
        )
        item = MEDIA if item_type == "media" else ItemRef(type=item_type, id=MESSAGE.id)
        yield Trial(fake, ordered(kind, item, ANN))
        return
    here = await Neighbourhood.settled(side)
    if item_type == "media":
        item = ItemRef(type="media", id=await here.ann.uploads(b"a picture"))
    else:
        said = here.message(await here.ann.says(here.room, "Good day"))
        item = ItemRef(type=item_type, id=said.id)
    yield Trial(here.matrix, ordered(kind, item, here.ann.id))
    await here.aclose()


@pytest.fixture(params=LIFTABLE + FINAL, ids=named)
async def trial(request: pytest.FixtureRequest, side: Homeserver | None) -> AsyncIterator[Trial]:
    async with tried(side, request.param) as trial:
        yield trial


@pytest.fixture(params=LIFTABLE, ids=named)
async def liftable(request: pytest.FixtureRequest, side: Homeserver | None) -> AsyncIterator[Trial]:
    async with tried(side, request.param) as trial:
        yield trial


@pytest.fixture(params=FINAL, ids=named)
async def final(request: pytest.FixtureRequest, side: Homeserver | None) -> AsyncIterator[Trial]:
    async with tried(side, request.param) as trial:
        yield trial


@pytest.fixture(params=LACKING, ids=named)
async def lacking(request: pytest.FixtureRequest, side: Homeserver | None) -> AsyncIterator[Trial]:
    async with tried(side, request.param) as trial:
        yield trial


# -- what both keep ------------------------------------------------------------------------------


class TestEveryPromise(EveryPlatform, UndoingPlatform, PlatformWithFinalActions):
    """Of the adapter on a real homeserver, and of the fake."""


async def test_what_matrix_has_nothing_like_is_turned_down_and_needs_no_undoing(
    lacking: Trial,
) -> None:
    with pytest.raises(TurnedDown):
        await lacking.platform.carry_out(lacking.action)
    await lacking.platform.revert(lacking.action)

    assert await lacking.platform.read_back(lacking.action) is PlatformState.ABSENT


async def test_what_stood_once_and_cannot_be_looked_for_here_needs_a_human(
    lacking: Trial,
) -> None:
    seen = lacking.action.model_copy(update={"confirmed_at": NOON})

    with pytest.raises(TurnedDown):
        await lacking.platform.read_back(seen)
    with pytest.raises(TurnedDown):
        await lacking.platform.revert(seen)


async def test_what_somebody_else_wrote_is_left_alone(side: Homeserver | None) -> None:
    for way in ((ActionKind.REMOVE_ITEM, "message"), (ActionKind.HIDE_ITEM, "media")):
        async with tried(side, way) as trial:
            account = trial.action.account.model_copy(update={"id": "@bob:casework.example"})
            mistaken = trial.action.model_copy(update={"account": account})

            with pytest.raises(WrongTarget):
                await trial.platform.carry_out(mistaken)

            assert await trial.platform.read_back(trial.action) is PlatformState.ABSENT


async def test_what_is_not_there_is_gone_and_reads_back_as_absent(
    side: Homeserver | None,
) -> None:
    nowhere = {
        "message": "!nowhere:casework.example/$nothing",
        "media": "mxc://casework.example/nothing",
    }
    for way in LIFTABLE + FINAL:
        async with tried(side, way) as trial:
            item = ItemRef(type=way[1], id=nowhere[way[1]])
            nobody = AccountRef(id="@nobody:casework.example")
            action = trial.action.model_copy(update={"item": item, "account": nobody})

            with pytest.raises(Gone):
                await trial.platform.carry_out(action)

            assert await trial.platform.read_back(action) is PlatformState.ABSENT


@pytest.mark.parametrize(
    ("item_type", "item_id"),
    [
        ("message", "msg_7"),
        ("message", "$event"),
        ("message", "!room:casework.example"),
        ("message", "!room:casework.example/event"),
        ("media", "https://casework.example/cat"),
        ("media", "mxc://casework.example"),
        ("media", "mxc://casework.example/../secret"),
    ],
)
async def test_an_id_that_is_not_one_of_matrix_is_turned_down(
    side: Homeserver | None, item_type: str, item_id: str
) -> None:
    async with tried(side, (ActionKind.REMOVE_ITEM, item_type)) as trial:
        item = ItemRef(type=item_type, id=item_id)

        with pytest.raises(TurnedDown):
            await trial.platform.carry_out(trial.action.model_copy(update={"item": item}))


async def test_the_fake_counts_its_effects_and_fails_as_it_was_told() -> None:
    fake = FakeMatrix(
        messages={MESSAGE.id: ANN},
        media={},
        accounts=frozenset(),
        fails_first=[Unavailable("down")],
    )
    removal = ordered(ActionKind.REMOVE_ITEM, MESSAGE, ANN, action_id="a-1")

    with pytest.raises(Unavailable):
        await fake.carry_out(removal)
    await fake.carry_out(removal)
    await fake.carry_out(removal)

    assert fake.effects == {"a-1": 1}
    assert fake.asked == ["carry_out a-1"] * 3


# -- what people there see -------------------------------------------------------------------------


async def test_a_removed_message_has_lost_its_words_and_so_have_its_edits(
    here: Neighbourhood, bob: Person
) -> None:
    event = await here.ann.says(here.room, "a bad word")
    edit = await here.ann.edits(here.room, event, "a worse word")
    answer = await bob.says(here.room, "Please do not")

    await here.matrix.carry_out(removal(here, event))

    assert await bob.reads(here.room, event) == {}
    assert await bob.reads(here.room, edit) == {}
    assert await bob.reads(here.room, answer) != {}


async def test_a_message_is_redacted_once_however_often_it_is_asked_for(
    here: Neighbourhood,
) -> None:
    event = await here.ann.says(here.room, "a bad word")
    order = removal(here, event)

    for _ in range(3):
        await here.matrix.carry_out(order)

    assert len(await redactions(here)) == 1


async def test_two_messages_removed_for_one_reference_are_both_removed(
    here: Neighbourhood, bob: Person
) -> None:
    first = await here.ann.says(here.room, "a bad word")
    second = await here.ann.says(here.room, "another")

    for event in (first, second):
        await here.matrix.carry_out(removal(here, event, action_id="a-1"))

    assert await bob.reads(here.room, second) == {}


async def test_a_message_that_its_author_deleted_is_gone_and_its_absence_stands(
    here: Neighbourhood,
) -> None:
    event = await here.ann.says(here.room, "a bad word")
    path = f"{CLIENT}/rooms/{part(here.room)}/redact/{part(event)}/1"
    await here.ann.does("PUT", path, {"casework.ref": ["not", "ours"]})

    with pytest.raises(Gone):
        await here.matrix.carry_out(removal(here, event))

    assert await here.matrix.read_back(removal(here, event)) is PlatformState.APPLIED


async def test_a_room_s_state_is_never_redacted(here: Neighbourhood, bob: Person) -> None:
    path = f"{CLIENT}/rooms/{part(here.room)}/state/m.room.topic"
    event = (await here.ann.does("PUT", path, {"topic": "a bad word"}))["event_id"]

    with pytest.raises(TurnedDown):
        await here.matrix.carry_out(removal(here, event))

    assert await bob.reads(here.room, event) == {"topic": "a bad word"}


async def test_a_room_we_may_not_redact_in_is_turned_down(here: Neighbourhood) -> None:
    stranger = await here.moves_in("stranger", admin=True)
    order = removal(here, await here.ann.says(here.room, "a bad word"))

    with pytest.raises(TurnedDown, match="M_FORBIDDEN"):
        await Matrix(here.http, here.settings(stranger.token)).carry_out(order)

    assert await here.matrix.read_back(order) is PlatformState.ABSENT


async def test_a_suspended_account_may_not_write_and_released_it_may(
    here: Neighbourhood,
) -> None:
    order = on_ann(here, ActionKind.SUSPEND_ACCOUNT)

    await here.matrix.carry_out(order)
    suspended = await here.ann.may_write(here.room)
    await here.matrix.revert(order)

    assert not suspended
    assert await here.ann.may_write(here.room)


async def test_a_banned_account_cannot_even_read_and_unbanned_it_can(
    here: Neighbourhood,
) -> None:
    order = on_ann(here, ActionKind.BAN_ACCOUNT)
    whoami = f"{CLIENT}/account/whoami"

    await here.matrix.carry_out(order)
    locked_out = (await here.ann.http.get(whoami)).status_code
    await here.matrix.revert(order)

    assert locked_out == 401
    assert (await here.ann.http.get(whoami)).status_code == 200


async def test_a_limited_account_is_shadow_banned_and_nothing_else(
    here: Neighbourhood,
) -> None:
    await here.matrix.carry_out(on_ann(here, ActionKind.LIMIT_REACH))

    user = await here.moderator.does("GET", f"/_synapse/admin/v2/users/{part(here.ann.id)}")

    assert (user["shadow_banned"], user["suspended"], user["locked"]) == (True, False, False)


async def test_quarantined_media_cannot_be_loaded_and_released_it_can(
    here: Neighbourhood, bob: Person
) -> None:
    address = await here.ann.uploads(b"a picture")
    order = ordered(ActionKind.HIDE_ITEM, ItemRef(type="media", id=address), here.ann.id)
    path = f"/_matrix/client/v1/media/download/{address.removeprefix('mxc://')}"

    await here.matrix.carry_out(order)
    hidden = (await bob.http.get(path)).status_code
    await here.matrix.revert(order)

    assert hidden == 404
    assert (await bob.http.get(path)).content == b"a picture"


async def test_the_same_picture_of_two_accounts_is_quarantined_and_released_once_for_both(
    here: Neighbourhood, bob: Person
) -> None:
    of_ann, of_bob = await here.ann.uploads(b"a meme"), await bob.uploads(b"a meme")
    removals = [
        ordered(ActionKind.REMOVE_ITEM, ItemRef(type="media", id=address), person.id)
        for address, person in ((of_ann, here.ann), (of_bob, bob))
    ]

    for removal in removals:
        await here.matrix.carry_out(removal)
    copy = ItemRef(type="media", id=await bob.uploads(b"a meme"))
    await here.matrix.carry_out(ordered(ActionKind.REMOVE_ITEM, copy, bob.id))
    await here.matrix.revert(removals[0])

    states = [await here.matrix.read_back(removal) for removal in removals]
    assert states == [PlatformState.ABSENT, PlatformState.ABSENT]


async def test_media_that_somebody_put_into_quarantine_by_hand_is_left_to_them(
    here: Neighbourhood,
) -> None:
    address = await here.ann.uploads(b"another picture")
    admin = await here.moves_in("admin", admin=True)
    path = f"/_synapse/admin/v1/media/quarantine/{address.removeprefix('mxc://')}"
    await admin.does("POST", path)

    with pytest.raises(TurnedDown, match="another's hand"):
        await here.matrix.carry_out(
            ordered(ActionKind.HIDE_ITEM, ItemRef(type="media", id=address), here.ann.id)
        )


async def test_protected_media_is_turned_down_instead_of_tried_for_ever(
    here: Neighbourhood,
) -> None:
    address = await here.ann.uploads(b"a picture")
    media = address.rpartition("/")[2]
    await here.moderator.does("POST", f"/_synapse/admin/v1/media/protect/{media}")

    with pytest.raises(TurnedDown, match="protect"):
        await here.matrix.carry_out(
            ordered(ActionKind.REMOVE_ITEM, ItemRef(type="media", id=address), here.ann.id)
        )


async def test_a_warning_is_read_by_the_account_once_also_when_its_answer_was_lost(
    here: Neighbourhood,
) -> None:
    order = on_ann(here, ActionKind.WARN_ACCOUNT)
    await here.matrix.carry_out(order)

    seen_by_another_process = await here.matrix.read_back(order)

    assert seen_by_another_process is PlatformState.APPLIED
    [notice] = await here.ann.notices(here.homeserver.full_id(NOTICES))
    assert "(Community Guidelines, Harassment)" in notice["body"]


async def test_an_account_nobody_can_use_any_more_is_gone(here: Neighbourhood) -> None:
    path = f"/_synapse/admin/v1/deactivate/{part(here.ann.id)}"
    await here.moderator.does("POST", path, {"erase": False})
    order = on_ann(here, ActionKind.SUSPEND_ACCOUNT)

    with pytest.raises(Gone):
        await here.matrix.carry_out(order)

    assert await here.matrix.read_back(order) is PlatformState.ABSENT


async def test_an_account_of_another_server_is_turned_down(here: Neighbourhood) -> None:
    abroad = "@ann:elsewhere.example"

    for kind in (ActionKind.SUSPEND_ACCOUNT, ActionKind.WARN_ACCOUNT):
        with pytest.raises(TurnedDown):
            await here.matrix.carry_out(ordered(kind, MESSAGE, abroad))
        state = await here.matrix.read_back(ordered(kind, MESSAGE, abroad))

        assert state is PlatformState.ABSENT


async def test_an_unknown_account_is_not_made_by_locking_it(here: Neighbourhood) -> None:
    nobody = here.homeserver.full_id("nobody.at.all")

    with pytest.raises(Gone):
        await here.matrix.carry_out(ordered(ActionKind.BAN_ACCOUNT, MESSAGE, nobody))

    path = f"/_synapse/admin/v2/users/{part(nobody)}"
    assert (await here.moderator.http.get(path)).status_code == 404


async def test_an_administrator_is_left_to_the_homeserver_s_people(
    here: Neighbourhood,
) -> None:
    with pytest.raises(TurnedDown, match="administrator"):
        await here.matrix.carry_out(ordered(ActionKind.BAN_ACCOUNT, MESSAGE, here.moderator.id))

    assert await here.moderator.may_write(here.room)


async def test_a_token_that_is_not_known_is_no_verdict_on_the_action(
    here: Neighbourhood,
) -> None:
    matrix = Matrix(here.http, here.settings(SecretStr("a token of last year")))

    with pytest.raises(Unavailable, match="access token"):
        await matrix.carry_out(on_ann(here, ActionKind.SUSPEND_ACCOUNT))


async def test_who_is_no_administrator_is_turned_down(here: Neighbourhood, bob: Person) -> None:
    matrix = Matrix(here.http, here.settings(bob.token))

    with pytest.raises(TurnedDown, match="403"):
        await matrix.carry_out(on_ann(here, ActionKind.SUSPEND_ACCOUNT))


def removal(here: Neighbourhood, event: str, *, action_id: str = "") -> ActionRecord:
    item = here.message(event)
    return ordered(ActionKind.REMOVE_ITEM, item, here.ann.id, action_id=action_id)


def on_ann(here: Neighbourhood, kind: ActionKind) -> ActionRecord:
    return ordered(kind, MESSAGE, here.ann.id)


async def redactions(here: Neighbourhood) -> list[str]:
    events = await here.ann.timeline(here.room)
    return [each["event_id"] for each in events if each["type"] == "m.room.redaction"]
