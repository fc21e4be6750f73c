from collections import Counter
from collections.abc import Mapping, Sequence

from casework.errors import Gone, Irreversible, WrongTarget
from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.matrix.wire import (
    MEDIA,
    MESSAGE,
    QUARANTINING,
    SWITCHES,
    media_name,
    message_name,
    switched_by,
)
from integrations.scripted import Failures, ScriptedChannel
from integrations.standing import Impossible, absent_if_never_seen

_TOLD = frozenset({ActionKind.WARN_ACCOUNT, ActionKind.OFFER_HELP})


class FakeMatrix:
    """A homeserver in memory, in the words of cases.

    `messages` and `media` are item ids and whose they are. `redacted` says by item for which
    reference, `told` by reference whom; `switched` are the kinds in force by account. `effects`
    counts what really happened, `asked` lists `<carry_out|revert> <action id>` in order, refused
    ones too. Failures come first, one per request; after that everything works.
    """

    def __init__(
        self,
        *,
        messages: Mapping[str, str],
        media: Mapping[str, str],
        accounts: frozenset[str],
        fails_first: Sequence[Exception] = (),
    ) -> None:
        self.asked: list[str] = []
        self.effects: Counter[str] = Counter()
        self.messages = dict(messages)
        self.media = dict(media)
        self.accounts = set(accounts)
        self.redacted: dict[str, str] = {}
        self.quarantined: set[str] = set()
        self.switched: set[tuple[ActionKind, str]] = set()
        self.told: dict[str, str] = {}
        self._failures = Failures(fails_first)

    async def carry_out(self, action: ActionRecord) -> None:
        self.asked.append(f"carry_out {action.action_id}")
        self._failures.next()
        self._refuse(action)
        if self._stands(action):
            if self.redacted.get(action.item.id, action.platform_ref) != action.platform_ref:
                raise Gone("the message was deleted already")
            return
        self._act(action)
        self.effects[action.action_id] += 1

    async def read_back(self, action: ActionRecord) -> PlatformState:
        try:
            self._refuse_unknown(action)
        except Impossible as error:
            return absent_if_never_seen(action, error)
        return PlatformState.APPLIED if self._stands(action) else PlatformState.ABSENT

    async def revert(self, action: ActionRecord) -> None:
        self.asked.append(f"revert {action.platform_ref}")
        self._failures.next()
        if await self.read_back(action) is PlatformState.ABSENT:
            return
        if action.kind in SWITCHES:
            self.switched.remove((action.kind, action.account.id))
        elif action.item.type == MEDIA and action.kind in QUARANTINING:
            self.quarantined.remove(action.item.id)
        else:
            raise Irreversible("this cannot be undone")

    def switched_by(self, action: ActionRecord) -> frozenset[ActionKind]:
        return switched_by(action)

    def is_unsigned(self, action: ActionRecord) -> bool:
        return action.kind in SWITCHES

    def _refuse(self, action: ActionRecord) -> None:
        self._refuse_unknown(action)
        account = action.account.id
        if action.kind.acts_on_account:
            if account not in self.accounts:
                raise Gone("no such account")
            return
        author = {**self.messages, **self.media}.get(action.item.id)
        if author is None:
            raise Gone("no such item")
        if author != account:
            raise WrongTarget("the item is not of the account that was judged")

    def _refuse_unknown(self, action: ActionRecord) -> None:
        if action.kind in SWITCHES | _TOLD:
            return
        if (action.kind, action.item.type) == (ActionKind.REMOVE_ITEM, MESSAGE):
            message_name(action.item)
        elif action.kind in QUARANTINING and action.item.type == MEDIA:
            media_name(action.item)
        else:
            raise Impossible(f"Matrix has nothing like {action.kind}")

    def _stands(self, action: ActionRecord) -> bool:
        if action.kind in SWITCHES:
            return (action.kind, action.account.id) in self.switched
        if action.kind in _TOLD:
            return action.platform_ref in self.told
        return action.item.id in self.redacted or action.item.id in self.quarantined

    def _act(self, action: ActionRecord) -> None:
        if action.kind in SWITCHES:
            self.switched.add((action.kind, action.account.id))
        elif action.kind in _TOLD:
            self.told[action.platform_ref] = action.account.id
        elif action.item.type == MEDIA:
            self.quarantined.add(action.item.id)
        else:
            self.redacted[action.item.id] = action.platform_ref


class FakeMatrixNotices(ScriptedChannel):
    def __init__(self, *, fails_first: Sequence[Exception] = ()) -> None:
        super().__init__("matrix", fails_first)
