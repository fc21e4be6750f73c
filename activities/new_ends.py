"""Telling an account that what it was told before lasts longer or shorter, or is over."""

from temporalio import activity

from activities.telling import Telling
from casework.action_orders import LookAgain, OrderBook
from casework.changes import change_of_an_end
from casework.identity import change_notice_id
from casework.ports import AppealLinks, CaseBook, PolicyBook


class NewEnds:
    """Telling of the same change twice sends one notice."""

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

    @activity.defn(name="tell_of_change")
    async def tell_of_change(self, order: LookAgain) -> None:
        """Deliver a notice of the latest moved end of this action.

        Raises:
            Transient: while a channel is not answering.
            TurnedDown: when no channel can reach the account.
        """
        change = await self._orders.latest_change(order.action_id)
        if change is None or change.action.ends_at is None:
            return
        file = await self._cases.file(change.action.case_id)
        policy = await self._policies.version(file.harm, change.action.policy_version)
        notice = change_notice_id(order.action_id, change.action.ends_at)
        statement = change_of_an_end(notice, change, policy, file, self._links.link(notice))
        await self._orders.keep_notice(statement)
        await self._telling.deliver(notice)
