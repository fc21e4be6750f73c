"""`python -m benchmarks`: what a case costs, beside a bare workflow with the same effects."""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from benchmarks.bare.rows import Rows
from benchmarks.cases import Way
from benchmarks.databases import Engine
from benchmarks.effects import happened_outside, per_case
from benchmarks.machine import this_machine
from benchmarks.measuring import Deadline, Measuring, Plan
from benchmarks.report import Report, show_report
from benchmarks.results import comparisons, summaries
from benchmarks.sides import BareSide, CaseworkSide, Side
from benchmarks.stage import Stage, built
from cli import runner, show
from cli.progress import tracked
from storage.store import Store
from workers import client as temporal

_CLOSING_S = 5.0
"""Counting the effects and stopping everything, after the last round."""


def main(
    cases: Annotated[int, typer.Option(help="Of each variant.", min=1, max=1_000)] = 50,
    rounds: Annotated[int, typer.Option(help="In which they take turns.", min=1, max=50)] = 5,
    at_once: Annotated[int, typer.Option(help="Cases in flight.", min=1, max=64)] = 4,
    seconds: Annotated[
        float, typer.Option(help="No round begins that would end later.", min=10)
    ] = 85,
    postgres: Annotated[
        bool, typer.Option("--postgres/--sqlite", help="Casework's database.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Measure what a case costs in Casework and in a bare workflow, in turns, in one run."""
    plan = Plan(cases=cases, rounds=rounds, at_once=at_once)
    engine = Engine.POSTGRESQL if postgres else Engine.SQLITE
    until = time.monotonic() + seconds - _CLOSING_S
    report = runner.run(_measured(plan, engine, until))
    if as_json:
        show.as_json(report.model_dump(mode="json"))
    else:
        show_report(report)


async def _measured(plan: Plan, engine: Engine, until: float) -> Report:
    _stop_at_sigterm()
    began, (load, _, _) = time.monotonic(), os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="casework-bench-") as folder:
        async with built(Path(folder), engine) as stage, _sides(stage) as sides:
            with tracked("cases", plan.total) as tracker:
                measuring = Measuring(stage, sides, plan, tracker.update)
                await measuring.warm_up()
                at_rest = await measuring.at_rest()
                done = await measuring.rounds(Deadline(until))
            effects = per_case(await happened_outside(stage), measuring.played)
            machine = await this_machine(sides[Way.CASEWORK].client, engine, load)
    return Report(
        machine=machine,
        rounds=len(done),
        rounds_planned=plan.rounds,
        cases_per_block=plan.block,
        at_once=plan.at_once,
        seconds=round(time.monotonic() - began, 1),
        at_rest_ms_per_s=at_rest,
        effects_per_case=effects,
        variants=summaries(done),
        casework_divided_by=comparisons(done),
    )


@asynccontextmanager
async def _sides(stage: Stage) -> AsyncIterator[Mapping[Way, Side]]:
    store, rows = Store.open(stage.settings.database_url, stage.keyring), Rows(stage.rows)
    try:
        ours = await temporal.connect(stage.settings, stage.keyring)
        plain = await Client.connect(
            stage.settings.temporal_address, data_converter=pydantic_data_converter
        )
        bare = BareSide(plain, rows)
        yield {
            Way.CASEWORK: CaseworkSide(ours, store),
            Way.BARE_LOCAL: bare,
            Way.BARE_REGULAR: bare,
        }
    finally:
        await rows.close()
        await store.close()


def _stop_at_sigterm() -> None:
    """As Ctrl-C does: every process is stopped and the folder removed."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


if __name__ == "__main__":
    typer.run(main)
