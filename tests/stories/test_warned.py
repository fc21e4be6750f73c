"""Where the law wants a warning first, strikes suspend nobody who was not told of one."""

from datetime import timedelta
from pathlib import Path

import pytest

from casework.detection import AccountRef
from casework.errors import Unavailable
from casework.ruling import Measure
from casework.words import ActionKind, Verdict
from integrations.mail.fake import FakeMail
from integrations.openai_moderation.fake import FakeOpenAiModeration
from tests.town import REVIEWER, Town, World, a_detection, town

REMOVE = Measure(kind=ActionKind.REMOVE_ITEM)


async def ruled(it: Town, jurisdiction: str | None) -> list[ActionKind]:
    """What a person's plain removal of a message comes to."""
    account = AccountRef(id="acct_1", jurisdiction=jurisdiction)
    found = a_detection("harassment", score=0.8).model_copy(update={"account": account})
    await it.detect(found)
    claimed = await it.claim()
    answer = await it.decide(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE])
    assert answer.final is not None
    return [due.kind for due in answer.final.actions]


@pytest.mark.parametrize(
    ("jurisdiction", "brings"),
    [("DE", ActionKind.WARN_ACCOUNT), (None, ActionKind.TIMEOUT_ACCOUNT)],
)
async def test_strikes_that_nobody_was_told_of_warn_where_the_law_wants_it(
    place: Path, jurisdiction: str | None, brings: ActionKind
) -> None:
    unreachable = FakeMail(fails_first=[Unavailable("down")] * 100)
    world = World(vendor=FakeOpenAiModeration(score=0.7), mail=unreachable)
    async with town(place, world) as it:
        await ruled(it, jurisdiction)

        second = await ruled(it, jurisdiction)

        assert second == [ActionKind.REMOVE_ITEM, brings]


async def test_whoever_was_told_is_timed_out_there_too(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        await ruled(it, "DE")
        while not world.mail.sent:
            await it.passes(timedelta(seconds=1))

        second = await ruled(it, "DE")

        assert second == [ActionKind.REMOVE_ITEM, ActionKind.TIMEOUT_ACCOUNT]
