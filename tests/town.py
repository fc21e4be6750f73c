"""A whole Casework in one process: real storage, real stories, skipped time, fakes outside.

`Town` is what a test talks to: it plays the detector, the reviewers and the account.
"""

import asyncio
import hashlib
import json
import re
import shutil
import sys
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, text
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from casework.detection import AccountRef, Detection, DetectorRef, Item
from casework.holds import USUAL, Limits
from casework.identity import case_workflow
from casework.orders import Answer, CaseStart, DetectionNews, StartFacts, SubmissionNews
from casework.places import Places
from casework.ports import Check, NoticeChannel, Pager
from casework.records import Person, Submission
from casework.ruling import Measure
from casework.words import Channel, Role, Verdict
from integrations.coop.fake import FakeCoop
from integrations.mail.fake import FakeMail
from integrations.openai_moderation.fake import FakeOpenAiModeration
from integrations.pagerduty.fake import FakePager
from integrations.platform.fake import FakePlatform
from integrations.profanity.fake import FakeProfanity
from integrations.scam_signs.fake import FakeScamSigns
from storage import audit_check, schema
from storage.desk import ClaimedReview
from storage.keys import Keyring
from storage.reads import CaseView
from storage.store import Store
from storage.tables import decisions, strikes
from workers import client as temporal
from workers.roles import Queue, queues
from workers.roles import Role as WorkerRole
from workers.serving import worker
from workers.settings import Settings
from workers.temporal_server import DYNAMIC_CONFIG, SEARCH_ATTRIBUTES
from workers.wiring import Outside, acts, put_policies
from workflows.front_door import TemporalStories

POLICIES = Path(__file__).parent.parent / "policies"
PLACES = Places(public_url="http://casework.test", ui_url="http://temporal.test")
LEASE = timedelta(hours=1)
LOOKS = 60
FLAGS = tuple(
    part
    for name, value in DYNAMIC_CONFIG.items()
    for part in ("--dynamic-config-value", f"{name}={value}")
)

REVIEWER = Person(id="reviewer-one", role=Role.REVIEWER)
COLLEAGUE = Person(id="reviewer-two", role=Role.REVIEWER)
LEAD = Person(id="lead-one", role=Role.LEAD)


@dataclass
class World:
    """Everything outside, as fakes that a test scripts before it begins."""

    vendor: Check = field(default_factory=lambda: FakeOpenAiModeration(score=0.0))
    profanity: Check = field(default_factory=lambda: FakeProfanity(score=0.0))
    scam_signs: Check = field(default_factory=lambda: FakeScamSigns(score=0.0))
    platform: FakePlatform = field(default_factory=FakePlatform)
    mail: FakeMail = field(default_factory=FakeMail)
    pager: FakePager = field(default_factory=FakePager)
    coop: FakeCoop = field(default_factory=FakeCoop)

    def outside(self) -> Outside:
        channels: Sequence[NoticeChannel] = [self.mail]
        pagers: Sequence[Pager] = [self.pager]
        checks = [self.vendor, self.profanity, self.scam_signs]
        return Outside(
            checks=checks,
            platform=self.platform,
            channels=channels,
            pagers=pagers,
            desks={self.coop.name: self.coop},
        )


