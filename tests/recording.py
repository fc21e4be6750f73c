"""Records histories of real stories, for every later version to replay.

`python -m tests.recording 0.1.0` writes tests/histories/0.1.0/*.json. Recorded once per released
version and never again: old histories must replay on new code, so they are not refreshed.
"""

import asyncio
import hashlib
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from casework.errors import TurnedDown, Unavailable
from casework.holds import HoldOn
from casework.orders import CaseStart
from casework.recalls import RecallFilter, RecallStart, Request
from casework.records import Person
from casework.ruling import Measure
from casework.second_thoughts import UndoNews
from casework.words import ActionKind, HoldKind, Role, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from integrations.platform.fake import FakePlatform
from integrations.scam_signs.fake import FakeScamSigns
from storage.appeal_links import AppealTokens
from storage.keys import Keyring, KeySet
from tests.stories.test_action_orders import suspended
from tests.stories.test_appeals import appeal, enforced_by_a_person
from tests.stories.test_sent_on import LAWYER, lies_at, sent, with_a_lawyer
from tests.stories.test_two_people import asks_for_a_second_opinion
from tests.town import (
    COLLEAGUE,
    LEAD,
    PLACES,
    POLICIES,
    REVIEWER,
    Town,
    World,
    a_detection,
    policies_with,
    town,
)

HISTORIES = Path(__file__).parent / "histories"
ONCALL = Person(id="oncall-one", role=Role.ONCALL)
Story = tuple[World, Callable[[Town], Awaitable[str]]]


def ring() -> Keyring:
    """Keys that everybody may know: they seal nothing but these recordings."""

    def key(purpose: str) -> bytes:
        return hashlib.sha256(f"recorded histories: {purpose}".encode()).digest()

    keys = KeySet(current="recorded", keys={"recorded": key("payload")})
    return Keyring.made().model_copy(update={"payload": keys, "tokens": key("tokens")})


async def _enforced(it: Town) -> str:
    start = await it.detect(a_detection(score=0.99))
    await it.ended(start)
    return it.story(start).id


async def _dismissed(it: Town) -> str:
    start = await it.detect(a_detection(score=0.1))
    await it.ended(start)
    return it.story(start).id


async def _reviewed(it: Town) -> str:
    start = await it.detect(a_detection("harassment", score=0.8))
    claimed = await it.claim()
    await it.decide(claimed, REVIEWER, Verdict.ENFORCE, [Measure(kind=ActionKind.REMOVE_ITEM)])
    await it.ended(start)
    return it.story(start).id


async def _seconded(it: Town) -> str:
    ban = [Measure(kind=ActionKind.BAN_ACCOUNT)]
    start = await it.detect(a_detection("harassment", score=0.8))
    await it.decide(await it.claim(REVIEWER), REVIEWER, Verdict.ENFORCE, ban)
    await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.ENFORCE, ban)
    await it.ended(start)
    return it.story(start).id


async def _disagreed(it: Town) -> str:
    """A second opinion that differs goes up to the leads, who decide."""
    remove = [Measure(kind=ActionKind.REMOVE_ITEM)]
    start = await it.detect(a_detection("harassment", score=0.8))
    await asks_for_a_second_opinion(it, await it.claim(), REVIEWER, Verdict.ENFORCE, *remove)
    await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.DISMISS)
    await it.decide(await it.claim(LEAD, "leads"), LEAD, Verdict.ENFORCE, remove)
    await it.ended(start)
    return it.story(start).id


async def _sent_on(it: Town) -> str:
    """To legal after on-call was called, back to a desk in order, and decided there."""
    await with_a_lawyer(it)
    start = await it.detect(a_detection("harassment", score=0.8))
    await it.passes(timedelta(hours=5, minutes=40))
    await sent(it, (await it.claim(LEAD, "leads")).review_id, "legal", LEAD)
    await lies_at(it, start.case_id, "legal")
    await sent(it, (await it.claim(LAWYER, "legal")).review_id, "reviewers", LAWYER)
    await lies_at(it, start.case_id, "reviewers")
    await it.decide(await it.claim(), REVIEWER, Verdict.DISMISS)
    await it.ended(start)
    return it.story(start).id


