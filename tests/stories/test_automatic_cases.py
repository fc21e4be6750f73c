"""Cases in which no person is asked."""

from datetime import timedelta
from pathlib import Path

from casework.finding import Finding
from casework.orders import DetectionNews, StartFacts
from casework.records import Evidence
from casework.words import Outcome, Severity, Stage, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from integrations.scam_signs.fake import FakeScamSigns
from tests.town import Town, World, a_detection, town

A_SCAM = 0.95


async def test_what_two_sources_are_sure_of_is_removed_told_and_closed(place: Path) -> None:
    world = World(scam_signs=FakeScamSigns(score=A_SCAM))
    async with town(place, world) as it:
        start = await it.detect(a_detection(score=0.99))

        case = await it.ended(start)

        assert (case.stage, case.outcome) == (Stage.CLOSED, Outcome.ENFORCED)
        assert world.platform.standing == ["remove_item"]
        [notice] = world.mail.sent
        assert "http://casework.test/appeals/" in notice.body


async def test_what_nobody_finds_anything_in_is_dismissed_without_a_word(place: Path) -> None:
    world = World()
    async with town(place, world) as it:
        start = await it.detect(a_detection(score=0.10))

        case = await it.ended(start)

        assert (case.stage, case.outcome) == (Stage.CLOSED, Outcome.DISMISSED)
        assert world.platform.standing == []
        assert world.mail.sent == []


async def test_the_account_is_told_after_the_action_is_confirmed_and_the_reasons_are_written_before(
    place: Path,
) -> None:
    world = World(scam_signs=FakeScamSigns(score=A_SCAM))
    async with town(place, world) as it:
        start = await it.detect(a_detection(score=0.99))

        await it.ended(start)
        events = [entry.event for entry in await it.store.reads.timeline(start.case_id)]

        told_of = ["decided", "notice_rendered", "action_confirmed", "notice_delivered"]
        order = [events.index(event) for event in (*told_of, "case_closed")]
        assert order == sorted(order)


async def test_a_caller_who_waits_gets_the_ruling(place: Path) -> None:
    world = World(scam_signs=FakeScamSigns(score=A_SCAM))
    async with town(place, world) as it:
        detection = a_detection(score=0.99)
        start = await it.store_detection(detection)

        answer = await it.stories.verdict(
            start,
            DetectionNews(detection_id=detection.detection_id),
            StartFacts(severity=Severity.LOW, detector="text-sieve"),
            timedelta(seconds=20),
        )

        assert answer is not None
        assert answer.verdict is Verdict.ENFORCE


async def test_a_second_detection_on_a_dismissed_case_reopens_it_and_on_an_enforced_one_only_joins(
    place: Path,
) -> None:
    world = World(vendor=FakeOpenAiModeration(scores={"harmless": 0.0, "edited": 0.99}))
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.1, item="msg-7", text="harmless"))
        dismissed = await it.ended(start)

        await it.detect(a_detection("harassment", score=0.95, item="msg-7", text="edited"))
        reopened = await it.ended(start)
        await it.detect(a_detection("harassment", score=0.95, item="msg-7", text="edited"))
        joined = await it.ended(start)

        assert dismissed.outcome is Outcome.DISMISSED
        assert reopened.outcome is Outcome.ENFORCED
        assert joined.outcome is Outcome.ENFORCED
        assert len(joined.detection_ids) == 3
        assert len(world.platform.standing) == 1


async def test_sibling_cases_act_once_on_one_item(place: Path) -> None:
    world = World(scam_signs=FakeScamSigns(score=A_SCAM), vendor=FakeOpenAiModeration(score=0.99))
    async with town(place, world) as it:
        scam = await it.detect(a_detection("spam_scam", score=0.99, item="msg-9"))
        await it.ended(scam)

        insult = await it.detect(a_detection("harassment", score=0.99, item="msg-9"))
        case = await it.ended(insult)

        done = world.platform.standing
        assert case.outcome is Outcome.ENFORCED
        assert done == ["remove_item"]  # and one item is one offence: no rung of the ladder


class LateNews(FakeOpenAiModeration):
    """A vendor during whose first answer another detection of the same item comes in."""

    def __init__(self) -> None:
        super().__init__(scores={"harmless": 0.0, "edited": 0.99})
        self.town: Town | None = None

    async def examine(self, evidence: Evidence, harm: str) -> Finding:
        finding = await super().examine(evidence, harm)
        if len(self.asked) == 1 and self.town is not None:
            late = a_detection("harassment", score=0.94, item="msg-7", text="edited")
            await self.town.store_detection(late)
        return finding


async def test_a_detection_that_comes_while_the_case_is_being_closed_is_considered_too(
    place: Path,
) -> None:
    vendor = LateNews()
    world = World(vendor=vendor)
    async with town(place, world) as it:
        vendor.town = it

        start = await it.detect(a_detection("harassment", score=0.1, item="msg-7", text="harmless"))
        case = await it.ended(start)

        assert case.outcome is Outcome.ENFORCED
        assert len(case.detection_ids) == 2
