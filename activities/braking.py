"""How much may happen by itself, for the action at hand."""

from collections.abc import Awaitable, Callable

from casework.holds import Brakes, Limits
from casework.ports import PolicyBook
from casework.records import ActionRecord

LimitsOf = Callable[[ActionRecord], Awaitable[Brakes]]


class Braking:
    """A policy's own limits, and the deployment's for everything they leave out."""

    def __init__(self, policies: PolicyBook, usual: Limits) -> None:
        self._policies = policies
        self._usual = usual

    async def of(self, action: ActionRecord) -> Brakes:
        """By the policy version that the case began with."""
        policy = await self._policies.version(action.harm, action.policy_version)
        return Brakes(detector=self._usual, policy=policy.breaker.within(self._usual))
