from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from casework.errors import Gone, Irreversible, Unavailable
from casework.records import ActionRecord
from casework.words import ActionKind, PlatformState
from integrations.scripted import Failures


class Slip(StrEnum):
    """What goes wrong although nobody says so."""

    LOSE_ANSWER = "lose_answer"
    """Acts, and the caller never hears of it."""
    LOSE_ANSWER_AND_KEY = "lose_answer_and_key"
    """The same, and by the next request the idempotency key is forgotten too."""
    DO_NOTHING = "do_nothing"
    """Says yes, and nothing happens."""


class FakePlatform:
    """A platform in memory that acts once per action id.

    `effects` counts what really happened, `states` is what stands, `standing` its kinds; `asked`
    lists `<carry_out|revert> <action id>` in order, refused ones too. Failures come first, one per
    request; then the slips, one per request; after that everything works. The `final` kinds cannot
    be undone.
    """

    def __init__(
        self,
        *,
        fails_first: Sequence[Exception] = (),
        slips: Sequence[Slip] = (),
        gone: frozenset[str] = frozenset(),
        final: frozenset[ActionKind] = frozenset(),
    ) -> None:
        self.asked: list[str] = []
        self.effects: Counter[str] = Counter()
        self.states: dict[str, PlatformState] = {}
        self._kinds: dict[str, ActionKind] = {}
        self._forgotten: set[str] = set()
        self._failures = Failures(fails_first)
        self._slips = list(slips)
        self._gone = gone
        self._final = final

    @property
    def standing(self) -> list[ActionKind]:
        """The kinds of the effects in force, oldest first."""
        applied = PlatformState.APPLIED
        return [kind for name, kind in self._kinds.items() if self.states.get(name) is applied]

    def fails(self, errors: Sequence[Exception]) -> None:
        """Fail with these next, in order, one per request."""
        self._failures.add(errors)

    async def carry_out(self, action: ActionRecord) -> None:
        self.asked.append(f"carry_out {action.action_id}")
        self._failures.next()
        if action.target in self._gone:
            raise Gone("the target no longer exists")
        slip = self._slips.pop(0) if self._slips else None
        is_new = action.action_id not in self.states or action.action_id in self._forgotten
        if is_new and slip is not Slip.DO_NOTHING:
            self.states[action.action_id] = PlatformState.APPLIED
            self.effects[action.action_id] += 1
            self._kinds[action.action_id] = action.kind
        if slip is Slip.LOSE_ANSWER_AND_KEY:
            self._forgotten.add(action.action_id)
        if slip in {Slip.LOSE_ANSWER, Slip.LOSE_ANSWER_AND_KEY}:
            raise Unavailable("the answer was lost")

    async def read_back(self, action: ActionRecord) -> PlatformState:
        return self.states.get(action.platform_ref, PlatformState.ABSENT)

    async def revert(self, action: ActionRecord) -> None:
        self.asked.append(f"revert {action.platform_ref}")
        self._failures.next()
        if action.kind in self._final:
            raise Irreversible("nobody can undo this here")
        slip = self._slips.pop(0) if self._slips else None
        if action.platform_ref in self.states and slip is not Slip.DO_NOTHING:
            self.states[action.platform_ref] = PlatformState.REVERTED
        if slip is Slip.LOSE_ANSWER:
            raise Unavailable("the answer was lost")
