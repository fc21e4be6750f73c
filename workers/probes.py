"""Small questions to processes on this machine: does anybody listen, and what do they say?"""

import asyncio
import json
import socket
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

_DIRECT = urllib.request.ProxyHandler({})
"""What listens on this machine is never asked through a proxy."""


async def listens(host: str, port: int, *, within_s: float = 1.0) -> bool:
    """Whether a TCP connection is taken."""
    try:
        async with asyncio.timeout(within_s):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def status(url: str, *, within_s: float = 2.0) -> int | None:
    """The HTTP status that `url` answers with; None when nobody answers."""
    code, _ = await asyncio.to_thread(_get, url, within_s)
    return code


async def read_json(url: str, *, within_s: float = 3.0) -> Any:
    """What `url` answers, parsed; None when it does not answer 200 with JSON."""
    code, body = await asyncio.to_thread(_get, url, within_s)
    if code != 200:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return None


async def clock_skew(url: str, *, within_s: float = 3.0) -> timedelta | None:
    """How far our clock is ahead of the one behind `url`, to the second; None if it names none."""
    named = await asyncio.to_thread(_date_of, url, within_s)
    return None if named is None else datetime.now(UTC) - named


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether we could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Ports nobody uses at this moment, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((host, 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _date_of(url: str, within_s: float) -> datetime | None:
    opener = urllib.request.build_opener(_DIRECT)
    try:
        with opener.open(url, timeout=within_s) as answer:
            return parsedate_to_datetime(answer.headers["Date"])
    except (OSError, ValueError, TypeError):
        return None


def _get(url: str, within_s: float) -> tuple[int | None, bytes]:
    opener = urllib.request.build_opener(_DIRECT)
    try:
        with opener.open(url, timeout=within_s) as answer:
            return answer.status, answer.read(4_000_000)
    except urllib.error.HTTPError as error:
        return error.code, b""
    except (OSError, ValueError):
        return None, b""
