"""Appeals: heard by somebody else, never by automation, and undone for real."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from casework.errors import Forbidden
from casework.orders import AppealStart
from casework.ruling import Measure
from casework.words import ActionKind, ActionState, NoticeKind, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from integrations.scam_signs.fake import FakeScamSigns
from storage.appeal_links import AppealTokens
from storage.tables import exclusions
from tests.town import COLLEAGUE, REVIEWER, Town, World, a_detection, town

REMOVE = Measure(kind=ActionKind.REMOVE_ITEM)


async def appeal(it: Town, body: str) -> AppealStart:
    """Follow the link in a notice and appeal."""
    found = re.search(r"/appeals/(\S+)", body)
    assert found is not None
    notice = AppealTokens(it.store.keyring.tokens, "http://casework.test").notice_of(found[1])
    filed = await it.store.appeals.file(notice, "I was quoting somebody", "web")
    await it.stories.appeal(filed.start)
    return filed.start


async def enforced_by_a_person(it: Town) -> str:
    start = await it.detect(a_detection("harassment", score=0.8))
    claimed = await it.claim()
    await it.decide(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE])
    await it.ended(start)
    return start.case_id


async def test_an_overturned_decision_is_undone_corrected_and_no_longer_counts(
    place: Path,
) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        case_id = await enforced_by_a_person(it)
        before = await it.standing_strikes(case_id)

        filed = await appeal(it, world.mail.sent[0].body)
        claimed = await it.claim(COLLEAGUE, queue="appeals")
        await it.decide(claimed, COLLEAGUE, Verdict.OVERTURNED)
        verdict = await it.client.get_workflow_handle(f"appeal/{filed.decision_id}").result()

        assert verdict == "overturned"
        assert world.platform.standing == []
        assert [notice.kind for notice in world.mail.sent] == [
            NoticeKind.STATEMENT,
            NoticeKind.CORRECTION,
        ]
        assert (before, await it.standing_strikes(case_id)) == (1, 0)


async def test_an_upheld_decision_stands_and_the_account_is_told(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        await enforced_by_a_person(it)

        filed = await appeal(it, world.mail.sent[0].body)
        claimed = await it.claim(COLLEAGUE, queue="appeals")
        await it.decide(claimed, COLLEAGUE, Verdict.UPHELD)
        await it.client.get_workflow_handle(f"appeal/{filed.decision_id}").result()

        assert world.platform.standing == ["remove_item"]
        assert world.mail.sent[-1].kind is NoticeKind.APPEAL_UPHELD


async def test_nobody_hears_the_appeal_of_their_own_decision(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        await enforced_by_a_person(it)
        await appeal(it, world.mail.sent[0].body)
        claimed = await it.claim(COLLEAGUE, queue="appeals")

        own = await it.store.desk.claim("appeals", REVIEWER, timedelta(hours=1))
        with pytest.raises(Forbidden):
            await it.store.desk.submit(
                claimed.review_id, REVIEWER, claimed.etag, Verdict.UPHELD, (), "mine"
            )

        assert own is None


async def test_an_appeal_that_nobody_decides_is_paged_and_waits_on(place: Path) -> None:
    world = World(scam_signs=FakeScamSigns(score=0.95))
    async with town(place, world) as it:
        start = await it.detect(a_detection(score=0.99))
        await it.ended(start)
        filed = await appeal(it, world.mail.sent[0].body)

        await it.passes(timedelta(days=10))
        running = await it.stories.is_running(f"appeal/{filed.decision_id}")
        paged = {alert.key.rsplit("/")[-1] for alert in world.pager.paged}
        claimed = await it.claim(COLLEAGUE, queue="appeals")
        await it.decide(claimed, COLLEAGUE, Verdict.UPHELD)
        verdict = await it.client.get_workflow_handle(f"appeal/{filed.decision_id}").result()

        assert running
        assert paged == {"appeal_due"}
        assert verdict == "upheld"


async def test_the_story_refuses_an_own_appeal_also_when_the_desk_did_not(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        await enforced_by_a_person(it)
        filed = await appeal(it, world.mail.sent[0].body)
        held = await it.claim(COLLEAGUE, queue="appeals")
        await it.store.desk.release(held.review_id, COLLEAGUE, held.etag)
        async with it.store.database.transaction() as tx:
            await tx.execute(delete(exclusions))

        own = await it.claim(REVIEWER, queue="appeals")
        with pytest.raises(Forbidden):
            await it.decide(own, REVIEWER, Verdict.UPHELD)

        assert await it.stories.is_running(f"appeal/{filed.decision_id}")


async def test_what_a_sibling_case_still_wants_stays_and_is_not_called_undone(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.99), scam_signs=FakeScamSigns(score=0.95))
    async with town(place, world) as it:
        scam = await it.detect(a_detection("spam_scam", score=0.99, item="msg-5"))
        await it.ended(scam)
        await it.ended(await it.detect(a_detection("harassment", score=0.99, item="msg-5")))

        filed = await appeal(it, world.mail.sent[0].body)
        claimed = await it.claim(COLLEAGUE, queue="appeals")
        await it.decide(claimed, COLLEAGUE, Verdict.OVERTURNED)
        await it.client.get_workflow_handle(f"appeal/{filed.decision_id}").result()

        [action] = await it.actions_of(scam.case_id)
        assert (await it.store.actions.action(action)).state is ActionState.RELEASED
        assert world.platform.standing == ["remove_item"]
