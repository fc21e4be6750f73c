"""A link to PostgreSQL that can be made to misbehave."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

COMMIT = b"COMMIT"


class BadLink:
    """Carries bytes between a TCP port and the server's socket, until told otherwise."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._database = parts.path
        self._socket = parse_qs(parts.query)["host"][0] + "/.s.PGSQL.5432"
        self._port = 0
        self._swallows = False
        self._loses_commits = False
        self._is_committing = False
        self._carrying: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}{self._database}"

    def swallow_everything(self) -> None:
        """From now on nothing arrives, and nobody says so."""
        self._swallows = True

    def work_again(self) -> None:
        self._swallows = self._loses_commits = False

    def lose_the_answer_to_the_next_commit(self) -> None:
        self._loses_commits = True

    @asynccontextmanager
    async def up(self) -> AsyncIterator["BadLink"]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        yield self
        server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, before = await asyncio.open_unix_connection(self._socket)
        for carrying in (self._carry_there(reader, before), self._carry_back(behind, writer)):
            self._carrying.add(asyncio.create_task(carrying))

    async def _carry_there(
        self, client: asyncio.StreamReader, server: asyncio.StreamWriter
    ) -> None:
        while content := await client.read(65_536):
            if self._swallows:
                continue
            self._is_committing = self._loses_commits and COMMIT in content
            server.write(content)
        server.close()

    async def _carry_back(self, server: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        while content := await server.read(65_536):
            if self._is_committing:
                self._loses_commits = self._is_committing = False
                client.transport.abort()
            elif not self._swallows:
                client.write(content)
        client.close()
