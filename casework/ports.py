"""What the steps need from the outside, in the domain's words.

Every write names the `step` it belongs to. A step is written once: the adapter keeps a ledger
keyed `(case, step)` in the same commit as the effect and answers a repetition with what it kept.
Adapters raise the branches of `casework.errors` and nothing of their libraries.
"""

from typing import Protocol, runtime_checkable

from casework.base import Model
from casework.detection import DetectorRef
from casework.finding import Finding
from casework.holds import USUAL, Brakes
from casework.orders import Closing, Decided, OpenCase
from casework.policy import Policy
from casework.records import (
    ActionRecord,
    CaseFile,
    Decision,
    Evidence,
    PlannedAction,
    ReviewRecord,
    Settled,
    Statement,
)
from casework.words import (
    ActionKind,
    ActionState,
    HoldKind,
    Outcome,
    PlatformState,
    Severity,
)


class Opening(Model):
    """How a case stands once opened: `round` counts from 1 and grows when it is reopened."""

    round: int
    policy_version: int
    fresh: bool
    """False when the case is closed and nothing new reopens it."""
    outcome: Outcome | None = None
    item_type: str
    held: HoldKind | None = None
    """A hold keeps the round from beginning; nothing was written."""


class PolicyBook(Protocol):
    async def current(self, harm: str) -> Policy:
        """The version in force. Raises Unavailable when there is none (yet)."""

    async def version(self, harm: str, version: int) -> Policy:
        """Exactly this version, however old. Raises Unavailable when it is not on record."""


class CaseBook(Protocol):
    async def open(self, order: OpenCase, policy: Policy) -> Opening:
        """Begin, resume or reopen the case and take in every detection stored for it.

        A case that is open goes on in its round with its own policy version, also under a new
        run. A closed one is reopened (round + 1, `policy`'s version) if a new detection came,
        `policy.reopen` allows it and it was dismissed; otherwise new detections are recorded as
        joined and nothing else changes. Step: `open/<run>`.
        """

    async def file(self, case_id: str) -> CaseFile: ...

    async def is_new(self, detector: DetectorRef, harm: str, until: int) -> bool:
        """Whether the policy has ruled on fewer than so many cases of this detector version."""

    async def evidence(self, case_id: str) -> Evidence:
        """The judged text, decrypted: the latest detection's that has one."""

    async def decided(self, case_id: str, step: str) -> Decided | None:
        """What `settle` or `ask_people` kept for this step, if it ran."""

    async def settle(self, settled: Settled, step: str) -> Decided:
        """Write a decision and all that follows in one commit, and answer what is now owed.

        Planned actions whose kind and target a sibling case already has in force or under way are
        written as `merged`. `withdraws` ends that decision's strikes, cancels its unattempted
        actions and names the ones in force in `takes_back`; so are this round's interim actions
        once a first hearing is settled. `closes_review` is closed. Stage becomes `enforcing` when
        there is something to carry out.

        Raises:
            AlreadyDecided: when another step has decided this hearing of this round.
            CaseClosed: when a first hearing's round is over.
        """

    async def ask_people(
        self,
        review: ReviewRecord,
        interim: tuple[PlannedAction, ...],
        findings: tuple[Finding, ...],
        step: str,
    ) -> Decided:
        """Put the case before its first desk, with the interim actions, in one commit."""

    async def may_tell(self, case_id: str, round_: int) -> None:
        """Nobody is told of what is not so yet.

        Raises:
            NotConfirmed: while an action of the round is open, or one taken back still stands.
        """

    async def close(self, case_id: str, round_: int, outcome: Outcome) -> Closing:
        """Close the round. Repeating closes nothing more, but looks again for what is left over.

        Raises:
            NotConfirmed: while an action is open or a notice undelivered.
        """

    async def block(self, case_id: str, on: str) -> None:
        """Write down what the case waits for (empty: nothing)."""

    async def decision(self, decision_id: str) -> Decision: ...

    async def write_down(self, case_id: str, actor: str, event: str, **facts: str) -> None:
        """One line in the audit trail. No user content."""


