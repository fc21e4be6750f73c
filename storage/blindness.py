"""What a second person does not see of the first one's answer until the review is decided.

Where two have answered differently there is nothing to be blind to any more: whoever is asked then
sees both.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Row, select

from casework.records import Person, Submission
from casework.seconding import differ
from casework.words import HearingKind
from storage import submissions
from storage.audit_line import Event
from storage.bench import OPEN
from storage.engine import Transaction
from storage.evidence import Vault
from storage.read_models import TimelineEntry
from storage.tables import claims, reviews


def unseen(review: Row[Any], given: Iterable[Submission]) -> frozenset[str]:
    """Whose words in this hearing whoever decides next must not see."""
    given = tuple(given)
    if review.state != OPEN or differ(given):
        return frozenset()
    return frozenset(each.by.id for each in given)


async def as_seen_by(
    tx: Transaction, vault: Vault, lines: list[TimelineEntry], person: Person
) -> list[TimelineEntry]:
    """The lines without those about an answer to which this person may have to be the second, and
    without what came of the case for whoever takes a second look at it."""
    if not lines or not person.role.holds_reviews:
        return lines
    second_look = await _second_look(tx, lines, person)
    if second_look is not None:
        return list(_before_people_were_asked(lines, second_look))
    hidden = await _hidden(tx, vault, lines, person)
    return [line for line in lines if (line.facts.get("review_id"), line.actor) not in hidden]


async def _second_look(tx: Transaction, lines: list[TimelineEntry], person: Person) -> str | None:
    """The second look at a decision that this person takes now, if any."""
    named = {line.facts["review_id"] for line in lines if "review_id" in line.facts}
    theirs = (claims.c.person == person.id) & claims.c.ended_at.is_(None)
    held = (
        select(reviews.c.review_id)
        .join(claims, claims.c.review_id == reviews.c.review_id)
        .where(theirs, reviews.c.review_id.in_(named))
        .where(reviews.c.state == OPEN, reviews.c.hearing == HearingKind.QUALITY.value)
    )
    row = await tx.row(held.limit(1))
    return None if row is None else str(row.review_id)


def _before_people_were_asked(
    lines: list[TimelineEntry], second_look: str
) -> Iterator[TimelineEntry]:
    """What a first hearing would have known, and what was done in this one."""
    asked = False
    for line in lines:
        its_own = line.facts.get("review_id") == second_look and line.event != Event.REVIEW_OPENED
        asked = asked or line.event == Event.DECIDED
        if its_own or not asked:
            yield line
        asked = asked or line.event == Event.REVIEW_OPENED


async def _hidden(
    tx: Transaction, vault: Vault, lines: list[TimelineEntry], person: Person
) -> set[tuple[str | None, str]]:
    named = {line.facts["review_id"] for line in lines if "review_id" in line.facts}
    waiting = (reviews.c.review_id.in_(named)) & (reviews.c.state == OPEN)
    hidden: set[tuple[str | None, str]] = set()
    for review in await tx.rows(select(reviews).where(waiting)):
        given = await submissions.firsts(tx, vault, review.review_id)
        hidden |= {(review.review_id, by) for by in unseen(review, given) - {person.id}}
    return hidden
