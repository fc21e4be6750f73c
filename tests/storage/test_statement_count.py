"""What an automatic case asks of its database, step by step: each statement is a round trip.

A number here may fall. Before one rises, look for another way: joining reads, many rows in one
insert, an update that answers with the row.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from casework.finding import Finding
from casework.identity import notice_id
from casework.records import Settled, Statement
from casework.ruling import Measure
from casework.words import ActionKind, ActionState, NoticeKind, Outcome, Verdict
from tests.storage.office import Office, policy, policy_text

STATEMENTS = {
    "accept": 7,
    "acknowledged": 3,
    "open": 7,
    "evidence": 1,
    "rule": 14,
    "carry_out": 7,
    "tell": 12,
    "close": 7,
}
LOCKS_ON_POSTGRESQL = {
    "accept": 1,
    "open": 1,
    "rule": 3,
    "carry_out": 3,
    "tell": 1,
    "close": 1,
}
"""An advisory lock for each commit with audit lines; in `rule` also for the action's target, in
`carry_out` for holds and for what the breaker counts, in one statement."""


class Meter:
    """Counts what is said to the database, under the name of the step that says it."""

    def __init__(self) -> None:
        self.statements: Counter[str] = Counter()
        self._step = ""

    @contextmanager
    def during(self, step: str) -> Iterator[None]:
        self._step = step
        yield
        self._step = ""

    def count(self, *_: Any) -> None:
        if self._step:
            self.statements[self._step] += 1


@pytest.fixture
def meter() -> Iterator[Meter]:
    made = Meter()
    event.listen(Engine, "before_cursor_execute", made.count)
    yield made
    event.remove(Engine, "before_cursor_execute", made.count)


async def enforcement(office: Office, case: str) -> Settled:
    decision = await office.decision(
        case, Verdict.ENFORCE, measures=(Measure(kind=ActionKind.REMOVE_ITEM),)
    )
    return Settled(
        decision=decision,
        actions=await office.planned(case, ActionKind.REMOVE_ITEM),
        statement=Statement(
            notice_id=notice_id(decision.decision_id, NoticeKind.STATEMENT),
            decision_id=decision.decision_id,
            case_id=case,
            kind=NoticeKind.STATEMENT,
            account=(await office.store.cases.file(case)).account,
            subject="A decision about your message",
            body="Your message was removed.",
        ),
        findings=tuple(
            Finding(check=check, score=0.95, model="words 1") for check in ("first", "second")
        ),
    )


async def automatic(office: Office, meter: Meter) -> None:
    """Every call that an automatic case with one action and two channels makes."""
    store = office.store
    with meter.during("accept"):
        case = await office.receive(office.detection())
    with meter.during("acknowledged"):
        await store.intake.acknowledged("det-1")
    with meter.during("open"):
        await office.open(case)
    with meter.during("evidence"):
        await store.cases.evidence(case)
    settled = await enforcement(office, case)
    with meter.during("rule"):
        await store.cases.decided(case, "1/rule")
        await store.cases.file(case)
        decided = await store.cases.settle(settled, "1/rule")
    action, notice = decided.actions[0].action_id, decided.notice_id or ""
    with meter.during("carry_out"):
        await store.actions.action(action)
        await store.actions.attempting(action)
        await store.actions.settle_action(action, ActionState.CONFIRMED)
    with meter.during("tell"):
        await store.cases.may_tell(case, 1)
        assert await store.orders.remainder(notice) is None
        await store.notices.delivered_over(notice)
        for channel in ("mail", "webhook"):
            await store.notices.statement(notice)
            await store.notices.mark_delivered(notice, channel)
        await store.notices.complete(notice)
    with meter.during("close"):
        await store.cases.close(case, 1, Outcome.ENFORCED)


async def test_an_automatic_case_asks_the_database_no_more_than_it_has_to(
    office: Office, meter: Meter
) -> None:
    await office.store.policies.put(policy_text(), policy())

    await automatic(office, meter)

    allowed = Counter(STATEMENTS)
    if office.store.database.is_postgresql:
        allowed += Counter(LOCKS_ON_POSTGRESQL)
    assert meter.statements == allowed
