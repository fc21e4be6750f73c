"""Ruling by policy, by a person, or by default when nobody decided."""

from temporalio import activity

from activities.settling import (
    Added,
    climb_of,
    facts_of,
    first_decision,
    first_review,
    interim,
    settlement,
)
from casework.duties import Duties
from casework.orders import DecideByDefault, Decided, HandOver, RuleOn
from casework.policy import Policy
from casework.ports import AppealLinks, CaseBook, PolicyBook
from casework.records import NOBODY, POLICY, CaseFile
from casework.review_ports import ReviewBook
from casework.ruling import Ruling
from casework.words import Mode, Verdict


class Deciding:
    """Every decision is written once with all its consequences; a repetition answers the first."""

    def __init__(
        self,
        cases: CaseBook,
        reviews: ReviewBook,
        policies: PolicyBook,
        links: AppealLinks,
        duties: Duties,
    ) -> None:
        self._cases = cases
        self._reviews = reviews
        self._policies = policies
        self._links = links
        self._duties = duties

    @activity.defn(name="rule")
    async def rule(self, order: RuleOn) -> Decided:
        """Apply the policy the case began with: enforce, dismiss, or put it before people."""
        step = f"{order.round}/rule"
        kept = await self._cases.decided(order.case_id, step)
        if kept is not None:
            return await self._as_it_stands(kept)
        policy, file = await self._papers(order.case_id, order.policy_version)
        climb = climb_of(file, self._duties, order.at)
        facts = facts_of(file, order.findings, climb)
        own, ruling = policy.rule(facts), policy.rule_in_full(facts)
        if policy.mode is Mode.SHADOW:
            ruling = Ruling.dismiss(f"shadow:{ruling.verdict}:{ruling.reason}")
        elif await self._is_for_people(policy, file, ruling):
            ruling = Ruling.ask_a_human(f"canary:{ruling.reason}")
        if ruling.verdict is Verdict.REVIEW:
            review = first_review(file, policy, ruling.reason, order.at)
            waiting = interim(ruling.interim, file)
            return await self._cases.ask_people(review, waiting, order.findings, step)
        decision = first_decision(file, policy, ruling, by=POLICY, at=order.at, automated=True)
        settled = settlement(decision, Added(own, policy.rungs(climb)), policy, file, self._links)
        settled = settled.model_copy(update={"findings": order.findings})
        return await self._cases.settle(settled, step)

    async def _is_for_people(self, policy: Policy, file: CaseFile, ruling: Ruling) -> bool:
        """Whether a detector version is too new here for a machine to enforce this case.

        Such a case has no interim measures either: the evidence is what is on trial.
        """
        canary = policy.canary
        if canary is None or ruling.verdict is not Verdict.ENFORCE:
            return False
        if canary.admits(file.case_id):
            return False
        return await self._cases.is_new(file.detector, file.harm, canary.cases)

    async def _as_it_stands(self, kept: Decided) -> Decided:
        """A review asked for by an earlier run may since have moved on, or be decided."""
        if kept.ticket is None:
            return kept
        settled = await self._reviews.settled(kept.ticket.review_id)
        if settled is not None:
            return settled
        review = await self._reviews.review(kept.ticket.review_id)
        moved = {"desk": review.desk, "due_at": review.due_at}
        return kept.model_copy(update={"ticket": kept.ticket.model_copy(update=moved)})

    @activity.defn(name="hand_over")
    async def hand_over(self, order: HandOver) -> None:
        due_at = order.at + order.desk.within
        desk = order.desk
        await self._reviews.hand_over(order.review_id, desk.desk, due_at, desk.skill)

    @activity.defn(name="decide_by_default")
    async def decide_by_default(self, order: DecideByDefault) -> Decided:
        """Nobody decided in time: what the policy says then, without a ladder or a strike."""
        settled = await self._reviews.settled(order.review_id)
        if settled is not None:
            return settled
        policy, file = await self._papers(order.case_id, order.policy_version)
        ruling = policy.if_nobody_decides.because("nobody_decided")
        decision = first_decision(file, policy, ruling, by=NOBODY, at=order.at, automated=True)
        consequences = settlement(decision, Added(ruling), policy, file, self._links)
        consequences = consequences.model_copy(
            update={"strike": None, "counted": None, "closes_review": order.review_id}
        )
        return await self._cases.settle(consequences, f"{order.round}/first")

    async def _papers(self, case_id: str, version: int) -> tuple[Policy, CaseFile]:
        file = await self._cases.file(case_id)
        return await self._policies.version(file.harm, version), file
