"""The gateway over a real store, with stories that are told by hand."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import func, select

from activities.appealing import Appeals
from activities.deciding import Deciding
from activities.hearing import Bench
from activities.telling import Telling
from activities.truth import Truth
from activities.undoing import Undoing
from casework.errors import CaseworkError, NotFound, Unavailable
from casework.finding import Finding
from casework.identity import notice_id
from casework.orders import (
    AcceptSubmission,
    Answer,
    AppealStart,
    CaseStart,
    ConcludeAppeal,
    Decided,
    DetectionNews,
    EscalationStart,
    OpenAppeal,
    OpenCase,
    RuleOn,
    StartFacts,
    SubmissionNews,
    VerdictAnswer,
)
from casework.places import Places
from casework.recalls import RecallStart
from casework.records import Person
from casework.second_thoughts import UndoDecision, Undone, UndoNews
from casework.words import NoticeKind, Role, Verdict
from gateway.app import build
from gateway.doors import Doors
from gateway.ports import Payload
from gateway.settings import GatewaySettings, Quotas
from storage import duty_files, policy_files
from storage.appeal_links import AppealTokens
from storage.audit_line import Event
from storage.keys import Keyring
from storage.store import Store
from storage.tables import audit, detections

POLICIES = Path(__file__).parent.parent.parent / "policies"
PUBLIC = "http://casework.test"
UI = "http://temporal.test"
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
HARM = "harassment"
WORDS = "you are an utter CANARY-4711"
QUOTAS = Quotas(detections=60_000, reads=60_000, writes=60_000, appeals=60_000, sign_ins=60_000)
SETTINGS = GatewaySettings(
    public_url=PUBLIC, temporal_ui_url=UI, quotas=QUOTAS, codec_origins=(UI,)
)
STAFF = (
    Person(id="classifier-one", role=Role.DETECTOR),
    Person(id="spam-only", role=Role.DETECTOR, harms=frozenset({"spam_scam"})),
    Person(id="rita", role=Role.REVIEWER),
    Person(id="rolf", role=Role.REVIEWER),
    Person(id="newcomer", role=Role.REVIEWER, queues=frozenset({"juniors"})),
    Person(id="lena", role=Role.LEAD),
    Person(id="hate-lead", role=Role.LEAD, harms=frozenset({"hate"})),
    Person(id="otto", role=Role.ONCALL),
    Person(id="paula", role=Role.POLICY),
    Person(id="axel", role=Role.AUDITOR),
    Person(id="ada", role=Role.ADMIN),
    Person(id="hate-on-call", role=Role.ONCALL, harms=frozenset({"hate"})),
)


def detection(**changed: Any) -> dict[str, Any]:
    """A sound detection, as a detector sends it."""
    sound = {
        "detection_id": "d-1",
        "detector": {"name": "toxicity", "version": "2"},
        "harm": HARM,
        "item": {"type": "message", "id": "m-1", "text": WORDS},
        "account": {"id": "u-1"},
        "score": 0.8,
        "channel": "classifier",
        "observed_at": NOON.isoformat(),
    }
    return sound | changed


class Watch:
    """The time, as a test wants it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def passes(self, span: timedelta) -> None:
        self.now += span


