"""Whether one condition leaves a later one nothing to do."""

import operator
import re
from collections.abc import Iterator

_TOKEN = re.compile(r"""\s+|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|&&|\|\||[A-Za-z0-9_.]+|.""", re.S)
_BOUND = re.compile(r"([a-z_][a-z0-9_.]*)(>=|>|<=|<)(-?[0-9]+(?:\.[0-9]+)?)")
_HOLDS = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
_OPENS, _CLOSES = "([{", ")]}"


def covers(earlier: str, later: str) -> bool:
    """Whether each case that meets `later` meets `earlier` too.

    Knows `&&`, `||`, brackets and thresholds (0.97 and up is 0.55 and up). Whatever else a
    condition says is only compared as text; where that does not tell, the answer is False.
    """
    general = list(_parts(_tokens(earlier), "||"))
    return all(
        any(_follows(wanted, special) for wanted in general)
        for special in _parts(_tokens(later), "||")
    )


def _follows(wanted: list[str], given: list[str]) -> bool:
    facts = list(map(_said, _parts(given, "&&")))
    return all(any(_implies(fact, _said(part)) for fact in facts) for part in _parts(wanted, "&&"))


def _said(part: list[str]) -> str:
    return "".join(_without_brackets(part))


def _implies(fact: str, wanted: str) -> bool:
    if fact == wanted:
        return True
    one, other = _BOUND.fullmatch(fact), _BOUND.fullmatch(wanted)
    if one is None or other is None or one[1] != other[1] or one[2][0] != other[2][0]:
        return False
    if float(one[3]) == float(other[3]):
        return other[2] in (one[2], one[2] + "=")
    return bool(_HOLDS[one[2]](float(one[3]), float(other[3])))


def _tokens(text: str) -> list[str]:
    return [token for token in _TOKEN.findall(text) if not token.isspace()]


def _parts(tokens: list[str], separator: str) -> Iterator[list[str]]:
    """What stands between the separators, outside of brackets. `? :` binds weaker: left whole."""
    tokens = _without_brackets(tokens)
    depths = _depths(tokens)
    cuts = [n for n, token in enumerate(tokens) if token == separator and depths[n] == 0]
    if "?" in tokens:
        cuts = []
    for start, end in zip([-1, *cuts], [*cuts, len(tokens)], strict=True):
        yield tokens[start + 1 : end]


def _without_brackets(tokens: list[str]) -> list[str]:
    """Without round brackets that hold everything else."""
    while tokens and tokens[0] == "(" and 0 not in _depths(tokens)[:-1] and tokens[-1] == ")":
        tokens = tokens[1:-1]
    return tokens


def _depths(tokens: list[str]) -> list[int]:
    """How many brackets are open after each token."""
    depths, depth = [], 0
    for token in tokens:
        depth += (token in _OPENS) - (token in _CLOSES)
        depths.append(depth)
    return depths
