"""The figures against worked examples that were published, and against other implementations."""

import random

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from gateway.agreement import RESAMPLES, _alphas, _kappas, _resampled, alpha, kappa, share

# Krippendorff 2011, "Computing Krippendorff's alpha-reliability", section C: four observers,
# twelve units, nominal data with gaps. Published: 0.743.
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)
UNITS = [[str(v) for v in unit if v is not None] for unit in zip(*OBSERVERS, strict=True)]

# The same, section A: two observers, binary data, ten units without gaps. Published: 0.095.
MEG = ["0", "1", "0", "0", "0", "0", "0", "0", "1", "0"]
OWEN = ["1", "1", "1", "0", "0", "1", "0", "0", "0", "0"]


def of_a_table(yes_yes: int, yes_no: int, no_yes: int, no_no: int) -> list[tuple[str, str]]:
    return (
        [("yes", "yes")] * yes_yes
        + [("yes", "no")] * yes_no
        + [("no", "yes")] * no_yes
        + [("no", "no")] * no_no
    )


def test_alpha_is_that_of_the_published_example_with_gaps() -> None:
    found = alpha(UNITS, at_least=1)

    assert found.value == pytest.approx(0.743, abs=0.0005)
    assert found.n == 11


def test_alpha_is_that_of_the_published_binary_example() -> None:
    found = alpha(list(zip(MEG, OWEN, strict=True)), at_least=1)

    assert found.value == pytest.approx(0.095, abs=0.0005)


@pytest.mark.parametrize(
    ("table", "published"),
    [((20, 5, 10, 15), 0.40), ((45, 15, 25, 15), 0.1304), ((25, 35, 5, 35), 0.2593)],
)
def test_kappa_is_that_of_well_known_examples(
    table: tuple[int, int, int, int], published: float
) -> None:
    # The tables of "Cohen's kappa" in Wikipedia, the last two after Sim and Wright 2005.
    found = kappa(of_a_table(*table), at_least=1)

    assert found.value == pytest.approx(published, abs=0.0001)


@pytest.mark.parametrize("seed", range(20))
def test_kappa_and_alpha_are_what_others_compute(seed: int) -> None:
    draw = random.Random(seed)
    pairs = [(draw.choice("abc"), draw.choice("aabc")) for _ in range(draw.randint(10, 60))]
    things = [[draw.choice("aabcd") for _ in range(draw.randint(1, 5))] for _ in range(40)]
    longest = max(map(len, things))
    table = [
        [float("abcd".index(thing[n])) if n < len(thing) else np.nan for thing in things]
        for n in range(longest)
    ]

    k, a = kappa(pairs, at_least=1), alpha(things, at_least=1)

    assert k.value == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)))
    assert a.value == pytest.approx(
        krippendorff.alpha(reliability_data=table, level_of_measurement="nominal")
    )


def test_every_resample_is_what_the_slow_way_gives() -> None:
    patterns = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0], [0.0, 3.0]])
    weights = _resampled([9, 4, 5, 2])[:50]

    fast = _alphas(weights, patterns)

    slow = [
        krippendorff.alpha(
            value_counts=np.repeat(patterns, row.astype(int), axis=0),
            level_of_measurement="nominal",
        )
        for row in weights
    ]
    assert fast == pytest.approx(slow)


def test_every_resample_of_kappa_is_what_the_slow_way_gives() -> None:
    cells = np.array([[[1.0, 0], [0, 0]], [[0, 1.0], [0, 0]], [[0, 0], [0, 1.0]]])
    said = [("0", "0"), ("0", "1"), ("1", "1")]
    weights = _resampled([12, 5, 9])[:50]

    fast = _kappas(weights, cells)

    for row, found in zip(weights, fast, strict=True):
        pairs = [pair for pair, number in zip(said, row, strict=True) for _ in range(int(number))]
        assert found == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)))


def test_an_interval_holds_its_value_narrows_with_more_and_stays_the_same() -> None:
    few, many = of_a_table(20, 5, 10, 15), of_a_table(200, 50, 100, 150)

    small, large, again = kappa(few, 1), kappa(many, 1), kappa(few, 1)

    assert small.interval is not None
    assert large.interval is not None
    assert small.value is not None
    assert small.interval.low < small.value < small.interval.high
    assert large.interval.high - large.interval.low < small.interval.high - small.interval.low
    assert again == small


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    # Two who agree by chance but for a share of 0.6: kappa is 0.6.
    draw = random.Random(4711)
    held = 0
    for _ in range(200):
        firsts = [draw.choice("ab") for _ in range(150)]
        pairs = [(f, f if draw.random() < 0.6 else draw.choice("ab")) for f in firsts]
        interval = kappa(pairs, 1).interval
        assert interval is not None
        held += interval.low <= 0.6 <= interval.high

    assert 180 <= held <= 198
    assert RESAMPLES == 2_000


def test_too_few_are_not_made_a_figure_of() -> None:
    found = [kappa([("a", "b")] * 19, at_least=20), alpha([["a", "b"]] * 19, at_least=20)]

    assert [(each.n, each.value, each.too_few) for each in found] == [(19, None, True)] * 2


def test_where_everybody_says_the_same_there_is_no_coefficient() -> None:
    found = [kappa([("a", "a")] * 30, at_least=20), alpha([["a", "a"]] * 30, at_least=20)]

    assert [(each.n, each.value, each.too_few) for each in found] == [(30, None, False)] * 2


@pytest.mark.parametrize(
    ("of", "n", "low", "high"),
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_wilson_s_interval_is_that_of_the_published_examples(
    of: int, n: int, low: float, high: float
) -> None:
    found = share(of, n)

    assert found.interval is not None
    assert found.interval.low == pytest.approx(low, abs=0.00005)
    assert found.interval.high == pytest.approx(high, abs=0.00005)


def test_of_none_there_is_no_share() -> None:
    assert (share(0, 0).share, share(0, 0).interval) == (None, None)
