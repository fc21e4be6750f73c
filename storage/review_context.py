"""What surrounds a review: who detected it, and what else of the account is open."""

from sqlalchemy import Select, select

from casework.base import Model, Moment, Slug
from casework.records import Person
from casework.words import Severity, Stage
from storage.engine import Database, Transaction
from storage.tables import cases, detections

_MOST = 20


class Detected(Model):
    """`score` is the detector's own, None from people."""

    detector: str
    version: str
    channel: str
    score: float | None
    at: Moment


class Sibling(Model):
    """Another open case of the same account."""

    case_id: str
    harm: Slug
    severity: Severity | None
    stage: Stage
    opened_at: Moment


class ReviewContext(Model):
    """The newest 20 of each; `hidden` counts open cases of harms out of the reader's scope."""

    detected: tuple[Detected, ...]
    siblings: tuple[Sibling, ...]
    hidden: int


class ReviewContexts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, case_id: str, account_id: str, reader: Person) -> ReviewContext:
        async def work(tx: Transaction) -> ReviewContext:
            found = await tx.rows(_detections(case_id))
            others = await tx.rows(_siblings(case_id, account_id))
            seen = [row for row in others if reader.covers(row.harm)]
            return ReviewContext(
                detected=tuple(
                    Detected(
                        detector=row.detector,
                        version=row.detector_version,
                        channel=row.channel,
                        score=row.score,
                        at=row.observed_at,
                    )
                    for row in found
                ),
                siblings=tuple(Sibling.model_validate(dict(row._mapping)) for row in seen),
                hidden=len(others) - len(seen),
            )

        return await self._database.read(work)


def _detections(case_id: str) -> Select[tuple[object, ...]]:
    return (
        select(
            detections.c.detector,
            detections.c.detector_version,
            detections.c.channel,
            detections.c.score,
            detections.c.observed_at,
        )
        .where(detections.c.case_id == case_id)
        .order_by(detections.c.received_at.desc())
        .limit(_MOST)
    )


def _siblings(case_id: str, account_id: str) -> Select[tuple[object, ...]]:
    return (
        select(
            cases.c.case_id,
            cases.c.harm,
            cases.c.severity,
            cases.c.stage,
            cases.c.opened_at,
        )
        .where(cases.c.account_id == account_id, cases.c.case_id != case_id)
        .where(cases.c.closed_at.is_(None))
        .order_by(cases.c.opened_at.desc())
        .limit(_MOST)
    )
