"""Cases, from the first step to the last: the `CaseBook` port."""

from typing import Any

from sqlalchemy import Row, Select, select, update

from casework.detection import Detection, DetectorRef
from casework.errors import Gone, NotFound
from casework.finding import Finding
from casework.orders import Closing, Decided, OpenCase
from casework.policy import Policy
from casework.ports import Opening
from casework.records import CaseFile, Decision, Evidence, PlannedAction, ReviewRecord, Settled
from casework.words import Outcome
from storage.audit import Audit
from storage.audit_line import Event
from storage.case_files import file_of, file_query
from storage.closing import Closer
from storage.engine import Database, Transaction
from storage.evidence import KEY, Vault
from storage.intake import DETECTION
from storage.keys import Keyring
from storage.ledger import answered, locked_case
from storage.opening import Opener
from storage.papers import REASON
from storage.rows import decision_of, item_of
from storage.settling import Settling
from storage.tables import case_keys, cases, decisions, detections


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
        now = self._database.now()
        return file_of(await self._database.look(file_query(case_id, now)))

    async def is_new(self, detector: DetectorRef, harm: str, until: int) -> bool:
        """Whether the policy has ruled on fewer than so many cases of this detector version.

        Reads at most so many rows of one version.
        """
        enough = select(cases.c.case_id).where(
            cases.c.detector == detector.name,
            cases.c.detector_version == detector.version,
            cases.c.ruled_at.is_not(None),
            cases.c.harm == harm,
        )
        return await self._database.look(enough.offset(until - 1).limit(1)) is None

    async def evidence(self, case_id: str) -> Evidence:
        """Raises NotFound; Gone once it was erased."""
        case = await self._database.look(_judged(case_id))
        if case is None:
            raise NotFound("no such case")
        key = self._vault.opened(case_id, case)
        if case.sealed is None:
            return Evidence(item=item_of(case))
        claim = Detection.model_validate_json(key.open(case.sealed, DETECTION))
        return Evidence(item=item_of(case), text=claim.item.text or "")

    async def decided(self, case_id: str, step: str) -> Decided | None:
        before = await self._database.look(answered(case_id, step))
        return None if before is None else Decided.model_validate_json(before.result)

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


def _judged(case_id: str) -> Select[Any]:
    """What is judged, and the key it is sealed with."""
    has_the_key = case_keys.c.case_id == cases.c.case_id
    sealed = latest_text(case_id).scalar_subquery().label("sealed")
    return (
        select(cases.c.item_type, cases.c.item_id, *KEY, sealed)
        .outerjoin(case_keys, has_the_key)
        .where(cases.c.case_id == case_id)
    )


def latest_text(case_id: str) -> Select[tuple[bytes]]:
    """The sealed detection that has the judged text."""
    return (
        select(detections.c.sealed)
        .where(detections.c.case_id == case_id, detections.c.has_text)
        .order_by(detections.c.received_at.desc(), detections.c.detection_id.desc())
        .limit(1)
    )
