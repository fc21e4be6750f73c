"""What is switched on and off for an account of a homeserver: one value each, whoever set it."""

from abc import ABC, abstractmethod

from casework.errors import Gone, TurnedDown, WrongTarget
from casework.records import ActionRecord
from casework.words import PlatformState
from integrations.matrix.calls import ADMIN, MatrixApi
from integrations.matrix.wire import Lock, Suspend, User


class Switch(ABC):
    """Looks before it switches. A homeserver would not mind being asked twice, except that it makes
    a new account of an unknown one that is to be locked."""

    def __init__(self, api: MatrixApi) -> None:
        self._api = api

    @abstractmethod
    def is_on(self, user: User) -> bool: ...

    @abstractmethod
    async def switch_on(self, account: str) -> None: ...

    @abstractmethod
    async def switch_off(self, account: str) -> None: ...

    async def carry_out(self, action: ActionRecord) -> None:
        user = await self._user(action)
        if user.admin:
            raise TurnedDown("an administrator of the homeserver is left to its people")
        if not self.is_on(user):
            await self.switch_on(user.name)

    async def read_back(self, action: ActionRecord) -> PlatformState:
        try:
            user = await self._user(action)
        except Gone:
            return PlatformState.ABSENT
        return PlatformState.APPLIED if self.is_on(user) else PlatformState.ABSENT

    async def revert(self, action: ActionRecord) -> None:
        user = await self._user(action)
        if self.is_on(user):
            await self.switch_off(user.name)

    async def _user(self, action: ActionRecord) -> User:
        """Raises Gone, also for an account that was deactivated: nobody can use it any more."""
        user = await self._api.read(user_path(action.account.id), User)
        if user.name != action.account.id:
            raise WrongTarget("the homeserver answered about another account")
        if user.deactivated:
            raise Gone("the account was deactivated")
        return user


class Suspension(Switch):
    """It may read, and take back what it wrote, and nothing else."""

    def is_on(self, user: User) -> bool:
        return user.suspended

    async def switch_on(self, account: str) -> None:
        await self._api.put((*ADMIN, "suspend", account), Suspend(suspend=True))

    async def switch_off(self, account: str) -> None:
        await self._api.put((*ADMIN, "suspend", account), Suspend(suspend=False))


class Locking(Switch):
    """It cannot be used at all, also not to read; unlocked, everything is as before."""

    def is_on(self, user: User) -> bool:
        return user.locked

    async def switch_on(self, account: str) -> None:
        await self._api.put(user_path(account), Lock(locked=True))

    async def switch_off(self, account: str) -> None:
        await self._api.put(user_path(account), Lock(locked=False))


class ShadowBan(Switch):
    """What it writes is taken with thanks and shown to nobody."""

    def is_on(self, user: User) -> bool:
        return user.shadow_banned

    async def switch_on(self, account: str) -> None:
        await self._api.post((*ADMIN, "users", account, "shadow_ban"))

    async def switch_off(self, account: str) -> None:
        await self._api.delete((*ADMIN, "users", account, "shadow_ban"))


def user_path(account: str) -> tuple[str, ...]:
    return ("_synapse", "admin", "v2", "users", account)
