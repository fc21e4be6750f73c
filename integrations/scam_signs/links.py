"""Finds addresses in a text and says what is odd about them. Nothing is looked up."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Final

from casework.base import Model
from casework.finding import Match
from integrations.normaliser import normalise

_TOP_LEVEL: Final = (
    "com|net|org|info|biz|io|co|me|tv|gg|gift|app|dev|xyz|top|click|link|site|online|shop|store|club"
    "|live|vip|win|icu|tk|ml|ga|cf|gq|zip|mov|cc|ru|su|cn|de|fr|es|it|at|ch|nl|pl|pt|br|uk|us|eu|in"
    "|to|ly|ws|pw|fun|space|website|tech|pro|cash|money|loan|work|jobs|support|help|gd|cam|lol|ai|example|test|invalid"
)
_ADDRESS: Final = re.compile(
    rf"""(?:(?:https?|hxxps?)://|www\.)(?P<full>[^\s/?#<>"'()]{{1,253}})
    |(?<![\w@.-])(?P<bare>(?:[\w-]{{1,63}}\.){{1,6}}(?:{_TOP_LEVEL}|xn--[a-z0-9-]+))(?![\w-])""",
    re.IGNORECASE | re.VERBOSE,
)
_WRITTEN_DOT: Final = re.compile(
    r"\s?(?:\[\s?(?:\.|dot|punkt)\s?\]|\(\s?(?:\.|dot|punkt)\s?\))\s?", re.I
)
_MOST_LINKS: Final = 50

SHORTENERS: Final = frozenset(
    {
        "bit.ly", "tinyurl.com", "t.co", "cutt.ly", "is.gd", "rb.gy", "goo.gl", "ow.ly", "t.ly",
        "shorturl.at", "tiny.cc", "s.id", "v.gd", "rebrand.ly", "lnkd.in", "buff.ly",
    }
)  # fmt: skip
CHEAP_ENDINGS: Final = frozenset(
    {
        "xyz", "top", "click", "link", "icu", "tk", "ml", "ga", "cf", "gq", "zip", "mov", "gift",
        "site", "online", "shop", "club", "vip", "win", "live", "cam", "lol", "pw", "fun", "space",
        "website", "cash", "money", "loan", "work", "ru", "su", "cc", "ws", "support", "help",
    }
)  # fmt: skip
"""Endings that are sold for next to nothing or that reports of abuse name far above their share.
A weak sign by itself: honest people use them too."""

_SECOND_LEVELS: Final = frozenset({"co", "com", "org", "net", "gov", "ac", "edu"})


class Links(Model):
    """What the addresses of one text look like."""

    count: int
    shortened: bool
    cheap_ending: bool
    look_alike: bool
    foreign_letters: bool
    """Punycode, letters outside ASCII, or a public IP number instead of a name."""


def read_links(text: str, protected: Iterable[str]) -> Links:
    genuine = frozenset(protected)
    hosts = [host for _, host in zip(range(_MOST_LINKS), _hosts(text), strict=False)]
    strange = [host for host in hosts if not _belongs(host, genuine)]
    return Links(
        count=len(hosts),
        shortened=any(_belongs(host, SHORTENERS) for host in hosts),
        cheap_ending=any(host.rpartition(".")[2] in CHEAP_ENDINGS for host in strange),
        look_alike=any(_imitates(host, genuine) for host in strange),
        foreign_letters=any(_is_foreign(host) for host in strange),
    )


def link_places(text: str) -> Iterator[Match]:
    """Where the addresses stand in the text as written; none if their dots are written out."""
    if _WRITTEN_DOT.search(text):
        return
    for _, match in zip(range(_MOST_LINKS), _ADDRESS.finditer(text), strict=False):
        yield Match(start=match.start(), end=match.end(), label="link")


def _hosts(text: str) -> Iterator[str]:
    for match in _ADDRESS.finditer(_WRITTEN_DOT.sub(".", text)):
        host = (match["full"] or match["bare"]).rpartition("@")[2].partition(":")[0]
        host = host.strip(".").lower().removeprefix("www.")
        if host:
            yield host


def _belongs(host: str, domains: frozenset[str]) -> bool:
    labels = host.split(".")
    return any(".".join(labels[start:]) in domains for start in range(len(labels)))


def _is_foreign(host: str) -> bool:
    return "xn--" in host or not host.isascii() or _is_public_number(host)


def _is_public_number(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return False


def _imitates(host: str, genuine: frozenset[str]) -> bool:
    """Whether the host carries a protected name, as it is or nearly so, without being its owner's.

    `paypal.com.verify.example` and `dlscord-nitro.gift` do. A near miss has to be the whole
    registered name or a part of it between hyphens, so that `pineapple.org` is left alone.
    """
    names = {_registered(domain) for domain in genuine}
    subdomains, words = _parts(host)
    return bool(subdomains & names) or any(_is_near(word, name) for word in words for name in names)


def _parts(host: str) -> tuple[set[str], set[str]]:
    labels = _decoded(host).split(".")
    registered = _registered(".".join(labels))
    above = set(labels[: labels.index(registered)]) if registered in labels else set()
    read = normalise(registered.replace("-", " ")).split()
    return above, {registered, *registered.split("-"), *read, "".join(read)}


def _registered(host: str) -> str:
    """The label somebody bought, without the list of public suffixes: good enough to compare."""
    labels = host.split(".")
    if len(labels) > 2 and labels[-2] in _SECOND_LEVELS and len(labels[-1]) == 2:
        return labels[-3]
    return labels[-2] if len(labels) > 1 else host


def _decoded(host: str) -> str:
    try:
        return host.encode("ascii").decode("idna")
    except (UnicodeError, ValueError):
        return host


def _is_near(word: str, name: str) -> bool:
    if word == name:
        return True
    if len(name) < 5:
        return False
    if len(name) >= 6 and (word.startswith(name) or word.endswith(name)):
        return True
    return _one_edit_apart(_at_a_glance(word), _at_a_glance(name))


def _at_a_glance(word: str) -> str:
    return word.replace("rn", "m").replace("vv", "w")


def _one_edit_apart(word: str, name: str) -> bool:
    """Equal but for one letter put in, left out, changed, or two neighbours swapped."""
    if abs(len(word) - len(name)) > 1:
        return False
    start = 0
    while start < min(len(word), len(name)) and word[start] == name[start]:
        start += 1
    rest, wanted = word[start:], name[start:]
    return (
        rest[1:] == wanted[1:]
        or rest[1:] == wanted
        or rest == wanted[1:]
        or (rest[1::-1] == wanted[:2] and rest[2:] == wanted[2:])
    )
