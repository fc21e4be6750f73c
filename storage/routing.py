"""Which waiting reviews fit a person: what they can judge, and what they have no part in."""

from sqlalchemy import ColumnElement, and_, func, or_, select

from casework.profiles import Profile
from storage.engine import Transaction
from storage.parts import still_apart
from storage.tables import cases, detections, relations, reviews


async def fits(tx: Transaction, profile: Profile) -> tuple[ColumnElement[bool], ...]:
    """Conditions on a review to be served to this person, besides their scope."""
    return (*judged_by(profile), *await apart(tx, profile.person))


async def apart(tx: Transaction, person: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions that leave out what somebody has a part in, or is tied to."""
    return (*still_apart(person), *await without_conflict(tx, person))


def judged_by(
    profile: Profile, skill: ColumnElement[str | None] = reviews.c.skill
) -> tuple[ColumnElement[bool], ...]:
    """`casework.profiles.Profile.takes`, said in SQL; for another skill than it asks for now."""
    language, where = reviews.c.language, reviews.c.jurisdiction
    conditions = [or_(skill.is_(None), skill.in_(sorted(profile.skills)))]
    if profile.languages:
        conditions.append(or_(language.is_(None), language.in_(sorted(profile.languages))))
    if profile.jurisdictions:
        places = sorted(profile.places)
        country = func.substr(where, 1, 2)
        conditions.append(or_(where.is_(None), where.in_(places), country.in_(places)))
    if profile.opted_out:
        conditions.append(reviews.c.harm.not_in(sorted(profile.opted_out)))
    return tuple(conditions)


async def without_conflict(tx: Transaction, person: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions that leave out the accounts somebody is tied to, and what those reported."""
    tied = await tx.rows(select(relations).where(relations.c.person == person))
    if not tied:
        return ()
    accounts = [row.account_id for row in tied]
    reporters = [row.reported_by for row in tied if row.reported_by is not None]
    theirs = select(cases.c.case_id).where(cases.c.account_id.in_(accounts))
    by_them = select(detections.c.case_id).where(
        and_(detections.c.reported_by.is_not(None), detections.c.reported_by.in_(reporters))
    )
    return (reviews.c.case_id.not_in(theirs), reviews.c.case_id.not_in(by_them))


async def has_conflict(tx: Transaction, review_id: str, person: str) -> bool:
    """Whether this person must not decide it, for what was declared of them."""
    conditions = await without_conflict(tx, person)
    if not conditions:
        return False
    clear = select(reviews.c.review_id).where(reviews.c.review_id == review_id, *conditions)
    return await tx.row(clear) is None
