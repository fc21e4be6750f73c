from collections import Counter
from collections.abc import Mapping, Sequence

from casework.errors import Gone, TurnedDown, WrongTarget
from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.scripted import Failures
from integrations.standing import Impossible, Mark, Standing, absent_if_never_seen, standing_of

_LABELS = frozenset({ActionKind.LABEL_ITEM, ActionKind.AGE_RESTRICT_ITEM})
_TAKEDOWNS = frozenset(
    {
        ActionKind.REMOVE_ITEM,
        ActionKind.HIDE_ITEM,
        ActionKind.SUSPEND_ACCOUNT,
        ActionKind.BAN_ACCOUNT,
    }
)


class FakeOzone:
    """Ozone in memory, in the words of cases.

    `records` are item ids and their authors, `accounts` those that exist. `standing` says by target
    and effect which action's stands. `effects` counts what really happened, `asked` lists
    `<carry_out|revert> <action id>` in order, refused ones too. Failures come first, one per
    request; after that everything works.
    """

    def __init__(
        self,
        *,
        records: Mapping[str, str],
        accounts: frozenset[str],
        fails_first: Sequence[Exception] = (),
    ) -> None:
        self.asked: list[str] = []
        self.effects: Counter[str] = Counter()
        self.records = dict(records)
        self.accounts = set(accounts)
        self.standing: dict[tuple[str, str], ActionRecord] = {}
        self._done: set[str] = set()
        self._failures = Failures(fails_first)

    async def carry_out(self, action: ActionRecord) -> None:
        self.asked.append(f"carry_out {action.action_id}")
        self._failures.next()
        match self._stands(action):
            case Standing.OURS:
                return
            case Standing.ANOTHERS:
                raise TurnedDown("what stands already is not this action's")
            case Standing.NOBODYS:
                self._look_at(action)
        if action.action_id not in self._done:
            self.standing[_slot(action)] = action
            self._done.add(action.action_id)
            self.effects[action.action_id] += 1

    async def read_back(self, action: ActionRecord) -> PlatformState:
        try:
            stands = self._stands(action)
        except Impossible as error:
            return absent_if_never_seen(action, error)
        if stands is Standing.OURS:
            return PlatformState.APPLIED
        was_ours = action.platform_ref in self._done
        return PlatformState.REVERTED if was_ours else PlatformState.ABSENT

    async def revert(self, action: ActionRecord) -> None:
        self.asked.append(f"revert {action.platform_ref}")
        self._failures.next()
        if await self.read_back(action) is PlatformState.APPLIED:
            del self.standing[_slot(action)]

    def _stands(self, action: ActionRecord) -> Standing:
        there = self.standing.get(_slot(action))
        if there is None:
            return Standing.NOBODYS
        return standing_of(Mark(action_id=there.platform_ref, kind=there.kind), action)

    def _look_at(self, action: ActionRecord) -> None:
        account = action.account.id
        if action.kind.acts_on_account:
            if account not in self.accounts:
                raise Gone("no such account")
            return
        if action.item.id not in self.records:
            raise Gone("no such record")
        if self.records[action.item.id] != account:
            raise WrongTarget("the record is not by the account that was judged")


def _slot(action: ActionRecord) -> tuple[str, str]:
    """Raises Impossible for a kind Ozone has not."""
    if action.kind in _TAKEDOWNS:
        return action.target, "takedown"
    if action.kind in _LABELS:
        return action.target, action.kind.value
    raise Impossible(f"Ozone has nothing like {action.kind}")
