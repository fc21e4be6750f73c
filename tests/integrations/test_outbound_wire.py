"""Strangers on a real connection: what no transport of a test can imitate."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from casework.errors import CaseworkError, Nonsense, TurnedDown, Unavailable
from integrations.http import Limits, Outbound, Request

SOON = Limits(deadline=timedelta(milliseconds=300))
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def stranger(behaves: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await behaves(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}/"
    finally:
        server.close()


def says(*pieces: bytes) -> Behaviour:
    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return behave


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"content-length: 100000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b" ")
        await writer.drain()
        try:
            async with asyncio.timeout(0.01):
                await reader.read(1)
        except TimeoutError:
            continue


async def drips_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not reader.at_eof():
        writer.write(b"x: y\r\n")
        await writer.drain()
        try:
            async with asyncio.timeout(0.01):
                await reader.read(1)
        except TimeoutError:
            continue


async def is_silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize(
    ("behaves", "error"),
    [
        (drips, Unavailable),
        (drips_headers, Unavailable),
        (is_silent, Unavailable),
        (says(b""), Unavailable),
        (says(b"SSH-2.0-OpenSSH_9.6\r\n"), Unavailable),
        (says(OK + b"content-length: 100\r\n\r\n{}"), Unavailable),
        (says(OK + b"transfer-encoding: chunked\r\n\r\nzz\r\n"), Unavailable),
        (says(OK + b"content-length: 99999999\r\n\r\n", *[b"x" * 65_536] * 40), Nonsense),
        (says(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\n\r\n"), TurnedDown),
    ],
    ids=[
        "drips",
        "drips headers",
        "silent",
        "hangs up",
        "another protocol",
        "truncated",
        "broken chunks",
        "huge",
        "redirects",
    ],
)
async def test_a_stranger_ends_in_an_error_of_ours_and_in_time(
    behaves: Behaviour, error: type[CaseworkError]
) -> None:
    async with stranger(behaves) as address, Outbound(SOON) as http:
        async with asyncio.timeout(5):
            with pytest.raises(error):
                await http.get(Request(url=address))


async def test_a_port_nobody_listens_on_is_unavailable() -> None:
    async with stranger(is_silent) as address:
        pass

    async with Outbound(SOON) as http:
        with pytest.raises(Unavailable):
            await http.get(Request(url=address))


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody but itself vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


async def test_a_self_signed_certificate_is_refused_unless_it_was_named(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    answers = says(OK + b"content-length: 2\r\n\r\n{}")

    async with stranger(answers, tls) as address:
        async with Outbound(Limits(deadline=timedelta(seconds=5))) as http:
            with pytest.raises(Unavailable):
                await http.get(Request(url=address))
        async with Outbound(Limits(deadline=timedelta(seconds=5), ca_file=file)) as http:
            reply = await http.get(Request(url=address))

    assert reply.json_value() == {}


async def test_a_proxy_named_by_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    answers = says(OK + b"content-length: 2\r\n\r\n{}")
    async with stranger(answers) as address, Outbound(SOON) as http:
        reply = await http.get(Request(url=address))

    assert reply.status == 200
