"""Cases, from the first step to the last: the `CaseBook` port."""

from casework.finding import Finding
from casework.orders import Closing, Decided, OpenCase
from casework.policy import Policy
from casework.ports import Opening
from casework.records import CaseFile, Decision, Evidence, PlannedAction, ReviewRecord, Settled
from casework.words import Outcome
from storage.engine import Database
from storage.keys import Keyring


class CaseBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def open(self, order: OpenCase, policy: Policy) -> Opening:
        raise NotImplementedError

    async def file(self, case_id: str) -> CaseFile:
        raise NotImplementedError

    async def evidence(self, case_id: str) -> Evidence:
        raise NotImplementedError

    async def decided(self, case_id: str, step: str) -> Decided | None:
        raise NotImplementedError

    async def settle(self, settled: Settled, step: str) -> Decided:
        raise NotImplementedError

    async def ask_people(
        self,
        review: ReviewRecord,
        interim: tuple[PlannedAction, ...],
        findings: tuple[Finding, ...],
        step: str,
    ) -> Decided:
        raise NotImplementedError

    async def close(self, case_id: str, round_: int, outcome: Outcome) -> Closing:
        raise NotImplementedError

    async def block(self, case_id: str, on: str) -> None:
        raise NotImplementedError

    async def decision(self, decision_id: str) -> Decision:
        raise NotImplementedError

    async def write_down(self, case_id: str, actor: str, event: str, **facts: str) -> None:
        raise NotImplementedError
