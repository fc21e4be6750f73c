"""YAML that remembers where everything stands, and refuses what could hide or blow up a policy."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent
from ruamel.yaml.reader import ReaderError

from casework.errors import PolicyMistake

_LARGEST = 200_000
_LONGEST = 4_000
_DEEPEST = 20
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*[ \t]*(#[^\n]*)?\n")
_BESIDE_A_SCALAR = " \t\r\n\\'\""
"""What a scalar's notation adds: indentation, quotes, escapes."""
_WRITTEN_AS = {"do": "otherwise"}
"""How the last rule spells its ruling's key."""

Path = Sequence[str | int]
Place = tuple[int, int]
"""Line and column, both from 1."""


@dataclass(frozen=True)
class Source:
    """A file's text and what it says; `tree` knows the place of each of its keys and items."""

    file: str
    text: str
    tree: Any

    def mistake(self, message: str, path: Path = ()) -> PolicyMistake:
        """A mistake at the innermost part of `path` that is written in the file."""
        return _mistake(message, self.file, self._place(path))

    def mistake_at_value(self, message: str, path: Path) -> PolicyMistake:
        return _mistake(message, self.file, self._value_place(path))

    def mistake_within(
        self, message: str, path: Path, scalar: str, line: int, column: int
    ) -> PolicyMistake:
        """A mistake at a line and column, from 1, within the text at `path`, however it is written.

        A folded text has lost its lines, a quoted one its escapes; it is laid beside the file
        again to find the character.
        """
        start = self._value_place(path)
        offset = _index(scalar, (line, column))
        found = _laid_beside(self.text, _index(self.text, start), scalar, offset)
        return _mistake(message, self.file, start if found is None else _place(self.text, found))

    def _place(self, path: Path) -> Place:
        node, place = self.tree, (1, 1)
        for part in path:
            found = _position(node, part)
            if found is not None:
                node, place = found
        return place

    def _value_place(self, path: Path) -> Place:
        node = self.tree
        for part in path[:-1]:
            node = node[part]
        line, column = node.lc.value(path[-1])
        return line + 1, column + 1


def read(text: str, file: str) -> Source:
    """The file's content.

    Raises:
        PolicyMistake: not YAML, a key given twice, an alias, an anchor, a tag, a merge key, or more
            text or depth than any policy needs.
    """
    if len(text) > _LARGEST:
        raise _mistake(f"longer than {_LARGEST} characters", file, (1, 1))
    try:
        _refuse_cleverness(text, file)
        return Source(file=file, text=text, tree=YAML(typ="rt").load(StringIO(text)))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _mistake(str(error.problem or error.context or "not YAML"), file, place) from None
    except ReaderError as error:
        place = _place(text, error.position)
        raise _mistake("not YAML: a control character", file, place) from None
    except (YAMLError, ValueError):  # ValueError: a date such as 2026-99-99
        raise _mistake("not YAML", file, (1, 1)) from None


def _refuse_cleverness(text: str, file: str) -> None:
    depth = 0
    for event in YAML(typ="rt").parse(StringIO(text)):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        said = "nested too deeply" if depth > _DEEPEST else _cleverness(event)
        if said:
            mark = event.start_mark
            raise _mistake(said, file, (mark.line + 1, mark.column + 1))


def _cleverness(event: Any) -> str:
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
        return "no anchors and aliases here: write it out"
    if getattr(event, "ctag", None):
        return "no tags here"
    if isinstance(event, ScalarEvent) and event.value == "<<":
        return "no merge keys here: write it out"
    if isinstance(event, ScalarEvent) and len(event.value) > _LONGEST:
        return f"longer than {_LONGEST} characters"
    return ""


def _position(node: Any, part: str | int) -> tuple[Any, Place] | None:
    """The part's own node and place; None when the model has it and the file does not write it."""
    if isinstance(node, CommentedMap):
        key = part if part in node else _WRITTEN_AS.get(str(part))
        if key not in node:
            return None
        line, column = node.lc.key(key)
    elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
        key = part
        line, column = node.lc.item(part)
    else:
        return None
    return node[key], (line + 1, column + 1)


def _laid_beside(text: str, start: int, scalar: str, wanted: int) -> int | None:
    """Where in `text` the scalar written from `start` on has its character number `wanted`."""
    header = _BLOCK_HEADER.match(text, start)
    at = header.end() if header else start + text.startswith(('"', "'"), start)
    for number, character in enumerate(scalar):
        while text[at : at + 1] != character:
            if text[at : at + 1] not in _BESIDE_A_SCALAR or at >= len(text):
                return None
            at += 1
        if number >= wanted:
            return at
        at += 1
    return at


def _index(text: str, place: Place) -> int:
    """The index of the character at a place."""
    line, column = place
    starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
    return starts[line - 1] + column - 1


def _place(text: str, index: int) -> Place:
    ends = [end.end() for end in _LINE_END.finditer(text, 0, index)]
    return len(ends) + 1, index - (ends[-1] if ends else 0) + 1


def _mistake(message: str, file: str, place: Place) -> PolicyMistake:
    return PolicyMistake(message, file=file, line=place[0], column=place[1])
