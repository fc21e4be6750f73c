"""Telling of a decision what came of it, and not what it had planned."""

from activities.telling import Telling
from casework.action_orders import OrderBook, Remainder
from casework.orders import Conclude
from casework.ports import AppealLinks, CaseBook, PolicyBook
from casework.records import Statement
from casework.ruling import Ruling
from casework.statement import correction, statement_of_reasons


class Truth:
    """Telling twice sends one notice; what was sent is never changed."""

    def __init__(
        self,
        cases: CaseBook,
        policies: PolicyBook,
        orders: OrderBook,
        telling: Telling,
        links: AppealLinks,
    ) -> None:
        self._cases = cases
        self._policies = policies
        self._orders = orders
        self._telling = telling
        self._links = links

    async def tell(self, order: Conclude) -> bool:
        """Deliver the notice, rewritten if people cancelled or wrote off a part of what it says,
        or if something was gone; False when nothing at all came of the decision.

        Raises:
            Transient: while a channel is not answering.
            TurnedDown: when no channel can reach the account.
        """
        assert order.notice_id is not None
        said = await self._orders.remainder(order.notice_id)
        if said is not None and said.is_nothing:
            await self._orders.void(said.decision.decision_id, order.notice_id)
            return False
        if said is not None:
            await self._orders.retell(await self._rewritten(said, order.notice_id))
        await self._telling.deliver(order.notice_id)
        return True

    async def tell_outcome(self, notice_id: str) -> None:
        """Deliver the outcome of an appeal; it does not claim that something was undone which
        could not be. Raises as `tell`."""
        said = await self._orders.not_undone(notice_id)
        if said is not None:
            file = await self._cases.file(said.decision.case_id)
            await self._orders.retell(correction(said.decision, file, said.standing))
        await self._telling.deliver(notice_id)

    async def _rewritten(self, said: Remainder, notice_id: str) -> Statement:
        file = await self._cases.file(said.decision.case_id)
        policy = await self._policies.version(said.decision.policy, said.decision.policy_version)
        kept = tuple(
            each for each in said.decision.ruling.measures if each.kind not in said.missing
        )
        decision = said.decision.model_copy(
            update={"ruling": Ruling.enforce(kept, said.decision.ruling.reason)}
        )
        link = self._links.link(notice_id)
        return statement_of_reasons(decision, policy, file, link, said.gone)
