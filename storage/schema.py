"""Bringing a database to the version this code speaks, and telling when it is not there."""

import asyncio
import random
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from casework.errors import Refused
from storage.connections import Faults, engines

_ONE_AT_A_TIME = 0x6361_7365_776F
"""The PostgreSQL advisory lock under which processes started together migrate in turn."""
_TRIES = 20
_PAUSE_S = (0.02, 0.2)


class WrongSchema(Refused):
    """The database is not of the version this code speaks. Says what to do."""

    code = "wrong_schema"


def head() -> str:
    """The version this code speaks."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise WrongSchema("there are no migrations in this installation")
    return found


async def current(url: str) -> str | None:
    """The version of the database, None when it is empty."""
    writer, reader = engines(url)
    try:
        async with reader.connect() as connection:
            return await connection.run_sync(_version_of)
    finally:
        await writer.dispose()
        await reader.dispose()


async def upgrade(url: str) -> None:
    """Bring the database to `head()`, in one transaction. Repeating changes nothing.

    Several that begin at once on a new SQLite file may meet while it becomes a WAL file; SQLite
    refuses that at once instead of waiting, so whoever is refused comes back a little later.

    Raises:
        WrongSchema: when the database is newer than this code.
    """
    for _ in range(_TRIES):
        try:
            return await _upgrade_once(url)
        except DBAPIError as error:
            if Faults.of(error) is not Faults.CONTENDED:
                raise
            await asyncio.sleep(random.uniform(*_PAUSE_S))
    return await _upgrade_once(url)


async def _upgrade_once(url: str) -> None:
    writer, reader = engines(url)
    try:
        async with writer.begin() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await writer.dispose()
        await reader.dispose()


async def check(url: str) -> None:
    """Raises WrongSchema unless the database is exactly of this code's version."""
    found = await current(url)
    if found == head():
        return
    if found is None:
        raise WrongSchema("the database is empty: run `casework db upgrade`")
    if found in _known():
        raise WrongSchema(
            f"the database is older than this version of Casework ({found}, needs {head()}): "
            "run `casework db upgrade`"
        )
    raise WrongSchema(_newer(found))


def _newer(found: str) -> str:
    return (
        f"the database is newer than this version of Casework ({found}, knows {head()}): "
        "install the newer version"
    )


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _version_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
    found = _version_of(connection)
    if found is not None and found not in _known():
        raise WrongSchema(_newer(found))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
