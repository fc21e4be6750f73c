"""Adds the signs up."""

import asyncio
import math
from typing import Final

from casework.finding import Finding, Match, Reading
from casework.records import Evidence
from integrations.examined import found, text_of
from integrations.normaliser import normalise, plain
from integrations.scam_signs.links import Links, link_places, read_links
from integrations.scam_signs.settings import ScamSignsSettings
from integrations.scam_signs.signs import SIGNS, WARNINGS

AT_MOST_IN_A_WARNING: Final = 0.80
"""A warning quotes what it warns of, and a scammer may write "no scam". So the word does not make
a text harmless; it only takes away the certainty, and a person looks."""

VERSION: Final = "scam_signs 1"
"""Raise with every change of a pattern or a weight: a finding says which version it is from."""


class ScamSigns:
    """Combines independent signs by noisy-or: 1 - (1 - a)(1 - b)…; without a sign the score is 0.

    Every sign is a label with its own score. No network: links are read, never followed. The score
    is a judgement and no probability; a message of honest haste and a link comes to about 0.4.
    """

    def __init__(self, settings: ScamSignsSettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        return "scam_signs"

    async def examine(self, evidence: Evidence, harm: str) -> Finding:  # noqa: ARG002
        """The same for every harm. Raises TurnedDown for no text, or too much of it."""
        text = text_of(evidence, longest=self._settings.longest)
        labels, warns, matches = await asyncio.to_thread(self._read, text)
        score = round(1.0 - math.prod(1.0 - sign for sign in labels.values()), 4)
        if warns:
            score = min(score, AT_MOST_IN_A_WARNING)
        return found(self.name, score, labels, model=VERSION, matches=matches)

    def _read(self, text: str) -> tuple[dict[str, float], bool, list[Match]]:
        """Every sign with its score, whether the text warns, and where the signs stand."""
        ways = {Reading.PLAIN: plain(text), Reading.NORMALISED: normalise(text)}
        texts = tuple(dict.fromkeys(ways.values()))
        in_words = {sign.name: sign.score(texts) for sign in SIGNS}
        in_links = _of_links(read_links(text, self._settings.protected))
        matches = [match for sign in SIGNS if in_words[sign.name] for match in sign.places(ways)]
        warns = any(pattern.search(ways[Reading.PLAIN]) for pattern in WARNINGS)
        return in_words | in_links, warns, [*matches, *link_places(text)]


def _of_links(links: Links) -> dict[str, float]:
    return {
        "link": 0.15 if links.count else 0.0,
        "many_links": 0.30 if links.count > 3 else 0.0,
        "short_link": 0.30 if links.shortened else 0.0,
        "cheap_ending": 0.35 if links.cheap_ending else 0.0,
        "look_alike": 0.80 if links.look_alike else 0.0,
        "foreign_letters": 0.55 if links.foreign_letters else 0.0,
    }
