"""Cases, from the first step to the last: the `CaseBook` port."""

from typing import Any

from sqlalchemy import Row, func, select, update

from casework.detection import Detection, DetectorRef
from casework.errors import Gone, NotFound
from casework.facts import Claims
from casework.finding import Finding
from casework.orders import Closing, Decided, OpenCase
from casework.policy import Policy
from casework.ports import Opening
from casework.records import CaseFile, Decision, Evidence, PlannedAction, ReviewRecord, Settled
from casework.words import Channel, Outcome
from storage.audit import Audit
from storage.audit_line import Event
from storage.closing import Closer
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.intake import DETECTION
from storage.keys import Keyring
from storage.ledger import kept, locked_case
from storage.opening import Opener
from storage.rows import account_of, decision_of, item_of
from storage.settling import REASON, Settling
from storage.tables import cases, decisions, detections, strikes


class CaseBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)
        self._vault = Vault(keyring)
        self._opener = Opener(self._audit)
        self._settling = Settling(self._audit, self._vault)
        self._closer = Closer(self._audit)

    async def open(self, order: OpenCase, policy: Policy) -> Opening:
        return await self._database.write(lambda tx: self._opener.open(tx, order, policy))

    async def file(self, case_id: str) -> CaseFile:
        """Raises NotFound. A case that was never opened has round 0 and policy version 0."""
        return await self._database.read(lambda tx: _file(tx, case_id))

    async def evidence(self, case_id: str) -> Evidence:
        """Raises NotFound; Gone once it was erased."""

        async def work(tx: Transaction) -> Evidence:
            key, case = await self._vault.key_of(tx, case_id), await _case(tx, case_id)
            latest = await tx.row(latest_text(case_id))
            if latest is None:
                return Evidence(item=item_of(case))
            claim = Detection.model_validate_json(key.open(latest.sealed, DETECTION))
            return Evidence(item=item_of(case), text=claim.item.text or "")

        return await self._database.read(work)

    async def decided(self, case_id: str, step: str) -> Decided | None:
        before = await self._database.read(lambda tx: kept(tx, case_id, step))
        return None if before is None else Decided.model_validate_json(before)

    async def settle(self, settled: Settled, step: str) -> Decided:
        """As the port says.

        Raises:
            AlreadyDecided: when another step has decided this hearing of this round.
            CaseClosed: when a first hearing's round is over.
        """
        return await self._database.write(lambda tx: self._settling.settle(tx, settled, step))

    async def ask_people(
        self,
        review: ReviewRecord,
        interim: tuple[PlannedAction, ...],
        findings: tuple[Finding, ...],
        step: str,
    ) -> Decided:
        return await self._database.write(
            lambda tx: self._settling.ask_people(tx, review, interim, findings, step)
        )

    async def may_tell(self, case_id: str, round_: int) -> None:
        await self._database.read(lambda tx: self._closer.may_tell(tx, case_id, round_))

    async def close(self, case_id: str, round_: int, outcome: Outcome) -> Closing:
        return await self._database.write(
            lambda tx: self._closer.close(tx, case_id, round_, outcome)
        )

    async def block(self, case_id: str, on: str) -> None:
        async def work(tx: Transaction) -> None:
            case = await locked_case(tx, case_id)
            if case.blocked_on == on:
                return
            mine = cases.c.case_id == case_id
            await tx.execute(update(cases).where(mine).values(blocked_on=on))
            event = Event.BLOCKED if on else Event.UNBLOCKED
            self._audit.append(tx, case_id, "casework", event, on=on or case.blocked_on)

        await self._database.write(work)

    async def decision(self, decision_id: str) -> Decision:
        """Raises NotFound. The reason is empty once the evidence was erased."""

        async def work(tx: Transaction) -> Decision:
            row = await tx.row(select(decisions).where(decisions.c.decision_id == decision_id))
            if row is None:
                raise NotFound("no such decision")
            return decision_of(row, await reason_of(tx, self._vault, row))

        return await self._database.read(work)

    async def write_down(self, case_id: str, actor: str, event: str, **facts: str) -> None:
        await self._audit.write_down(case_id, actor, event, **facts)


async def reason_of(tx: Transaction, vault: Vault, row: Row[Any]) -> str:
    """A decision's reason in its own words, empty if there was none or it was erased."""
    if row.sealed_reason is None:
        return ""
    try:
        key = await vault.key_of(tx, row.case_id)
        return key.open(row.sealed_reason, REASON)
    except Gone:
        return ""


async def _case(tx: Transaction, case_id: str) -> Row[Any]:
    case = await tx.row(select(cases).where(cases.c.case_id == case_id))
    if case is None:
        raise NotFound("no such case")
    return case


async def _file(tx: Transaction, case_id: str) -> CaseFile:
    case = await _case(tx, case_id)
    first = await tx.row(
        select(detections.c.detector, detections.c.detector_version)
        .where(detections.c.case_id == case_id)
        .order_by(detections.c.received_at, detections.c.detection_id)
        .limit(1)
    )
    if first is None:
        raise NotFound("no such case")
    return CaseFile(
        case_id=case_id,
        harm=case.harm,
        round=case.round,
        policy_version=case.policy_version or 0,
        item=item_of(case),
        account=account_of(case),
        detector=DetectorRef(name=first.detector, version=first.detector_version),
        claims=await claims_of(tx, case_id, first.detector),
        strikes=await strikes_on(tx, case.account_id, apart_from=case_id),
    )


async def claims_of(tx: Transaction, case_id: str, detector: str) -> Claims:
    mine = detections.c.case_id == case_id
    sums = await tx.execute(
        select(
            func.count().label("count"),
            func.count(detections.c.reporter.distinct()).label("reporters"),
            func.max(detections.c.score).label("score"),
        ).where(mine)
    )
    channels = await tx.rows(select(detections.c.channel).where(mine).distinct())
    return Claims(
        **sums.one()._mapping,
        channel=min((Channel(row.channel) for row in channels), key=list(Channel).index),
        detector=detector,
    )


async def reporters_of(tx: Transaction, case_id: str) -> int:
    """How many different people reported the case."""
    mine = detections.c.case_id == case_id
    return int(await tx.value(select(func.count(detections.c.reporter.distinct())).where(mine)))


async def strikes_on(tx: Transaction, account_id: str, apart_from: str) -> int:
    """The weight that counts against an account now, without that of one case."""
    active = (
        (strikes.c.account_id == account_id)
        & (strikes.c.case_id != apart_from)
        & strikes.c.withdrawn_at.is_(None)
    )
    return int(
        await tx.value(
            select(func.coalesce(func.sum(strikes.c.weight), 0)).where(
                active, strikes.c.expires_at > tx.now
            )
        )
    )


def latest_text(case_id: str) -> Any:
    """The sealed detection that has the judged text."""
    return (
        select(detections.c.sealed)
        .where(detections.c.case_id == case_id, detections.c.has_text)
        .order_by(detections.c.received_at.desc(), detections.c.detection_id.desc())
        .limit(1)
    )
