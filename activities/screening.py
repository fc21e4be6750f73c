"""Asking classifiers, hash banks and vendors."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from temporalio import activity

from casework.errors import Nonsense, Permanent, Transient
from casework.finding import Finding
from casework.orders import RunCheck, Screen, Screened
from casework.ports import CaseBook, Check
from casework.records import Evidence

FAST = timedelta(seconds=2)
"""How long the fast lane waits for a check before it is asked patiently."""


class Screening:
    """Checks change nothing in the world, so asking again is always safe."""

    def __init__(self, cases: CaseBook, checks: Iterable[Check]) -> None:
        self._cases = cases
        self._checks = {check.name: check for check in checks}

    @activity.defn(name="screen")
    async def screen(self, order: Screen) -> Screened:
        """Ask all checks at once, each for a short while; slow or failing ones are left over."""
        evidence = await self._cases.evidence(order.case_id)
        asked = (self._quickly(check, evidence, order.harm) for check in order.checks)
        answers = dict(zip(order.checks, await asyncio.gather(*asked), strict=True))
        return Screened(
            findings=tuple(finding for finding in answers.values() if finding is not None),
            unanswered=tuple(check for check, finding in answers.items() if finding is None),
        )

    async def _quickly(self, check: str, evidence: Evidence, harm: str) -> Finding | None:
        try:
            async with asyncio.timeout(FAST.total_seconds()):
                return await self._ask(check, evidence, harm)
        except (Transient, TimeoutError, Nonsense):
            return None
        except Permanent as refusal:
            return Finding.failed(check, refusal.code)

    @activity.defn(name="run_check")
    async def run_check(self, order: RunCheck) -> Finding:
        """Ask one check, as long as it takes.

        Raises:
            Transient: to be asked again.
            Permanent: the story turns it into a failed finding, and a human decides.
        """
        evidence = await self._cases.evidence(order.case_id)
        return await self._ask(order.check, evidence, order.harm)

    async def _ask(self, check: str, evidence: Evidence, harm: str) -> Finding:
        known = self._checks.get(check)
        if known is None:
            return Finding.failed(check, "unknown_check")
        return await known.examine(evidence, harm)
