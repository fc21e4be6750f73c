"""What a command prints: tables and lines for people, JSON for programs.

Whatever comes from a server may have been written by somebody hostile, so control characters
never reach the terminal: they could move the cursor, set the title or hide text.
"""

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

_KEPT = {"\n", "\t"}
_WIDTH_IN_A_PIPE = 200


def plain(text: object) -> str:
    """The text without control, direction-changing and other invisible characters."""
    return "".join(c for c in str(text) if c in _KEPT or unicodedata.category(c)[0] != "C")


def one_line(text: object) -> str:
    return " ".join(plain(text).split())


def out() -> Console:
    """Standard output, where results go. Without a terminal lines are not wrapped at 80."""
    width = None if sys.stdout.isatty() else _WIDTH_IN_A_PIPE
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)


def err() -> Console:
    """Standard error, where progress and complaints go."""
    width = None if sys.stderr.isatty() else _WIDTH_IN_A_PIPE
    return Console(file=sys.stderr, highlight=False, markup=False, emoji=False, width=width)


def complain(line: str) -> None:
    _write(sys.stderr, f"casework: {one_line(line)}")


def say(line: str) -> None:
    _write(sys.stderr, one_line(line))


def line(text: str) -> None:
    _write(sys.stdout, plain(text))


def as_json(value: Any) -> None:
    """One JSON document; everything beyond ASCII is escaped, so nothing can act on a terminal."""
    _write(sys.stdout, json.dumps(value, indent=2, default=str))


def table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None
) -> None:
    grid = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for heading in headings:
        grid.add_column(heading, overflow="fold")
    for row in rows:
        grid.add_row(*(_cell(value) for value in row))
    out().print(grid)


def pairs(values: Iterable[tuple[str, object]], title: str | None = None) -> None:
    """Names and values, one pair a line, never broken: a link has to stay one link."""
    given = [(name, "-" if value is None else one_line(value)) for name, value in values]
    width = max((len(name) for name, _ in given), default=0)
    if title:
        line(title)
    for name, value in given:
        line(f"{name:<{width}}  {value}")


def _cell(value: object) -> Text:
    return Text("-" if value is None else plain(value))


def _write(stream: TextIO, text: str) -> None:
    stream.write(f"{text}\n")
    stream.flush()
