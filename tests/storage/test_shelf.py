"""The store for large sealed things keeps the same promises in a folder and in a bucket."""

import asyncio
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from casework.errors import Gone, Unavailable
from storage.objects import Shelf

RCLONE = Path(sys.executable).parent / "rclone"
KEY, SECRET = "casework", "a-secret-of-this-test"
BUCKET = "snapshots"


class Bucket:
    """A real server of the S3 API that demands signed requests, over a folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as asking:
            asking.bind(("127.0.0.1", 0))
            self.port = int(asking.getsockname()[1])
        self._folder = folder
        (folder / BUCKET).mkdir(parents=True)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            str(RCLONE), "serve", "s3", str(self._folder), "--config", "",
            "--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{KEY},{SECRET}",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(600):
            if await self._listens():
                return
            await asyncio.sleep(0.05)
        raise AssertionError("rclone does not listen")

    async def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()
            self._process = None

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


@asynccontextmanager
async def bucket(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bucket]:
    made = Bucket(folder)
    for name, value in {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT": f"http://127.0.0.1:{made.port}",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@pytest.fixture(params=["folder", "bucket"])
async def shelf(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shelf]:
    if request.param == "folder":
        yield Shelf(f"file://{tmp_path / 'shelf'}")
        return
    async with bucket(tmp_path / "s3", monkeypatch):
        yield Shelf(f"s3://{BUCKET}/media")


async def test_what_is_put_is_had_back_to_the_byte(shelf: Shelf) -> None:
    content = secrets.token_bytes(3_000_000)

    await shelf.put("case-1/snapshot-1", content)

    assert await shelf.get("case-1/snapshot-1") == content


async def test_to_put_again_replaces_it(shelf: Shelf) -> None:
    await shelf.put("case-1/snapshot-1", b"before")
    await shelf.put("case-1/snapshot-1", b"after")

    assert await shelf.get("case-1/snapshot-1") == b"after"


async def test_what_was_never_put_is_gone(shelf: Shelf) -> None:
    with pytest.raises(Gone):
        await shelf.get("case-1/snapshot-1")


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(shelf: Shelf) -> None:
    await shelf.put("case-1/snapshot-1", b"content")

    await shelf.delete("case-1/snapshot-1")
    await shelf.delete("case-1/snapshot-1")

    with pytest.raises(Gone):
        await shelf.get("case-1/snapshot-1")


async def test_a_wrong_secret_is_a_store_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bucket(tmp_path, monkeypatch):
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
        with pytest.raises(Unavailable):
            await Shelf(f"s3://{BUCKET}/media").put("case-1/snapshot-1", b"content")


async def test_a_bucket_that_was_away_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bucket(tmp_path, monkeypatch) as made:
        shelf = Shelf(f"s3://{BUCKET}/media")
        await shelf.put("case-1/snapshot-1", b"content")
        await made.stop()
        with pytest.raises(Unavailable):
            await shelf.get("case-1/snapshot-1")
        await made.start()

        assert await shelf.get("case-1/snapshot-1") == b"content"
