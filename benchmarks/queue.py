"""`python -m benchmarks.queue`: how long the next job takes to be claimed when 10,000 wait.

Cases of all severities, deadlines, reaches and languages wait at one desk. Ten people claim the
next one in turn, and put it back, so that the queue stays as full as it was. What is measured is a
claim, with its commit; every fifth of a person is the turn of what has waited longest.
"""

import random
import secrets
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.databases import Engine, database
from casework.profiles import Profile
from casework.queueing import QueueRules
from casework.records import Person
from casework.started import leave_it_out_of_collections
from casework.words import HearingKind, Role, Severity, Stage
from cli import runner
from cli.tally import percentile
from storage import schema
from storage.engine import Transaction, utc_now
from storage.keys import Keyring
from storage.store import Store
from storage.tables import cases, reviews

DESK = "reviewers"
_LEASE = timedelta(minutes=15)
_PEOPLE = tuple(Person(id=f"reviewer-{n}", role=Role.REVIEWER) for n in range(10))
_AT_ONCE = 500
_DRAWN = 4711


def main(
    waiting: Annotated[int, typer.Option(help="How many wait.", min=100, max=200_000)] = 10_000,
    claims: Annotated[int, typer.Option(help="How many are claimed.", min=100)] = 1_000,
) -> None:
    """Print p50, p95 and p99 of a claim, in ms, on both databases."""
    for engine in Engine:
        with tempfile.TemporaryDirectory() as folder:
            took = runner.run(_measured(engine, Path(folder), waiting, claims))
        said = ", ".join(f"p{part} {percentile(took, part / 100):.1f} ms" for part in (50, 95, 99))
        print(f"{engine.value}: {said} of {len(took)} claims from {waiting} waiting")


async def _measured(engine: Engine, folder: Path, waiting: int, number: int) -> list[float]:
    async with database(engine, folder) as place:
        await schema.upgrade(place.url)
        store = Store.open(place.url, Keyring.made())
        try:
            await _furnish(store, waiting)
            leave_it_out_of_collections()  # as whatever serves does
            return [await _claim(store, turn) for turn in range(number)]
        finally:
            await store.close()


async def _claim(store: Store, turn: int) -> float:
    person = _PEOPLE[turn % len(_PEOPLE)]
    began = time.perf_counter()
    claimed = await store.desk.claim(DESK, person, _LEASE, QueueRules())
    took = (time.perf_counter() - began) * 1_000
    assert claimed is not None
    await store.desk.release(claimed.review_id, person, claimed.etag)
    return took


async def _furnish(store: Store, waiting: int) -> None:
    drawn = random.Random(_DRAWN)
    now = utc_now()
    for person in _PEOPLE:
        await store.staff.add(person, secrets.token_hex(16))
        spoken = frozenset({drawn.choice(("de", "en", "nl"))})
        await store.profiles.put(Profile(person=person.id, languages=spoken), by="benchmark")
    for first in range(0, waiting, _AT_ONCE):
        some = range(first, min(first + _AT_ONCE, waiting))
        pairs = [_waiting(number, drawn, now) for number in some]

        async def work(tx: Transaction, pairs: list[Any] = pairs) -> None:
            await tx.execute(cases.insert().values([case for case, _ in pairs]))
            await tx.execute(reviews.insert().values([review for _, review in pairs]))

        await store.database.write(work)


def _waiting(number: int, drawn: random.Random, now: datetime) -> tuple[Any, Any]:
    severity = drawn.choice(tuple(Severity))
    opened = now - timedelta(minutes=drawn.randrange(1_440))
    case = {
        "case_id": f"case-{number}", "harm": "harassment", "item_type": "message",
        "item_id": f"m-{number}", "account_id": f"acct-{number % 3_000}", "stage": Stage.REVIEW,
        "round": 1, "blocked_on": "", "detections": 1, "opened_at": opened,
        "round_opened_at": opened, "started_at": opened, "queue": DESK,
    }  # fmt: skip
    review = {
        "review_id": f"review-{number}", "case_id": case["case_id"], "round": 1,
        "hearing": HearingKind.FIRST, "harm": "harassment", "severity": severity,
        "severity_rank": severity.rank, "desk": DESK, "why": "rule_1", "state": "open",
        "due_at": now + timedelta(minutes=drawn.randrange(-30, 600)), "opened_at": opened,
        "reach": int(10 ** drawn.uniform(0, 6)), "reporters": drawn.randrange(40),
        "trusted": drawn.random() < 0.02, "language": drawn.choice((None, "de", "en", "nl")),
    }  # fmt: skip
    return case, review


if __name__ == "__main__":
    typer.run(main)
