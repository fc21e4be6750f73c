"""How a case is brought to its end: what the gateway and a reviewer do, and what a client of the
bare workflow does in their place."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Protocol

from temporalio.client import Client

from benchmarks.bare.orders import Decide, Mode, Start
from benchmarks.bare.rows import Rows
from benchmarks.bare.story import BareCase
from benchmarks.cases import Kind, NotComparable, Variant, Way, detection
from benchmarks.worker import BARE_QUEUE
from casework.detection import Detection
from casework.errors import NotFound
from casework.identity import case_workflow, review_id
from casework.orders import CaseStart, DetectionNews, StartFacts, SubmissionNews
from casework.records import Person
from casework.ruling import Measure
from casework.words import ActionKind, HearingKind, Outcome, Role, Verdict
from integrations.normaliser import normalise
from storage.store import Store
from workflows.front_door import TemporalStories

_DESK = "reviewers"
_LEASE = timedelta(minutes=15)
_LOOK_EVERY_S = 0.02
"""How soon a review is found, on either side."""


class Side(Protocol):
    """`client` reaches the workflows; `commits` are those made here, not in a worker."""

    client: Client

    @property
    def commits(self) -> int: ...

    async def play(self, variant: Variant, number: int) -> str:
        """Hand a case in, decide it if it asks, and return its workflow's id once it is closed."""


class CaseworkSide:
    def __init__(self, client: Client, store: Store) -> None:
        self.client = client
        self._store = store
        self._stories = TemporalStories(client)

    @property
    def commits(self) -> int:
        return self._store.database.commits

    async def play(self, variant: Variant, number: int) -> str:
        start = await self._hand_in(detection(variant, number))
        if variant.kind is Kind.REVIEWED:
            await self._asked(start)
            await self._review(Person(id=f"reviewer-{number}", role=Role.REVIEWER))
        workflow_id = case_workflow(start.harm, start.case_id)
        outcome = await self.client.get_workflow_handle(workflow_id, result_type=Outcome).result()
        if outcome is not Outcome.ENFORCED:
            raise NotComparable(f"a {variant.kind} case of Casework's ended as {outcome}")
        return workflow_id

    async def _hand_in(self, claim: Detection) -> CaseStart:
        """Store, tell, note: as the gateway does with `POST /v1/detections`, without HTTP."""
        body = claim.model_dump_json().encode()
        digest = hashlib.sha256(body).digest()
        read = normalise(claim.item.text or "")
        accepted = await self._store.intake.accept(claim, digest, by="detector", read=read)
        start = CaseStart(case_id=accepted.case_id, harm=accepted.harm)
        policy = await self._store.policies.current(claim.harm)
        facts = StartFacts(severity=policy.severity, detector=claim.detector.name)
        news = DetectionNews(detection_id=claim.detection_id)
        await self._stories.detected(start, news, facts)
        await self._store.intake.acknowledged(claim.detection_id)
        return start

    async def _asked(self, start: CaseStart) -> None:
        """Wait for the case's review. Somebody else may then take it: there are as many."""
        name = review_id(start.case_id, 1, HearingKind.FIRST)
        while True:
            try:
                await self._store.reviews.review(name)
            except NotFound:
                await asyncio.sleep(_LOOK_EVERY_S)
            else:
                return

    async def _review(self, person: Person) -> None:
        claimed = await self._store.desk.claim(_DESK, person, _LEASE)
        if claimed is None:
            raise NotComparable("a review was asked for and is not there")
        submission = await self._store.desk.submit(
            claimed.review_id,
            person,
            claimed.etag,
            Verdict.ENFORCE,
            (Measure(kind=ActionKind.REMOVE_ITEM),),
            "seen by a person",
        )
        news = SubmissionNews(submission_id=submission.submission_id, review_id=claimed.review_id)
        await self._stories.decide(case_workflow(claimed.harm, claimed.case_id), news)


class BareSide:
    def __init__(self, client: Client, rows: Rows) -> None:
        self.client = client
        self._rows = rows

    @property
    def commits(self) -> int:
        return self._rows.commits

    async def play(self, variant: Variant, number: int) -> str:
        claim = detection(variant, number)
        case_id = f"{variant.name}-{number}"
        mode = Mode.LOCAL if variant.way is Way.BARE_LOCAL else Mode.REGULAR
        await self._keep(case_id, claim)
        handle = await self.client.start_workflow(
            BareCase.run,
            Start(case_id=case_id, mode=mode),
            id=_workflow(case_id),
            task_queue=BARE_QUEUE,
        )
        if variant.kind is Kind.REVIEWED:
            await self._asked(case_id)
            await self._review(f"reviewer-{number}")
        verdict = await handle.result()
        if verdict is not Verdict.ENFORCE:
            raise NotComparable(f"a bare {variant.kind} case ended as {verdict}")
        return handle.id

    async def _keep(self, case_id: str, claim: Detection) -> None:
        item, score = claim.item, claim.score
        row = (case_id, claim.harm, item.type, item.id, claim.account.id, item.text, score)
        insert = "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?, 'new', NULL, NULL, NULL)"
        await self._rows.write((insert, row))

    async def _asked(self, case_id: str) -> None:
        there = "SELECT 1 FROM reviews WHERE case_id = ?"
        while not await self._rows.read(there, case_id):  # noqa: ASYNC110  (a worker writes it)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _review(self, person: str) -> None:
        claim = (
            "UPDATE reviews SET state = 'claimed', claimed_by = ? WHERE case_id = (SELECT case_id"
            " FROM reviews WHERE state = 'open' ORDER BY asked_at LIMIT 1) RETURNING case_id"
        )
        [[case_id]] = await self._rows.write((claim, (person,)))
        decision = Decide(case_id=case_id, by=person, reason="seen by a person")
        handle = self.client.get_workflow_handle(_workflow(case_id))
        await handle.execute_update(BareCase.decide, decision)


def _workflow(case_id: str) -> str:
    return f"bare/{case_id}"
