"""Whoever holds a review passes it on: puts it aside, gives it to a colleague, or skips it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, select, update

from casework.base import Model, Moment, Slug
from casework.care import NO_LIMITS, CareRules
from casework.errors import Conflict, Malformed, NotTheirs
from casework.profiles import Relation, RelationKind
from casework.records import Person
from casework.words import Severity, SkipReason
from storage.audit import Audit
from storage.audit_line import Event
from storage.bench import Bench
from storage.claiming import Claiming, Terms, found
from storage.engine import Database, Transaction
from storage.evidence import Vault
from storage.handing_in import fit_to_be_noted
from storage.keys import Keyring
from storage.papers import NOTE, Papers
from storage.people_there import colleagues, served_at
from storage.profiles import ProfileBook
from storage.serving import IS_OPEN, is_awake, is_offered_to, is_unclaimed
from storage.tables import cases, claims, reviews, skips

PUT_ASIDE, HANDED_ON, SKIPPED = "put_aside", "handed_on", "skipped"
"""How a claim ends by which a review is passed on."""


class InHand(Model):
    """A review somebody says they hold, and the claim's ETag that proves it."""

    review_id: str
    person: Person
    etag: str


class KeptFor(Model):
    """A review that waits for one person alone: they are served it first, until `until`."""

    review_id: str
    queue: Slug
    harm: Slug
    severity: Severity
    due_at: Moment
    until: Moment


