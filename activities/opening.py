"""Beginning and ending a case."""

from temporalio import activity

from activities.truth import Truth
from casework.orders import Blocked, Brief, Closing, Conclude, OpenCase, Standing
from casework.places import Places
from casework.policy import Policy
from casework.ports import CaseBook, Opening, PolicyBook
from casework.words import Mode, Outcome, Verdict

_RULED = {Outcome.ENFORCED: Verdict.ENFORCE, Outcome.DISMISSED: Verdict.DISMISS}


class CaseFolder:
    """A case's first and last step. Both answer the same when repeated."""

    def __init__(self, cases: CaseBook, policies: PolicyBook, truth: Truth, places: Places) -> None:
        self._cases = cases
        self._policies = policies
        self._truth = truth
        self._places = places

    @activity.defn(name="open_case")
    async def open_case(self, order: OpenCase) -> Brief:
        """Take in what was detected, under the policy in force or the one the case began with.

        A case that a hold keeps from beginning takes the version in force when it is released.
        """
        policy = await self._policies.current(order.harm)
        if policy.mode is Mode.PAUSED:
            return self._parked(order, policy)
        opening = await self._cases.open(order, policy)
        if opening.held is not None:
            return self._brief(order, policy, opening, Standing.HELD)
        if opening.policy_version != policy.version:
            policy = await self._policies.version(order.harm, opening.policy_version)
        standing = Standing.OPEN if opening.fresh else Standing.NOTHING_NEW
        return self._brief(order, policy, opening, standing)

    def _parked(self, order: OpenCase, policy: Policy) -> Brief:
        """A case under a paused policy has not begun: it takes the version that unpauses it."""
        opening = Opening(round=0, policy_version=policy.version, fresh=True, item_type="")
        return self._brief(order, policy, opening, Standing.PAUSED)

    def _brief(
        self, order: OpenCase, policy: Policy, opening: Opening, standing: Standing
    ) -> Brief:
        return Brief(
            case_id=order.case_id,
            harm=order.harm,
            round=opening.round,
            standing=standing,
            severity=policy.severity,
            policy_version=policy.version,
            checks=policy.checks,
            desks=policy.review,
            delay=policy.delay.between,
            undo_within=policy.undo_within,
            delivery=policy.delivery,
            item_type=opening.item_type,
            console_url=self._places.case(order.case_id),
            runbook_url=self._places.runbook("a-case-is-blocked"),
            decided=_RULED.get(opening.outcome) if opening.outcome else None,
            held=opening.held,
        )

    @activity.defn(name="conclude")
    async def conclude(self, order: Conclude) -> Closing:
        """Deliver the notice of what is confirmed, if one is owed, then close the round.

        A decision of which nothing came about is not told of, and its case ends as dismissed.
        """
        if order.notice_id is None:
            return await self._cases.close(order.case_id, order.round, order.outcome)
        await self._cases.may_tell(order.case_id, order.round)
        if await self._truth.tell(order):
            return await self._cases.close(order.case_id, order.round, order.outcome)
        dismissed = Outcome.DISMISSED
        closing = await self._cases.close(order.case_id, order.round, dismissed)
        return closing.model_copy(update={"outcome": dismissed})

    @activity.defn(name="write_down_block")
    async def write_down_block(self, order: Blocked) -> None:
        await self._cases.block(order.case_id, order.on)