async def _appeal_sent_on(it: Town) -> str:
    """Told of a move that nobody asked for, out of time, and then sent to legal."""
    await with_a_lawyer(it)
    await enforced_by_a_person(it)
    filed = await appeal(it, it.world.mail.sent[0].body)
    handle = it.client.get_workflow_handle(f"appeal/{filed.decision_id}")
    claimed = await it.claim(COLLEAGUE, "appeals")
    await handle.signal("moved")
    await it.passes(timedelta(hours=10))
    await handle.signal("moved")
    await sent(it, claimed.review_id, "legal", COLLEAGUE)
    await it.decide(await it.claim(LAWYER, "legal"), LAWYER, Verdict.UPHELD)
    await handle.result()
    return handle.id


async def _nobody_decided(it: Town) -> str:
    start = await it.detect(a_detection("harassment", score=0.8))
    await it.passes(timedelta(hours=6, minutes=30))
    await it.ended(start)
    return it.story(start).id


async def _blocked_then_done(it: Town) -> str:
    start = await it.detect(a_detection(score=0.99))
    await it.passes(timedelta(minutes=10))
    await it.ended_in_time(start)
    return it.story(start).id


async def _action_that_waited(it: Town) -> str:
    start = await it.detect(a_detection(score=0.99))
    await it.passes(timedelta(minutes=10))
    await it.ended_in_time(start)
    [action] = await it.actions_of(start.case_id)
    return f"action/{action}"


async def _action_that_was_refused(it: Town) -> str:
    start = await it.detect(a_detection(score=0.99))
    await it.passes(timedelta(minutes=1))
    [action] = await it.actions_of(start.case_id)
    await it.client.get_workflow_handle(f"action/{action}").signal("retry")
    await it.ended(start)
    return f"action/{action}"


async def _parked(it: Town, on: HoldOn) -> CaseStart:
    """A case that a hold parks for an hour and lets go."""
    hold = await it.store.holds.set(on, "otto", "to be seen")
    start = await it.detect(a_detection(score=0.99))
    await it.passes(timedelta(minutes=1))
    await it.store.holds.lift(hold.hold_id, "otto", "seen")
    await it.stories.released(await it.store.holds.released())
    await it.ended(start)
    return start


async def _case_that_was_parked(it: Town) -> str:
    return it.story(await _parked(it, HoldOn(kind=HoldKind.EVERYTHING))).id


async def _action_that_was_parked(it: Town) -> str:
    start = await _parked(it, HoldOn(kind=HoldKind.ACTION, target=ActionKind.REMOVE_ITEM))
    [action] = await it.actions_of(start.case_id)
    return f"action/{action}"


async def _escalated(it: Town) -> str:
    start = await it.detect(a_detection("harassment", score=0.8))
    await it.passes(timedelta(hours=6, minutes=30))
    return f"escalation/{start.case_id}/review_due"


async def _appealed(it: Town) -> str:
    await _enforced(it)
    mail = it.world.mail.sent[0]
    token = re.search(r"/appeals/(\S+)", mail.body)
    assert token is not None
    tokens = AppealTokens(it.store.keyring.tokens, PLACES.public_url)
    filed = await it.store.appeals.file(tokens.notice_of(token[1]), "please look again", "web")
    await it.stories.appeal(filed.start)
    await it.decide(await it.claim(COLLEAGUE, "appeals"), COLLEAGUE, Verdict.OVERTURNED)
    handle = it.client.get_workflow_handle(f"appeal/{filed.decision_id}")
    await handle.result()
    return handle.id


async def _recalled(it: Town) -> str:
    """Blocked for a moment, and paused after its first case."""
    for account in ("acct_1", "acct_2", "acct_3", "acct_4", "acct_5"):
        await it.ended(await it.detect(a_detection(score=0.99, account=account)))
    it.world.platform.fails([Unavailable("down")] * 3)
    found = RecallFilter(detector="text-sieve")
    asked = Request(filter=found, pace=30, sample=0, everything=True, valid_for=timedelta(hours=1))
    recall = (await it.store.recalls.plan(asked, ONCALL)).recall_id
    for person in (ONCALL, LEAD):
        await it.store.recalls.approve(recall, person)
    await it.store.recalls.start(recall, LEAD)
    await it.stories.recall(RecallStart(recall_id=recall, pace=30))
    while not (await it.store.recalls.progress(recall)).done:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    await it.store.recalls.pause(recall, LEAD)
    await asyncio.sleep(2)
    await it.store.recalls.resume(recall, LEAD)
    await it.stories.recall_changed(recall)
    while await it.stories.is_running(f"recall/{recall}"):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    return f"recall/{recall}"


