"""Waiting for a state of the outside world, never for a time."""

import asyncio
from collections.abc import Callable


async def until(
    holds: Callable[[], bool], within_s: float = 15.0, look_every_s: float = 0.02
) -> None:
    """Return as soon as `holds`; TimeoutError when it does not in time."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110  (other processes set no events of ours)
            await asyncio.sleep(look_every_s)
