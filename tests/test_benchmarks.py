"""The benchmark, on counts too small to mean anything: it runs, and says what it should."""

import json
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.cases import VARIANTS, Kind, NotComparable, Variant, Way
from benchmarks.effects import per_case
from benchmarks.measuring import Deadline
from benchmarks.results import Block, Comparison, Cpu

LONGEST_RUN_S = 150.0
"""Alone on two cores it takes a tenth of this."""

AUTOMATIC = [variant for variant in VARIANTS if variant.kind is Kind.AUTOMATIC]


def test_a_run_counts_every_variant_and_names_no_machine() -> None:
    flags = ["--cases", "2", "--rounds", "1", "--at-once", "2", "--json"]

    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", *flags],
        capture_output=True,
        text=True,
        timeout=LONGEST_RUN_S,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    costs = {(one["kind"], one["way"]): one for one in told["variants"]}
    assert {len(told["variants"]), len(costs)} == {len(VARIANTS)}
    for kind in Kind:
        ours, regular = costs[kind, Way.CASEWORK], costs[kind, Way.BARE_REGULAR]
        assert ours["cases"] == 2
        assert ours["transitions"]["median"] < regular["transitions"]["median"]
        assert ours["events"]["median"] < regular["events"]["median"]
    assert len(told["casework_divided_by"]) == 4
    assert told["effects_per_case"]["automatic"] == {
        "notice by email": 1,
        "notice by webhook": 1,
        "remove_item applied": 1,
    }
    assert told["effects_per_case"]["reviewed"]["hide_item reverted"] == 1
    for secret in (socket.gethostname(), str(Path.cwd()), tempfile.gettempdir(), sys.prefix):
        assert secret not in ran.stdout


def test_a_slow_round_slows_both_halves_of_a_ratio() -> None:
    quiet = {variant: _block(variant, slowness=1.0) for variant in AUTOMATIC}
    busy = {variant: _block(variant, slowness=3.0) for variant in AUTOMATIC}

    compared = Comparison.of([quiet, busy, quiet], Kind.AUTOMATIC, Way.BARE_LOCAL)

    assert compared.ratios["cpu"].lowest == compared.ratios["cpu"].highest == 2.0
    assert compared.ratios["cases_per_s"].median == 0.5
    assert compared.ratios["transitions"].median == 1.0


def test_variants_with_other_effects_are_not_compared() -> None:
    played = Counter(dict.fromkeys(VARIANTS, 3))
    happened = {variant.name: Counter({"remove_item applied": 3}) for variant in VARIANTS}
    happened["automatic_bare_local"]["notice by email"] = 3

    with pytest.raises(NotComparable, match="automatic_bare_local"):
        per_case(happened, played)


def test_a_case_with_an_effect_too_many_is_found() -> None:
    played = Counter(dict.fromkeys(VARIANTS, 3))
    happened = {variant.name: Counter({"remove_item applied": 3}) for variant in VARIANTS}
    happened["reviewed_casework"]["remove_item applied"] += 1

    with pytest.raises(NotComparable, match="reviewed_casework"):
        per_case(happened, played)


def test_no_round_begins_that_would_end_too_late() -> None:
    moments = iter([0.0, 10.0, 35.0])
    deadline = Deadline(50.0, clock=lambda: next(moments))

    after_a_short_one, after_a_long_one = deadline.leaves_time(), deadline.leaves_time()

    assert after_a_short_one
    assert not after_a_long_one


def _block(variant: Variant, slowness: float) -> Block:
    """Casework takes twice as much of everything but transitions."""
    cost = slowness * (2.0 if variant.way is Way.CASEWORK else 1.0)
    return Block(
        variant=variant,
        wall_s=cost,
        cpu_ms=Cpu(server=cost, worker=cost, database=0.0, client=cost),
        commits=cost,
        transitions=(3, 3),
        events=(10, 10),
        seconds=(cost, cost),
    )
