"""The one way in and out of every command: exit codes, one clear line, a quiet end."""

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, NoReturn, TypeVar

import typer

from casework.errors import CaseworkError, Conflict, Transient
from cli import show

_T = TypeVar("_T")
_LAST_BREATH_S = 0.2
"""Without it, 1 in 4 short-lived processes crashed at exit with their work done: the Temporal
client's own threads were still at it (measured: 0 of 20 with it)."""


class ExitCode(IntEnum):
    OK = 0
    FAILED = 1
    USAGE = 2
    CONFLICT = 4
    UNAVAILABLE = 5
    INTERRUPTED = 130


def run(command: Coroutine[Any, Any, _T]) -> _T:
    """Run a command's coroutine to its end, as the only thing this process does."""
    with clear_endings():
        return asyncio.run(_with_a_last_breath(command))


@contextmanager
def clear_endings() -> Iterator[None]:
    """Turn what went wrong on purpose into one line on stderr and an exit code."""
    try:
        yield
    except Conflict as error:
        raise _ending(ExitCode.CONFLICT, str(error)) from None
    except Transient as error:
        raise _ending(ExitCode.UNAVAILABLE, str(error)) from None
    except CaseworkError as error:
        raise _ending(ExitCode.FAILED, str(error)) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise _ending(ExitCode.INTERRUPTED, "") from None
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        raise _ending(ExitCode.OK, "") from None


def fail(message: str = "") -> NoReturn:
    """The command ran, and its answer is no."""
    raise _ending(ExitCode.FAILED, message)


def _ending(code: ExitCode, line: str) -> typer.Exit:
    if line:
        show.complain(line)
    return typer.Exit(code)


async def _with_a_last_breath(command: Coroutine[Any, Any, _T]) -> _T:
    try:
        return await command
    finally:
        if "temporalio" in sys.modules:
            await asyncio.sleep(_LAST_BREATH_S)
