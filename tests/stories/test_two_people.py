"""What one person does not answer alone: seconded blind, and sent up where they differ."""

from datetime import timedelta
from pathlib import Path

import pytest

from casework.errors import Forbidden
from casework.orders import Answer
from casework.records import Person
from casework.ruling import Measure
from casework.words import ActionKind, Outcome, Role, Stage, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from storage.desk import ClaimedReview
from storage.handing_in import Besides
from tests.stories.test_appeals import appeal, enforced_by_a_person
from tests.town import COLLEAGUE, LEAD, REVIEWER, Town, World, a_detection, policies_with, town

REMOVE = Measure(kind=ActionKind.REMOVE_ITEM)
BAN = Measure(kind=ActionKind.BAN_ACCOUNT)
ANOTHER_LEAD = Person(id="lead-two", role=Role.LEAD)
ASKS = Besides(wants_second=True)
ONE_DESK = "[{desk: reviewers, within: PT4H}]"


def unsure() -> World:
    return World(vendor=FakeOpenAiModeration(score=0.7))


async def asks_for_a_second_opinion(
    it: Town, claimed: ClaimedReview, person: Person, verdict: Verdict, *measures: Measure
) -> Answer:
    submission = await it.store.desk.submit(
        claimed.review_id, person, claimed.etag, verdict, measures, "not sure", ASKS
    )
    return await it.hand_in(claimed, submission)


async def test_whoever_wants_a_second_opinion_gets_one_before_it_counts(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))

        one = await asks_for_a_second_opinion(
            it, await it.claim(), REVIEWER, Verdict.ENFORCE, REMOVE
        )
        between = await it.store.reads.case(start.case_id)
        two = await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.ENFORCE, [REMOVE])
        case = await it.ended(start)

        assert one == Answer(final=None)
        assert between.stage is Stage.REVIEW
        assert two.final is not None
        assert case.outcome is Outcome.ENFORCED
        assert (await it.store.cases.decision(two.final.decision_id)).by == COLLEAGUE.id


async def test_two_who_differ_send_the_question_to_the_next_desk_at_once_and_see_it_decided(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, [BAN])

        differs = await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.DISMISS)
        up = await it.claim(LEAD, "leads")
        seen = await it.store.reads.review_page(up.review_id)
        alone = await it.decide(up, LEAD, Verdict.ENFORCE, [REMOVE])
        case = await it.ended(start)

        assert differs == Answer(final=None, goes_up=True)
        assert [(each.by.id, each.verdict) for each in seen.answers] == [
            (REVIEWER.id, Verdict.ENFORCE),
            (COLLEAGUE.id, Verdict.DISMISS),
        ]
        assert alone.final is not None
        assert case.outcome is Outcome.ENFORCED
        assert world.platform.standing == ["remove_item"]


async def test_the_desk_above_has_its_own_time_from_the_disagreement_on(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, [BAN])
        await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.DISMISS)

        await it.passes(timedelta(hours=1, minutes=40))
        paged = [alert.key.rsplit("/")[-1] for alert in world.pager.paged]
        await it.passes(timedelta(minutes=25))
        case = await it.ended(start)

        assert paged == ["review_due"]
        assert case.outcome is Outcome.DISMISSED
        assert world.platform.standing == []


async def test_a_third_person_who_agrees_with_one_of_two_makes_a_ban_final(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, [BAN])
        await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.DISMISS)

        third = await it.decide(await it.claim(LEAD, "leads"), LEAD, Verdict.ENFORCE, [BAN])
        case = await it.ended(start)

        assert third.final is not None
        assert case.outcome is Outcome.ENFORCED
        assert world.platform.standing == ["ban_account"]


async def test_a_ban_that_only_a_third_person_wants_needs_a_fourth(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        await asks_for_a_second_opinion(it, await it.claim(), REVIEWER, Verdict.ENFORCE, REMOVE)
        await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.DISMISS)

        third = await it.decide(await it.claim(LEAD, "leads"), LEAD, Verdict.ENFORCE, [BAN])
        fourth = await it.decide(
            await it.claim(ANOTHER_LEAD, "leads"), ANOTHER_LEAD, Verdict.ENFORCE, [BAN]
        )
        case = await it.ended(start)

        assert third == Answer(final=None)
        assert fourth.final is not None
        assert case.outcome is Outcome.ENFORCED


async def test_at_the_last_desk_the_leads_are_asked_where_there_are_any(place: Path) -> None:
    policies = policies_with(place, "harassment", review=ONE_DESK)
    async with town(place, unsure(), policies=policies) as it:
        await it.store.staff.add(LEAD, "a-token")
        start = await it.detect(a_detection("harassment", score=0.8))
        await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, [BAN])

        await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.DISMISS)
        up = await it.claim(LEAD, "leads")
        await it.decide(up, LEAD, Verdict.DISMISS)
        case = await it.ended(start)

        assert case.outcome is Outcome.DISMISSED


