"""Conditions in the Common Expression Language, behind one door.

The engine answers a runtime error with a truthy value, so only a value whose type is BOOL counts.
Source: cel-expr-python 0.1.3, measured.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from cel_expr_python import cel

from casework.errors import CaseworkError, Undecidable

_TYPES = {float: cel.Type.DOUBLE, int: cel.Type.INT, str: cel.Type.STRING}
_PLACE = re.compile(r"ERROR: [^:]*:(\d+):(\d+): (.*?)(?: \[[A-Z_]+\])?$", re.MULTILINE)
_LONGEST = 2_000
Value = float | int | str


class ConditionMistake(CaseworkError):
    """An expression that does not compile; line and column count from 1 within it."""

    code = "condition_mistake"

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class Condition:
    """A compiled yes-or-no question over named, typed values."""

    def __init__(self, text: str, names: Mapping[str, type]) -> None:
        if len(text) > _LONGEST:
            raise ConditionMistake(f"longer than {_LONGEST} characters", 1, 1)
        env = cel.NewEnv(variables={name: _TYPES[kind] for name, kind in names.items()})
        try:
            self._expression = env.compile(text)
        except RuntimeError as error:
            raise _mistake(str(error)) from None
        if self._expression.return_type() != cel.Type.BOOL:
            raise ConditionMistake("the condition is not a yes-or-no question", 1, 1)

    def holds(self, values: Mapping[str, Value | None]) -> bool:
        """Whether the condition is true of these values; an absent one is None.

        Raises:
            Undecidable: when the answer is anything but a plain true or false.
        """
        known = {name: value for name, value in values.items() if value is not None}
        try:
            answer = self._expression.eval(data=known)
        except RuntimeError:
            raise Undecidable("the engine cannot take these facts") from None
        if answer.type() != cel.Type.BOOL:
            raise Undecidable("the condition has no answer for these facts")
        return bool(answer.value())


@lru_cache(maxsize=4_096)
def compiled(text: str, names: tuple[tuple[str, type], ...]) -> Condition:
    """The condition, compiled once per process.

    Raises:
        ConditionMistake: on a typo, an unknown name or a type error.
    """
    return Condition(text, dict(names))


def _mistake(report: str) -> ConditionMistake:
    place = _PLACE.search(report)
    if place is None:
        return ConditionMistake(report.splitlines()[0], 1, 1)
    return ConditionMistake(
        place[3].replace(" (in container '')", ""), int(place[1]), int(place[2])
    )
