from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from casework.errors import Gone, Irreversible, TurnedDown, WrongTarget
from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.scripted import Failures
from integrations.standing import Impossible, absent_if_never_seen

_KINDS = frozenset(
    {
        ActionKind.REMOVE_ITEM,
        ActionKind.TIMEOUT_ACCOUNT,
        ActionKind.KICK_ACCOUNT,
        ActionKind.SUSPEND_ACCOUNT,
        ActionKind.BAN_ACCOUNT,
        ActionKind.WARN_ACCOUNT,
        ActionKind.OFFER_HELP,
    }
)
_TOLD = frozenset({ActionKind.WARN_ACCOUNT, ActionKind.OFFER_HELP})
_FOR_GOOD = frozenset({ActionKind.REMOVE_ITEM, ActionKind.KICK_ACCOUNT})
_STRENGTH = {ActionKind.SUSPEND_ACCOUNT: 1, ActionKind.BAN_ACCOUNT: 2}


class FakeDiscord:
    """A guild in memory, in the words of cases.

    `messages` are item ids and their authors. `bans` and `timeouts` say by account which action's
    stands, `told` the references of direct messages. `effects` counts what really happened, `asked`
    lists `<carry_out|revert> <action id>` in order, refused ones too. Failures come first, one per
    request; after that everything works.
    """

    def __init__(
        self,
        *,
        messages: Mapping[str, str],
        members: frozenset[str],
        fails_first: Sequence[Exception] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.asked: list[str] = []
        self.effects: Counter[str] = Counter()
        self.messages = dict(messages)
        self.members = set(members)
        self.bans: dict[str, ActionRecord] = {}
        self.timeouts: dict[str, tuple[ActionRecord, datetime]] = {}
        self.told: set[str] = set()
        self._clock = clock
        self._failures = Failures(fails_first)

    async def carry_out(self, action: ActionRecord) -> None:
        self.asked.append(f"carry_out {action.action_id}")
        self._failures.next()
        self._refuse(action)
        if await self.read_back(action) is PlatformState.APPLIED:
            if action.kind in _FOR_GOOD:
                raise Gone("there is nothing left to act on")
            return
        self._act(action)
        self.effects[action.action_id] += 1

    async def read_back(self, action: ActionRecord) -> PlatformState:
        if action.kind not in _KINDS:
            return absent_if_never_seen(action, _nothing_like(action))
        return PlatformState.APPLIED if self._stands(action) else PlatformState.ABSENT

    async def move_end(self, action: ActionRecord) -> None:
        self._failures.next()
        there = self.timeouts.get(action.account.id)
        if action.kind is ActionKind.TIMEOUT_ACCOUNT and there and action.ends_at:
            self.timeouts[action.account.id] = (there[0], max(there[1], action.ends_at))

    async def revert(self, action: ActionRecord) -> None:
        self.asked.append(f"revert {action.platform_ref}")
        self._failures.next()
        if await self.read_back(action) is PlatformState.ABSENT:
            return
        if action.kind in _FOR_GOOD:
            raise Irreversible("Discord cannot undo this")
        if action.kind in _TOLD:
            self.told.remove(action.platform_ref)
        elif action.kind is ActionKind.TIMEOUT_ACCOUNT:
            del self.timeouts[action.account.id]
        else:
            del self.bans[action.account.id]

    def _refuse(self, action: ActionRecord) -> None:
        if action.kind not in _KINDS:
            raise _nothing_like(action)
        account = action.account.id
        if action.kind is ActionKind.REMOVE_ITEM:
            if self.messages.get(action.item.id, account) != account:
                raise WrongTarget("the message is not by the account that was judged")
        elif action.kind is ActionKind.TIMEOUT_ACCOUNT:
            if account not in self.members:
                raise Gone("the account is not a member of the guild")
            if action.lasts is None or action.lasts > timedelta(days=28):
                raise TurnedDown("Discord's timeouts end after at most 28 days")
        elif action.kind in _STRENGTH:
            there = self.bans.get(account)
            if there and _STRENGTH[there.kind] > _STRENGTH[action.kind]:
                raise TurnedDown("a ban that is not this action's stands already")

    def _stands(self, action: ActionRecord) -> bool:
        account = action.account.id
        if action.kind in _TOLD:
            return action.platform_ref in self.told
        if action.kind is ActionKind.REMOVE_ITEM:
            return action.item.id not in self.messages
        if action.kind is ActionKind.KICK_ACCOUNT:
            return account not in self.members
        if action.kind is ActionKind.TIMEOUT_ACCOUNT:
            there = self.timeouts.get(account)
            return there is not None and there[1] > self._clock()
        ban = self.bans.get(account)
        return ban is not None and ban.platform_ref == action.platform_ref

    def _act(self, action: ActionRecord) -> None:
        account = action.account.id
        if action.kind in _TOLD:
            self.told.add(action.platform_ref)
        elif action.kind is ActionKind.REMOVE_ITEM:
            del self.messages[action.item.id]
        elif action.kind is ActionKind.KICK_ACCOUNT:
            self.members.remove(account)
        elif action.kind is ActionKind.TIMEOUT_ACCOUNT:
            self.timeouts[account] = (action, self._clock() + (action.lasts or timedelta()))
        else:
            self.members.discard(account)
            self.bans[account] = action


def _nothing_like(action: ActionRecord) -> Impossible:
    return Impossible(f"Discord has nothing like {action.kind}")
