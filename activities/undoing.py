"""Taking a decision back, before anything was done."""

from temporalio import activity

from activities.settling import first_review, interim
from casework.errors import Refused
from casework.identity import decision_id
from casework.ports import CaseBook, PolicyBook
from casework.ruling import Ruling
from casework.second_thoughts import AskedAgain, SecondThoughtsBook, UndoDecision
from casework.words import HearingKind, Verdict


class Undoing:
    """Undoing twice answers the first time's result."""

    def __init__(self, cases: CaseBook, policies: PolicyBook, book: SecondThoughtsBook) -> None:
        self._cases = cases
        self._policies = policies
        self._book = book

    @activity.defn(name="undo_decision")
    async def undo_decision(self, order: UndoDecision) -> AskedAgain:
        """Override a person's first decision by its own author, or by a lead.

        Raises:
            Forbidden: nobody asked for this through the gateway.
            TooLate: something of it was attempted.
        """
        try:
            return await self._undo(order)
        except Refused as refusal:
            facts = {"decision_id": order.decision_id[:100], "why": refusal.code}
            await self._cases.write_down(order.case_id, "casework", "undo_refused", **facts)
            raise

    async def _undo(self, order: UndoDecision) -> AskedAgain:
        first = await self._cases.decision(order.decision_id)
        override = first.model_copy(
            update={
                "decision_id": decision_id(first.case_id, first.round, HearingKind.UNDO),
                "hearing": HearingKind.UNDO,
                "by": order.by,
                "automated": False,
                "ruling": Ruling(verdict=Verdict.OVERTURNED, reason="undone"),
                "reason": "",
                "at": order.at,
                "overrides": first.decision_id,
            }
        )
        file = await self._cases.file(first.case_id)
        policy = await self._policies.version(first.policy, first.policy_version)
        anew = file.model_copy(update={"round": first.round + 1})
        review = first_review(anew, policy, "undone", order.at)
        return await self._book.undo(override, review, interim(policy.interim_measures(), anew))
