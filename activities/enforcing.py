"""Acting on the platform, and taking it back. Decided is not enforced: only read-back confirms."""

from datetime import UTC, datetime, timedelta

from temporalio import activity

from activities.braking import LimitsOf
from casework.action_orders import LookAgain
from casework.errors import Gone, NotConfirmed, TurnedDown
from casework.orders import ActionReport, CarryOut, TakeBack
from casework.ports import (
    ActionBook,
    Platform,
    PlatformWithAClock,
    PlatformWithSwitches,
)
from casework.records import ActionRecord
from casework.words import ActionKind, ActionState, PlatformState


class Enforcing:
    """Safe to repeat: what may have happened already is read back before it is asked for again."""

    def __init__(self, actions: ActionBook, platform: Platform, limits_of: LimitsOf) -> None:
        self._actions = actions
        self._platform = platform
        self._limits_of = limits_of

    @activity.defn(name="carry_out")
    async def carry_out(self, order: CarryOut) -> ActionReport:
        """Bring the effect about and see it there, unless a hold parks it.

        Raises:
            Unavailable, NotConfirmed: to be tried again.
            TurnedDown: the platform will not; a human has to look.
        """
        action = await self._actions.action(order.action_id)
        if not _is_to_be_done(action):
            return _report(action)
        try:
            return await self._bring_about(action)
        except TurnedDown as refusal:
            await self._give_to_people(action, refusal)
            raise

    @activity.defn(name="take_back")
    async def take_back(self, order: TakeBack) -> ActionReport:
        """End the effect and see it gone, unless another decision still wants it.

        Raises:
            Unavailable, NotConfirmed: to be tried again.
            TurnedDown: the platform will not, or cannot; a human has to look.
        """
        action = await self._actions.action(order.action_id)
        if action.state.is_over or _lasts_longer(action, order):
            return _report(action)
        if await self._actions.shared_effect(action.action_id, self._switched_by(action)):
            return await self._ends(action, ActionState.RELEASED)
        try:
            return await self._undo(action, order.ends)
        except TurnedDown as refusal:
            await self._give_to_people(action, refusal)
            raise

    @activity.defn(name="look_at_action")
    async def look_at_action(self, order: LookAgain) -> ActionReport:
        """How it stands by now, after somebody ordered something about it.

        A platform that lifts an effect by its own clock is told of the new end.

        Raises:
            Unavailable: to be tried again.
            TurnedDown: the platform will not; a human has to look.
        """
        action = await self._actions.action(order.action_id)
        is_running = action.state is ActionState.CONFIRMED and action.was_moved
        if is_running and isinstance(self._platform, PlatformWithAClock):
            await self._platform.move_end(action)
        return _report(action)

    @activity.defn(name="give_to_people")
    async def give_to_people(self, order: LookAgain) -> None:
        """It was tried for as long as the policy says. It stays open, and a person is asked."""
        state = ActionState.NEEDS_HUMAN
        await self._actions.settle_action(order.action_id, state, "tried_in_vain")

    async def _bring_about(self, action: ActionRecord) -> ActionReport:
        if action.attempts and await self._stands(action):
            return await self._ends(action, ActionState.CONFIRMED)
        if not action.attempts:
            await self._leave_another_s(action)
        action = await self._actions.attempting(action.action_id, await self._limits_of(action))
        if action.state is not ActionState.ATTEMPTED:
            return _report(action)
        try:
            await self._platform.carry_out(action)
        except Gone:
            return await self._ends(action, ActionState.CONFIRMED, "target_gone")
        if not await self._stands(action):
            raise NotConfirmed("the platform accepted the action and does not show it")
        return await self._ends(action, ActionState.CONFIRMED)

    async def _leave_another_s(self, action: ActionRecord) -> None:
        """What somebody switched on by hand is not claimed: it would be lifted with ours."""
        platform = self._platform
        if not isinstance(platform, PlatformWithSwitches) or not platform.is_unsigned(action):
            return
        if not await self._stands(action):
            return
        if not await self._actions.known_switch(action.action_id, platform.switched_by(action)):
            raise TurnedDown("it stands already, by another's hand")

    def _switched_by(self, action: ActionRecord) -> frozenset[ActionKind]:
        if isinstance(self._platform, PlatformWithSwitches):
            return self._platform.switched_by(action)
        return frozenset()

    async def _undo(self, action: ActionRecord, ends: ActionState) -> ActionReport:
        if await self._stands(action):
            await self._revert(action)
        return await self._ends(action, ends)

    async def _revert(self, action: ActionRecord) -> None:
        try:
            await self._platform.revert(action)
        except Gone:
            return
        if await self._stands(action):
            raise NotConfirmed("the platform accepted the undo and still shows the action")

    async def _stands(self, action: ActionRecord) -> bool:
        return await self._platform.read_back(action) is PlatformState.APPLIED

    async def _ends(self, action: ActionRecord, state: ActionState, note: str = "") -> ActionReport:
        await self._actions.settle_action(action.action_id, state, note)
        return ActionReport(action_id=action.action_id, state=state, lasts=action.lasts)

    async def _give_to_people(self, action: ActionRecord, refusal: TurnedDown) -> None:
        await self._actions.settle_action(action.action_id, ActionState.NEEDS_HUMAN, refusal.code)


_TO_DO = frozenset(state for state in ActionState if state.is_open)


def _is_to_be_done(action: ActionRecord) -> bool:
    """One that was confirmed before waits for its undo, not for being done again."""
    return action.state in _TO_DO and action.confirmed_at is None


def _lasts_longer(action: ActionRecord, order: TakeBack) -> bool:
    if order.ends is not ActionState.LAPSED or order.at is None or not action.was_moved:
        return False
    return action.ends_at is not None and action.ends_at > order.at


def _held_for(action: ActionRecord) -> timedelta:
    """A difference, so that it matters little whose clock it is."""
    if action.state is not ActionState.CONFIRMED or action.confirmed_at is None:
        return timedelta()
    return max(datetime.now(UTC) - action.confirmed_at, timedelta())


def _report(action: ActionRecord) -> ActionReport:
    return ActionReport(
        held_for=_held_for(action),
        action_id=action.action_id,
        state=action.state,
        parked_by=action.parked_by,
        ends_at=action.ends_at if action.was_moved else None,
        lasts=action.lasts,
    )
