"""A simulated Discord guild, the adapter that acts in it, and a clock that only we move."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from casework.detection import AccountRef, ItemRef
from casework.records import ActionRecord
from casework.words import ActionKind
from integrations.discord.client import Discord
from integrations.discord.settings import DiscordSettings
from integrations.discord.simulator import DiscordSimulatorSettings, app
from integrations.http import Limits, Outbound
from tests.integrations.cases import action

GUILD = "41771983423143937"
TOKEN = "bot-token-of-the-tests"
AUTHOR = AccountRef(id="53908099506183680")
OTHER = "80351110224678912"
CHANNEL = "290926798999357250"
MESSAGE = ItemRef(type="message", id=f"{CHANNEL}/334385199974967042")
BASE = "http://discord.example"
NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SOON = Limits(deadline=timedelta(milliseconds=500))


class Clock:
    """Stands still until it is moved; waiting on it moves it."""

    def __init__(self) -> None:
        self.now = NOON
        self.waited: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def passes(self, time: timedelta) -> None:
        self.now += time

    async def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += timedelta(seconds=seconds)


def settings(base: str = BASE, **given: Any) -> DiscordSettings:
    usual = {"base_url": f"{base}/api/v10", "token": SecretStr(TOKEN), "guild": GUILD}
    return DiscordSettings(**{**usual, **given})


def ordered(
    kind: ActionKind, *, action_id: str = "a-1", lasts: timedelta | None = None, **more: Any
) -> ActionRecord:
    """An action on a message, or its author, of the guild."""
    given = action(kind, action_id=action_id, lasts=lasts, item=MESSAGE, account=AUTHOR)
    return given.model_copy(update=more)


class Guild:
    """The adapter, and a simulated guild whose happenings can be looked at. In it: one member, and
    a message of theirs."""

    def __init__(
        self,
        *,
        base: str = BASE,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        **given: Any,
    ) -> None:
        self.clock = clock or Clock()
        self.transport = transport
        self.http = Outbound(SOON, transport=transport)
        self.discord = Discord(
            self.http, settings(base, **given), clock=self.clock, pause=self.clock.wait
        )
        self.client = httpx.AsyncClient(base_url=base, transport=transport, trust_env=False)

    async def settle(self) -> None:
        channel, _, message = MESSAGE.id.partition("/")
        await self.tell("messages", channel=channel, message=message, author=AUTHOR.id)
        joined = (NOON - timedelta(days=400)).isoformat()
        await self.tell("members", user=AUTHOR.id, joined_at=joined)

    async def tell(self, what: str, **said: Any) -> None:
        answer = await self.client.post(f"/simulator/{what}", json=said)
        answer.raise_for_status()

    async def says(self, times: int, content: str = "hello") -> None:
        """The member writes to the bot, one message each second."""
        for _ in range(times):
            self.clock.passes(timedelta(seconds=1))
            ms = int(self.clock().timestamp() * 1_000) - 1_420_070_400_000
            channel = f"8{AUTHOR.id[-17:]}"
            said = {"channel": channel, "message": str(ms << 22), "content": content}
            await self.tell("messages", author=AUTHOR.id, **said)

    async def breaks(self, mode: str, times: int = 1) -> None:
        await self.tell("faults", mode=mode, next=times)

    async def summary(self) -> dict[str, Any]:
        summary: dict[str, Any] = (await self.client.get("/simulator/summary")).json()
        return summary

    async def happened(self) -> list[str]:
        happenings = (await self.summary())["happenings"]
        return [f"{each['what']} {each['target']}" for each in happenings]

    async def aclose(self) -> None:
        await self.http.aclose()
        await self.client.aclose()


async def simulated(*, per_window: int = 1_000, **given: Any) -> Guild:
    """In this process, through the simulator's front door."""
    clock = Clock()
    served = app(
        DiscordSimulatorSettings(guild=GUILD, token=TOKEN, per_window=per_window), clock=clock
    )
    guild = Guild(transport=httpx.ASGITransport(served), clock=clock, **given)
    await guild.settle()
    return guild
