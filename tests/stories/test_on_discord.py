"""Cases that end in a Discord guild: the real adapter, and a simulated guild behind it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from casework.detection import Detection
from casework.words import Outcome
from integrations.discord.client import Discord
from integrations.discord.simulator import DiscordSimulatorSettings, app
from integrations.http import Outbound
from integrations.scam_signs.fake import FakeScamSigns
from tests.integrations.guilds import AUTHOR, BASE, CHANNEL, GUILD, TOKEN, Guild, settings
from tests.town import World, a_detection, real_town, with_short_suspensions
from workers.wiring import Outside


@dataclass
class OnDiscord(World):
    """Everything else is as in other worlds."""

    discord: Discord | None = None

    def outside(self) -> Outside:
        assert self.discord is not None
        return Outside(
            checks=[self.vendor, self.profanity, self.scam_signs],
            platform=self.discord,
            channels=[self.mail],
            pagers=[self.pager],
        )


@pytest.fixture
async def guild() -> AsyncIterator[Guild]:
    simulator = app(DiscordSimulatorSettings(guild=GUILD, token=TOKEN))
    guild = Guild(base=BASE, transport=httpx.ASGITransport(simulator))
    await guild.settle()
    yield guild
    await guild.aclose()


async def posted(guild: Guild, number: int) -> Detection:
    """A scam by the member, and what a detector makes of it."""
    await guild.tell("messages", channel=CHANNEL, message=str(number), author=AUTHOR.id)
    return a_detection(score=0.99, item=f"{CHANNEL}/{number}", account=AUTHOR.id)


async def test_a_scam_is_deleted_and_its_author_suspended_and_let_back_by_itself(
    place: Path, guild: Guild
) -> None:
    async with Outbound(transport=guild.transport) as http:
        world = OnDiscord(scam_signs=FakeScamSigns(score=0.95), discord=Discord(http, settings()))
        async with real_town(place, world, policies=with_short_suspensions(place)) as it:
            start = await it.detect(await posted(guild, 1))
            case = await it.ended(start)
            at_once = await guild.happened()

            for action in await it.actions_of(start.case_id):
                if await it.stories.is_running(f"action/{action}"):
                    await it.client.get_workflow_handle(f"action/{action}").result()

    assert case.outcome is Outcome.ENFORCED
    assert sorted(at_once) == [f"ban {AUTHOR.id}", f"delete {CHANNEL}/1"]
    assert (await guild.happened())[2:] == [f"unban {AUTHOR.id}"]
    assert world.pager.paged == []


async def test_somebody_banned_by_hand_waits_for_a_person_and_stays_banned(
    place: Path, guild: Guild
) -> None:
    await guild.tell("bans", user=AUTHOR.id, reason="spammed the whole evening")
    async with Outbound(transport=guild.transport) as http:
        world = OnDiscord(scam_signs=FakeScamSigns(score=0.95), discord=Discord(http, settings()))
        async with real_town(place, world, policies=with_short_suspensions(place)) as it:
            start = await it.detect(await posted(guild, 1))
            await until_paged(world)
            case = await it.store.reads.case(start.case_id)

    assert case.blocked_on == "platform:needs_human"
    assert await guild.happened() == [f"ban {AUTHOR.id}", f"delete {CHANNEL}/1"]


async def until_paged(world: World) -> None:
    while not world.pager.paged:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
