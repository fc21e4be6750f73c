"""A ban for good ends the account's other cases, and opens them again when it is taken back."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from casework.errors import CaseClosed
from casework.identity import decision_id
from casework.orders import CaseStart
from casework.ruling import Measure
from casework.words import ActionKind, HearingKind, Outcome, Stage, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from tests.stories.test_standing import overturned
from tests.town import (
    COLLEAGUE,
    LEAD,
    REVIEWER,
    Town,
    World,
    a_detection,
    policies_with,
    town,
)
from workers.reconciler import Reconciler

BAN = Measure(kind=ActionKind.BAN_ACCOUNT)


async def banned_beside_a_waiting_case(it: Town) -> tuple[CaseStart, CaseStart]:
    """Two people ban the account; another case of its waits for somebody."""
    first = await it.detect(a_detection("harassment", score=0.8))
    for person in (REVIEWER, COLLEAGUE):
        claimed = await it.claim(person)
        if person is REVIEWER:
            sibling = await it.detect(a_detection("harassment", score=0.8))
        await it.decide(claimed, person, Verdict.ENFORCE, [BAN])
    await it.ended(first)
    return first, sibling


async def looked(it: Town) -> None:
    await Reconciler(it.store, it.stories, timedelta()).once()


async def test_a_sibling_that_waits_ends_with_the_ban_and_only_the_ban_is_told(
    place: Path,
) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        _, sibling = await banned_beside_a_waiting_case(it)

        await looked(it)
        case = await it.ended(sibling)

        assert (case.stage, case.outcome) == (Stage.CLOSED, Outcome.MERGED)
        assert len(world.mail.sent) == 1
        assert sorted(world.platform.standing) == ["ban_account", "hide_item"]
        assert await it.standing_strikes(sibling.case_id) == 0


async def test_it_is_put_before_people_again_when_the_ban_is_overturned(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        _, sibling = await banned_beside_a_waiting_case(it)
        await looked(it)
        await it.ended(sibling)

        await overturned(it, world.mail.sent[0].body, by=LEAD)
        await looked(it)
        claimed = await it.claim()
        await it.decide(claimed, REVIEWER, Verdict.DISMISS)
        case = await it.ended(sibling)

        asked = decision_id(sibling.case_id, 2, HearingKind.FIRST)
        assert (await it.store.cases.decision(asked)).by == REVIEWER.id
        assert case.outcome is Outcome.DISMISSED
        assert world.platform.standing == []


async def test_a_policy_may_have_its_cases_go_on(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    policies = policies_with(place, "harassment", when_banned="go_on")
    async with town(place, world, policies=policies) as it:
        _, sibling = await banned_beside_a_waiting_case(it)

        await looked(it)

        assert (await it.store.reads.case(sibling.case_id)).stage is Stage.REVIEW


async def test_whoever_decides_a_merged_case_is_told_that_it_has_ended(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        _, sibling = await banned_beside_a_waiting_case(it)
        claimed = await it.claim()
        answer = await it.decide(claimed, REVIEWER, Verdict.ENFORCE, [BAN])
        second = await it.claim(COLLEAGUE)
        submission = await it.submit(second, COLLEAGUE, Verdict.ENFORCE, [BAN])
        async with it.store.database.transaction() as tx:
            await tx.execute(text("UPDATE claims SET submission_state = 'first'"))
        await it.store.siblings.merge(sibling.case_id)

        with pytest.raises(CaseClosed):
            await it.hand_in(second, submission)
        await looked(it)

        assert answer.final is None
        assert (await it.ended(sibling)).outcome is Outcome.MERGED
