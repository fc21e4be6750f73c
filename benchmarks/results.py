"""What was measured, and what is made of it: medians, and ratios within a round."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Self

from benchmarks.cases import VARIANTS, Kind, Variant, Way
from casework.base import Model
from cli.tally import percentile

_MS = 1_000.0


class Cpu(Model):
    """Milliseconds per case. `database` is 0 for SQLite, which works inside the others.

    `client` hands cases in and plays the reviewer, and measures; so it is in no sum.
    """

    server: float
    worker: float
    database: float
    client: float

    @property
    def sum(self) -> float:
        return self.server + self.worker + self.database


class Block(Model):
    """One variant's turn in a round. Transitions, events and seconds are one for each case."""

    variant: Variant
    wall_s: float
    cpu_ms: Cpu
    commits: float
    """Per case, by whoever made them."""
    transitions: tuple[int, ...]
    events: tuple[int, ...]
    seconds: tuple[float, ...]

    @property
    def cases(self) -> int:
        return len(self.seconds)

    @property
    def cases_per_s(self) -> float:
        return self.cases / self.wall_s


Round = Mapping[Variant, Block]
Reads = Callable[[Block], float]

_MEASURES: Mapping[str, Reads] = {
    "transitions": lambda block: statistics.mean(block.transitions),
    "events": lambda block: statistics.mean(block.events),
    "commits": lambda block: block.commits,
    "server_cpu": lambda block: block.cpu_ms.server,
    "worker_cpu": lambda block: block.cpu_ms.worker,
    "cpu": lambda block: block.cpu_ms.sum,
    "cases_per_s": lambda block: block.cases_per_s,
    "p50": lambda block: statistics.median(block.seconds),
}


class Spread(Model):
    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        known = [round(value, 3) for value in values]
        median = round(statistics.median(known), 3)
        return cls(median=median, lowest=min(known), highest=max(known))


class Summary(Model):
    """A variant over all rounds: the counts over its cases, the rest over its blocks."""

    kind: Kind
    way: Way
    cases: int
    transitions: Spread
    events: Spread
    commits: Spread
    server_cpu_ms: Spread
    worker_cpu_ms: Spread
    database_cpu_ms: Spread
    client_cpu_ms: Spread
    cpu_ms: Spread
    cases_per_s: Spread
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, variant: Variant, blocks: Sequence[Block]) -> Self:
        times = [second * _MS for block in blocks for second in block.seconds]
        return cls(
            kind=variant.kind,
            way=variant.way,
            cases=len(times),
            transitions=Spread.of(one for block in blocks for one in block.transitions),
            events=Spread.of(one for block in blocks for one in block.events),
            commits=Spread.of(block.commits for block in blocks),
            server_cpu_ms=Spread.of(block.cpu_ms.server for block in blocks),
            worker_cpu_ms=Spread.of(block.cpu_ms.worker for block in blocks),
            database_cpu_ms=Spread.of(block.cpu_ms.database for block in blocks),
            client_cpu_ms=Spread.of(block.cpu_ms.client for block in blocks),
            cpu_ms=Spread.of(block.cpu_ms.sum for block in blocks),
            cases_per_s=Spread.of(block.cases_per_s for block in blocks),
            p50_ms=round(percentile(times, 0.50) or 0.0, 1),
            p99_ms=round(percentile(times, 0.99) or 0.0, 1),
        )


class Comparison(Model):
    """Casework divided by another way of the same kind, block by block of the same round.

    What the machine did to a whole round is in both halves and falls out; what happened within
    one block does not, hence the lowest and the highest.
    """

    kind: Kind
    against: Way
    ratios: Mapping[str, Spread]

    @classmethod
    def of(cls, rounds: Sequence[Round], kind: Kind, against: Way) -> Self:
        ours = Variant(kind=kind, way=Way.CASEWORK)
        theirs = Variant(kind=kind, way=against)
        pairs = [(one[ours], one[theirs]) for one in rounds]
        ratios = {
            name: Spread.of(reads(mine) / reads(other) for mine, other in pairs if reads(other))
            for name, reads in _MEASURES.items()
            if any(reads(other) for _, other in pairs)
        }
        return cls(kind=kind, against=against, ratios=ratios)


def summaries(rounds: Sequence[Round]) -> tuple[Summary, ...]:
    return tuple(Summary.of(one, [each[one] for each in rounds]) for one in VARIANTS)


def comparisons(rounds: Sequence[Round]) -> tuple[Comparison, ...]:
    others = (Way.BARE_LOCAL, Way.BARE_REGULAR)
    return tuple(Comparison.of(rounds, kind, against) for kind in Kind for against in others)