@dataclass
class FakeStories:
    """Remembers what it was told; decides as the real story would, unless told otherwise."""

    bench: Bench
    undoing: Undoing
    clock: Watch
    told: list[tuple[Any, ...]] = field(default_factory=list)
    trouble: CaseworkError | None = None
    ruling: Verdict | None = None

    def _hear(self, *news: Any) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.told.append(news)

    async def ping(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    async def detected(self, start: CaseStart, news: DetectionNews, facts: StartFacts) -> None:
        self._hear("detected", start, news, facts)

    async def verdict(
        self, start: CaseStart, news: DetectionNews, facts: StartFacts, wait: timedelta
    ) -> VerdictAnswer | None:
        self._hear("verdict", start, news, facts, wait)
        return VerdictAnswer(verdict=self.ruling) if self.ruling else None

    async def decide(self, workflow_id: str, news: SubmissionNews) -> Answer:
        self._hear("decide", workflow_id, news)
        submission = await self.bench._reviews.submission(news.submission_id)
        assert submission is not None
        return await self.bench.accept_submission(
            AcceptSubmission(
                submission_id=news.submission_id,
                review_id=news.review_id,
                case_id=submission.case_id,
                at=self.clock(),
            )
        )

    async def moved(self, workflow_id: str) -> None:
        self._hear("moved", workflow_id)

    async def undo(self, workflow_id: str, news: UndoNews) -> Undone:
        self._hear("undo", workflow_id, news)
        case_id = workflow_id.rpartition("/")[2]
        order = UndoDecision(
            case_id=case_id, decision_id=news.decision_id, by=news.by, at=self.clock()
        )
        return (await self.undoing.undo_decision(order)).undone

    async def appeal(self, start: AppealStart) -> None:
        self._hear("appeal", start)

    async def escalate(self, start: EscalationStart) -> None:
        self._hear("escalate", start)

    async def acknowledge(self, case_id: str, reason: str, by: str) -> None:
        self._hear("acknowledge", case_id, reason, by)
        if reason == "nobody_was_called":
            raise NotFound("no such story is running")

    async def action_changed(self, action_id: str) -> None:
        self._hear("action_changed", action_id)

    async def retry(self, case_id: str) -> None:
        self._hear("retry", case_id)

    async def released(self, workflow_ids: Iterable[str]) -> None:
        self._hear("released", list(workflow_ids))

    async def over(self, case_id: str, reason: str) -> None:
        self._hear("over", case_id, reason)

    async def recall(self, start: RecallStart) -> None:
        self._hear("recall", start)

    async def recall_changed(self, recall_id: str) -> None:
        self._hear("recall_changed", recall_id)


class FakeCodec:
    """Encrypts by writing backwards."""

    async def decode(self, payloads: list[Payload]) -> list[Payload]:
        return [each | {"data": str(each["data"])[::-1]} for each in payloads]

    async def encode(self, payloads: list[Payload]) -> list[Payload]:
        return await self.decode(payloads)


class Counter:
    """What a test talks to: callers on one side, hand-told stories on the other."""

    def __init__(self, app: FastAPI, doors: Doors, stories: FakeStories, watch: Watch) -> None:
        self.app = app
        self.doors = doors
        self.store = doors.store
        self.stories = stories
        self.watch = watch
        links = AppealTokens(doors.keyring.tokens, PUBLIC)
        store = doors.store
        self._deciding = Deciding(
            store.cases, store.reviews, store.policies, links, duty_files.shipped()
        )
        self._telling = Telling(store.notices, [])
        self._appeals = Appeals(
            store.cases,
            store.reviews,
            store.policies,
            Truth(store.cases, store.policies, store.orders, self._telling, links),
            Places(public_url=PUBLIC, ui_url=UI),
        )
        self.links = links

    @asynccontextmanager
    async def client(
        self, token: str | None = None, address: str = "203.0.113.7"
    ) -> AsyncIterator[httpx.AsyncClient]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(self.app, client=(address, 4711))
        async with httpx.AsyncClient(
            transport=transport, base_url=PUBLIC, headers=headers
        ) as client:
            yield client

    async def ask(self, who: str | None, method: str, path: str, **parts: Any) -> httpx.Response:
        async with self.client(token_of(who) if who else None) as client:
            return await client.request(method, path, **parts)

    async def report(self, who: str | None = "classifier-one", **changed: Any) -> httpx.Response:
        return await self.ask(who, "POST", "/v1/detections", json=detection(**changed))

    async def stored_detections(self) -> int:
        return await self._count(select(func.count()).select_from(detections))

    async def audited(self, event: Event) -> int:
        return await self._count(
            select(func.count()).select_from(audit).where(audit.c.event == event.value)
        )

    async def delivered(self) -> None:
        """What was handed in at the desk has left it, and was answered."""
        self.watch.passes(self.doors.settings.desk_undo)
        for left in await self.store.desk.pending_submissions(timedelta()):
            self.app.state.courier.take(left.submission_id, None)
        await self.app.state.courier.rest()

    async def _count(self, query: Any) -> int:
        async with self.store.database.reading() as tx:
            return int(await tx.value(query))

    async def in_review(self, **changed: Any) -> str:
        """A case whose checks are done and that waits for a person; its case id."""
        case_id = await self.opened(**changed)
        await self.ruled(case_id, vendor=0.7)
        return case_id

    async def opened(self, **changed: Any) -> str:
        answer = await self.report(**changed)
        assert answer.status_code == 202, answer.text
        case_id: str = answer.json()["case_id"]
        harm = changed.get("harm", HARM)
        policy = await self.store.policies.current(harm)
        await self.store.cases.open(OpenCase(case_id=case_id, harm=harm, run="run-1"), policy)
        return case_id

    async def ruled(self, case_id: str, vendor: float) -> Decided:
        file = await self.store.cases.file(case_id)
        policy = await self.store.policies.version(file.harm, file.policy_version)
        scores = {"vendor_moderation": vendor}
        findings = tuple(Finding(check=c, score=scores.get(c, 0.0)) for c in policy.checks)
        return await self._deciding.rule(
            RuleOn(
                case_id=case_id,
                round=file.round,
                policy_version=file.policy_version,
                findings=findings,
                at=self.watch(),
            )
        )

    async def claim(self, who: str = "rita", queue: str = "reviewers") -> httpx.Response:
        return await self.ask(who, "POST", f"/v1/queues/{queue}/claim")

    async def decide(
        self, who: str, claimed: httpx.Response, ruling: str = "enforce", **more: Any
    ) -> httpx.Response:
        return await self.ask(
            who,
            "POST",
            f"/v1/reviews/{claimed.json()['review_id']}/decision",
            json={"ruling": ruling, "reason": "seen by a person"} | more,
            headers={"If-Match": claimed.headers["etag"]},
        )

    async def enforced(self, **changed: Any) -> tuple[str, str]:
        """A case a person enforced and whose notice was delivered: its id and appeal token."""
        case_id = await self.in_review(**changed)
        answer = await self.decide("rita", await self.claim())
        assert answer.status_code == 200, answer.text
        notice = notice_id(answer.json()["decision_id"], NoticeKind.STATEMENT)
        await self._telling.deliver(notice)
        return case_id, self.links.token(notice)

    async def appeal_heard(self) -> None:
        """Put the appeal that was filed last before its first desk."""
        order = OpenAppeal(**self._appealed().model_dump(), at=self.watch())
        await self._appeals.open_appeal(order)

    async def appeal_answered(self, ruling: str) -> str:
        """Decide that appeal, by somebody who had no part in the first decision."""
        answer = await self.decide("rolf", await self.claim("rolf", "appeals"), ruling)
        kind = {"overturn": NoticeKind.CORRECTION, "uphold": NoticeKind.APPEAL_UPHELD}[ruling]
        notice = notice_id(answer.json()["decision_id"], kind)
        await self._appeals.conclude_appeal(
            ConcludeAppeal(appeal_id=self._appealed().appeal_id, notice_id=notice)
        )
        return notice

    def _appealed(self) -> AppealStart:
        start: AppealStart = [told[1] for told in self.stories.told if told[0] == "appeal"][-1]
        return start


def token_of(person_id: str) -> str:
    return f"token-of-{person_id}"


async def settle_in(url: str, keyring: Keyring) -> None:
    """Put policies and people into an empty database."""
    store = Store.open(url, keyring, Watch())
    for file in policy_files.load(POLICIES):
        await store.policies.put(file.text, file.policy)
    for person in STAFF:
        await store.staff.add(person, token_of(person.id))
    await store.close()


def counter_on(url: str, keyring: Keyring, settings: GatewaySettings = SETTINGS) -> Counter:
    watch = Watch()
    store = Store.open(url, keyring, watch)
    links = AppealTokens(keyring.tokens, PUBLIC)
    stories = FakeStories(
        Bench(store.cases, store.reviews, store.policies, links, duty_files.shipped()),
        Undoing(store.cases, store.policies, store.second_thoughts),
        watch,
    )
    doors = Doors(
        store,
        stories,
        keyring,
        settings,
        codec=FakeCodec(),
        duties=duty_files.shipped(),
        clock=watch,
    )
    return Counter(build(doors), doors, stories, watch)


def down() -> Unavailable:
    return Unavailable("Temporal does not answer", retry_after=timedelta(seconds=7))
