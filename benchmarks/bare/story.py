"""The bare workflow: the same steps in the same order, tried as Temporal tries things by itself."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from benchmarks.bare.acts import BareActs
    from benchmarks.bare.orders import CaseRef, Decide, Mode, Ruled, Start
    from casework.base import Model
    from casework.words import Verdict

_Order = TypeVar("_Order", bound=Model)
_Result = TypeVar("_Result")

ATTEMPT = timedelta(seconds=20)
DESK = timedelta(hours=4)


@workflow.defn(name="BareCase")
class BareCase:
    @workflow.init
    def __init__(self, start: Start) -> None:
        self._case = CaseRef(case_id=start.case_id)
        self._mode = start.mode
        self._final: Ruled | None = None

    @workflow.run
    async def run(self, start: Start) -> Verdict:  # noqa: ARG002  (read in __init__)
        order = await self._do(BareActs.open_case, self._case)
        scores = await self._do(BareActs.check, order)
        ruled = await self._do(BareActs.rule, scores)

        asked = ruled if ruled.verdict is Verdict.REVIEW else None
        if asked is not None:
            ruled = await self._hear(asked)

        for action in ruled.actions:
            await self._do(BareActs.act, action)
        for action in asked.actions if asked else ():
            await self._do(BareActs.undo, action)
        await self._do(BareActs.tell_and_close, self._case)

        await workflow.wait_condition(workflow.all_handlers_finished)
        return ruled.verdict

    async def _hear(self, asked: Ruled) -> Ruled:
        for action in asked.actions:
            await self._do(BareActs.act, action)
        await workflow.wait_condition(lambda: self._final is not None, timeout=DESK)
        assert self._final is not None
        return self._final

    @workflow.update
    async def decide(self, decision: Decide) -> Ruled:
        self._final = await self._do(BareActs.decide, decision)
        return self._final

    async def _do(self, act: Callable[[Any, _Order], Awaitable[_Result]], order: _Order) -> _Result:
        run = (
            workflow.execute_local_activity_method
            if self._mode is Mode.LOCAL
            else workflow.execute_activity_method
        )
        result: _Result = await run(act, order, start_to_close_timeout=ATTEMPT)
        return result
