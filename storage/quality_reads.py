"""What people said of the same things, appeals against what they decided, and golden cases."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, or_, select, true

from casework.base import Model, Moment, Slug
from casework.golden import TOLD_AFTER
from casework.ruling import Measure
from casework.words import RereviewKind, Verdict
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.golden import why_of
from storage.keys import Keyring
from storage.rows import measures_of
from storage.tables import appeals, decisions, golden, rereviews


class Opinion(Model):
    """What one person said of something that somebody was to judge."""

    by: str
    verdict: Verdict
    measures: tuple[Measure, ...]


class Look(Model):
    """A decision, and what somebody else said of the same without knowing it."""

    case_id: str
    policy: Slug
    policy_version: int
    first: Opinion
    second: Opinion
    at: Moment


class GoldenAnswer(Model):
    golden_id: str
    case_id: str
    policy: Slug
    policy_version: int
    said: Opinion
    right: Opinion
    at: Moment


class Lesson(Model):
    """A golden case that somebody answered, told to them afterwards. `why` is empty once it was
    erased."""

    harm: Slug
    at: Moment
    said: Opinion
    right: Opinion
    why: str


class Heard(Model):
    """A decision whose appeal was decided."""

    policy: Slug
    policy_version: int
    by: str
    automated: bool
    overturned: bool


class LookCounts(Model):
    """Of the second looks that were asked for."""

    answered: int = 0
    waiting: int = 0
    lapsed: int = 0


class Which(Model):
    """`harms` is the caller's scope; `*` in it means every harm. `by`: what this person judged."""

    since: Moment
    harms: frozenset[str] = frozenset({"*"})
    policy: str | None = None
    by: str | None = None


class QualityReads:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)

    async def looks(self, which: Which) -> list[Look]:
        """The latest first."""
        person = or_(rereviews.c.by == which.by, rereviews.c.first_by == which.by)
        query = (
            select(rereviews)
            .where(rereviews.c.kind == RereviewKind.SAMPLE.value, *_answered(which))
            .where(person if which.by else true())
            .order_by(rereviews.c.answered_at.desc(), rereviews.c.review_id)
        )
        rows = await self._database.read(lambda tx: tx.rows(query))
        return [
            Look(
                case_id=row.case_id,
                policy=row.policy,
                policy_version=row.policy_version,
                first=_opinion(row.first_by, row.first_verdict, row.first_measures),
                second=_opinion(row.by, row.verdict, row.measures),
                at=row.answered_at,
            )
            for row in rows
        ]

    async def golden_answers(self, which: Which) -> list[GoldenAnswer]:
        query = _golden(which).order_by(rereviews.c.answered_at.desc(), rereviews.c.review_id)
        rows = await self._database.read(lambda tx: tx.rows(query))
        return [
            GoldenAnswer(
                golden_id=row.golden_id,
                case_id=row.case_id,
                policy=row.policy,
                policy_version=row.policy_version,
                said=_opinion(row.by, row.verdict, row.measures),
                right=_opinion(row.marked_by, row.right_verdict, row.right_measures),
                at=row.answered_at,
            )
            for row in rows
        ]

    async def lessons(self, person: str, since: datetime, limit: int = 50) -> list[Lesson]:
        """Golden cases this person answered long enough ago to be told, the latest first."""

        async def work(tx: Transaction) -> list[Lesson]:
            told = rereviews.c.answered_at <= tx.now - TOLD_AFTER
            query = _golden(Which(since=since, by=person)).where(told)
            rows = await tx.rows(query.order_by(rereviews.c.answered_at.desc()).limit(limit))
            return [
                Lesson(
                    harm=row.policy,
                    at=row.answered_at,
                    said=_opinion(row.by, row.verdict, row.measures),
                    right=_opinion(row.marked_by, row.right_verdict, row.right_measures),
                    why=await why_of(tx, self._vault, row),
                )
                for row in rows
            ]

        return await self._database.read(work)

    async def heard(self, which: Which) -> list[Heard]:
        """First decisions whose appeals were decided in that time."""
        overturned = appeals.c.outcome == literal(Verdict.OVERTURNED.value)
        query = (
            select(
                decisions.c.policy,
                decisions.c.policy_version,
                decisions.c.by,
                decisions.c.automated,
                overturned.label("overturned"),
            )
            .join(decisions, decisions.c.decision_id == appeals.c.decision_id)
            .where(appeals.c.closed_at >= which.since, appeals.c.outcome.is_not(None))
            .where(*_in_scope(decisions.c.policy, which))
            .where(decisions.c.by == which.by if which.by else true())
        )
        rows = await self._database.read(lambda tx: tx.rows(query))
        return [Heard(**row._mapping) for row in rows]

    async def counts(self, which: Which) -> dict[str, LookCounts]:
        """By policy, of the second looks that were asked for in that time."""
        query = select(rereviews.c.policy, rereviews.c.answered_at, rereviews.c.lapsed_at).where(
            rereviews.c.kind == RereviewKind.SAMPLE.value,
            rereviews.c.at >= which.since,
            *_in_scope(rereviews.c.policy, which),
        )
        rows = await self._database.read(lambda tx: tx.rows(query))
        counted = Counter((row.policy, _state(row)) for row in rows)
        return {
            policy: LookCounts(**{s: counted[policy, s] for s in LookCounts.model_fields})
            for policy in {policy for policy, _ in counted}
        }


def _state(row: Any) -> str:
    if row.answered_at is not None:
        return "answered"
    return "lapsed" if row.lapsed_at is not None else "waiting"


def _golden(which: Which) -> Select[Any]:
    return (
        select(
            *rereviews.c,
            golden.c.sealed_why,
            golden.c.by.label("marked_by"),
            golden.c.verdict.label("right_verdict"),
            golden.c.measures.label("right_measures"),
        )
        .join(golden, golden.c.golden_id == rereviews.c.golden_id)
        .where(*_answered(which))
        .where(rereviews.c.by == which.by if which.by else true())
    )


def _answered(which: Which) -> tuple[ColumnElement[bool], ...]:
    return (rereviews.c.answered_at >= which.since, *_in_scope(rereviews.c.policy, which))


def _in_scope(policy: Any, which: Which) -> tuple[ColumnElement[bool], ...]:
    found = [] if "*" in which.harms else [policy.in_(sorted(which.harms))]
    return (*found, policy == which.policy) if which.policy else tuple(found)


def _opinion(by: str, verdict: str, measures: str) -> Opinion:
    return Opinion(by=by, verdict=Verdict(verdict), measures=measures_of(measures))
