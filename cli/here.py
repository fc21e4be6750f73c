"""The settings of commands that open the database themselves."""

from contextlib import asynccontextmanager
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING

from cli.data_dir import DataDir, NotRunning
from workers.kinds import RealPlatform
from workers.secret_files import PREFIX
from workers.settings import Ports, Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.store import Store

_NOT_RUNNING = Ports(platform=0, vendor=0, inbox=0, smtp=0, metrics=0)


def settings_of(data: Path) -> Settings:
    """Those of the environment when it names a database; else of this data directory.

    Raises:
        SettingsMistake, NotRunning: when there is neither.
    """
    if environ.get(f"{PREFIX}DATABASE_URL") or environ.get(f"{PREFIX}DATABASE_URL_FILE"):
        return Settings.from_environment()
    here = DataDir(data)
    if not here.keyring_file.exists():
        raise NotRunning(
            f"{here.path} is no data directory of `casework up`; name one with --data, "
            f"or a database with {PREFIX}DATABASE_URL"
        )
    secret = here.keyring().webhook_secret
    try:
        running = here.running()
    except NotRunning:
        return Settings.embedded(here.path, _NOT_RUNNING, secret)
    return Settings.embedded(
        here.path,
        running.ports,
        secret,
        platform=RealPlatform(url=running.urls["platform"]),
        vendor_moderation_url=running.urls["vendor_moderation"],
    )


@asynccontextmanager
async def open_store(settings: Settings) -> "AsyncIterator[Store]":
    """Everything storage offers. Raises WrongSchema, KeyringMistake."""
    from storage import schema
    from storage.keys import Keyring
    from storage.store import Store

    await schema.check(settings.database_url)
    store = Store.open(
        settings.database_url, Keyring.load(settings.keyring_file), media=settings.media_store
    )
    try:
        yield store
    finally:
        await store.close()
