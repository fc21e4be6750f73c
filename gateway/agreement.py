"""How well people agree, beyond what chance would give, and how sure one can be of it.

* Cohen's kappa, for two who judge the same things (Cohen 1960, "A coefficient of agreement for
  nominal scales", Educational and Psychological Measurement 20).
* Krippendorff's alpha for nominal values, for any number of judges and any gaps (Krippendorff
  2011, "Computing Krippendorff's alpha-reliability"; Hayes and Krippendorff 2007).
* Their intervals are 95 % percentile bootstraps over the things judged (Efron 1979), with a fixed
  seed: the same figures give the same interval.
* Shares have Wilson's score interval (Wilson 1927), which holds for few and for none.
"""

from collections import Counter
from collections.abc import Sequence
from math import sqrt

import krippendorff
import numpy as np
from numpy.typing import NDArray

from casework.base import Model

RESAMPLES = 2_000
_SEED = 20_260_101
_Z = 1.959963984540054
"""The normal deviate that leaves 2.5 % on either side."""
_Numbers = NDArray[np.float64]


class Interval(Model):
    low: float
    high: float


class Share(Model):
    """`of` out of `n`. Without any, there is no share to speak of."""

    of: int
    n: int
    share: float | None
    interval: Interval | None


class Coefficient(Model):
    """1 is perfect, 0 is what chance would give. `n` things were judged by more than one person.

    `value` is None with too few of them, and where everybody gave the same answer to everything:
    then agreement and chance cannot be told apart.
    """

    n: int
    value: float | None = None
    interval: Interval | None = None
    too_few: bool = False


def share(of: int, n: int) -> Share:
    if n == 0:
        return Share(of=0, n=0, share=None, interval=None)
    p = of / n
    middle = p + _Z**2 / (2 * n)
    reach = _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
    scale = 1 + _Z**2 / n
    low, high = max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)
    return Share(of=of, n=n, share=p, interval=Interval(low=low, high=high))


def kappa(pairs: Sequence[tuple[str, str]], at_least: int) -> Coefficient:
    """Of what the first and the second of two people said of each thing."""
    if len(pairs) < at_least:
        return Coefficient(n=len(pairs), too_few=True)
    values = sorted({value for pair in pairs for value in pair})
    tables, counts = [], []
    for (first, second), number in sorted(Counter(pairs).items()):
        table = np.zeros((len(values), len(values)))
        table[values.index(first), values.index(second)] = 1
        tables.append(table)
        counts.append(number)
    cells = np.stack(tables)
    whole = _kappas(np.array([counts], dtype=float), cells)[0]
    return _coefficient(len(pairs), whole, _kappas(_resampled(counts), cells))


def alpha(things: Sequence[Sequence[str]], at_least: int) -> Coefficient:
    """Of what any number of people said of each thing; what one person judged alone is left out."""
    judged = [thing for thing in things if len(thing) > 1]
    if len(judged) < at_least:
        return Coefficient(n=len(judged), too_few=True)
    values = sorted({value for thing in judged for value in thing})
    if len(values) < 2:
        return Coefficient(n=len(judged))
    said = Counter(tuple(Counter(thing)[value] for value in values) for thing in judged)
    patterns = np.array(sorted(said), dtype=float)
    counts = [said[tuple(int(each) for each in pattern)] for pattern in patterns]
    whole = krippendorff.alpha(
        value_counts=np.repeat(patterns, counts, axis=0), level_of_measurement="nominal"
    )
    return _coefficient(len(judged), float(whole), _alphas(_resampled(counts), patterns))


def _resampled(counts: Sequence[int]) -> _Numbers:
    """How often each kind of thing is in each resample of as many things."""
    n = sum(counts)
    drawn = np.random.default_rng(_SEED).multinomial(n, np.array(counts) / n, size=RESAMPLES)
    return drawn.astype(float)


def _kappas(weights: _Numbers, cells: _Numbers) -> _Numbers:
    """One for each row of weights; NaN where chance alone agrees on everything."""
    tables = np.tensordot(weights, cells, axes=1) / weights.sum(axis=1)[:, None, None]
    observed = np.trace(tables, axis1=1, axis2=2)
    expected = (tables.sum(axis=2) * tables.sum(axis=1)).sum(axis=1)
    left = 1 - expected
    unknown = np.full_like(left, np.nan)
    found: _Numbers = np.divide(observed - expected, left, out=unknown, where=left > 1e-12)
    return found


def _alphas(weights: _Numbers, patterns: _Numbers) -> _Numbers:
    """The same for alpha, from the coincidences of each kind of thing."""
    judges = patterns.sum(axis=1)
    differing = (judges**2 - (patterns**2).sum(axis=1)) / (judges - 1)
    totals = weights @ patterns
    n = totals.sum(axis=1)
    expected = n**2 - (totals**2).sum(axis=1)
    ratio: _Numbers = np.divide(
        (n - 1) * (weights @ differing),
        expected,
        out=np.full_like(expected, np.nan),
        where=expected > 1e-12,
    )
    return 1 - ratio


def _coefficient(n: int, value: float, resamples: _Numbers) -> Coefficient:
    if np.isnan(value):
        return Coefficient(n=n)
    known = resamples[~np.isnan(resamples)]
    if len(known) < RESAMPLES / 2:
        return Coefficient(n=n, value=value)
    low, high = np.percentile(known, [2.5, 97.5])
    return Coefficient(n=n, value=value, interval=Interval(low=float(low), high=float(high)))
