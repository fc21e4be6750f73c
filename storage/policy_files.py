"""Policies as files: read with line numbers, refused with a place to mend."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from casework.base import Model
from casework.errors import PolicyMistake, Undecidable
from casework.example import Example
from casework.expressions import ConditionMistake, compiled
from casework.facts import names_for
from casework.policy import Misplaced, Policy
from casework.reach import covers
from storage import policy_source
from storage.policy_source import Source

KNOWN_CHECKS = frozenset({"profanity", "vendor_moderation", "scam_signs"})
"""The checks that are wired; a policy asking for another one is refused."""

_Shape = TypeVar("_Shape", bound=BaseModel)


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
    text = _text_of(path)
    policy = parse(text, path.name, known_checks)
    if policy.harm != path.stem:
        source = policy_source.read(text, path.name)
        raise source.mistake(f"the file is named {path.stem}", ("harm",))
    return PolicyFile(file=path.name, text=text, policy=policy)


def _text_of(path: Path) -> str:
    content = path.read_bytes().replace(b"\r\n", b"\n")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8").splitlines() or [""]
        raise PolicyMistake(
            "not UTF-8", file=path.name, line=len(before), column=len(before[-1]) + 1
        ) from None


def parse_again(text: str, file: str) -> Policy:
    """A policy that is on record. A check it asks for may have been retired since: then it counts
    as failed, and its cases go to a human."""
    return _shaped(Policy, policy_source.read(text, file))


def parse(text: str, file: str, known_checks: frozenset[str] = KNOWN_CHECKS) -> Policy:
    """A policy from its text.

    Raises:
        PolicyMistake: on a syntax error, an unknown key, a wrong value, an unknown check, an
            unreachable rule or a condition that does not compile.
    """
    source = policy_source.read(text, file)
    policy = _shaped(Policy, source)
    for problem in _unfit(policy, source, known_checks):
        raise problem
    return policy


def examples(folder: Path, harm: str) -> tuple[Example, ...]:
    """The examples beside a policy; none if there is no such file. Raises PolicyMistake."""
    path = folder / f"{harm}.examples.yaml"
    if not path.exists():
        return ()
    source = policy_source.read(_text_of(path), path.name)
    if not isinstance(source.tree, CommentedSeq):
        raise source.mistake("examples are a list")
    return tuple(_shaped(Example, source, number) for number in range(len(source.tree)))


def _shaped(shape: type[_Shape], source: Source, *path: str | int) -> _Shape:
    node = source.tree
    for part in path:
        node = node[part]
    if not isinstance(node, CommentedMap):
        raise source.mistake("expected keys and values", path)
    try:
        return shape.model_validate(_plain(node))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        cause = first.get("ctx", {}).get("error")
        inner = cause.path if isinstance(cause, Misplaced) else first["loc"]
        message = first["msg"].removeprefix("Value error, ")
        where = ".".join(str(part) for part in inner)
        said = f"{where}: {message}" if where else message
        raise source.mistake(said, (*path, *inner)) from None


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    return node


def _unfit(policy: Policy, source: Source, known_checks: frozenset[str]) -> Iterator[PolicyMistake]:
    for number, check in enumerate(policy.checks):
        if check not in known_checks:
            said = f"unknown check {check!r}; known: {', '.join(sorted(known_checks))}"
            yield source.mistake(said, ("checks", number))
    earlier: list[str] = []
    for number, rule in enumerate(policy.rules):
        if rule.when is not None:
            yield from _unfit_condition(policy, source, number, rule.when, earlier)
            earlier.append(rule.when)
        elif "otherwise" not in source.tree["rules"][number]:
            # An empty `when:` would otherwise mean always.
            yield source.mistake("a condition is missing", ("rules", number, "when"))


def _unfit_condition(
    policy: Policy, source: Source, number: int, condition: str, earlier: list[str]
) -> Iterator[PolicyMistake]:
    path = ("rules", number, "when")
    names = names_for(policy.checks)
    try:
        always = compiled(condition, names).holds({})
    except ConditionMistake as mistake:
        at = (mistake.line, mistake.column)
        yield source.mistake_within(str(mistake), path, condition, *at)
    except Undecidable:  # it depends on the case, as it should
        for before, other in enumerate(earlier, start=1):
            if covers(other, condition):
                said = f"unreachable: rule {before} already takes every such case"
                yield source.mistake_at_value(said, path)
    else:
        said = "always true; write `otherwise`" if always else "unreachable: never true"
        yield source.mistake_at_value(said, path)
