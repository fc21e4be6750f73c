"""What a case costs, in what can be counted exactly: transitions, events, commits."""

from dataclasses import dataclass
from pathlib import Path

from casework.orders import CaseStart
from casework.ruling import Measure
from casework.words import ActionKind, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from integrations.scam_signs.fake import FakeScamSigns
from tests.town import REVIEWER, Town, World, a_detection, real_town


@dataclass(frozen=True)
class Cost:
    transitions: int
    events: int
    commits: int


async def cost(it: Town, start: CaseStart, commits_before: int) -> Cost:
    described = await it.story(start).describe()
    info = described.raw_description.workflow_execution_info
    return Cost(
        transitions=info.state_transition_count,
        events=info.history_length,
        commits=it.store.database.commits - commits_before,
    )


async def test_an_automatic_case_stays_within_its_budget(place: Path) -> None:
    world = World(scam_signs=FakeScamSigns(score=0.95))
    async with real_town(place, world) as it:
        commits = it.store.database.commits
        start = await it.detect(a_detection(score=0.99))

        await it.ended(start)
        spent = await cost(it, start, commits)

        assert spent.transitions <= 4
        assert spent.events <= 12
        assert spent.commits <= 9


async def test_a_reviewed_case_stays_within_its_budget(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.40))
    async with real_town(place, world) as it:
        commits = it.store.database.commits
        start = await it.detect(a_detection("impersonation", score=0.8))
        claimed = await it.claim()
        await it.decide(claimed, REVIEWER, Verdict.ENFORCE, [Measure(kind=ActionKind.REMOVE_ITEM)])

        await it.ended(start)
        spent = await cost(it, start, commits)

        assert spent.transitions <= 6
        assert spent.events <= 24
        assert spent.commits <= 15
