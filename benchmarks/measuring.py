"""Blocks of cases, one variant after the other, round after round."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from temporalio.client import Client

from benchmarks.cases import VARIANTS, Variant, Way
from benchmarks.meter import Reading
from benchmarks.results import Block, Cpu, Round
from benchmarks.sides import Side
from benchmarks.stage import Stage
from benchmarks.worker import Whose
from casework.base import Model
from casework.errors import Unavailable

_TRAIL_S = 0.3
"""The server goes on for a while after a case is closed: that still belongs to its block."""
_BLOCK_WITHIN_S = 120.0
_REST_S = 1.0
_MS = 1_000.0

Told = Callable[[int, str], None]
"""Hears of every closed case: how many there are now, and of which variant."""


class Plan(Model):
    """`cases` is per variant, over all rounds; `at_once` are in flight together."""

    cases: int
    rounds: int
    at_once: int

    @property
    def block(self) -> int:
        return max(1, self.cases // self.rounds)

    @property
    def total(self) -> int:
        return len(VARIANTS) * (self.block * self.rounds + self.at_once)


class Deadline:
    """Whether there is time for another round: as much as the longest one so far took."""

    def __init__(self, at: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._at = at
        self._clock = clock
        self._longest = 0.0
        self._began = clock()

    def leaves_time(self) -> bool:
        """Asked at the end of each round."""
        now = self._clock()
        self._longest, self._began = max(self._longest, now - self._began), now
        return now + self._longest < self._at


class _Played(Model):
    workflow_id: str
    seconds: float


class Measuring:
    def __init__(self, stage: Stage, sides: Mapping[Way, Side], plan: Plan, told: Told) -> None:
        self.played: Counter[Variant] = Counter()
        self._stage = stage
        self._sides = sides
        self._plan = plan
        self._told = told
        self._done = itertools.count(1)

    async def at_rest(self) -> dict[str, float]:
        """CPU in ms that each part uses in a second without a case."""
        await asyncio.sleep(_TRAIL_S)
        before = self._stage.meter.read()
        await asyncio.sleep(_REST_S)
        used = self._stage.meter.read().since(before)
        return {name: round(seconds * _MS / _REST_S, 1) for name, seconds in used.items()}

    async def warm_up(self) -> None:
        """A few cases of each variant that nobody counts: imports, caches, connections."""
        for variant in VARIANTS:
            await self._play(variant, self._plan.at_once)

    async def rounds(self, deadline: Deadline) -> Sequence[Round]:
        """As many as were planned, fewer when the time is short, but one at least."""
        rounds: list[Round] = []
        for _ in range(self._plan.rounds):
            rounds.append({variant: await self._block(variant) for variant in VARIANTS})
            self._stage.still_whole()
            if not deadline.leaves_time():
                break
        return rounds

    async def _block(self, variant: Variant) -> Block:
        commits, before = await self._commits(variant.way), self._stage.meter.read()
        began = time.perf_counter()
        played = await self._play(variant, self._plan.block)
        wall = time.perf_counter() - began
        await asyncio.sleep(_TRAIL_S)
        after, made = self._stage.meter.read(), await self._commits(variant.way) - commits
        client = self._sides[variant.way].client
        counts = [await _counts(client, one.workflow_id) for one in played]
        return Block(
            variant=variant,
            wall_s=wall,
            cpu_ms=_cpu(before, after, _whose(variant.way), len(played)),
            commits=made / len(played),
            transitions=tuple(transitions for transitions, _ in counts),
            events=tuple(events for _, events in counts),
            seconds=tuple(one.seconds for one in played),
        )

    async def _play(self, variant: Variant, cases: int) -> list[_Played]:
        first = self.played[variant]
        self.played[variant] += cases
        lanes = asyncio.Semaphore(self._plan.at_once)

        async def one(number: int) -> _Played:
            async with lanes:
                began = time.perf_counter()
                workflow_id = await self._sides[variant.way].play(variant, number)
                seconds = time.perf_counter() - began
            self._told(next(self._done), variant.name)
            return _Played(workflow_id=workflow_id, seconds=seconds)

        try:
            async with asyncio.timeout(_BLOCK_WITHIN_S):
                return list(await asyncio.gather(*map(one, range(first, first + cases))))
        except TimeoutError:
            raise Unavailable(f"{variant.name}: a block of {cases} did not end in time") from None

    async def _commits(self, way: Way) -> int:
        """Of the worker and of whoever hands cases in."""
        return await self._stage.commits(_whose(way)) + self._sides[way].commits


def _whose(way: Way) -> Whose:
    return Whose.CASEWORK if way is Way.CASEWORK else Whose.BARE


def _cpu(before: Reading, after: Reading, whose: Whose, cases: int) -> Cpu:
    used = after.since(before)
    share = {name: seconds * _MS / cases for name, seconds in used.items()}
    return Cpu(
        server=share["server"],
        worker=share[whose.value],
        database=share["database"],
        client=share["client"],
    )


async def _counts(client: Client, workflow_id: str) -> tuple[int, int]:
    described = await client.get_workflow_handle(workflow_id).describe()
    info = described.raw_description.workflow_execution_info
    return info.state_transition_count, info.history_length
