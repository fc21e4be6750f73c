"""Which address a host's name may lead us to. The only place that decides where we connect."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

from casework.base import Model
from casework.errors import Unavailable
from casework.snapshots import CannotShow, NotShown

Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""All addresses of a host, as its name means now. Raises Unavailable."""

_PORTS: Final = {"http": 80, "https": 443}
_MAPPED: Final = (
    "::ffff:0:0/96",
    "::/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "2002::/16",
    "2001::/32",
)
_RESERVED: Final = tuple(ipaddress.ip_network(net) for net in ("192.0.0.0/24", "192.88.99.0/24"))
"""Parts of which Python calls global, in one release or another."""
_WRAPPED: Final = tuple(ipaddress.ip_network(net) for net in _MAPPED)
"""IPv6 that hides an IPv4 address: mapped, NAT64, 6to4, Teredo, compatible. Nobody serves a
picture from there who does not mean to get somewhere else."""


class Whereabouts(Model):
    host: str
    port: int
    is_named_with_port: bool
    """The operator named this very host and port, so it may also lie inside."""


def allowed(url: str, hosts: Iterable[str]) -> Whereabouts:
    """Where an address leads, if it is one we go to.

    Raises:
        CannotShow: another scheme, a password, a host that is not on the list, another port.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip(".").lower(), parts.port
    except ValueError:
        raise CannotShow(NotShown.NOT_FETCHED) from None
    usual = _PORTS.get(parts.scheme)
    if usual is None or not host or "@" in parts.netloc or not url.isascii():
        raise CannotShow(NotShown.NOT_FETCHED)
    port, listed = port or usual, frozenset(hosts)
    exact = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if exact in listed:
        return Whereabouts(host=host, port=port, is_named_with_port=True)
    if port != usual or not _is_listed(host, listed):
        raise CannotShow(NotShown.NOT_FETCHED)
    return Whereabouts(host=host, port=port, is_named_with_port=False)


def _is_listed(host: str, listed: frozenset[str]) -> bool:
    labels = host.split(".")
    above = {f"*.{'.'.join(labels[start:])}" for start in range(1, len(labels))}
    return host in listed or bool(above & listed)


async def checked(there: Whereabouts, resolve: Resolve) -> str:
    """The address to connect to, resolved once.

    Raises:
        CannotShow: if any of the host's addresses is not a public one.
        Unavailable: while the name does not resolve.
    """
    found = await resolve(there.host, there.port)
    if not found:
        raise Unavailable(f"{there.host} has no address")
    if not there.is_named_with_port and not all(_is_public(address) for address in found):
        raise CannotShow(NotShown.NOT_FETCHED)
    return found[0]


def _is_public(address: str) -> bool:
    try:
        number = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if any(number in net for net in (*_WRAPPED, *_RESERVED) if net.version == number.version):
        return False
    return number.is_global and not number.is_multicast


async def resolved(host: str, port: int) -> tuple[str, ...]:
    """As this machine resolves names."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unavailable(f"{host} does not resolve") from None
    return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
