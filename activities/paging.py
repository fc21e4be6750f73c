"""Calling somebody, and telling them when it is over."""

from collections.abc import Sequence

from temporalio import activity

from casework.calls import Page, Resolved
from casework.places import Places
from casework.ports import Alert, CaseBook, Pager

_SAYS = {
    "review_due": "A review is close to its deadline and nobody has decided",
    "review_unserved": "A review would be served to nobody who works here now",
    "appeal_due": "An appeal waits for a person beyond its time",
    "asked_by_reviewer": "A reviewer asks on-call to look at a case",
    "coop_unknown_action": "Coop did something that no setting gives a meaning to",
    "needs_human": "A step was refused and needs a human",
    "breaker_tripped": "Machines did more than they may: a breaker set a hold, the rest is parked",
    "recall_blocked": "A recall cannot go on",
    "recall_restarted": "The story of a recall was ended from outside and started again",
    "recall_not_undone": "A recall is over but for what could not be undone",
    "story_ended_from_outside": "A story was ended from outside and started again",
}


class Paging:
    """A page has one key per case and reason, so repeating it updates one alert."""

    def __init__(self, cases: CaseBook, pagers: Sequence[Pager], places: Places) -> None:
        self._cases = cases
        self._pagers = pagers
        self._places = places

    @activity.defn(name="page")
    async def page(self, order: Page) -> None:
        alert = Alert(
            key=_key(order.case_id, order.reason),
            summary=f"{_SAYS.get(order.reason, 'A case is blocked')}: {order.reason}, {order.harm}",
            severity=order.severity,
            case_id=order.case_id,
            harm=order.harm,
            link=self._link(order),
            runbook=self._places.runbook(order.reason),
            rung=order.rung,
        )
        for pager in self._pagers:
            await pager.page(alert)
        await self._cases.write_down(
            order.case_id, "casework", "paged", reason=order.reason, rung=str(order.rung)
        )

    def _link(self, order: Page) -> str:
        if order.reason.startswith("recall_"):
            return self._places.recall(order.case_id)
        return self._places.case(order.case_id)

    @activity.defn(name="resolve_page")
    async def resolve_page(self, order: Resolved) -> None:
        """Tell all pagers and the audit trail; telling them again changes nothing for anybody."""
        for pager in self._pagers:
            await pager.resolve(_key(order.case_id, order.reason))
        await self._cases.write_down(order.case_id, order.by, "page_resolved", reason=order.reason)


def _key(case_id: str, reason: str) -> str:
    """What blocks one case for want of a system blocks many: they share one alert."""
    if reason.startswith("blocked_"):
        return f"casework/{reason}"
    return f"casework/{case_id}/{reason}"
