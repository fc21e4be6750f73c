"""What the demo shows while it plays, and the table at its end."""

import time
from typing import Protocol

from rich.text import Text

from casework.base import Model
from cli import show


class Seen(Model):
    """One promise, and what became of it on the server."""

    what: str
    expected: str
    seen: str
    holds: bool


class Teller(Protocol):
    def scene(self, title: str) -> None: ...

    def said(self, who: str, words: str) -> None: ...

    def note(self, words: str) -> None: ...

    def checked(self, seen: Seen) -> None: ...


class OnATerminal:
    """Scene after scene, with the seconds since the beginning."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def scene(self, title: str) -> None:
        show.out().print()
        show.out().rule(Text(title, style="bold"), align="left")

    def said(self, who: str, words: str) -> None:
        self._line(Text.assemble((f"{who:>10}  ", "bold cyan"), show.one_line(words)))

    def note(self, words: str) -> None:
        self._line(Text.assemble((f"{'·':>10}  ", "dim"), (show.one_line(words), "dim")))

    def checked(self, seen: Seen) -> None:
        mark, style = ("✔", "green") if seen.holds else ("✘", "bold red")
        words = show.one_line(f"{seen.what}: {seen.seen}")
        self._line(Text.assemble((f"{mark:>10}  ", style), (words, style)))

    def _line(self, text: Text) -> None:
        seconds = time.monotonic() - self._began
        show.out().print(Text.assemble((f"{seconds:6.1f} s ", "dim"), text))


class ForPrograms:
    """Progress on standard error, a line each; what is said there stays there."""

    def scene(self, title: str) -> None:
        show.say(f"-- {title}")

    def said(self, who: str, words: str) -> None:
        show.say(f"{who}: {words}")

    def note(self, words: str) -> None:
        show.say(words)

    def checked(self, seen: Seen) -> None:
        show.say(f"{'ok' if seen.holds else 'NOT SO'}: {seen.what}: {seen.seen}")
