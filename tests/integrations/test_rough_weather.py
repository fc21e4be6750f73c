"""Through the step that really calls them: every first answer is lost and one in ten of the others
fails. Counted at the platform, each action happens once, and each undo too."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from activities.enforcing import Enforcing
from casework.detection import ItemRef
from casework.errors import Transient
from casework.holds import USUAL, Brakes
from casework.orders import ActionReport, CarryOut, TakeBack
from casework.ports import Platform
from casework.records import ActionRecord
from casework.words import ActionKind, ActionState
from integrations.http import Outbound
from integrations.matrix.client import Matrix
from integrations.matrix.homeserver import Homeserver
from tests.integrations import guilds, homeservers, ozones
from tests.integrations.guilds import NOON
from tests.integrations.homeservers import Neighbourhood, RoughRoad
from tests.unbraked import without_limits

MANY = 60
"""Of each kind."""
FEW = 15
"""Of each kind, where a real homeserver answers."""
TRIES = 50


class Actions:
    """The book of actions, as far as this step asks it."""

    def __init__(self, actions: Sequence[ActionRecord]) -> None:
        self.records = {action.action_id: action for action in actions}

    async def action(self, action_id: str) -> ActionRecord:
        return self.records[action_id]

    async def attempting(self, action_id: str, brakes: Brakes = USUAL) -> ActionRecord:
        before = self.records[action_id]
        return self._change(
            before,
            state=ActionState.ATTEMPTED,
            attempts=before.attempts + 1,
            first_at=before.first_at or NOON,
        )

    async def settle_action(self, action_id: str, state: ActionState, note: str = "") -> None:
        seen = {"confirmed_at": NOON} if state is ActionState.CONFIRMED else {}
        self._change(self.records[action_id], state=state, **seen)

    async def known_switch(self, action_id: str, switched_by: frozenset[ActionKind]) -> bool:
        return False

    async def shared_effect(
        self, action_id: str, switched_by: frozenset[ActionKind] = frozenset()
    ) -> bool:
        return False

    def _change(self, before: ActionRecord, **values: object) -> ActionRecord:
        after = before.model_copy(update=values)
        self.records[after.action_id] = after
        return after


class Weather(Protocol):
    async def breaks(self, mode: str, times: int = 1) -> None: ...


async def through(
    weather: Weather, step: Callable[[], Awaitable[ActionReport]], chance: random.Random
) -> ActionReport:
    await weather.breaks("act_then_500")
    for _ in range(TRIES):
        try:
            return await step()
        except Transient:
            await weather.breaks("error" if chance.random() < 0.1 else "none")
    raise AssertionError("it never got through")


async def done_and_undone(
    weather: Weather,
    platform: Platform,
    actions: Sequence[ActionRecord],
    liftable: frozenset[ActionKind],
) -> Actions:
    book = Actions([each.model_copy(update={"state": ActionState.PLANNED}) for each in actions])
    enforcing = Enforcing(book, platform, without_limits)
    chance = random.Random(7)
    for each in actions:
        order = CarryOut(action_id=each.action_id)
        await through(weather, partial(enforcing.carry_out, order), chance)
    for each in actions:
        if each.kind in liftable:
            back = TakeBack(action_id=each.action_id, ends=ActionState.REVERTED)
            await through(weather, partial(enforcing.take_back, back), chance)
    return book


def states(book: Actions) -> Counter[ActionState]:
    return Counter(each.state for each in book.records.values())


async def test_on_discord_everything_happens_once_and_is_undone_once() -> None:
    guild = await guilds.simulated()
    actions = []
    for number in range(MANY):
        message = guilds.MESSAGE.model_copy(update={"id": f"7/{1_000 + number}"})
        await guild.tell("messages", channel="7", message=str(1_000 + number), author="99")
        author = guilds.AUTHOR.model_copy(update={"id": "99"})
        removal = guilds.ordered(ActionKind.REMOVE_ITEM, action_id=f"remove-{number}")
        actions.append(removal.model_copy(update={"item": message, "account": author}))
        for place, kind in enumerate(ON_MEMBERS):
            user = str(10_000 + number * 10 + place)
            await guild.tell("members", user=user, joined_at="2020-01-01T00:00:00Z")
            order = guilds.ordered(kind, action_id=f"{kind}-{number}", lasts=guilds.DAY)
            account = guilds.AUTHOR.model_copy(update={"id": user})
            actions.append(order.model_copy(update={"account": account}))

    book = await done_and_undone(guild, guild.discord, actions, LIFTED_ON_DISCORD)

    happened = Counter(each.split()[0] for each in await guild.happened())
    assert (await guild.summary())["doubled"] == []
    assert happened == {
        "delete": 2 * MANY,  # the messages, and the warnings taken back
        "kick": MANY,
        "timeout": MANY,
        "release": MANY,
        "ban": 2 * MANY,
        "unban": 2 * MANY,
        "tell": MANY,
    }
    assert states(book) == {ActionState.CONFIRMED: 2 * MANY, ActionState.REVERTED: 4 * MANY}
    await guild.aclose()


async def test_through_ozone_everything_happens_once_and_is_undone_once() -> None:
    network = await ozones.simulated()
    actions = []
    for number in range(MANY):
        for kind in THROUGH_OZONE:
            account = ozones.AUTHOR.model_copy(update={"id": f"did:plc:{kind}-{number}"})
            uri = f"at://{account.id}/app.bsky.feed.post/{number}"
            item = ozones.RECORD.model_copy(update={"id": uri})
            await network.tell("accounts", did=account.id)
            await network.tell("records", uri=uri, cid=ozones.CID)
            order = ozones.ordered(kind, action_id=f"{kind}-{number}", lasts=guilds.DAY)
            actions.append(order.model_copy(update={"account": account, "item": item}))

    book = await done_and_undone(network, network.ozone, actions, frozenset(THROUGH_OZONE))

    assert (await network.summary())["doubled"] == []
    assert len(await network.happened()) == 2 * len(actions)
    assert states(book) == {ActionState.REVERTED: len(actions)}
    await network.aclose()


async def test_on_matrix_everything_happens_once_and_is_undone_once(
    homeserver: Homeserver,
) -> None:
    here, road = await Neighbourhood.settled(homeserver), RoughRoad()
    actions = []
    for number in range(FEW):
        message = here.message(await here.ann.says(here.room, f"a bad word, the {number}th"))
        actions.append(homeservers.ordered(ActionKind.REMOVE_ITEM, message, here.ann.id))
        media = ItemRef(type="media", id=await here.ann.uploads(f"picture {number}".encode()))
        actions.append(homeservers.ordered(ActionKind.HIDE_ITEM, media, here.ann.id))
        somebody = await here.moves_in("somebody")
        actions += [homeservers.ordered(kind, message, somebody.id) for kind in ON_MATRIX]

    async with Outbound(transport=road) as http:
        matrix = Matrix(http, here.settings())
        book = await done_and_undone(road, matrix, actions, LIFTED_ON_MATRIX)

    redacted = [each for each in await here.ann.timeline(here.room) if not each["content"]]
    assert len(redacted) == FEW
    assert road.orders.total() == len(actions) + len(LIFTED_ON_MATRIX) * FEW
    assert states(book) == {
        ActionState.CONFIRMED: 2 * FEW,
        ActionState.REVERTED: len(LIFTED_ON_MATRIX) * FEW,
    }
    await here.aclose()


ON_MATRIX = (
    ActionKind.WARN_ACCOUNT,
    ActionKind.SUSPEND_ACCOUNT,
    ActionKind.LIMIT_REACH,
    ActionKind.BAN_ACCOUNT,
)
LIFTED_ON_MATRIX = frozenset({ActionKind.HIDE_ITEM, *ON_MATRIX}) - {ActionKind.WARN_ACCOUNT}
ON_MEMBERS = (
    ActionKind.KICK_ACCOUNT,
    ActionKind.TIMEOUT_ACCOUNT,
    ActionKind.SUSPEND_ACCOUNT,
    ActionKind.BAN_ACCOUNT,
    ActionKind.WARN_ACCOUNT,
)
LIFTED_ON_DISCORD = frozenset(ON_MEMBERS) - {ActionKind.KICK_ACCOUNT}
THROUGH_OZONE = (
    ActionKind.REMOVE_ITEM,
    ActionKind.SUSPEND_ACCOUNT,
    ActionKind.BAN_ACCOUNT,
    ActionKind.LABEL_ITEM,
)
