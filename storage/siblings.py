"""Cases on an account that is banned for good: ended with the ban, and opened again without it."""

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, literal_column, select, update

from casework.identity import decision_id
from casework.orders import Decided
from casework.policy import Policy
from casework.records import ReviewRecord
from casework.siblings import MERGED, MergedCase, Sibling
from casework.words import ActionKind, ActionState, HearingKind, Outcome, Severity, Stage, Verdict
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import OPEN as UNDECIDED
from storage.bench import PENDING, Bench
from storage.effects import IN_FORCE, OPEN, Effects
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.keys import Keyring
from storage.ledger import changed_case, locked_case
from storage.opening import Opener
from storage.papers import carry_findings_over
from storage.settling import Settling
from storage.tables import actions, cases, claims, decisions, reviews

_BY = "casework"
_OF_THE_QUESTION = (
    (reviews.c.case_id == cases.c.case_id)
    & (reviews.c.round == cases.c.round)
    & (reviews.c.hearing == HearingKind.FIRST.value)
    & (reviews.c.state == UNDECIDED)
)


class SiblingBook:
    """Each change is one commit on one case, under its lock: it ends once, or is decided."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)
        self._effects = Effects(self._audit)
        self._bench = Bench(self._audit)
        self._opener = Opener(self._audit)
        self._settling = Settling(self._audit, Vault(keyring))

    async def to_merge(self, limit: int = 2_000) -> tuple[Sibling, ...]:
        """Cases that wait for people although their account has been banned since they began.

        Not those of critical severity, nor one on which a decision is handed in already.
        """
        rows = await self._database.read(lambda tx: tx.rows(_to_merge().limit(limit)))
        return tuple(Sibling.model_validate(dict(row._mapping)) for row in rows)

    async def merge(self, case_id: str) -> bool:
        """End the case with the ban; False when that is no longer so. Interim measures stay."""

        async def work(tx: Transaction) -> bool:
            case = await locked_case(tx, case_id)
            found = await tx.row(_to_merge().where(cases.c.case_id == case_id))
            if found is None:
                return False
            await self._end_with(tx, case, found)
            return True

        return await self._database.write(work)

    async def merged(self, limit: int = 500) -> tuple[MergedCase, ...]:
        """Cases that are merged and whose stories do not know it yet."""
        waiting = _merged().where(cases.c.closed_at.is_(None)).limit(limit)
        return await self._cases(waiting)

    async def to_reopen(self, limit: int = 500) -> tuple[MergedCase, ...]:
        """Closed cases that were merged into a ban which was taken back."""
        its_ban = (actions.c.decision_id == cases.c.merged_into) & _taken_back()
        ended = _merged().join(actions, its_ban).where(cases.c.closed_at.is_not(None))
        return await self._cases(ended.limit(limit))

    async def reopen(self, case_id: str, review: ReviewRecord, policy: Policy) -> bool:
        """Ask people again, in a new round; False when there is nothing to ask.

        What holds meanwhile goes on holding for the new question. Where another ban for good
        stands on the account the case stays merged, into that one.
        """

        async def work(tx: Transaction) -> bool:
            case = await locked_case(tx, case_id)
            closed = case.stage == Stage.CLOSED and case.round == review.round - 1
            if not closed or case.merged_into is None or not await _gone(tx, case.merged_into):
                return False
            other = await _other_ban(tx, case)
            await self._point_to(tx, case, other)
            if other is None:
                await self._ask_again(tx, case, review, policy)
            return other is None

        return await self._database.write(work)

    async def _end_with(self, tx: Transaction, case: Row[Any], found: Row[Any]) -> None:
        decided = Decided(
            decision_id=found.ban,
            verdict=Verdict.DISMISS,
            reason=MERGED,
            outcome=Outcome.MERGED,
        )
        await self._bench.close(tx, found.review_id, _BY, decided)
        merged = update(cases).where(cases.c.case_id == case.case_id)
        row = await changed_case(
            tx,
            merged.values(
                stage=Stage.ENFORCING,
                outcome=Outcome.MERGED,
                merged_into=found.ban,
                queue=None,
                deadline=None,
            ),
        )
        facts = {"round": str(case.round), "merged_into": found.ban, "row": row}
        self._audit.append(tx, case.case_id, _BY, Event.CASE_MERGED, **facts)

    async def _point_to(self, tx: Transaction, case: Row[Any], ban: str | None) -> None:
        mine = cases.c.case_id == case.case_id
        row = await changed_case(tx, update(cases).where(mine).values(merged_into=ban))
        event = Event.CASE_SEPARATED if ban is None else Event.CASE_MERGED
        facts = {"round": str(case.round), "merged_into": ban or case.merged_into, "row": row}
        self._audit.append(tx, case.case_id, _BY, event, **facts)

    async def _ask_again(
        self, tx: Transaction, case: Row[Any], review: ReviewRecord, policy: Policy
    ) -> None:
        await self._opener.reopen(tx, case, policy)
        await carry_findings_over(tx, case, review.round)
        await self._keep_what_holds(tx, case, review)
        step = f"{review.round}/rule"
        await self._settling.ask_people(tx, review, (), (), step)

    async def _keep_what_holds(self, tx: Transaction, case: Row[Any], review: ReviewRecord) -> None:
        held = select(actions.c.action_id).where(
            actions.c.case_id == case.case_id,
            actions.c.round == case.round,
            actions.c.interim,
            actions.c.withdrawn_at.is_(None),
            actions.c.state.in_(OPEN + IN_FORCE),
        )
        asked = decision_id(case.case_id, review.round, HearingKind.FIRST)
        for row in await tx.rows(held.order_by(actions.c.action_id).with_for_update()):
            kept = {"round": review.round, "decision_id": asked}
            await self._effects.change(tx, row.action_id, Event.ACTION_KEPT, **kept)

    async def _cases(self, wanted: Select[Any]) -> tuple[MergedCase, ...]:
        rows = await self._database.read(lambda tx: tx.rows(wanted))
        return tuple(MergedCase.model_validate(dict(row._mapping)) for row in rows)


def _to_merge() -> Select[Any]:
    """One row for each, with a ban that concerns it; the same one whenever it is asked."""
    handed_in = exists().where(
        claims.c.review_id == reviews.c.review_id, claims.c.submission_state == PENDING
    )
    ruled = exists().where(
        decisions.c.case_id == cases.c.case_id, decisions.c.round == cases.c.round
    )
    return (
        select(
            cases.c.case_id,
            cases.c.harm,
            cases.c.policy_version,
            reviews.c.review_id,
            func.min(actions.c.decision_id).label("ban"),
        )
        .join(reviews, _OF_THE_QUESTION)
        .join(actions, actions.c.account_id == cases.c.account_id)
        .where(
            cases.c.stage == Stage.REVIEW,
            cases.c.closed_at.is_(None),
            cases.c.severity != Severity.CRITICAL.value,
            actions.c.case_id != cases.c.case_id,
            actions.c.confirmed_at >= cases.c.round_opened_at,
            _bans_for_good(),
            ~handed_in,
            ~ruled,
        )
        .group_by(cases.c.case_id, reviews.c.review_id)
        .order_by(cases.c.case_id)
    )


def _bans_for_good() -> ColumnElement[bool]:
    for_good: ColumnElement[bool] = (
        (actions.c.kind == ActionKind.BAN_ACCOUNT.value)
        & (actions.c.state == ActionState.CONFIRMED.value)
        & actions.c.withdrawn_at.is_(None)
        & actions.c.lasts_s.is_(None)
        & actions.c.ends_at.is_(None)
        & actions.c.interim.is_(False)
    )
    return for_good


def _merged() -> Select[Any]:
    return (
        select(cases.c.case_id, cases.c.harm, cases.c.round)
        .where(cases.c.merged_into.is_not(None))
        .order_by(cases.c.case_id)
    )


def _taken_back() -> ColumnElement[bool]:
    """Of a ban, also while others share its effect. Said as the index on these has it."""
    taken_back: ColumnElement[bool] = (
        actions.c.kind == literal_column("'ban_account'")
    ) & actions.c.withdrawn_at.is_not(None)
    return taken_back


async def _gone(tx: Transaction, ban: str) -> bool:
    gone = select(actions.c.action_id).where(actions.c.decision_id == ban, _taken_back())
    return await tx.row(gone) is not None


async def _other_ban(tx: Transaction, case: Row[Any]) -> str | None:
    """Another decision's ban for good on the same account, which may be merged into one effect."""
    stands = select(actions.c.decision_id).where(
        actions.c.account_id == case.account_id,
        actions.c.kind == ActionKind.BAN_ACCOUNT.value,
        actions.c.decision_id != case.merged_into,
        actions.c.state.in_(IN_FORCE),
        actions.c.withdrawn_at.is_(None),
        actions.c.lasts_s.is_(None),
        actions.c.ends_at.is_(None),
    )
    row = await tx.row(stands.order_by(actions.c.planned_at).limit(1))
    return None if row is None else str(row.decision_id)
