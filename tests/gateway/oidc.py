"""Starts the real provider, and walks through it as a browser without a screen."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
BESIDE_US = Path(sys.executable).parent / "node"
NODE = shutil.which("node") or (str(BESIDE_US) if BESIDE_US.exists() else None)
SECRET = "the-client-s-own-secret-of-32-bytes-or-more"
NEEDED = pytest.mark.skipif(
    NODE is None or not (ROOT / "node_modules" / "oidc-provider").exists(),
    reason="there is no node, or no oidc-provider here",
)
_READY_WITHIN_S = 60


@dataclass
class RealProvider:
    issuer: str
    process: asyncio.subprocess.Process

    async def move(self, who: str, *groups: str) -> None:
        """Put somebody into these groups, and no others."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{who}={','.join(groups)}\n".encode())
        await self._says(b"moved")

    async def _says(self, word: bytes) -> None:
        assert self.process.stdout is not None
        async with asyncio.timeout(_READY_WITHIN_S):
            while not (line := await self.process.stdout.readline()).startswith(word):
                assert line, "the provider has ended"

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()


@asynccontextmanager
async def provider(port: int, back: str, **more: str) -> AsyncIterator[RealProvider]:
    """`kid` names its key, `auth` how clients show who they are, `host` what it calls itself, and
    `tell` where it says that somebody has signed out there."""
    assert NODE is not None
    process = await asyncio.create_subprocess_exec(
        NODE,
        str(HERE / "oidc_provider.js"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    real = RealProvider(f"http://{more.get('host', '127.0.0.1')}:{port}", process)
    try:
        said = {"port": port, "back": back, "secret": SECRET} | more
        process.stdin.write(json.dumps(said).encode() + b"\n")
        await real._says(b"ready")
        yield real
    finally:
        await real.stop()


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given.get("action", "")
        if tag == "input" and given.get("name"):
            self.fields[given["name"]] = given.get("value", "")


async def walk_through(client: httpx.AsyncClient, address: str, login: str, back: str) -> str:
    """Sign in there as `login`, agree, and stop at the address that leads back to us."""
    answer = await client.get(address)
    for _ in range(12):
        if answer.is_redirect:
            onward = urljoin(str(answer.url), answer.headers["location"])
            if onward.startswith(back):
                return onward
            answer = await client.get(onward)
            continue
        form = _Form()
        form.feed(answer.text)
        typed = {name: login if name in {"login", "password"} else value
                 for name, value in form.fields.items()}  # fmt: skip
        answer = await client.post(urljoin(str(answer.url), form.action), data=typed)
    raise AssertionError(f"the way through the provider does not end: {answer.status_code}")


async def walk_out(client: httpx.AsyncClient, address: str, back: str) -> str:
    """Say there that one wants to sign out, and stop at the address that leads back to us."""
    page = await client.get(address)
    form = _Form()
    form.feed(page.text)
    onward = urljoin(str(page.url), form.action)
    answer = await client.post(onward, data=form.fields | {"logout": "yes"})
    while answer.is_redirect:
        onward = urljoin(str(answer.url), answer.headers["location"])
        if onward.startswith(back):
            return onward
        answer = await client.get(onward)
    raise AssertionError(f"the way out does not lead back: {answer.status_code}")
