"""What a text check has in front of it, and how a score leaves it."""

from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from casework.errors import Nonsense, TurnedDown
from casework.finding import MOST_MATCHES, Finding, Match
from casework.records import Evidence


def text_of(evidence: Evidence, *, longest: int) -> str:
    """The text to examine.

    Raises:
        TurnedDown: when there is none, or more than `longest` characters. A check that has not
            seen something whole must not call it harmless; a person looks at it instead.
    """
    if not evidence.text.strip():
        raise TurnedDown("there is no text to examine")
    if len(evidence.text) > longest:
        raise TurnedDown(f"more than {longest} characters to examine")
    return evidence.text


def found(
    check: str,
    score: float,
    labels: Mapping[str, float],
    *,
    model: str,
    matches: Iterable[Match] = (),
) -> Finding:
    """A finding, if the numbers are what a score may be. Of the matches the first few are kept.

    Raises:
        Nonsense: when one is not a number or outside 0 to 1.
    """
    places = tuple(dict.fromkeys(matches))[:MOST_MATCHES]
    try:
        return Finding(check=check, score=score, labels=dict(labels), model=model, matches=places)
    except ValidationError:
        raise Nonsense(f"{check}: a score that is no number from 0 to 1") from None
