"""For tests of acting that are not about limits."""

from casework.holds import USUAL, Brakes
from casework.records import ActionRecord


async def without_limits(_: ActionRecord) -> Brakes:
    return USUAL
