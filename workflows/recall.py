"""The story of a recall."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities.pacing import LASTS, Recalling
    from casework.recalls import (
        BY_NAME,
        Pacing,
        RecallBatch,
        RecallEnd,
        RecallStart,
        RecallState,
        RecallStretch,
    )
    from workflows import telling
    from workflows.lanes import GRACE, PAGE_AFTER, Lanes
    from workflows.search import BLOCKED_ON, STAGE

STRETCHES = 50
"""After so many the story goes on in a new run, so that its history stays short."""
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)
"""Between two tries while something does not answer."""
LOOKS_AGAIN = timedelta(minutes=5)
"""How often a paused recall looks by itself, should the word to go on be lost."""

_PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
)


@workflow.defn(name="Recall")
class Recall:
    """Stretch by stretch, at the pace that was asked for, until every item is over; then a report.

    The database says what is left and whether it is paused. A word to the story only makes it look.
    """

    @workflow.init
    def __init__(self, start: RecallStart) -> None:
        self._lanes = Lanes(start.recall_id, BY_NAME)
        self._lanes.severity = start.severity
        self._pacing: Pacing | None = start.pacing
        self._looks = 0
        self._blocked_on = start.blocked_on
        self._blocked_at = start.blocked_since or workflow.now()
        self._pause = LONGEST_PAUSE if start.blocked_on else FIRST_PAUSE

    @workflow.run
    async def run(self, start: RecallStart) -> None:
        for _ in range(STRETCHES):
            looks = self._looks
            stretch = await self._stretch(start)
            workflow.set_current_details(telling.of_a_recall(start, stretch))
            if stretch.over >= stretch.items and await self._finished(start):
                await self._end(stretch)
                return
            if stretch.state is RecallState.PAUSED:
                await self._until_told(looks)
            elif stretch.blocked_on:
                await self._wait(stretch.blocked_on)
            else:
                await self._go_on()
        await self._go_on_in_a_new_run(start)

    async def _stretch(self, start: RecallStart) -> RecallStretch:
        """Blocked on storage for as long as it is away; paged long before anybody gives up."""
        order = RecallBatch(recall_id=start.recall_id, pace=start.pace, pacing=self._pacing)
        attempt = workflow.start_activity_method(
            Recalling.stretch,
            order,
            task_queue="actions",
            start_to_close_timeout=6 * LASTS,
            heartbeat_timeout=timedelta(seconds=10),
            retry_policy=_PATIENT,
            summary=f"take back, {start.pace} cases a minute",
        )
        if not await _done(attempt, 2 * LASTS + GRACE):
            self._block("storage")
            if not await _done(attempt, PAGE_AFTER):
                await self._lanes.page("recall_blocked")
        stretch = await attempt
        self._pacing = stretch.pacing
        return stretch

    async def _finished(self, start: RecallStart) -> bool:
        """Whether the report is made; never dropped, as every step of a recall."""
        finished: bool = await workflow.execute_activity_method(
            Recalling.finish,
            RecallEnd(recall_id=start.recall_id),
            task_queue="actions",
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=_PATIENT,
            summary="make the report",
        )
        return finished

    async def _end(self, stretch: RecallStretch) -> None:
        await self._go_on()
        if stretch.needs_human:
            await self._lanes.page("recall_not_undone")
        workflow.upsert_search_attributes([STAGE.value_set(RecallState.FINISHED.value)])

    async def _until_told(self, looks: int) -> None:
        await self._go_on()
        workflow.upsert_search_attributes([STAGE.value_set(RecallState.PAUSED.value)])
        try:
            await workflow.wait_condition(
                lambda: self._looks > looks, timeout=LOOKS_AGAIN, timeout_summary="paused"
            )
        except TimeoutError:
            return
        finally:
            self._pacing = None
            workflow.upsert_search_attributes([STAGE.value_set(RecallState.RUNNING.value)])

    async def _wait(self, blocked_on: str) -> None:
        """Tried again soon, then less often, and by whoever says so; paged when it lasts."""
        self._block(blocked_on)
        if workflow.now() - self._blocked_at >= PAGE_AFTER:
            await self._lanes.page("recall_blocked")
        looks = self._looks
        try:
            await workflow.wait_condition(
                lambda: self._looks > looks,
                timeout=self._pause,
                timeout_summary=f"blocked on {blocked_on}",
            )
        except TimeoutError:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _block(self, on: str) -> None:
        if not self._blocked_on:
            self._blocked_at = workflow.now()
        if self._blocked_on != on:
            self._blocked_on = on
            workflow.upsert_search_attributes([BLOCKED_ON.value_set(on)])

    async def _go_on(self) -> None:
        self._pause = FIRST_PAUSE
        if self._blocked_on:
            self._blocked_on = ""
            workflow.upsert_search_attributes([BLOCKED_ON.value_unset()])
            await self._lanes.resolve("recall_blocked")

    async def _go_on_in_a_new_run(self, start: RecallStart) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(
            start.model_copy(
                update={
                    "pacing": self._pacing,
                    "blocked_on": self._blocked_on,
                    "blocked_since": self._blocked_at if self._blocked_on else None,
                }
            )
        )

    @workflow.signal
    def look(self) -> None:
        """Something about the recall has changed, or somebody wants it tried now."""
        self._looks += 1

    @workflow.signal
    def retry(self) -> None:
        self.look()


async def _done(attempt: ActivityHandle[RecallStretch], within: timedelta) -> bool:
    done, _ = await workflow.wait([attempt], timeout=within.total_seconds())
    return bool(done)
