"""Scores a text the way the simulated vendor does: deterministic, spread, and sometimes wrong."""

import hashlib
import math
import re
from collections.abc import Callable, Iterable
from typing import Final

from casework.base import Model
from integrations.normaliser import fold, normalise
from integrations.openai_moderation import lexicon as said
from integrations.openai_moderation import lexicon_care as care
from integrations.openai_moderation import lexicon_hate as hate

_QUOTED: Final = re.compile(
    '["\u201c\u201d\u201e\u00ab\u00bb](.{4,400}?)["\u201c\u201d\u201f\u00ab\u00bb]'
    "|(?<!\\w)['\u2018](.{4,400}?)['\u2019](?!\\w)",
    re.DOTALL,
)
_MILDER: Final = (
    (hate.IMAGINED, 0.15),
    (hate.OPPOSED, 0.25),
    (hate.RECLAIMED, 0.4),
    (hate.KIND, 0.3),
)
_HIGHEST: Final = 0.9995
_FAINT: Final = 0.02
"""Even of a harmless text a vendor's scores are not zero."""


class _Reading(Model):
    """One way to read a text, and what around the words changes their weight."""

    words: str
    quotes: str
    laughs: bool

    def has(self, pattern: re.Pattern[str]) -> bool:
        return bool(pattern.search(self.words))

    def weigh(self, phrases: Iterable[said.Phrase]) -> float:
        """Two different insults count more than one; what is only quoted counts less, and little
        when the words around it report, forbid or study it."""
        own = _add_up(phrases, self.words)
        if not self.quotes:
            return own
        framed = self.has(care.REPORTED) or self.has(care.STUDIED)
        return _either(own, (0.2 if framed else 0.7) * _add_up(phrases, self.quotes))

    @property
    def aimed(self) -> float:
        if self.has(said.YOU):
            return 1.0
        return 0.7 if self.has(said.THEM) else 0.3

    @property
    def friendly(self) -> bool:
        return self.laughs or self.has(care.BANTER)


def score(text: str) -> dict[str, float]:
    """All thirteen categories, 0 to 1, at their worst over the ways to read the text."""
    laughs = any(face in text for face in care.LAUGHING)
    marked = _QUOTED.sub(lambda quote: f" \x02{quote[1] or quote[2]}\x03 ", text)
    readings = [
        _Reading(words=words, quotes=quotes, laughs=laughs)
        for words, quotes in dict.fromkeys(_parts(way, marked) for way in (_plain, normalise))
    ]
    found = [_categories(reading) for reading in readings]
    return {
        name: _as_sent(max(scores[name] for scores in found), f"{name}\x1f{text}")
        for name in found[0]
    }


def _plain(text: str) -> str:
    return " ".join(fold(text).lower().split())


def _parts(way: Callable[[str], str], marked: str) -> tuple[str, str]:
    quotes = " . ".join(re.findall("\x02(.*?)\x03", marked, re.DOTALL))
    own = re.sub("\x02.*?\x03", " ", marked, flags=re.DOTALL)
    return care.FIGURES_OF_SPEECH.sub(" ", way(own)), care.FIGURES_OF_SPEECH.sub(" ", way(quotes))


def _categories(reading: _Reading) -> dict[str, float]:
    threat = _threat(reading)
    hateful, inciting = _hate(reading)
    intent, hurt = _despair(reading)
    violence = _either(0.6 * threat, reading.weigh(said.VIOLENCE))
    weapons = reading.weigh(said.WEAPONS)
    return {
        "harassment": _harassment(reading, threat),
        "harassment/threatening": threat,
        "hate": hateful,
        "hate/threatening": inciting,
        "illicit": _either(reading.weigh(said.ILLICIT), 0.9 * weapons),
        "illicit/violent": weapons,
        "self-harm": max(intent, hurt),
        "self-harm/intent": intent,
        "self-harm/instructions": 0.1 * max(intent, hurt),
        "sexual": reading.weigh(said.SEXUAL),
        "sexual/minors": 0.0,
        "violence": violence,
        "violence/graphic": reading.weigh(said.GORE),
    }


def _threat(reading: _Reading) -> float:
    threat = reading.weigh(said.THREATS)
    return threat * (0.3 if reading.friendly else 1.0)


def _harassment(reading: _Reading, threat: float) -> float:
    insults = reading.weigh(said.INSULTS) * reading.aimed
    if reading.has(care.CRITICISM) or (reading.has(said.SELF) and reading.aimed < 1.0):
        insults *= 0.4
    belittled = _either(insults, reading.weigh(said.HUMILIATION))
    if reading.friendly:
        belittled *= 0.35
    hounded = _either(reading.weigh(said.HOUNDING), reading.weigh(said.DEATH_WISHES))
    return _either(belittled, _either(hounded, threat))


def _hate(reading: _Reading) -> tuple[float, float]:
    hateful = reading.weigh(hate.HATE)
    for milder, share in _MILDER:
        if reading.has(milder):
            hateful *= share
    if not reading.has(hate.INCITEMENT):
        return hateful, 0.15 * hateful
    return _either(hateful, 0.8 * hateful), 0.97 * hateful


def _despair(reading: _Reading) -> tuple[float, float]:
    quiet = reading.weigh(care.DISTRESS)
    intent = _either(reading.weigh(care.INTENT), 0.8 * quiet)
    hurt = _either(reading.weigh(care.HURT), quiet)
    if reading.has(care.HELPED) or reading.has(care.STUDIED):
        return 0.25 * intent, 0.3 * hurt
    return intent, hurt


def _add_up(phrases: Iterable[said.Phrase], text: str) -> float:
    doubts = [math.pow(1.0 - p.weight, _times(p.pattern, text)) for p in phrases]
    return 1.0 - math.prod(doubts)


def _times(pattern: re.Pattern[str], text: str) -> float:
    """How often different words fit: the second one counts half, later ones not at all."""
    different = {match[0] for _, match in zip(range(20), pattern.finditer(text), strict=False)}
    return (0.0, 1.0, 1.5)[min(len(different), 2)]


def _either(one: float, other: float) -> float:
    return 1.0 - (1.0 - one) * (1.0 - other)


def _as_sent(score: float, seed: str) -> float:
    """With a little of what makes two texts differ, the same each time for the same text."""
    digest = hashlib.sha256(seed.encode("utf-8", "replace")).digest()
    chance = int.from_bytes(digest[:4]) / 2**32
    spread = (
        score + (chance - 0.5) * 0.24 * score * (1.0 - score) + _FAINT * chance * (1.0 - score) ** 4
    )
    return round(min(max(spread, 1e-6), _HIGHEST), 6)
