"""Appeals as the person concerned files and follows them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select

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
from casework.words import HearingKind, Verdict
from storage.appeal_views import (
    APPEAL,
    Appealed,
    AppealState,
    AppealView,
    actions_of,
    deadline_of,
    text_as_decided,
    view_of,
)
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.evidence import CaseKey, Vault
from storage.keys import Keyring
from storage.ledger import locked_case
from storage.notice_book import notice_row
from storage.tables import appeals, cases, decisions

LONGEST = 5_000


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
        if len(words) > LONGEST:
            raise TooLarge("an appeal has at most %(most)s characters", most=LONGEST)

        async def work(tx: Transaction) -> AppealFiled:
            notice, decision = await _appealable(tx, notice_id)
            await locked_case(tx, notice.case_id)
            if await _appeal(tx, decision.decision_id) is not None:
                raise AlreadyAppealed("this decision has been appealed")
            if await _taken_back(tx, decision):
                raise AlreadyDecided("this decision was taken back")
            deadline = deadline_of(notice)
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
        return (await self.whole(notice_id)).view

    async def whole(self, notice_id: str) -> Appealed:
        """The same, with the words in it. Raises NotFound."""

        async def work(tx: Transaction) -> Appealed:
            notice, decision = await _appealable(tx, notice_id)
            key = await self._key(tx, notice)
            appeal = await _appeal(tx, decision.decision_id)
            view = view_of(notice, decision, appeal, tx.now, key)
            changed: dict[str, Any] = {"actions": await actions_of(tx, decision.decision_id)}
            if await _taken_back(tx, decision):
                changed["state"] = AppealState.OVERTURNED
            return Appealed(
                view=view.model_copy(update=changed),
                item_text=await text_as_decided(tx, notice.case_id, decision.at, key),
                words=key.open(appeal.sealed, APPEAL) if appeal else "",
                policy=decision.policy,
                policy_version=decision.policy_version,
                jurisdiction=notice.jurisdiction,
            )

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
    item = cases.c.item_type, cases.c.item_id
    decided = select(decisions, *item).join(cases, cases.c.case_id == decisions.c.case_id)
    decision = await tx.row(decided.where(decisions.c.decision_id == notice.decision_id))
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
