"""Policies as files: read with line numbers, refused with a place to mend."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from casework.base import Model
from casework.errors import PolicyMistake
from casework.example import Example
from casework.expressions import ConditionMistake, compiled
from casework.facts import names_for
from casework.policy import Policy

KNOWN_CHECKS = frozenset({"profanity", "vendor_moderation", "scam_signs"})
"""The checks that are wired; a policy asking for another one is refused."""

_Shape = TypeVar("_Shape", bound=BaseModel)
_LARGEST = 200_000


class PolicyFile(Model):
    """A policy with its exact text, as it is kept for every version used."""

    file: str
    text: str
    policy: Policy


def load(folder: Path, known_checks: frozenset[str] = KNOWN_CHECKS) -> tuple[PolicyFile, ...]:
    """Every policy in a folder, by harm.

    Raises:
        PolicyMistake: on the first mistake, with file, line and column.
    """
    files = sorted(p for p in folder.glob("*.yaml") if not p.name.endswith(".examples.yaml"))
    if not files:
        raise PolicyMistake("no policies here; expected <harm>.yaml files", file=str(folder))
    return tuple(_read(path, known_checks) for path in files)


def _read(path: Path, known_checks: frozenset[str]) -> PolicyFile:
    text = path.read_text(encoding="utf-8")
    policy = parse(text, path.name, known_checks)
    if policy.harm != path.stem:
        raise PolicyMistake(f"the file is named {path.stem}", file=path.name, line=1, column=1)
    return PolicyFile(file=path.name, text=text, policy=policy)


def parse(text: str, file: str, known_checks: frozenset[str] = KNOWN_CHECKS) -> Policy:
    """A policy from its text.

    Raises:
        PolicyMistake: on a syntax error, an unknown key, a wrong value, an unknown check, an
            unreachable rule or a condition that does not compile.
    """
    tree = _tree(text, file)
    policy = _shaped(Policy, tree, file)
    for problem in _unfit(policy, tree, file, known_checks):
        raise problem
    return policy


def examples(folder: Path, harm: str) -> tuple[Example, ...]:
    """The examples beside a policy; none if there is no such file. Raises PolicyMistake."""
    path = folder / f"{harm}.examples.yaml"
    if not path.exists():
        return ()
    tree = _tree(path.read_text(encoding="utf-8"), path.name)
    if not isinstance(tree, CommentedSeq):
        raise PolicyMistake("examples are a list", file=path.name, line=1, column=1)
    return tuple(
        _shaped(Example, entry, path.name, line=tree.lc.item(number)[0] + 1)
        for number, entry in enumerate(tree)
    )


def _tree(text: str, file: str) -> Any:
    if len(text) > _LARGEST:
        raise PolicyMistake(f"longer than {_LARGEST} characters", file=file, line=1, column=1)
    try:
        return YAML(typ="rt").load(StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = str(error.problem or error.context or "not YAML")
        raise PolicyMistake(problem, file=file, line=line, column=column) from None
    except YAMLError:
        raise PolicyMistake("not YAML", file=file, line=1, column=1) from None


def _shaped(shape: type[_Shape], tree: Any, file: str, line: int = 1) -> _Shape:
    if not isinstance(tree, CommentedMap):
        raise PolicyMistake("expected keys and values", file=file, line=line, column=1)
    try:
        return shape.model_validate(_plain(tree))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        at_line, column = _place(tree, first["loc"], line)
        message = first["msg"].removeprefix("Value error, ")
        where = ".".join(str(part) for part in first["loc"])
        said = f"{where}: {message}" if where else message
        raise PolicyMistake(said, file=file, line=at_line, column=column) from None


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    return node


def _place(node: Any, path: tuple[int | str, ...], line: int) -> tuple[int, int]:
    """The line and column, from 1, of the innermost part of `path` that is in the file."""
    place = (line, 1)
    for part in path:
        found = _position(node, part)
        if found is None:
            break
        place = (found[0] + 1, found[1] + 1)
        node = node[part]
    return place


def _position(node: Any, part: int | str) -> tuple[int, int] | None:
    if isinstance(node, CommentedMap) and part in node:
        line, column = node.lc.key(part)
    elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
        line, column = node.lc.item(part)
    else:
        return None
    return line, column


def _unfit(
    policy: Policy, tree: CommentedMap, file: str, known_checks: frozenset[str]
) -> Iterator[PolicyMistake]:
    for number, check in enumerate(policy.checks):
        if check not in known_checks:
            line, column = _place(tree, ("checks", number), 1)
            said = f"unknown check {check!r}; known: {', '.join(sorted(known_checks))}"
            yield PolicyMistake(said, file=file, line=line, column=column)
    seen: set[str] = set()
    for number, rule in enumerate(policy.rules):
        if rule.when is None:
            continue
        line, column = _value_place(tree["rules"][number], "when")
        condition = " ".join(rule.when.split())
        if condition in seen or condition == "true":
            said = "unreachable: an earlier rule has the same condition"
            if condition == "true":
                said = "always true; write `otherwise`"
            yield PolicyMistake(said, file=file, line=line, column=column)
        seen.add(condition)
        yield from _uncompilable(policy, rule.when, file, line, column)


def _value_place(rule: CommentedMap, key: str) -> tuple[int, int]:
    line, column = rule.lc.value(key)
    return line + 1, column + 1


def _uncompilable(
    policy: Policy, condition: str, file: str, line: int, column: int
) -> Iterator[PolicyMistake]:
    try:
        compiled(condition, names_for(policy.checks))
    except ConditionMistake as mistake:
        at = column + mistake.column - 1 if mistake.line == 1 else mistake.column
        yield PolicyMistake(str(mistake), file=file, line=line + mistake.line - 1, column=at)