async def _undone(it: Town) -> str:
    """Taken back by whoever decided, and decided again."""
    start = await it.detect(a_detection("harassment", score=0.8))
    remove = [Measure(kind=ActionKind.REMOVE_ITEM)]
    answer = await it.decide(await it.claim(), REVIEWER, Verdict.ENFORCE, remove)
    assert answer.final is not None
    decision = answer.final.decision_id
    await it.store.second_thoughts.request(await it.store.cases.decision(decision), REVIEWER.id)
    news = UndoNews(decision_id=decision, by=REVIEWER.id)
    await it.stories.undo(it.story(start).id, news)
    await it.decide(await it.claim(COLLEAGUE), COLLEAGUE, Verdict.DISMISS)
    await it.passes(timedelta(minutes=11))
    await it.ended(start)
    return it.story(start).id


async def _action_that_was_moved(it: Town) -> str:
    """Extended, and then released before its new end."""
    action = await suspended(it)
    later = datetime.now(UTC) + timedelta(days=2)
    await it.store.action_orders.reschedule(action, ONCALL, later, "did it again")
    await it.stories.action_changed(action)
    await it.passes(timedelta(minutes=1))
    await it.store.action_orders.release(action, ONCALL, "a mix-up")
    await it.stories.action_changed(action)
    await it.story_is_over(f"action/{action}")
    return f"action/{action}"


def stories() -> Mapping[str, Story]:
    def scam(**others: FakePlatform) -> World:
        return World(scam_signs=FakeScamSigns(score=0.95), **others)  # type: ignore[arg-type]

    def unsure() -> World:
        return World(vendor=FakeOpenAiModeration(score=0.7))

    down = [Unavailable("down")] * 12
    return {
        "case-enforced": (scam(), _enforced),
        "case-dismissed": (World(), _dismissed),
        "case-reviewed": (unsure(), _reviewed),
        "case-seconded": (unsure(), _seconded),
        "case-disagreed": (unsure(), _disagreed),
        "case-sent-on": (unsure(), _sent_on),
        "appeal-sent-on": (unsure(), _appeal_sent_on),
        "case-nobody-decided": (unsure(), _nobody_decided),
        "case-platform-down": (scam(platform=FakePlatform(fails_first=down)), _blocked_then_done),
        "action-waited": (scam(platform=FakePlatform(fails_first=down)), _action_that_waited),
        "action-refused": (
            scam(platform=FakePlatform(fails_first=[TurnedDown("no")] * 2)),
            _action_that_was_refused,
        ),
        "case-parked": (scam(), _case_that_was_parked),
        "action-parked": (scam(), _action_that_was_parked),
        "case-undone": (unsure(), _undone),
        "action-moved": (unsure(), _action_that_was_moved),
        "escalation": (unsure(), _escalated),
        "appeal-overturned": (scam(), _appealed),
        "recall-finished": (scam(), _recalled),
    }


def _shipped(_place: Path) -> Path:
    return POLICIES


def _patient(place: Path) -> Path:
    return policies_with(place, "harassment", undo_within="PT10M")


_POLICIES: Mapping[str, Callable[[Path], Path]] = {"case-undone": _patient}
"""Stories that are told under other policies than the shipped ones."""


async def record(version: str, names: Sequence[str]) -> None:
    folder = HISTORIES / version
    folder.mkdir(parents=True, exist_ok=True)
    told = stories()
    for name in names or told:
        world, story = told[name]
        with tempfile.TemporaryDirectory() as place:
            policies = _POLICIES.get(name, _shipped)(Path(place))
            async with town(Path(place), world, ring=ring(), policies=policies) as it:
                workflow_id = await story(it)
                history = await it.client.get_workflow_handle(workflow_id).fetch_history()
        (folder / f"{name}.json").write_text(history.to_json() + "\n", encoding="utf-8")
        print(f"{name}: {len(history.events)} events", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1], sys.argv[2:]))
