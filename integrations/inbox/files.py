"""A folder of files that are there whole or not at all."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import structlog

from casework.errors import Nonsense

Kept = TypeVar("Kept")

_log: Any = structlog.get_logger(__name__)
_UNFINISHED = ".unfinished"


class Files:
    """`kind` is how the files' names end. One process writes here at a time."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder = folder
        self._kind = kind
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in folder.glob(f"*{_UNFINISHED}"):
            leftover.unlink()

    def put(self, name: str, content: bytes) -> None:
        """Write, or replace, in one step: a crash leaves the old file or the new one."""
        unfinished = self._folder / f"{name}{_UNFINISHED}"
        unfinished.write_bytes(content)
        unfinished.rename(self._folder / f"{name}{self._kind}")

    def read(self, understand: Callable[[str, bytes], Kept]) -> Iterator[tuple[str, Kept]]:
        """Each file's name, without its end, and what it says. A file that cannot be understood
        is left out and named in the log: the others are worth showing."""
        for path in sorted(self._folder.glob(f"*{self._kind}")):
            name = path.name.removesuffix(self._kind)
            try:
                yield name, understand(name, path.read_bytes())
            except (Nonsense, ValueError) as error:
                _log.warning("file left out", file=path.name, error=type(error).__name__)


def name_for(key: str) -> str:
    """A file's name for any text that strangers send; the same for the same text."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