async def test_where_nobody_is_left_above_a_third_person_at_the_same_desk_decides(
    place: Path,
) -> None:
    policies = policies_with(place, "harassment", review=ONE_DESK)
    async with town(place, unsure(), policies=policies) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, [BAN])
        await it.passes(timedelta(hours=3))

        await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.DISMISS)
        await it.passes(timedelta(hours=2))
        third = await it.claim(LEAD)
        await it.decide(third, LEAD, Verdict.DISMISS)
        case = await it.ended(start)

        assert third.desk == "reviewers"
        assert case.outcome is Outcome.DISMISSED


async def test_an_answer_that_was_kept_does_not_count_when_it_is_told_again(place: Path) -> None:
    async with town(place, unsure()) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        await asks_for_a_second_opinion(it, await it.claim(), REVIEWER, Verdict.ENFORCE, REMOVE)
        claimed = await it.claim(COLLEAGUE)
        kept = await it.submit(claimed, COLLEAGUE, Verdict.DISMISS)
        await it.hand_in(claimed, kept)
        third = await it.claim(LEAD, "leads")
        await asks_for_a_second_opinion(it, third, LEAD, Verdict.ENFORCE, BAN)

        news = {"submission_id": kept.submission_id, "review_id": claimed.review_id}
        await it.story(start).signal("decided", news)
        fourth = await it.claim(ANOTHER_LEAD, "leads")
        case = await it.store.reads.case(start.case_id)

        assert fourth.review_id == claimed.review_id
        assert case.stage is Stage.REVIEW


async def test_a_decision_that_was_refused_does_not_count_when_it_is_told_again(
    place: Path,
) -> None:
    world = unsure()
    async with town(place, world) as it:
        await it.store.staff.add(REVIEWER, "a-token")
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()
        submission = await it.submit(claimed, REVIEWER, Verdict.ENFORCE, [REMOVE])
        await it.store.staff.revoke(REVIEWER.id)
        with pytest.raises(Forbidden):
            await it.hand_in(claimed, submission)
        await it.store.staff.add(REVIEWER, "a-token")

        news = {"submission_id": submission.submission_id, "review_id": claimed.review_id}
        await it.story(start).signal("decided", news)
        await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.DISMISS)
        case = await it.ended(start)

        assert case.outcome is Outcome.DISMISSED
        assert world.platform.standing == []


async def test_nobody_who_had_a_part_in_it_hears_the_appeal(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        await asks_for_a_second_opinion(it, await it.claim(), REVIEWER, Verdict.ENFORCE, BAN)
        await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.DISMISS)
        await it.decide(await it.claim(LEAD, "leads"), LEAD, Verdict.ENFORCE, [REMOVE])
        await it.ended(start)
        filed = await appeal(it, world.mail.sent[0].body)

        claimed = await it.claim(ANOTHER_LEAD, "appeals")
        await it.store.desk.release(claimed.review_id, ANOTHER_LEAD, claimed.etag)
        refused = [
            await it.store.desk.claim("appeals", person, timedelta(hours=1))
            for person in (REVIEWER, COLLEAGUE, LEAD)
        ]
        again = await it.claim(ANOTHER_LEAD, "appeals")
        await it.decide(again, ANOTHER_LEAD, Verdict.OVERTURNED)
        await it.client.get_workflow_handle(f"appeal/{filed.decision_id}").result()
        events = [line.event for line in await it.store.reads.timeline(start.case_id)]

        assert refused == [None, None, None]
        assert world.platform.standing == []
        assert events.index("action_reverted") < events.index("appeal_closed")


async def test_two_who_differ_over_an_appeal_ask_somebody_above_too(place: Path) -> None:
    world = unsure()
    async with town(place, world) as it:
        await enforced_by_a_person(it)
        filed = await appeal(it, world.mail.sent[0].body)
        first = await it.claim(COLLEAGUE, "appeals")
        await asks_for_a_second_opinion(it, first, COLLEAGUE, Verdict.UPHELD)

        differs = await it.decide(await it.claim(LEAD, "appeals"), LEAD, Verdict.OVERTURNED)
        third = await it.claim(ANOTHER_LEAD, "leads")
        await it.decide(third, ANOTHER_LEAD, Verdict.UPHELD)
        verdict = await it.client.get_workflow_handle(f"appeal/{filed.decision_id}").result()

        assert differs == Answer(final=None, goes_up=True)
        assert third.desk == "leads"
        assert verdict == "upheld"
        assert world.platform.standing == ["remove_item"]