class Town:
    def __init__(
        self, env: WorkflowEnvironment, client: Client, store: Store, world: World
    ) -> None:
        self.env = env
        self.client = client
        self.store = store
        self.world = world
        self.stories = TemporalStories(client)

    async def store_detection(self, detection: Detection) -> CaseStart:
        """What the gateway does before it tells anybody."""
        body = detection.model_dump_json().encode()
        accepted = await self.store.intake.accept(
            detection, hashlib.sha256(body).digest(), by="detector"
        )
        return CaseStart(case_id=accepted.case_id, harm=accepted.harm)

    async def detect(self, detection: Detection) -> CaseStart:
        """What the gateway does with a detection: store it, tell the story, note that it knows."""
        start = await self.store_detection(detection)
        policy = await self.store.policies.current(detection.harm)
        facts = StartFacts(severity=policy.severity, detector=detection.detector.name)
        news = DetectionNews(detection_id=detection.detection_id)
        await self.stories.detected(start, news, facts)
        await self.store.intake.acknowledged(detection.detection_id)
        return start

    def story(self, start: CaseStart) -> WorkflowHandle[object, object]:
        return self.client.get_workflow_handle(case_workflow(start.harm, start.case_id))

    async def ended(self, start: CaseStart) -> CaseView:
        """The case, once its story is over. Asked for by description: a poll for the result of a
        story that goes on in another run sometimes comes back empty here."""
        while await self.stories.is_running(self.story(start).id):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return await self.store.reads.case(start.case_id)

    async def ended_in_time(self, start: CaseStart) -> CaseView:
        """The same for a story that still has some minutes before it.

        The time-skipping server never ends a wait in which a parent ends before its child, so
        nobody waits for that wait.
        """
        passing = asyncio.create_task(self.env.sleep(timedelta(minutes=10)))
        while await self.stories.is_running(self.story(start).id):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        passing.cancel()
        return await self.store.reads.case(start.case_id)

    async def waits_for_the_platform(self, start: CaseStart) -> None:
        """Wait until an action of this case has a story of its own."""
        while True:
            for action in await self.actions_of(start.case_id):
                if await self.stories.is_running(f"action/{action}"):
                    return
            await asyncio.sleep(0.01)

    async def story_is_over(self, workflow_id: str) -> None:
        while await self.stories.is_running(workflow_id):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def call_is_over(self, start: CaseStart, reason: str) -> None:
        """Wait until the escalation about this case has ended and said so."""
        called = f"escalation/{start.case_id}/{reason}"
        while await self.stories.is_running(called):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def passes(self, span: timedelta) -> None:
        """Skip time. For time in which the story ends, see `ended_in_time`."""
        await self.env.sleep(span)

    async def claim(self, person: Person = REVIEWER, queue: str = "reviewers") -> ClaimedReview:
        """The next review of a queue, waiting for it to be there."""
        for _ in range(LOOKS):
            claimed = await self.store.desk.claim(queue, person, LEASE)
            if claimed is not None:
                return claimed
            await self.env.sleep(timedelta(seconds=1))
        raise AssertionError(f"nothing to claim in {queue}")

    async def submit(
        self,
        claimed: ClaimedReview,
        person: Person,
        verdict: Verdict,
        measures: Sequence[Measure] = (),
    ) -> Submission:
        return await self.store.desk.submit(
            claimed.review_id, person, claimed.etag, verdict, tuple(measures), "seen by a person"
        )

    async def decide(
        self,
        claimed: ClaimedReview,
        person: Person,
        verdict: Verdict,
        measures: Sequence[Measure] = (),
    ) -> Answer:
        """Submit under a claim and wait until the story has taken it."""
        submission = await self.submit(claimed, person, verdict, measures)
        return await self.hand_in(claimed, submission)

    async def actions_of(self, case_id: str) -> list[str]:
        """The case's action ids, oldest first, as an auditor reads them."""
        view = text("SELECT action_id FROM v_action WHERE case_id = :case ORDER BY first_at")
        async with self.store.database.reading() as tx:
            return [row.action_id for row in await tx.rows(view.bindparams(case=case_id))]

    async def standing_strikes(self, case_id: str) -> int:
        """How many strikes the case's decisions still put on its account."""
        view = (
            select(func.count())
            .select_from(strikes)
            .join(decisions, decisions.c.decision_id == strikes.c.decision_id)
        )
        standing = decisions.c.case_id == case_id, strikes.c.withdrawn_at.is_(None)
        async with self.store.database.reading() as tx:
            return int(await tx.value(view.where(*standing)))

    async def hand_in(self, claimed: ClaimedReview, submission: Submission) -> Answer:
        review = await self.store.reviews.review(claimed.review_id)
        news = SubmissionNews(submission_id=submission.submission_id, review_id=claimed.review_id)
        return await self.stories.decide(review.asked_by, news)


def policies_with(tmp_path: Path, harm: str, **changed: str) -> Path:
    """The shipped policies, with one of them changed: `undo_within="PT10M"`."""
    folder = tmp_path / "policies"
    shutil.copytree(POLICIES, folder)
    file = folder / f"{harm}.yaml"
    written = re.sub(r"^version: .*$", "version: 99", file.read_text(encoding="utf-8"), flags=re.M)
    for key, value in changed.items():
        written = re.sub(rf"^{key}:.*\n(?:[ -].*\n)*", "", written, flags=re.M)
        written += f"\n{key}: {value}\n"
    file.write_text(written, encoding="utf-8")
    return folder


