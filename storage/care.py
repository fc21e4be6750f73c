"""People's own view of their work, and the breaks they take."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from casework.base import Model, Moment
from casework.care import WEEK, Break, CareRules, Exposure, Reached, exposures, tighter
from casework.errors import Conflict
from storage.at_work import at_work, breaks_of, seen_by
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.profiles import profile_of
from storage.tables import breaks


class Load(Model):
    """How much somebody looked at, which limits keep what from them, and until when they rest."""

    exposures: tuple[Exposure, ...]
    reached: tuple[Reached, ...]
    rests_until: Moment | None
    on_a_break: bool


class CareBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)

    async def load(self, person: str, rules: CareRules) -> Load:
        async def work(tx: Transaction) -> Load:
            profile = await profile_of(tx, person)
            now = await at_work(tx, profile, rules)
            seen = await seen_by(tx, person, WEEK)
            return Load(
                exposures=exposures(seen, tighter(rules.limits, profile.limits), tx.now),
                reached=now.reached,
                rests_until=now.rests_until,
                on_a_break=_standing(await breaks_of(tx, person), tx.now) is not None,
            )

        return await self._database.read(work)

    async def begin_break(self, person: str, lasts: timedelta) -> Break:
        """Nothing is served to them for so long, or until they end it. Another one replaces it."""

        async def work(tx: Transaction) -> Break:
            until = tx.now + lasts
            standing = _standing(await breaks_of(tx, person), tx.now)
            began = tx.now if standing is None else standing.began_at
            meant = {"until": until, "ended_at": None}
            row = tx.insert(breaks).values(person=person, began_at=began, **meant)
            same = [breaks.c.person, breaks.c.began_at]
            await tx.execute(row.on_conflict_do_update(index_elements=same, set_=meant))
            self._audit.append(tx, "", person, Event.BREAK_BEGAN, until=until.isoformat())
            return Break(began_at=began, until=until)

        return await self._database.write(work)

    async def end_break(self, person: str) -> None:
        """Raises Conflict where none was taken: one that is asked for ends by itself."""

        async def work(tx: Transaction) -> None:
            this = (
                (breaks.c.person == person)
                & (breaks.c.began_at <= tx.now)
                & (breaks.c.until > tx.now)
                & breaks.c.ended_at.is_(None)
            )
            if await tx.row(select(breaks.c.person).where(this)) is None:
                raise Conflict("you are not on a break of your own")
            await tx.execute(update(breaks).where(this).values(ended_at=tx.now))
            self._audit.append(tx, "", person, Event.BREAK_ENDED)

        await self._database.write(work)


def _standing(taken: Sequence[Break], now: Moment) -> Break | None:
    return next((each for each in taken if each.began_at <= now < each.until), None)
