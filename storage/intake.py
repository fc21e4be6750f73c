"""Detections as they come in: stored with their evidence before anybody is told."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy import case as case_

from casework.base import Model, Slug
from casework.detection import Detection
from casework.errors import DetectionConflict
from casework.identity import case_id
from casework.likeness import LikenessKind
from casework.queueing import WIDEST
from casework.words import Channel, Stage
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.keys import Keyring
from storage.likeness import remember
from storage.sketches import sketch_key, text_sketch
from storage.snapshots import Names, want
from storage.tables import cases, detections
from storage.weighing import may_weigh, weigh_again

TENANT = "default"
DETECTION = "detection"
"""What a sealed detection is sealed as."""


class Accepted(Model):
    """The detection is stored. `wake`: its case's workflow has to be told."""

    case_id: str
    detection_id: str
    harm: Slug
    wake: bool


@dataclass(frozen=True)
class _Incoming:
    detection: Detection
    digest: bytes
    by: str
    read: str


class Intake:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._audit = Audit(database, keyring)
        self._identity = keyring.identity
        self._sketch_key = sketch_key(keyring.identity)
        self._names = Names(keyring.identity)

    def case_of(self, detection: Detection) -> str:
        """The id of the case this detection belongs to, whether it exists yet or not."""
        return case_id(
            self._identity,
            tenant=TENANT,
            harm=detection.harm,
            item_type=detection.item.type,
            item_id=detection.item.id,
        )

    async def accept(
        self, detection: Detection, digest: bytes, by: str, read: str = ""
    ) -> Accepted:
        """Store a detection and its evidence, and its case if it is the first, in one commit.

        `read` is the text as it is compared with others', of which a sketch is kept.

        The same id with the same digest gets the same answer, for ever; `wake` is then false if
        Temporal is known to have it.

        Raises:
            DetectionConflict: for the same id with another digest.
        """
        incoming = _Incoming(detection, digest, by, read)
        return await self._database.write(lambda tx: self._accept(tx, incoming))

    async def acknowledged(self, detection_id: str) -> None:
        """Temporal has it. Opening the case says the same, so this may be left out then."""

        unknown = (detections.c.detection_id == detection_id) & (
            detections.c.acknowledged_at.is_(None)
        )

        async def work(tx: Transaction) -> None:
            noted = update(detections).where(unknown).values(acknowledged_at=tx.now)
            told = await tx.row(noted.returning(detections.c.case_id))
            if told is not None:
                await tx.execute(
                    update(cases)
                    .where(cases.c.case_id == told.case_id, cases.c.started_at.is_(None))
                    .values(started_at=tx.now)
                )

        missing = select(detections.c.detection_id).where(unknown)
        if await self._database.look(missing) is not None:
            await self._database.write(work)

    async def unacknowledged(self, older_than: timedelta, limit: int = 500) -> list[Accepted]:
        """Stored at least so long ago and perhaps never told, oldest first."""

        async def work(tx: Transaction) -> list[Accepted]:
            found = await tx.rows(
                select(detections.c.case_id, detections.c.detection_id, cases.c.harm)
                .join(cases, cases.c.case_id == detections.c.case_id)
                .where(detections.c.acknowledged_at.is_(None))
                .where(detections.c.received_at <= tx.now - older_than)
                .order_by(detections.c.received_at)
                .limit(limit)
            )
            return [Accepted(**row._mapping, wake=True) for row in found]

        return await self._database.read(work)

    async def _before(self, tx: Transaction, incoming: _Incoming) -> Accepted | None:
        detection = incoming.detection
        known = await tx.row(
            select(detections.c.case_id, detections.c.digest, detections.c.acknowledged_at).where(
                detections.c.detection_id == detection.detection_id
            )
        )
        if known is None:
            return None
        if not hmac.compare_digest(known.digest, incoming.digest):
            raise DetectionConflict("this detection_id was used with another body")
        return Accepted(
            case_id=known.case_id,
            detection_id=detection.detection_id,
            harm=detection.harm,
            wake=known.acknowledged_at is None,
        )

    async def _accept(self, tx: Transaction, incoming: _Incoming) -> Accepted:
        detection = incoming.detection
        before = await self._before(tx, incoming)
        if before is not None:
            return before
        case = await self._counted(tx, detection)
        joined = case.round if _is_being_reviewed(case) else None
        await self._store(tx, incoming, case, joined)
        sketch = text_sketch(self._sketch_key, incoming.read)
        if sketch is not None:
            await remember(tx, case.case_id, LikenessKind.TEXT, sketch)
        if joined is not None and may_weigh(detection):
            await weigh_again(tx, case.case_id, joined)
        self._write_down(tx, incoming, case, joined)
        return Accepted(
            case_id=case.case_id,
            detection_id=detection.detection_id,
            harm=detection.harm,
            wake=joined is None,
        )

    async def _counted(self, tx: Transaction, detection: Detection) -> Row[Any]:
        """The case with one detection more, made if it is the first, and locked.

        Account and detector are the first detection's, whoever later ones name; the language is
        the first that was said, the reach the widest.
        """
        reach = min(detection.item.reach, WIDEST)
        count = tx.insert(cases).values(
            case_id=self.case_of(detection),
            harm=detection.harm,
            item_type=detection.item.type,
            item_id=detection.item.id,
            account_id=detection.account.id,
            jurisdiction=detection.account.jurisdiction,
            stage=Stage.CHECKING,
            round=0,
            blocked_on="",
            detections=1,
            detector=detection.detector.name,
            detector_version=detection.detector.version,
            opened_at=tx.now,
            round_opened_at=tx.now,
            reach=reach,
            language=detection.item.language,
        )
        known = {
            "detections": cases.c.detections + 1,
            "reach": case_((cases.c.reach < reach, reach), else_=cases.c.reach),
            "language": func.coalesce(cases.c.language, detection.item.language),
        }
        counted = count.on_conflict_do_update(index_elements=[cases.c.case_id], set_=known)
        return (await tx.execute(counted.returning(*cases.c))).one()

    async def _store(
        self, tx: Transaction, incoming: _Incoming, case: Row[Any], joined: int | None
    ) -> None:
        detection = incoming.detection
        is_first = case.detections == 1
        key = await (self._vault.make if is_first else self._vault.key_for)(tx, case.case_id)
        await want(tx, self._names, case.case_id, detection.item, key)
        await tx.add(
            detections,
            detection_id=detection.detection_id,
            case_id=case.case_id,
            digest=incoming.digest,
            by=incoming.by,
            detector=detection.detector.name,
            detector_version=detection.detector.version,
            score=detection.score,
            channel=detection.channel,
            reporter=self._reporter(detection),
            reported_by=reported_by(self._identity, detection),
            observed_at=detection.observed_at,
            received_at=tx.now,
            acknowledged_at=tx.now if joined else None,
            round=joined,
            has_text=bool(detection.item.text),
            sealed=key.seal(detection.model_dump_json(), DETECTION),
        )

    def _write_down(
        self, tx: Transaction, incoming: _Incoming, case: Row[Any], joined: int | None
    ) -> None:
        detection = incoming.detection
        facts = {
            "detection_id": detection.detection_id,
            "detector": detection.detector.name,
            "version": detection.detector.version,
            "channel": detection.channel.value,
        }
        if detection.account.id != case.account_id:
            facts["names_another_account"] = "yes"
        self._audit.append(tx, case.case_id, incoming.by, Event.DETECTION_RECEIVED, **facts)
        if joined is not None:
            self._audit.append(
                tx,
                case.case_id,
                "casework",
                Event.DETECTION_JOINED,
                detection_id=detection.detection_id,
                round=str(case.round),
            )

    def _reporter(self, detection: Detection) -> str | None:
        """Who reported, as a keyed digest that only tells people apart.

        A report names its reporter in `evidence.reporter`. All that do not, from one source,
        count as one person: a brigade must not gain weight by leaving the name out.
        """
        if detection.channel is Channel.CLASSIFIER:
            return None
        reporter = detection.reporter or ""
        said = "\x1f".join(("reporter", detection.detector.name, reporter))
        return hmac.new(self._identity, said.encode(), hashlib.sha256).hexdigest()[:32]


def account_digest(identity: bytes, account: str) -> str:
    """Whom a report names, told apart whichever detector passes it on; nobody can guess it."""
    said = "\x1f".join(("reported_by", account)).encode()
    return hmac.new(identity, said, hashlib.sha256).hexdigest()[:32]


def reported_by(identity: bytes, detection: Detection) -> str | None:
    return account_digest(identity, detection.reporter) if detection.reporter else None


def _is_being_reviewed(case: Row[Any]) -> bool:
    """A review in progress only counts one more; its workflow need not be told."""
    return bool(case.stage == Stage.REVIEW and case.queue is not None and case.started_at)