class PassingBook:
    """Repeating one of these under the same claim changes nothing. All raise StaleClaim, and
    Conflict once a decision was handed in."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._audit = Audit(database, keyring)
        self._bench = Bench(self._audit)
        self._claiming = Claiming(self._audit)
        self._papers = Papers(self._audit)
        self._profiles = ProfileBook(database, keyring)

    async def kept_for(self, person: str) -> tuple[KeptFor, ...]:
        """What was handed to them or put aside by them and waits again; the first to run out
        first."""

        async def work(tx: Transaction) -> tuple[KeptFor, ...]:
            rows = await tx.rows(_kept_for(person, tx.now))
            return tuple(KeptFor.model_validate(dict(row._mapping)) for row in rows)

        return await self._database.read(work)

    async def hold(self, hand: InHand, until: datetime, reason: str, terms: Terms) -> None:
        """Put it aside until then. For a lease after that it waits for the same person, then for
        anybody.

        Raises:
            Malformed: longer than may be, or beyond the review's deadline; or without a reason.
        """
        fit_to_be_noted(reason)

        async def work(tx: Transaction) -> None:
            claim = await self._let_go(tx, hand, PUT_ASIDE)
            if claim is None:
                return
            latest = min(tx.now + terms.rules.longest_hold, claim.due_at)
            if not tx.now < until <= latest:
                raise Malformed("it can be put aside until %(latest)s at the latest", latest=latest)
            kept = {"offered_to": hand.person.id, "offered_until": until + terms.lease}
            await self._keep(tx, hand.review_id, wakes_at=until, **kept)
            await self._say(tx, claim, hand, reason)
            self._write(tx, claim, hand, Event.PUT_ASIDE, until=until.isoformat())

        await self._database.write(work)

    async def hand_over(self, hand: InHand, to: str, reason: str, terms: Terms) -> None:
        """Keep it for this colleague for a lease, then for anybody.

        Raises:
            NotTheirs: no such colleague, or one who would not be served this review now.
        """
        fit_to_be_noted(reason)

        async def work(tx: Transaction) -> None:
            claim = await self._let_go(tx, hand, HANDED_ON)
            if claim is None:
                return
            able = await _could_take(tx, hand.review_id, terms.care, to)
            if to == hand.person.id or to not in able:
                raise NotTheirs("this colleague may not be given this review, or not now")
            until = tx.now + terms.lease
            await self._keep(tx, hand.review_id, offered_to=to, offered_until=until)
            await self._say(tx, claim, hand, reason)
            self._write(tx, claim, hand, Event.HANDED_ON, to=to)

        await self._database.write(work)

    async def skip(self, hand: InHand, reason: SkipReason, words: str, span: timedelta) -> None:
        """Leave it to others, and do not be served it again for a while. Whoever knows the person
        it is about never is, nor is anything else of that account. Words may be left out."""
        if words:
            fit_to_be_noted(words)

        async def work(tx: Transaction) -> None:
            claim = await self._let_go(tx, hand, SKIPPED)
            if claim is None:
                return
            row = {"reason": reason.value, "at": tx.now, "until": tx.now + span}
            mine = {"review_id": hand.review_id, "person": hand.person.id}
            again = tx.insert(skips).values(**mine, **row)
            await tx.execute(
                again.on_conflict_do_update(index_elements=list(skips.primary_key), set_=row)
            )
            if reason is SkipReason.KNOW_THE_PERSON:
                await self._never_again(tx, claim, hand)
            if words:
                await self._say(tx, claim, hand, words)
            self._write(tx, claim, hand, Event.SKIPPED, reason=reason.value)

        await self._database.write(work)

    async def colleagues(
        self, review_id: str, person: Person, care: CareRules = NO_LIMITS
    ) -> tuple[str, ...]:
        """Whoever else would be served this review now, by name."""

        async def work(tx: Transaction) -> tuple[str, ...]:
            able = await _could_take(tx, review_id, care)
            return tuple(each for each in able if each != person.id)

        return await self._database.read(work)

    async def _let_go(self, tx: Transaction, hand: InHand, how: str) -> Row[Any] | None:
        """End the claim; None where that was done before, in the same way."""
        if await tx.row(_ended(hand, how)) is not None:
            return None
        claim = await self._claiming.shown(tx, hand.review_id, hand.person, hand.etag)
        if claim.submission_id is not None:
            raise Conflict("a decision was handed in under this claim")
        await self._bench.put_back(tx, hand.review_id, how)
        return claim

    async def _keep(self, tx: Transaction, review_id: str, **until: Any) -> None:
        mine = reviews.c.review_id == review_id
        await tx.execute(update(reviews).where(mine).values(**until))

    async def _say(self, tx: Transaction, claim: Row[Any], hand: InHand, text: str) -> None:
        key = await self._vault.key_for(tx, claim.case_id)
        await self._papers.keep_note(tx, claim, hand.person.id, key.seal(text, NOTE))

    def _write(
        self, tx: Transaction, claim: Row[Any], hand: InHand, event: Event, **facts: str
    ) -> None:
        of_it = {"review_id": claim.review_id, "claim_id": claim.claim_id}
        self._audit.append(tx, claim.case_id, hand.person.id, event, **of_it, **facts)

    async def _never_again(self, tx: Transaction, claim: Row[Any], hand: InHand) -> None:
        await self._bench.exclude(tx, hand.review_id, hand.person.id)
        account = await tx.value(select(cases.c.account_id).where(cases.c.case_id == claim.case_id))
        tied = Relation(account_id=account, kind=RelationKind.RELATED)
        await self._profiles.tie(tx, hand.person.id, tied, hand.person.id)


async def _could_take(
    tx: Transaction, review_id: str, care: CareRules, only: str | None = None
) -> tuple[str, ...]:
    """Who would be served this review now if nobody held it, by name."""
    this = select(reviews.c.review_id).where(reviews.c.review_id == review_id)
    found(await tx.row(this))
    able = []
    for colleague in await colleagues(tx, only):
        conditions = await served_at(tx, colleague, care, tx.now)
        if conditions is not None and await tx.row(this.where(*conditions)) is not None:
            able.append(colleague[0].id)
    return tuple(able)


def _kept_for(person: str, now: datetime) -> Select[Any]:
    return (
        select(
            reviews.c.review_id,
            reviews.c.desk.label("queue"),
            reviews.c.harm,
            reviews.c.severity,
            reviews.c.due_at,
            reviews.c.offered_until.label("until"),
        )
        .where(IS_OPEN, is_offered_to(person, now), is_unclaimed(now), is_awake(now))
        .order_by(reviews.c.offered_until, reviews.c.review_id)
    )


def _ended(hand: InHand, how: str) -> Select[Any]:
    return select(claims.c.claim_id).where(
        claims.c.review_id == hand.review_id,
        claims.c.person == hand.person.id,
        claims.c.etag == hand.etag,
        claims.c.ended == how,
    )
