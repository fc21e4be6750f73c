"""Addresses that strangers name: where we go, and where we are never led."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI, Response
from fastapi.responses import RedirectResponse

from casework.detection import Media
from casework.errors import Unavailable
from casework.snapshots import CannotShow, NotShown
from integrations.http import Outbound
from integrations.media.client import MediaClient, limits_of
from integrations.media.settings import MediaSettings
from tests.integrations.serving import served
from tests.integrations.strangers import Answer, always, outbound_to

PUBLIC = "93.184.215.14"
HOSTS = ("cdn.example", "*.pictures.example")
INSIDE = (
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "192.0.2.7", "203.0.113.9", "::1", "::", "fe80::1", "fe80::1%eth0",
    "fc00::1", "192.88.99.1", "fd12:3456::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:93.184.215.14",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:7f00:1::",
    "2001:db8::1", "not an address",
)  # fmt: skip
NOT_OURS = (
    "http://127.0.0.1/x", "http://127.0.0.1:{port}/x", "http://localhost:{port}/x",
    "http://localhost./x", "http://[::1]:{port}/x", "http://[::ffff:127.0.0.1]:{port}/x",
    "http://2130706433:{port}/x", "http://0x7f000001:{port}/x", "http://0177.0.0.1:{port}/x",
    "http://127.1:{port}/x", "http://0:{port}/x", "http://0.0.0.0:{port}/x",
    "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/latest/",
    "http://metadata.google.internal/", "http://cdn.example:{port}/x", "https://cdn.example:8443/x",
    "http://cdn.example:80@127.0.0.1:{port}/x", "http://cdn.example@127.0.0.1:{port}/x",
    "http://user:secret@cdn.example/x", "http://@cdn.example/x", "http://cdn.example.evil.example/x",
    "http://evilcdn.example/x", "http://pictures.example/x", "http://xpictures.example/x",
    "file:///etc/passwd", "ftp://cdn.example/x", "gopher://127.0.0.1:{port}/x", "data:image/png,x",
    "javascript:alert(1)", "unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun%2Fd.sock/x",
    "//cdn.example/x", "cdn.example/x", "", "http://", "http:///x", "http://[::1", "http://cdn.example:x/",
    "http://cdn.example:99999/", "http://cdn\u3002example/x", "http://cdn.example\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@cdn.example/x", "http://127.0.0.1:{port}#@cdn.example/",
    "http://ⓒdn.example/x", "blob:http://cdn.example/x",
)  # fmt: skip


def client(
    answer: Answer, *addresses: str, hosts: tuple[str, ...] = HOSTS
) -> tuple[MediaClient, list[str]]:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        asked.append(f"{host}:{port}")
        return addresses or (PUBLIC,)

    return MediaClient(outbound_to(answer), MediaSettings(hosts=hosts), resolve), asked


@asynccontextmanager
async def canary() -> AsyncIterator[tuple[int, list[str]]]:
    """A listener that nobody may reach, on both loopback addresses."""
    caught: list[str] = []

    async def note(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caught.append(str(writer.get_extra_info("peername")))
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    servers = [server]
    if socket.has_ipv6:
        with suppress(OSError):  # this machine has no loopback of that kind
            servers.append(await asyncio.start_server(note, "::1", port))
    yield port, caught
    for each in servers:
        each.close()
        await each.wait_closed()


@pytest.mark.parametrize("url", NOT_OURS)
async def test_an_address_that_is_none_of_ours_is_not_gone_to(url: str) -> None:
    async with canary() as (port, caught), Outbound() as http:
        media = MediaClient(http, MediaSettings(hosts=HOSTS))

        with pytest.raises(CannotShow) as refused:
            await media.fetch(Media(url=url.replace("{port}", str(port))))

    assert refused.value.why is NotShown.NOT_FETCHED
    assert caught == []


@pytest.mark.parametrize("address", INSIDE)
async def test_a_listed_name_that_means_a_place_inside_is_not_gone_to(address: str) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, content=b"bytes")

    media, _ = client(answer, PUBLIC, address)

    with pytest.raises(CannotShow) as refused:
        await media.fetch(Media(url="http://cdn.example/x.png"))

    assert refused.value.why is NotShown.NOT_FETCHED
    assert sent == []


async def test_the_name_is_resolved_once_and_the_checked_address_is_connected_to() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, content=b"bytes")

    media, asked = client(answer)

    content = await media.fetch(Media(url="https://cdn.example/a/b.png?c=d"))

    [request] = sent
    assert (content, asked) == (b"bytes", ["cdn.example:443"])
    assert (request.url.host, request.headers["host"]) == (PUBLIC, "cdn.example")
    assert request.extensions["sni_hostname"] == "cdn.example"
    assert request.url.raw_path == b"/a/b.png?c=d"
    assert "cookie" not in request.headers


async def test_everything_below_a_starred_name_is_gone_to() -> None:
    media, asked = client(always(200, b"bytes"))

    assert await media.fetch(Media(url="http://a.b.pictures.example/x")) == b"bytes"
    assert asked == ["a.b.pictures.example:80"]


async def test_a_place_named_with_its_port_may_lie_inside_and_redirects_are_not_followed() -> None:
    app, elsewhere = FastAPI(), []
    app.add_api_route("/there", lambda: Response(b"bytes"), methods=["GET"])
    app.add_api_route("/moved", lambda: RedirectResponse("/inner"), methods=["GET"])
    app.add_api_route("/inner", lambda: elsewhere.append("reached"), methods=["GET"])

    async with served(app) as address, Outbound() as http:
        media = MediaClient(http, MediaSettings(hosts=(address.removeprefix("http://"),)))
        content = await media.fetch(Media(url=f"{address}/there"))
        with pytest.raises(CannotShow) as refused:
            await media.fetch(Media(url=f"{address}/moved"))

    assert (content, refused.value.why, elsewhere) == (b"bytes", NotShown.TURNED_DOWN, [])


async def test_what_is_no_longer_what_the_detector_saw_is_refused() -> None:
    media, _ = client(always(200, b"swapped"))
    seen = hashlib.sha256(b"as it was").hexdigest()

    with pytest.raises(CannotShow) as refused:
        await media.fetch(Media(url="http://cdn.example/x", sha256=seen))

    assert refused.value.why is NotShown.OTHER_CONTENT


async def test_what_is_as_the_detector_saw_it_is_taken() -> None:
    media, _ = client(always(200, b"the same"))
    seen = hashlib.sha256(b"the same").hexdigest()

    assert await media.fetch(Media(url="http://cdn.example/x", sha256=seen)) == b"the same"


@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 404, 410])
async def test_nothing_there_is_final(status: int) -> None:
    media, _ = client(always(status, b"no", location="http://127.0.0.1/"))

    with pytest.raises(CannotShow) as refused:
        await media.fetch(Media(url="http://cdn.example/x"))

    assert refused.value.why is NotShown.TURNED_DOWN


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_trouble_there_is_for_later(status: int) -> None:
    media, _ = client(always(status))

    with pytest.raises(Unavailable):
        await media.fetch(Media(url="http://cdn.example/x"))


async def test_more_than_the_limit_is_not_taken_in() -> None:
    app = FastAPI()
    app.add_api_route("/large", lambda: Response(b"x" * 3_000), methods=["GET"])

    async with served(app) as address:
        hosts = (address.removeprefix("http://"),)
        settings = MediaSettings(hosts=hosts, limit_bytes=2_000, deadline=timedelta(seconds=20))
        async with Outbound(limits_of(settings)) as http:
            with pytest.raises(CannotShow) as refused:
                await MediaClient(http, settings).fetch(Media(url=f"{address}/large"))

    assert refused.value.why is NotShown.TOO_LARGE


async def test_with_an_empty_list_nothing_is_fetched() -> None:
    media, asked = client(always(200), hosts=())

    with pytest.raises(CannotShow):
        await media.fetch(Media(url="https://cdn.example/x"))

    assert asked == []
