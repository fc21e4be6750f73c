"""Large sealed things outside the database: a folder, or a bucket."""

from pathlib import Path
from typing import Final

from obstore import delete_async, get_async, put_async
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url
from sqlalchemy import make_url

from casework.errors import Gone, Unavailable

BESIDE: Final = "media"
"""The folder beside a database file."""


class Shelf:
    """Nothing on it is readable without a case's key. Connects, or makes its folder, at first use.

    Every call raises Unavailable while the store does not answer, or if there is none.
    """

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._store: ObjectStore | None = None

    async def put(self, name: str, content: bytes) -> None:
        try:
            await put_async(self._opened(), name, content)
        except (BaseError, OSError) as error:
            raise _away(error) from None

    async def get(self, name: str) -> bytes:
        """Raises Gone when it is not there."""
        try:
            found = await get_async(self._opened(), name)
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError):
            raise Gone("there is no such object") from None
        except (BaseError, OSError) as error:
            raise _away(error) from None

    async def delete(self, name: str) -> None:
        """Repeating is no error."""
        try:
            await delete_async(self._opened(), name)
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as error:
            raise _away(error) from None

    def _opened(self) -> ObjectStore:
        if self._store is None:
            if self._url is None:
                raise Unavailable("no store for media is set")
            self._store = _at(self._url)
        return self._store


def _at(url: str) -> ObjectStore:
    if url.startswith("file://"):
        return LocalStore(prefix=Path(url.removeprefix("file://")), mkdir=True)
    return from_url(url)


def _away(error: Exception) -> Unavailable:
    return Unavailable(f"the store for media is not answering: {type(error).__name__}")


def beside(database_url: str) -> str | None:
    """The folder beside a database file; None for a database that is none."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return f"file://{(Path(url.database).resolve().parent / BESIDE)}"
