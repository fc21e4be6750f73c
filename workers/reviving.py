"""Starts stories again that ended although the database says that they are not over.

Somebody terminated one, a bug failed one, or Temporal was restored from an older state. Every step
asks the ledger, so a story told again goes on where it was.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog

from casework.errors import Permanent
from casework.identity import action_workflow, recall_workflow
from casework.orders import (
    ActionDue,
    ActionStart,
    CaseStart,
    DetectionNews,
    EscalationStart,
    StartFacts,
)
from casework.policy_parts import Delivery
from casework.recalls import BY_NAME
from casework.records import ActionRecord
from casework.words import Severity
from storage.store import Store
from workflows.front_door import TemporalStories

FORGOTTEN = timedelta(minutes=10)
"""How old something unfinished must be before its story is looked for."""

SWEEP_EVERY = timedelta(minutes=5)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
ENDED = "story_ended_from_outside"

_NEVER = datetime.min.replace(tzinfo=UTC)
_AT_ONCE = timedelta(milliseconds=1)
_log = structlog.get_logger()
_Left = TypeVar("_Left")


async def facts_of(store: Store, start: CaseStart) -> StartFacts:
    """What a case's start says of it, from the database and the policy in force."""
    file = await store.cases.file(start.case_id)
    policy = await store.policies.current(start.harm)
    return StartFacts(
        severity=policy.severity,
        detector=file.detector.name,
        jurisdiction=file.account.jurisdiction,
    )


async def one_by_one(left: Iterable[_Left], mend: Callable[[_Left], Awaitable[None]]) -> None:
    """Mend all of them; one that cannot be mended is said, and keeps none behind it waiting.

    Raises:
        Transient: at the first; what does not answer now does not answer for the others either.
    """
    for each in left:
        try:
            await mend(each)
        except Permanent as refusal:
            _log.warning("reconciler", left=mend.__name__.strip("_"), code=refusal.code)


class Reviver:
    def __init__(self, store: Store, stories: TemporalStories) -> None:
        self._store = store
        self._stories = stories
        self._swept_at = _NEVER
        self._pauses: dict[str, timedelta] = {}
        self._not_before: dict[str, datetime] = {}

    async def restart_what_was_ended(self) -> None:
        """What Temporal lists as terminated, cancelled, failed or timed out within the hour."""
        await one_by_one(await self._stories.ended_from_outside(), self.revive)

    async def restart_what_was_forgotten(self) -> None:
        """What the database calls unfinished and Temporal does not know, now and then."""
        now = datetime.now(UTC)
        if now - self._swept_at < SWEEP_EVERY:
            return
        await one_by_one(await self._store.owed.stories(FORGOTTEN), self.revive)
        self._swept_at = now

    async def restart_recalls(self) -> None:
        """The same for recalls, at once: each of them concerns many people."""
        await one_by_one(await self._store.owed.recalls(FIRST_PAUSE), self.revive)

    async def end(self, action_id: str) -> None:
        """Have an effect lifted whose time is over; one that never had a story gets one."""
        if await self._stories.is_running(action_workflow(action_id)):
            await self._stories.action_changed(action_id)
        else:
            await self._action(action_id)

    async def revive(self, workflow_id: str) -> None:
        """Start this story again if it is owed and not running; somebody is told.

        One that ends again and again, for a bug say, is started at growing intervals up to an hour.
        """
        if datetime.now(UTC) < self._not_before.get(workflow_id, _NEVER):
            return
        kind, _, name = workflow_id.partition("/")
        revive = {
            "case": self._case,
            "appeal": self._appeal,
            "action": self._action,
            "recall": self._recall,
        }.get(kind)
        if revive is None or await self._stories.is_running(workflow_id):
            return
        start = await revive(name)
        if start is not None:
            self._wait_longer(workflow_id)
            await self._tell(start)

    def _wait_longer(self, workflow_id: str) -> None:
        pause = min(self._pauses.get(workflow_id, FIRST_PAUSE) * 2, LONGEST_PAUSE)
        self._pauses[workflow_id] = pause
        self._not_before[workflow_id] = datetime.now(UTC) + pause

    async def _case(self, name: str) -> CaseStart | None:
        start = await self._store.owed.case(name.partition("/")[2])
        if start is not None:
            facts = await facts_of(self._store, start)
            await self._stories.detected(start, DetectionNews(detection_id=""), facts)
        return start

    async def _appeal(self, name: str) -> CaseStart | None:
        start = await self._store.owed.appeal(name)
        if start is None:
            return None
        await self._stories.appeal(start)
        return CaseStart(case_id=start.case_id, harm=start.harm)

    async def _action(self, name: str) -> CaseStart | None:
        action = await self._store.owed.action(name)
        if action is None:
            return None
        severity = (await self._store.policies.current(action.harm)).severity
        policy = await self._store.policies.version(action.harm, action.policy_version)
        await self._stories.action(_as_it_stands(action, severity, policy.delivery))
        return CaseStart(case_id=action.case_id, harm=action.harm)

    async def _recall(self, name: str) -> CaseStart | None:
        """A recall is no case: its restart is said of itself."""
        start = await self._store.owed.recall(name)
        if start is None:
            return None
        await self._stories.recall(start)
        self._wait_longer(recall_workflow(name))
        _log.warning("reconciler", restarted=name)
        await self._store.audit.write_down(
            "", "casework", "story_restarted", recall_id=start.recall_id
        )
        await self._stories.escalate(
            EscalationStart(
                case_id=start.recall_id,
                harm=BY_NAME,
                severity=start.severity,
                reason="recall_restarted",
            )
        )
        return None

    async def _tell(self, start: CaseStart) -> None:
        _log.warning("reconciler", restarted=start.case_id)
        severity = (await self._store.policies.current(start.harm)).severity
        await self._store.cases.write_down(start.case_id, "casework", "story_restarted")
        await self._stories.escalate(
            EscalationStart(case_id=start.case_id, harm=start.harm, severity=severity, reason=ENDED)
        )


def _as_it_stands(action: ActionRecord, severity: Severity, delivery: Delivery) -> ActionStart:
    """What is left to do: carry it out, or wait for the rest of its time."""
    stands = action.confirmed_at is not None
    lasts = action.lasts
    if stands and action.ends_at is not None:
        lasts = max(action.ends_at - datetime.now(UTC), _AT_ONCE)
    return ActionStart(
        case_id=action.case_id,
        harm=action.harm,
        severity=severity,
        action=ActionDue(action_id=action.action_id, kind=action.kind, lasts=lasts),
        stands=stands,
        is_taken_back=stands and action.is_withdrawn,
        delivery=delivery,
    )
