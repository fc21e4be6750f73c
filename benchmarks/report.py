"""Two tables for people, one document for programs."""

from collections.abc import Mapping

from benchmarks.cases import Kind, Way
from benchmarks.effects import PerCase
from benchmarks.machine import Machine
from benchmarks.results import Comparison, Spread, Summary
from casework.base import Model
from cli import show

_WAYS = {
    Way.CASEWORK: "Casework",
    Way.BARE_LOCAL: "bare, same mode",
    Way.BARE_REGULAR: "bare, regular",
}
_RATIOS = {
    "transitions": "transitions",
    "events": "events",
    "commits": "commits",
    "server_cpu": "CPU, server",
    "worker_cpu": "CPU, worker",
    "cpu": "CPU, sum",
    "cases_per_s": "cases/s",
    "p50": "p50",
}


class Report(Model):
    """`at_rest_ms_per_s` is what each part uses anyway: CPU milliseconds in a second."""

    machine: Machine
    rounds: int
    rounds_planned: int
    cases_per_block: int
    at_once: int
    seconds: float
    at_rest_ms_per_s: Mapping[str, float]
    effects_per_case: Mapping[Kind, PerCase]
    variants: tuple[Summary, ...]
    casework_divided_by: tuple[Comparison, ...]


def show_report(report: Report) -> None:
    with_database = any(one.database_cpu_ms.highest for one in report.variants)
    show.table(
        ["per case", "transitions", "events", "commits"],
        [[_name(one), *map(_count, _counts(one))] for one in report.variants],
        title="Counted, exactly",
    )
    show.table(
        _headings(with_database),
        [[_name(one), *_times(one, with_database)] for one in report.variants],
        title="Measured: CPU ms per case and cases/s, medians of the blocks; p50 and p99 in ms",
    )
    show.table(
        ["", *(f"{one.kind} / {_WAYS[one.against]}" for one in report.casework_divided_by)],
        [
            [name, *(_ratio(one.ratios.get(key)) for one in report.casework_divided_by)]
            for key, name in _RATIOS.items()
        ],
        title="Casework divided by the bare workflow: median of the rounds (lowest-highest)",
    )
    show.pairs(_facts(report))


def _name(one: Summary) -> str:
    return f"{one.kind}, {_WAYS[one.way]}"


def _headings(with_database: bool) -> list[str]:
    database = ["database"] if with_database else []
    cpu = ["server", "worker", *database, "CPU sum", "(client)"]
    return ["per case", *cpu, "cases/s", "p50", "p99"]


def _counts(one: Summary) -> tuple[Spread, ...]:
    return one.transitions, one.events, one.commits


def _times(one: Summary, with_database: bool) -> list[str]:
    database = [one.database_cpu_ms] if with_database else []
    cpu = [one.server_cpu_ms, one.worker_cpu_ms, *database, one.cpu_ms, one.client_cpu_ms]
    medians = [f"{spread.median:.1f}" for spread in (*cpu, one.cases_per_s)]
    return [*medians, f"{one.p50_ms:.0f}", f"{one.p99_ms:.0f}"]


def _count(spread: Spread) -> str:
    """Exact, so a range is worth showing only where cases differed."""
    if spread.lowest == spread.highest:
        return f"{spread.median:g}"
    return f"{spread.median:g} ({spread.lowest:g}-{spread.highest:g})"


def _ratio(spread: Spread | None) -> str:
    if spread is None:
        return "-"
    if spread.lowest == spread.highest:
        return f"{spread.median:.2f}"
    return f"{spread.median:.2f} ({spread.lowest:.2f}-{spread.highest:.2f})"


def _facts(report: Report) -> list[tuple[str, str]]:
    machine = report.machine
    planned = report.rounds_planned
    short = "" if report.rounds == planned else f" of {planned}, the time was over"
    versions = f"temporalio {machine.temporalio}, server {machine.temporal_server}"
    rest = ", ".join(f"{name} {ms:g}" for name, ms in report.at_rest_ms_per_s.items())
    return [
        ("machine", f"{machine.system}, {machine.cores} cores, load {machine.load} at the start"),
        ("versions", f"Python {machine.python}, Casework {machine.casework}, {versions}"),
        ("Casework's database", machine.database),
        ("rounds", f"{report.rounds}{short}, {report.cases_per_block} cases a block"),
        ("in flight", f"{report.at_once} cases"),
        ("at rest", f"CPU ms per second: {rest}"),
        *((f"effects, {kind}", _effects(one)) for kind, one in report.effects_per_case.items()),
        ("took", f"{report.seconds:.0f} s in all"),
    ]


def _effects(per_case: PerCase) -> str:
    return ", ".join(f"{times} x {what}" for what, times in per_case.items())
