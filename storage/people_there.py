"""Who is there to decide: at a desk at all, or now."""

from collections.abc import Container, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, literal, select, true

from casework.care import CareRules
from casework.profiles import Profile
from casework.queueing import queues_of
from casework.records import Person, ReviewRecord
from casework.words import Role
from storage.at_work import at_work
from storage.engine import Transaction
from storage.profiles import read_back
from storage.routing import apart, fits, judged_by
from storage.rows import person_of
from storage.serving import in_scope, is_for, lies_before, not_excluded
from storage.tables import profiles, reviewers, reviews

_AT_A_DESK = [role.value for role in Role if role.holds_reviews]

Colleague = tuple[Person, Profile]


async def colleagues(tx: Transaction, only: str | None = None) -> Sequence[Colleague]:
    """Everybody who may hold reviews and has not left, by name; or one of them."""
    one = true() if only is None else reviewers.c.reviewer_id == only
    staff = select(reviewers).where(reviewers.c.active, reviewers.c.role.in_(_AT_A_DESK), one)
    people = [person_of(row) for row in await tx.rows(staff.order_by(reviewers.c.reviewer_id))]
    named = [each.id for each in people]
    written = select(profiles).where(profiles.c.person.in_(named))
    known = {row.person: read_back(row) for row in await tx.rows(written)}
    return [(each, known.get(each.id) or Profile(person=each.id)) for each in people]


async def anybody(
    tx: Transaction,
    review: ReviewRecord | Row[Any],
    desk: str,
    skill: str | None,
    apart_from: Container[str] = (),
) -> bool:
    """Whether somebody could claim the review if it lay at this desk, which asks for this skill.

    Limits and breaks do not count: they are over by themselves.
    """
    this = select(reviews.c.review_id).where(reviews.c.review_id == review.review_id)
    queues = queues_of(desk, review.hearing)
    for person, profile in await colleagues(tx):
        if person.id in apart_from or not any(map(person.serves, queues)):
            continue
        theirs = this.where(
            in_scope(person),
            not_excluded(person.id),
            *judged_by(profile, literal(skill, Text())),
            *await apart(tx, person.id),
        )
        if await tx.row(theirs) is not None:
            return True
    return False


async def served_at(
    tx: Transaction, colleague: Colleague, care: CareRules, at: datetime
) -> tuple[ColumnElement[bool], ...] | None:
    """What a review that lies somewhere has to meet to be served to this person at that moment,
    now or soon, if it waits then and they are shown nothing before.

    None where nothing at all is served to them then.
    """
    person, profile = colleague
    work = (await at_work(tx, profile, care)).as_at(at)
    if work.rests_until is not None:
        return None
    return (
        lies_before(person),
        *is_for(person, at),
        *work.conditions(),
        *await fits(tx, profile),
    )