class ActionBook(Protocol):
    async def action(self, action_id: str) -> ActionRecord: ...

    async def attempting(self, action_id: str, brakes: Brakes = USUAL) -> ActionRecord:
        """Count an attempt, before it is made; or park the action, if it was never attempted.

        Parked it is by a hold that covers it, or because these limits are reached: then the hold
        is set in the same commit. It is `merged` where the effect came about while it was parked.

        Raises:
            NotConfirmed: when the action was ended or taken back meanwhile: look again.
        """

    async def settle_action(self, action_id: str, state: ActionState, note: str = "") -> None:
        """Write a state that was seen at the platform. Repeating changes nothing."""

    async def known_switch(self, action_id: str, switched_by: frozenset[ActionKind]) -> bool:
        """Whether another action of ours, of one of these kinds and on the same target, may have
        turned the switch, also one whose time is over or that is being taken back."""

    async def shared_effect(
        self, action_id: str, switched_by: frozenset[ActionKind] = frozenset()
    ) -> bool:
        """Whether another decision still wants the effect this action stands for.

        Of the kinds in `switched_by` any action in force on the same target counts, also one that
        was carried out for itself: see `PlatformWithSwitches`.
        """


class NoticeBook(Protocol):
    async def statement(self, notice_id: str) -> Statement: ...

    async def delivered_over(self, notice_id: str) -> frozenset[str] | None:
        """The channels that have taken this notice already; None when it was withdrawn."""

    async def mark_delivered(self, notice_id: str, channel: str) -> None: ...

    async def may_tell_change(self, notice_id: str) -> None:
        """Raises NotConfirmed while the statement that a change corrects is not delivered."""

    async def complete(self, notice_id: str) -> None:
        """All channels have it: the appeal window begins now."""


class Check(Protocol):
    """A classifier, hash bank or vendor. `name` is the word policies use."""

    @property
    def name(self) -> str: ...

    async def examine(self, evidence: Evidence, harm: str) -> Finding:
        """Ask about the item, for one harm.

        Raises:
            Unavailable: no usable answer now (timeout, 5xx, 429 with its wait).
            Nonsense: an answer that does not parse or is out of range.
            TurnedDown: any other refusal.
        """


class Platform(Protocol):
    async def carry_out(self, action: ActionRecord) -> None:
        """Ask for the effect, with the action id as idempotency key.

        Raises:
            Unavailable; TurnedDown, also for a kind it does not have.
            Gone: the target no longer exists.
            WrongTarget: the id names something else by now than what was judged.
        """

    async def read_back(self, action: ActionRecord) -> PlatformState:
        """Whether the effect stands. A target that is gone is `absent`.

        Raises:
            Unavailable; TurnedDown; Nonsense.
            WrongTarget: what stands under this action's id is another action.
        """

    async def revert(self, action: ActionRecord) -> None:
        """Undo what stands as `platform_ref`. Undoing twice, or what never was, is no error.

        Raises:
            Unavailable, TurnedDown; Gone when the target no longer exists.
            Irreversible: the platform has no way to undo this kind.
        """


@runtime_checkable
class PlatformWithSwitches(Protocol):
    """One that has a single yes or no for some effects and does not know whose it is."""

    def switched_by(self, action: ActionRecord) -> frozenset[ActionKind]:
        """The kinds that turn the switch which this action turns, on the same target. Undoing one
        of them undoes them all. Empty where each action is undone by itself."""

    def is_unsigned(self, action: ActionRecord) -> bool:
        """Whether nothing there tells who turned this action's switch."""


@runtime_checkable
class PlatformWithAClock(Protocol):
    """One that lifts some effects by itself, at the end it was told."""

    async def move_end(self, action: ActionRecord) -> None:
        """See that an effect in force is not lifted before `ends_at`; a sooner end is ours to see
        to. Repeating changes nothing. Raises Unavailable, TurnedDown."""


class NoticeChannel(Protocol):
    """A way to reach an account. Sending the same notice id again must not be seen twice."""

    @property
    def name(self) -> str: ...

    async def send(self, statement: Statement) -> None:
        """Raises Unavailable, TurnedDown; Gone when the account cannot be reached this way."""


class Alert(Model):
    """A page for on-call. `key` identifies it across repeats; `summary` has no user content."""

    key: str
    summary: str
    severity: Severity
    case_id: str
    harm: str
    link: str
    runbook: str
    rung: int = 0


class Pager(Protocol):
    @property
    def name(self) -> str: ...

    async def page(self, alert: Alert) -> None: ...

    async def resolve(self, key: str) -> None: ...


class AppealLinks(Protocol):
    """Makes the unguessable token of a notice; the same notice has the same token."""

    def link(self, notice_id: str) -> str: ...
