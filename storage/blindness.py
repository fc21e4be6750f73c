"""What a second person does not see of the first one's answer until the review is decided.

Where two have answered differently there is nothing to be blind to any more: whoever is asked then
sees both.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from casework.records import Person, Submission
from casework.seconding import differ
from storage import submissions
from storage.bench import OPEN
from storage.engine import Transaction
from storage.evidence import Vault
from storage.read_models import TimelineEntry
from storage.tables import reviews


def unseen(review: Row[Any], given: Iterable[Submission]) -> frozenset[str]:
    """Whose words in this hearing whoever decides next must not see."""
    given = tuple(given)
    if review.state != OPEN or differ(given):
        return frozenset()
    return frozenset(each.by.id for each in given)


async def as_seen_by(
    tx: Transaction, vault: Vault, lines: list[TimelineEntry], person: Person
) -> list[TimelineEntry]:
    """The lines without those about an answer to which this person may have to be the second."""
    if not lines or not person.role.holds_reviews:
        return lines
    hidden = await _hidden(tx, vault, lines, person)
    return [line for line in lines if (line.facts.get("review_id"), line.actor) not in hidden]


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
