"""Cases that end on a real Matrix homeserver, told over its own notices."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from casework.detection import Detection
from casework.words import Outcome
from integrations.matrix.client import Matrix
from integrations.matrix.homeserver import NOTICES, Homeserver
from integrations.matrix.notices import MatrixNotices
from integrations.scam_signs.fake import FakeScamSigns
from tests.integrations.homeservers import Neighbourhood, part
from tests.town import World, a_detection, real_town, with_short_suspensions
from workers.wiring import Outside


@dataclass
class OnMatrix(World):
    """Everything else is as in other worlds."""

    here: Neighbourhood | None = None

    def outside(self) -> Outside:
        assert self.here is not None
        return Outside(
            checks=[self.vendor, self.profanity, self.scam_signs],
            platform=Matrix(self.here.http, self.here.settings()),
            channels=[MatrixNotices(self.here.http, self.here.settings())],
            pagers=[self.pager],
        )


@pytest.fixture
async def here(homeserver: Homeserver) -> AsyncIterator[Neighbourhood]:
    here = await Neighbourhood.settled(homeserver)
    yield here
    await here.aclose()


def a_scam(here: Neighbourhood) -> OnMatrix:
    return OnMatrix(scam_signs=FakeScamSigns(score=0.95), here=here)


async def posted(here: Neighbourhood) -> tuple[str, Detection]:
    """A scam by ann, and what a detector makes of it."""
    event = await here.ann.says(here.room, "Send me a coin and I send you two")
    return event, a_detection(score=0.99, item=here.message(event).id, account=here.ann.id)


async def test_a_scam_is_redacted_and_its_author_told_suspended_and_let_back_by_itself(
    place: Path, here: Neighbourhood
) -> None:
    world = a_scam(here)
    async with real_town(place, world, policies=with_short_suspensions(place)) as it:
        event, detection = await posted(here)
        start = await it.detect(detection)
        case = await it.ended(start)

        for action in await it.actions_of(start.case_id):
            if await it.stories.is_running(f"action/{action}"):
                await it.client.get_workflow_handle(f"action/{action}").result()

    [notice] = await here.ann.notices(here.homeserver.full_id(NOTICES))
    assert case.outcome is Outcome.ENFORCED
    assert await here.ann.reads(here.room, event) == {}
    assert "Your account is suspended. This lasts 1 second." in notice["body"]
    assert await here.ann.may_write(here.room)
    assert world.pager.paged == []


async def test_somebody_suspended_by_hand_waits_for_a_person_and_stays_suspended(
    place: Path, here: Neighbourhood
) -> None:
    world = a_scam(here)
    path = f"/_synapse/admin/v1/suspend/{part(here.ann.id)}"
    event, detection = await posted(here)
    await here.moderator.does("PUT", path, {"suspend": True})
    async with real_town(place, world, policies=with_short_suspensions(place)) as it:
        start = await it.detect(detection)
        while not world.pager.paged:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        case = await it.store.reads.case(start.case_id)

    assert case.blocked_on == "platform:needs_human"
    assert await here.ann.reads(here.room, event) == {}
    assert not await here.ann.may_write(here.room)
