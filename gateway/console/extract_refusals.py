"""The words of refusals, read from where they are raised, for translators.

Marking each of them would say twice what `raise` says. What is read: the first argument of a
`raise` of one of our errors that a caller is told, if it is a text or a constant of that module.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import casework
from casework import errors

_HOME = Path(casework.__file__).parent.parent
_RAISED_IN = ("casework", "storage", "gateway", "activities", "workflows")
TOLD = frozenset(
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.Refused | errors.Unavailable)
)


def refusals() -> set[str]:
    return {
        words
        for package in _RAISED_IN
        for file in (_HOME / package).rglob("*.py")
        for words in _raised(ast.parse(file.read_text(encoding="utf-8")))
    }


def _raised(module: ast.Module) -> Iterator[str]:
    constants = dict(_constants(module))
    for node in ast.walk(module):
        if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
            continue
        called, given = node.exc.func, node.exc.args
        if not (isinstance(called, ast.Name) and called.id in TOLD and given):
            continue
        words = given[0]
        if isinstance(words, ast.Constant) and isinstance(words.value, str):
            yield words.value
        elif isinstance(words, ast.Name) and words.id in constants:
            yield constants[words.id]


def _constants(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                    yield target.id, node.value.value
