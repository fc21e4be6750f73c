"""Acting on the platform, and taking it back. Decided is not enforced: only read-back confirms."""

from temporalio import activity

from activities.braking import LimitsOf
from casework.errors import Gone, NotConfirmed, TurnedDown
from casework.orders import ActionReport, CarryOut, TakeBack
from casework.ports import ActionBook, Platform, PlatformWithSwitches
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
        if action.state not in _TO_DO:
            return _report(action)
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
        except TurnedDown:
            await self._actions.settle_action(action.action_id, ActionState.NEEDS_HUMAN)
            raise
        if not await self._stands(action):
            raise NotConfirmed("the platform accepted the action and does not show it")
        return await self._ends(action, ActionState.CONFIRMED)

    @activity.defn(name="take_back")
    async def take_back(self, order: TakeBack) -> ActionReport:
        """End the effect and see it gone, unless another decision still wants it.

        Raises:
            Unavailable, NotConfirmed: to be tried again.
            TurnedDown: the platform will not; a human has to look.
        """
        action = await self._actions.action(order.action_id)
        if action.state.is_over:
            return _report(action)
        if await self._actions.shared_effect(action.action_id, self._switched_by(action)):
            return await self._ends(action, ActionState.RELEASED)
        if await self._stands(action):
            await self._revert(action)
        return await self._ends(action, order.ends)

    async def _leave_another_s(self, action: ActionRecord) -> None:
        """What somebody switched on by hand is not claimed: it would be lifted with ours."""
        platform = self._platform
        if not isinstance(platform, PlatformWithSwitches) or not platform.is_unsigned(action):
            return
        if not await self._stands(action):
            return
        if not await self._actions.known_switch(action.action_id, platform.switched_by(action)):
            await self._actions.settle_action(action.action_id, ActionState.NEEDS_HUMAN)
            raise TurnedDown("it stands already, by another's hand")

    def _switched_by(self, action: ActionRecord) -> frozenset[ActionKind]:
        if isinstance(self._platform, PlatformWithSwitches):
            return self._platform.switched_by(action)
        return frozenset()

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
        return ActionReport(action_id=action.action_id, state=state)


_TO_DO = frozenset(state for state in ActionState if state.is_open)


def _report(action: ActionRecord) -> ActionReport:
    return ActionReport(action_id=action.action_id, state=action.state, parked_by=action.parked_by)
