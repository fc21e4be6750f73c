"""`python -m benchmarks.recall`: a recall at full size, on a real `casework up`.

The same evening twice, once without the bad detector. The recall is planned, approved by two
people and run at a pace, while the worker and the Temporal server are killed and while it is
paused; afterwards nothing may tell the two evenings apart.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.evening import BAD, GOOD, Traces, Up, claims, only_by
from casework.base import Model
from casework.errors import Unavailable
from casework.words import Role
from cli import runner, show

_PAUSE_HOLDS_AFTER_S = 2.0
_WATCHED_S = 3.0
_BEGUN = "SELECT count(*) FROM recall_items WHERE begun_at IS NOT NULL"
_OVER = "SELECT count(*) FROM recall_items WHERE done_at IS NOT NULL"
_FINISHED = "SELECT count(*) FROM recalls WHERE state = 'finished'"
_SLACK_S = 240.0


class Measured(Model):
    """`begun_after_pause`: cases begun later than two seconds after the word to pause."""

    cases: int
    planned_in_s: float
    pace_asked: int
    pace_held: float
    took_s: float
    killed: tuple[str, ...]
    begun_after_pause: int
    undone: int
    not_undone: int
    strikes_withdrawn: int
    notices_sent: int
    doubled: int
    as_if_it_never_ran: bool


class Size(Model):
    bad: int
    good: int
    pace: int
    kills: tuple[str, ...] = ("worker", "temporal")


def main(
    cases: Annotated[int, typer.Option(help="Of the bad detector.", min=20)] = 2_000,
    others: Annotated[int, typer.Option(help="Of the good one.", min=1)] = 200,
    pace: Annotated[int, typer.Option(help="Cases a minute.", min=1, max=1_200)] = 600,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Measure a recall, with kills and a pause, and compare with an evening without it."""
    measured = runner.run(_in_a_folder_of_its_own(Size(bad=cases, good=others, pace=pace)))
    if as_json:
        show.as_json(measured.model_dump(mode="json"))
    else:
        show.pairs(measured.model_dump().items())


async def _in_a_folder_of_its_own(size: Size) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        return await measure(Path(folder), size)


async def measure(folder: Path, size: Size) -> Measured:
    """Two evenings, one recalled.

    Raises:
        Unavailable: something did not come about in time.
    """
    said = claims(size.bad, size.good)
    async with _up(folder / "without") as up:
        await up.spend(only_by(GOOD, said))
        without = await up.traces()
    async with _up(folder / "with") as up:
        await up.spend(said)
        return await _recalled(up, size, without)


async def measure_in_one(folder: Path, size: Size) -> Measured:
    """One evening, cheaper: what it was before the bad detector spoke is what has to be again."""
    said = claims(size.bad, size.good)
    async with _up(folder / "up") as up:
        await up.spend(only_by(GOOD, said))
        before = await up.traces()
        await up.spend(only_by(BAD, said))
        return await _recalled(up, size, before)


async def _recalled(up: Up, size: Size, without: Traces) -> Measured:
    began = time.monotonic()
    recall, planned_in = await _planned(up, size)
    async with up.api(Role.ONCALL) as api:
        await api.post(f"/recalls/{recall}/start")
    begun_later = await _disturbed(up, size, recall)
    await up.until(lambda: up.asked(_FINISHED)[0][0], size.bad * 60 / size.pace + _SLACK_S)
    async with up.api(Role.AUDITOR) as api:
        report = await api.get(f"/recalls/{recall}/report")
    after = await up.traces()
    return Measured(
        cases=report["items"],
        planned_in_s=round(planned_in, 2),
        pace_asked=report["pace_asked"],
        pace_held=report["pace_held"],
        took_s=round(time.monotonic() - began, 1),
        killed=size.kills,
        begun_after_pause=begun_later,
        undone=report["undone"],
        not_undone=len(report["not_undone"]),
        strikes_withdrawn=report["strikes_withdrawn"],
        notices_sent=report["notices_sent"],
        doubled=after.doubled,
        as_if_it_never_ran=after == without,
    )


async def _planned(up: Up, size: Size) -> tuple[str, float]:
    """The approved recall, and how long planning took in seconds."""
    asked = {"detector": BAD.name, "detector_version": BAD.version, "pace": size.pace}
    async with up.api(Role.ONCALL) as api:
        began = time.monotonic()
        plan = await api.post("/recalls", asked)
        planned_in = time.monotonic() - began
        await api.post(f"/recalls/{plan['recall_id']}/approve", {"digest": plan["digest"]})
    async with up.api(Role.LEAD) as api:
        await api.post(f"/recalls/{plan['recall_id']}/approve", {"digest": plan["digest"]})
    return plan["recall_id"], planned_in


async def _disturbed(up: Up, size: Size, recall: str) -> int:
    """Kill what is to be killed, one after the other, then pause; how many begin in the pause."""
    steps = len(size.kills) + 2
    for number, name in enumerate(size.kills, start=1):
        await _until_over(up, size, number / steps)
        up.kill(name)
    await _until_over(up, size, (steps - 1) / steps)
    await _steer(up, recall, "pause")
    await asyncio.sleep(_PAUSE_HOLDS_AFTER_S)
    begun = up.asked(_BEGUN)[0][0]
    await asyncio.sleep(_WATCHED_S)
    later: int = up.asked(_BEGUN)[0][0] - begun
    await _steer(up, recall, "resume")
    return later


async def _until_over(up: Up, size: Size, share: float) -> None:
    wanted = int(size.bad * share)
    await up.until(lambda: up.asked(_OVER)[0][0] >= wanted, size.bad * 60 / size.pace + _SLACK_S)


async def _steer(up: Up, recall: str, word: str) -> None:
    """The database has the word even where Temporal, just killed, cannot be told."""
    try:
        async with up.api(Role.ONCALL) as api:
            await api.post(f"/recalls/{recall}/{word}")
    except Unavailable:
        show.say(f"{word}: Temporal is not back yet")


@asynccontextmanager
async def _up(folder: Path) -> AsyncIterator[Up]:
    up = Up(folder)
    try:
        await up.ready()
        yield up
    finally:
        up.end()


if __name__ == "__main__":
    typer.run(main)