@asynccontextmanager
async def town(
    tmp_path: Path,
    world: World,
    url: str | None = None,
    ring: Keyring | None = None,
    policies: Path = POLICIES,
    *,
    limits: Limits = USUAL.detector,
) -> AsyncIterator[Town]:
    """A town on a server that skips time."""
    ring = ring or Keyring.made()
    env = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=binary("temporal-test-server"),
        data_converter=temporal.data_converter(ring),
    )
    async with env:
        await temporal.add_search_attributes(env.client, SEARCH_ATTRIBUTES)
        address = url or f"sqlite+aiosqlite:///{tmp_path}/town.db"
        async with living(env, ring, address, world, policies, limits=limits) as it:
            yield it


@asynccontextmanager
async def real_town(
    tmp_path: Path, world: World, url: str | None = None, policies: Path = POLICIES
) -> AsyncIterator[Town]:
    """A town on the real server, where time passes as it does and costs can be counted."""
    ring = Keyring.made()
    env = await WorkflowEnvironment.start_local(
        dev_server_existing_path=binary("temporal"),
        data_converter=temporal.data_converter(ring),
        dev_server_extra_args=list(FLAGS),
        dev_server_log_level="error",
    )
    async with env:
        await temporal.register_search_attributes(env.client)
        address = url or f"sqlite+aiosqlite:///{tmp_path}/town.db"
        async with living(env, ring, address, world, policies) as it:
            yield it


@asynccontextmanager
async def living(
    env: WorkflowEnvironment,
    ring: Keyring,
    url: str,
    world: World,
    policies: Path = POLICIES,
    *,
    limits: Limits = USUAL.detector,
) -> AsyncIterator[Town]:
    """Storage and all workers around a server that is already there."""
    await schema.upgrade(url)
    store = Store.open(url, ring)
    await put_policies(store, policies)
    built = acts(store, world.outside(), PLACES, TemporalStories(env.client), limits)
    async with AsyncExitStack() as running:
        running.push_async_callback(store.close)
        running.push_async_callback(_leaves_a_sound_trail, store)
        for queue in all_queues():
            await running.enter_async_context(worker(env.client, queue, built, Settings()))
        yield Town(env, env.client, store, world)


async def _leaves_a_sound_trail(store: Store) -> None:
    """Every story, whatever it was, is told by the trail as its rows have it."""
    report = await audit_check.verify(store.database, store.keyring, None)
    assert report.problems == ()


def binary(name: str) -> str:
    """A command from the environment's own wheels; nothing is downloaded."""
    return str(Path(sys.executable).parent / name)


def all_queues() -> Sequence[Queue]:
    return queues(frozenset(WorkerRole), vendor_per_second=1_000.0)


def with_short_suspensions(place: Path) -> Path:
    """A folder with the scam policy, in which every removal also suspends, for a second."""
    folder = place / "policies"
    folder.mkdir()
    written = (POLICIES / "spam_scam.yaml").read_text(encoding="utf-8")
    changed = written.replace("do: [remove_item]", "do: [remove_item, {suspend_account: PT1S}]")
    (folder / "spam_scam.yaml").write_text(changed, encoding="utf-8")
    return folder


def a_detection(
    harm: str = "spam_scam",
    *,
    score: float | None = 0.99,
    text: str = "a message",
    item: str | None = None,
    account: str = "acct_1",
    channel: Channel = Channel.CLASSIFIER,
    detector: str = "text-sieve",
) -> Detection:
    name = uuid.uuid4().hex
    return Detection(
        detection_id=f"det-{name}",
        detector=DetectorRef(name=detector, version="1.0"),
        harm=harm,
        item=Item(type="message", id=item or f"msg-{name}", text=text),
        account=AccountRef(id=account),
        score=score,
        channel=channel,
        observed_at=datetime(2026, 11, 1, tzinfo=UTC),
        evidence=json.loads('{"rule": "r1"}'),
    )
