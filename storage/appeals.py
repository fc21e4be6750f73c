"""Appeals as the person concerned files and follows them."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select

from casework.base import Model, Moment
from casework.errors import (
    AlreadyAppealed,
    AlreadyDecided,
    AppealWindowClosed,
    Gone,
    Malformed,
    NotFound,
    TooLarge,
)
from casework.identity import appeal_id
from casework.orders import AppealStart
from casework.words import ActionKind, HearingKind, Verdict
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.evidence import CaseKey, Vault
from storage.keys import Keyring
from storage.ledger import locked_case
from storage.notice_book import notice_row, period_of
from storage.papers import NOTICE
from storage.rows import measures_of
from storage.tables import appeals, decisions

APPEAL = "appeal"
"""What an appellant's words are sealed as."""
_LONGEST = 5_000


class AppealState(StrEnum):
    POSSIBLE = "possible"
    TOO_LATE = "too_late"
    FILED = "filed"
    UPHELD = "upheld"
    OVERTURNED = "overturned"


class AppealFiled(AppealStart):
    """The appeal is stored; its story has to be started with exactly these fields."""

    @property
    def start(self) -> AppealStart:
        return AppealStart(
            appeal_id=self.appeal_id,
            decision_id=self.decision_id,
            case_id=self.case_id,
            harm=self.harm,
        )


class AppealView(Model):
    """What the person concerned may see. `deadline` is None until the notice is delivered."""

    state: AppealState
    subject: str
    body: str
    grounds: str
    automated: bool
    measures: tuple[ActionKind, ...]
    decided_at: Moment
    deadline: Moment | None
    filed_at: Moment | None = None
    closed_at: Moment | None = None
    outcome: Verdict | None = None


class Appeals:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._audit = Audit(database, keyring)

    async def file(self, notice_id: str, words: str, by_channel: str = "web") -> AppealFiled:
        """Store an appeal against the decision this notice told of.

        Raises:
            NotFound: no such notice, or nothing in it to appeal against.
            AppealWindowClosed: the period counted from the notice's delivery is over.
            AlreadyAppealed: this decision has been appealed before.
            AlreadyDecided: it was taken back already.
            Malformed, TooLarge: no words, or more than 5 000 characters.
        """
        if not words.strip():
            raise Malformed("an appeal says why")
        if len(words) > _LONGEST:
            raise TooLarge(f"an appeal has at most {_LONGEST} characters")

        async def work(tx: Transaction) -> AppealFiled:
            notice, decision = await _appealable(tx, notice_id)
            await locked_case(tx, notice.case_id)
            if await _appeal(tx, decision.decision_id) is not None:
                raise AlreadyAppealed("this decision has been appealed")
            if await _taken_back(tx, decision):
                raise AlreadyDecided("this decision was taken back")
            deadline = _deadline(notice)
            if deadline is not None and tx.now > deadline:
                raise AppealWindowClosed("the time to appeal is over")
            filed = AppealFiled(
                appeal_id=appeal_id(decision.decision_id),
                decision_id=decision.decision_id,
                case_id=notice.case_id,
                harm=decision.policy,
            )
            await self._keep(tx, filed, notice_id, words, by_channel)
            return filed

        return await self._database.write(work)

    async def look(self, notice_id: str) -> AppealView:
        """Raises NotFound: no such notice, or nothing in it to appeal against."""

        async def work(tx: Transaction) -> AppealView:
            notice, decision = await _appealable(tx, notice_id)
            key = await self._key(tx, notice)
            appeal = await _appeal(tx, decision.decision_id)
            view = _view(notice, decision, appeal, tx.now, key)
            if await _taken_back(tx, decision):
                return view.model_copy(update={"state": AppealState.OVERTURNED})
            return view

        return await self._database.read(work)

    async def _key(self, tx: Transaction, notice: Row[Any]) -> CaseKey:
        try:
            return await self._vault.key_of(tx, notice.case_id)
        except Gone:
            raise NotFound("no such notice") from None

    async def unstarted(self, older_than: timedelta, limit: int = 500) -> list[AppealStart]:
        """Filed at least so long ago and not yet put before a desk, oldest first."""

        async def work(tx: Transaction) -> list[AppealStart]:
            found = await tx.rows(
                select(
                    appeals.c.appeal_id, appeals.c.decision_id, appeals.c.case_id, appeals.c.harm
                )
                .where(appeals.c.review_id.is_(None), appeals.c.filed_at <= tx.now - older_than)
                .order_by(appeals.c.filed_at)
                .limit(limit)
            )
            return [AppealStart(**row._mapping) for row in found]

        return await self._database.read(work)

    async def _keep(
        self, tx: Transaction, filed: AppealFiled, notice_id: str, words: str, by_channel: str
    ) -> None:
        key = await self._vault.key_for(tx, filed.case_id)
        await tx.add(
            appeals,
            **filed.model_dump(),
            notice_id=notice_id,
            by_channel=by_channel,
            sealed=key.seal(words, APPEAL),
            filed_at=tx.now,
        )
        facts = {"appeal_id": filed.appeal_id, "decision_id": filed.decision_id}
        self._audit.append(
            tx, filed.case_id, "account", Event.APPEAL_FILED, **facts, channel=by_channel
        )


async def _appealable(tx: Transaction, notice_id: str) -> tuple[Row[Any], Row[Any]]:
    """The notice and its decision. Everything that cannot be appealed looks the same."""
    notice = await notice_row(tx, notice_id)
    decision = await tx.row(select(decisions).where(decisions.c.decision_id == notice.decision_id))
    if notice.appeal_within is None or decision is None:
        raise NotFound("no such notice")
    if decision.hearing != HearingKind.FIRST or decision.verdict != Verdict.ENFORCE:
        raise NotFound("no such notice")
    return notice, decision


async def _appeal(tx: Transaction, decision_id: str) -> Row[Any] | None:
    return await tx.row(select(appeals).where(appeals.c.decision_id == decision_id))


async def _taken_back(tx: Transaction, decision: Row[Any]) -> bool:
    """Whether a later hearing, or a recall, has overridden it."""
    over = select(decisions.c.decision_id).where(
        decisions.c.case_id == decision.case_id,
        decisions.c.overrides == decision.decision_id,
    )
    return await tx.row(over.limit(1)) is not None


def _deadline(notice: Row[Any]) -> datetime | None:
    within = period_of(notice)
    if within is None or notice.delivered_at is None:
        return None
    return within.after(notice.delivered_at)


def _view(
    notice: Row[Any],
    decision: Row[Any],
    appeal: Row[Any] | None,
    now: datetime,
    key: CaseKey,
) -> AppealView:
    deadline = _deadline(notice)
    return AppealView(
        state=_state(appeal, deadline, now),
        subject=key.open(notice.sealed_subject, NOTICE),
        body=key.open(notice.sealed_body, NOTICE),
        grounds=decision.grounds,
        automated=decision.automated,
        measures=tuple(measure.kind for measure in measures_of(decision.measures)),
        decided_at=decision.at,
        deadline=deadline,
        filed_at=appeal.filed_at if appeal else None,
        closed_at=appeal.closed_at if appeal else None,
        outcome=Verdict(appeal.outcome) if appeal and appeal.outcome else None,
    )


def _state(appeal: Row[Any] | None, deadline: datetime | None, now: datetime) -> AppealState:
    if appeal is not None:
        return AppealState(appeal.outcome) if appeal.outcome else AppealState.FILED
    if deadline is not None and now > deadline:
        return AppealState.TOO_LATE
    return AppealState.POSSIBLE
