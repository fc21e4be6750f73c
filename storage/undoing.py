"""A person's decision taken back before anything was done: the `SecondThoughtsBook` port."""

import json
from typing import Any

from sqlalchemy import Row, select, update

from casework.errors import Forbidden, TooLate
from casework.orders import Decided
from casework.records import Decision, PlannedAction, ReviewRecord, Settled
from casework.second_thoughts import AskedAgain, Undone
from casework.words import Stage
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import Bench
from storage.effects import IN_FORCE, OPEN, Effects
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.keys import Keyring
from storage.ledger import changed_case, keep, kept, locked_case
from storage.opening import Opener
from storage.papers import Papers, carry_findings_over
from storage.settling import UNTIL_DECIDED, Settling, asked
from storage.tables import actions, audit, cases, notices

_BY = "casework"


class SecondThoughtsBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)
        self._settling = Settling(self._audit, Vault(keyring))
        self._effects = Effects(self._audit)
        self._bench = Bench(self._audit)
        self._papers = Papers(self._audit)
        self._opener = Opener(self._audit)

    async def request(self, decision: Decision, by: str) -> None:
        """Write down that this person wants the decision back; the gateway has seen that they may.

        Repeating adds a line and changes nothing else.
        """
        await self._audit.write_down(
            decision.case_id, by, Event.UNDO_REQUESTED, decision_id=decision.decision_id
        )

    async def undo(
        self, override: Decision, review: ReviewRecord, interim: tuple[PlannedAction, ...]
    ) -> AskedAgain:
        """As the port says. Raises Forbidden, TooLate."""

        async def work(tx: Transaction) -> AskedAgain:
            case = await locked_case(tx, override.case_id)
            step = f"{override.round}/undo"
            before = await kept(tx, case.case_id, step)
            if before is not None:
                return AskedAgain.model_validate_json(before)
            await _was_asked_for(tx, override)
            await _nothing_was_done(tx, case, override)
            again = await self._take_back(tx, case, override, review, interim)
            await keep(tx, case.case_id, step, again.model_dump_json())
            return again

        return await self._database.write(work)

    async def _take_back(
        self,
        tx: Transaction,
        case: Row[Any],
        override: Decision,
        review: ReviewRecord,
        interim: tuple[PlannedAction, ...],
    ) -> AskedAgain:
        settled = Settled(decision=override, withdraws=override.overrides)
        withdrawn = await self._settling.settle(tx, settled, f"{override.round}/undone")
        await self._drop_the_statement(tx, override)
        question = await self._ask_again(tx, case, review, interim)
        return AskedAgain(
            round=review.round,
            undone=Undone(
                decision_id=override.decision_id,
                overrides=override.overrides or "",
                review_id=review.review_id,
            ),
            asked=question.model_copy(
                update={"takes_back": withdrawn.takes_back, "changes": withdrawn.changes}
            ),
        )

    async def _drop_the_statement(self, tx: Transaction, override: Decision) -> None:
        untold = (notices.c.decision_id == override.overrides) & notices.c.delivered_at.is_(None)
        await self._papers.withdraw_notices(tx, untold)

    async def _ask_again(
        self,
        tx: Transaction,
        case: Row[Any],
        review: ReviewRecord,
        interim: tuple[PlannedAction, ...],
    ) -> Decided:
        held = await _interim_kinds(tx, case)
        await self._begin_round(tx, case, review)
        this = await tx.row(select(cases).where(cases.c.case_id == case.case_id))
        assert this is not None
        wanted = tuple(action for action in interim if action.kind in held)
        await self._effects.lock_targets(tx, (action.target for action in wanted))
        owed = await self._effects.plan(tx, wanted, this, UNTIL_DECIDED)
        await self._bench.open(tx, review)
        return asked(review, owed)

    async def _begin_round(self, tx: Transaction, case: Row[Any], review: ReviewRecord) -> None:
        """The same policy version and the same findings: only the answer is asked for anew."""
        mine = cases.c.case_id == case.case_id
        began = {"round": review.round, "round_opened_at": tx.now, "started_at": tx.now}
        begins = update(cases).where(mine).values(**began, stage=Stage.REVIEW)
        row = await changed_case(tx, begins)
        await carry_findings_over(tx, case, review.round)
        facts = {"round": str(review.round), "because": review.why, "row": row}
        self._audit.append(tx, case.case_id, _BY, Event.CASE_REOPENED, **facts)
        await self._opener.take_in(tx, case.case_id, review.round)


async def _was_asked_for(tx: Transaction, override: Decision) -> None:
    """Raises Forbidden when the gateway wrote down no such wish of this person."""
    wishes = await tx.rows(
        select(audit.c.facts).where(
            audit.c.case_id == override.case_id,
            audit.c.event == Event.UNDO_REQUESTED.value,
            audit.c.actor == override.by,
        )
    )
    if not any(json.loads(row.facts)["decision_id"] == override.overrides for row in wishes):
        raise Forbidden("nobody who may asked for this")


async def _nothing_was_done(tx: Transaction, case: Row[Any], override: Decision) -> None:
    """Raises TooLate."""
    if case.stage == Stage.CLOSED or case.round != override.round:
        raise TooLate("this round of the case is over")
    attempted = select(actions.c.action_id).where(
        actions.c.decision_id == override.overrides,
        actions.c.interim.is_(False),
        actions.c.attempts > 0,
    )
    if await tx.row(attempted.limit(1)) is not None:
        raise TooLate("an action of this decision was attempted")


async def _interim_kinds(tx: Transaction, case: Row[Any]) -> frozenset[str]:
    """What held while people decided in this round, and still does."""
    rows = await tx.rows(
        select(actions.c.kind).where(
            actions.c.case_id == case.case_id,
            actions.c.round == case.round,
            actions.c.interim,
            actions.c.state.in_(OPEN + IN_FORCE),
        )
    )
    return frozenset(row.kind for row in rows)
