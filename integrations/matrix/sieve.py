"""Which messages become a case. The bridge is an input and no detector: it only keeps the policy's
checks, and with them people, from being asked about everything that anybody says."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Self

from casework.base import Model, Score, Slug
from casework.detection import ItemRef
from casework.errors import CaseworkError, Malformed
from casework.ports import Check
from casework.records import Evidence
from integrations.matrix.posted import Posted
from integrations.matrix.wire import MESSAGE

_WRITTEN: Final = re.compile(
    r"(?P<harm>[a-z][a-z0-9_]{0,62})=(?:always|(?P<check>[a-z][a-z0-9_]{0,62}):(?P<least>[0-9.]{1,8}))"
)


class Opening(Model):
    """A case about `harm` begins when `check` finds at least `at_least`; without one, always."""

    harm: Slug
    check: Slug | None = None
    at_least: Score = 0.0

    @classmethod
    def read(cls, written: str) -> Self:
        """From `spam_scam=scam_signs:0.25` or `hate=always`. Raises Malformed."""
        found = _WRITTEN.fullmatch(written)
        try:
            if found is None:
                raise ValueError
            least = float(found["least"]) if found["check"] else 0.0
            return cls(harm=found["harm"], check=found["check"], at_least=least)
        except ValueError:  # pydantic's as well
            raise Malformed(
                f"{written!r} is not HARM=CHECK:SCORE with a score of 0 to 1, nor HARM=always"
            ) from None


USUAL: Final = (
    Opening(harm="harassment", check="profanity", at_least=0.5),
    Opening(harm="spam_scam", check="scam_signs", at_least=0.25),
)
"""Starting points and no measurements, like the policies' own thresholds; each is below what the
shipped policy of that harm looks for."""


class Sieve:
    """Asks its checks about each message, each of them once."""

    def __init__(self, openings: Sequence[Opening], checks: Mapping[str, Check]) -> None:
        unknown = {each.check for each in openings if each.check} - checks.keys()
        if unknown:
            raise Malformed(f"no such check here: {', '.join(sorted(unknown))}")
        self._openings = openings
        self._checks = checks

    async def harms(self, message: Posted) -> tuple[str, ...]:
        """The harms it becomes a case of. Where a check fails, it does: the policy sends it to a
        person. What has no text begins none but those that always begin."""
        wanted: dict[str, None] = {}
        scores: dict[str, float] = {}
        for opening in self._openings:
            if opening.check is None:
                wanted[opening.harm] = None
            elif message.text.strip():
                if opening.check not in scores:
                    scores[opening.check] = await self._score(opening.check, message, opening.harm)
                if scores[opening.check] >= opening.at_least:
                    wanted[opening.harm] = None
        return tuple(wanted)

    async def _score(self, check: str, message: Posted, harm: str) -> float:
        item = ItemRef(type=MESSAGE, id=message.event)
        try:
            finding = await self._checks[check].examine(
                Evidence(item=item, text=message.text), harm
            )
        except CaseworkError:
            return 1.0
        return 1.0 if finding.score is None else finding.score
