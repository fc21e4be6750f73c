"""Our own snapshots of media: asked for with the detection, kept sealed, gone with the case's key.

What is to be fetched stands in the database, so nothing is dropped and no case waits for it.
"""

import hashlib
import hmac
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select, update

from casework.detection import Item, Media
from casework.errors import Gone, NotFound
from casework.likeness import LikenessKind
from casework.snapshots import NotShown, Picture, Redrawn, SnapshotState, Stills, Wanted
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.evidence import CaseKey, Vault
from storage.keys import Keyring
from storage.likeness import remember
from storage.objects import Shelf
from storage.tables import snapshots

MOST_OF_A_CASE = 50
ADDRESS = "address"
"""What an address is sealed as; objects are sealed as their names."""
_ORIGINAL, _DRAWN = "original", "drawn"
_WHICH = ("snapshot_id", "case_id")
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=1)
_GIVEN_UP_AFTER = timedelta(days=7)
_LEASE = timedelta(minutes=15)
"""Longer than one attempt may take; then another process may try."""


class SnapshotBook:
    def __init__(self, database: Database, keyring: Keyring, shelf: Shelf) -> None:
        self._database = database
        self._vault = Vault(keyring)
        self._audit = Audit(database, keyring)
        self._names = Names(keyring.identity)
        self._shelf = shelf

    async def due(self, at_most: int) -> list[Wanted]:
        """Snapshots to take now, held for this process for a quarter of an hour."""
        return await self._database.write(lambda tx: self._lent(tx, at_most))

    async def _lent(self, tx: Transaction, at_most: int) -> list[Wanted]:
        wanted = snapshots.c.state == SnapshotState.WANTED.value
        rows = await _held(tx, wanted, at_most)
        lent = []
        for row in rows:
            media = await self._address_of(tx, row)
            if media is None:
                await _set(tx, row.snapshot_id, state=SnapshotState.ERASED.value)
            else:
                wanted_now = {"snapshot_id": row.snapshot_id, "attempts": row.attempts + 1}
                lent.append(Wanted(case_id=row.case_id, media=media, **wanted_now))
        return lent

    async def _address_of(self, tx: Transaction, row: Row[Any]) -> Media | None:
        try:
            key = await self._vault.key_of(tx, row.case_id)
            return Media.model_validate_json(key.open(row.sealed, ADDRESS))
        except Gone:
            return None

    async def keep(self, wanted: Wanted, content: bytes, drawn: Redrawn | NotShown) -> None:
        """Keep what was fetched, and what can be shown of it, or why nothing can.

        Raises:
            Unavailable: when it cannot be stored; it stays wanted.
            Gone: when the evidence was erased meanwhile.
        """
        key = await self._database.read(lambda tx: self._vault.key_of(tx, wanted.case_id))
        await self._put(key, wanted, _ORIGINAL, content)
        if isinstance(drawn, Redrawn):
            await self._put(key, wanted, _DRAWN, drawn.jpeg)
        await self._database.write(lambda tx: self._kept(tx, wanted, len(content), drawn))

    async def _put(self, key: CaseKey, wanted: Wanted, what: str, content: bytes) -> None:
        name = _object(wanted.case_id, wanted.snapshot_id, what)
        await self._shelf.put(name, key.seal_bytes(content, name))

    async def _kept(
        self, tx: Transaction, wanted: Wanted, size: int, drawn: Redrawn | NotShown
    ) -> None:
        found = {"bytes": size, "taken_at": tx.now, "state": SnapshotState.TAKEN.value}
        found |= _looks(drawn) if isinstance(drawn, Redrawn) else {"failure": drawn.value}
        if not await _set(tx, wanted.snapshot_id, due_at=None, attempts=wanted.attempts, **found):
            await _clear_again(tx, wanted.snapshot_id)
            return
        if isinstance(drawn, Redrawn) and drawn.sketch is not None:
            await remember(tx, wanted.case_id, LikenessKind.PICTURE, drawn.sketch)
        self._write_down(tx, wanted, "taken" if isinstance(drawn, Redrawn) else drawn.value)

    async def put_off(self, wanted: Wanted, failure: NotShown) -> None:
        """Not now: try again later, and give up after a week."""

        async def work(tx: Transaction) -> None:
            row = await tx.row(
                select(snapshots.c.asked_at).where(snapshots.c.snapshot_id == wanted.snapshot_id)
            )
            if row is None or tx.now - row.asked_at > _GIVEN_UP_AFTER:
                await self._failed(tx, wanted, failure)
            else:
                later = tx.now + min(_FIRST_PAUSE * 2 ** (wanted.attempts - 1), _LONGEST_PAUSE)
                said = {"failure": failure.value, "attempts": wanted.attempts}
                await _set(tx, wanted.snapshot_id, due_at=later, **said)

        await self._database.write(work)

    async def give_up(self, wanted: Wanted, failure: NotShown) -> None:
        await self._database.write(lambda tx: self._failed(tx, wanted, failure))

    async def _failed(self, tx: Transaction, wanted: Wanted, failure: NotShown) -> None:
        said = {"failure": failure.value, "attempts": wanted.attempts}
        state = SnapshotState.FAILED.value
        if await _set(tx, wanted.snapshot_id, due_at=None, state=state, **said):
            self._write_down(tx, wanted, failure.value)

    def _write_down(self, tx: Transaction, wanted: Wanted, outcome: str) -> None:
        facts = {"snapshot_id": wanted.snapshot_id, "outcome": outcome}
        self._audit.append(tx, wanted.case_id, "casework", Event.SNAPSHOT, **facts)

    async def clear_away(self, at_most: int) -> int:
        """Delete what was kept of erased cases; how many. It was unreadable already.

        Raises Unavailable; what is left is tried again.
        """
        erased = snapshots.c.state == SnapshotState.ERASED.value
        rows = await self._database.write(lambda tx: _held(tx, erased, at_most))
        for row in rows:
            for what in (_ORIGINAL, _DRAWN):
                await self._shelf.delete(_object(row.case_id, row.snapshot_id, what))
        if rows:
            ids = [row.snapshot_id for row in rows]
            await self._database.write(lambda tx: _cleared(tx, ids))
        return len(rows)

    async def pictures(self, case_id: str, addresses: tuple[str, ...]) -> tuple[Picture, ...]:
        """How each of these addresses stands, in their order."""
        mine = snapshots.c.case_id == case_id
        rows = await self._database.read(lambda tx: tx.rows(select(snapshots).where(mine)))
        known = {row.snapshot_id: row for row in rows}
        return tuple(
            _picture(place, address, known.get(self._names.of(case_id, address)))
            for place, address in enumerate(addresses)
        )

    async def drawn(self, case_id: str, address: str) -> bytes:
        """The JPEG to show. Raises NotFound when there is none; Unavailable."""
        name = _object(case_id, self._names.of(case_id, address), _DRAWN)
        try:
            key = await self._database.read(lambda tx: self._vault.key_of(tx, case_id))
            return key.open_bytes(await self._shelf.get(name), name)
        except Gone:
            raise NotFound("there is no such picture") from None


class Names:
    """Ids of snapshots: the same for the same address in the same case, and told to nobody."""

    def __init__(self, identity: bytes) -> None:
        self._key = hmac.digest(identity, b"names of snapshots", "sha256")

    def of(self, case_id: str, address: str) -> str:
        said = f"{case_id}\x1f{address}".encode("utf-8", "surrogatepass")
        return f"p-{hmac.new(self._key, said, hashlib.sha256).hexdigest()[:32]}"


async def want(tx: Transaction, names: Names, case_id: str, item: Item, key: CaseKey) -> None:
    """Ask for a snapshot of each of the item's media; one that is there or on its way stays."""
    rows = [
        {
            "snapshot_id": names.of(case_id, media.url),
            "case_id": case_id,
            "place": place,
            "state": SnapshotState.WANTED.value,
            "attempts": 0,
            "sealed": key.seal(media.model_dump_json(), ADDRESS),
            "asked_at": tx.now,
            "due_at": tx.now,
        }
        for place, media in enumerate(_media_of(item)[:MOST_OF_A_CASE])
    ]
    if not rows:
        return
    asked = tx.insert(snapshots)
    anew = {name: asked.excluded[name] for name in rows[0] if name not in _WHICH}
    await tx.execute(
        asked.on_conflict_do_update(
            index_elements=[snapshots.c.snapshot_id],
            set_=anew,
            where=snapshots.c.state == SnapshotState.ERASED.value,
        ),
        rows,
    )


def _media_of(item: Item) -> list[Media]:
    named = [each if isinstance(each, Media) else Media(url=each) for each in item.media]
    return list({media.url: media for media in reversed(named)}.values())[::-1]


async def _held(tx: Transaction, which: Any, at_most: int) -> list[Row[Any]]:
    """The first that are due, put off for the length of a lease."""
    due = which & (snapshots.c.due_at <= tx.now)
    first = select(snapshots.c.snapshot_id).where(due).order_by(snapshots.c.due_at).limit(at_most)
    ids = [row.snapshot_id for row in await tx.rows(first)]
    if not ids:
        return []
    holding = update(snapshots).where(snapshots.c.snapshot_id.in_(ids), due)
    return list(await tx.rows(holding.values(due_at=tx.now + _LEASE).returning(*snapshots.c)))


async def _set(tx: Transaction, snapshot_id: str, **values: Any) -> bool:
    """Change one that is still wanted; whether it was."""
    wanted = snapshots.c.state == SnapshotState.WANTED.value
    mine = update(snapshots).where(snapshots.c.snapshot_id == snapshot_id, wanted)
    return bool((await tx.execute(mine.values(**values))).rowcount)


async def _clear_again(tx: Transaction, snapshot_id: str) -> None:
    """The evidence was erased while we stored: what we stored has to go as well."""
    await tx.execute(update(snapshots).where(_erased([snapshot_id])).values(due_at=tx.now))


async def _cleared(tx: Transaction, ids: list[str]) -> None:
    await tx.execute(update(snapshots).where(_erased(ids)).values(due_at=None))


def _erased(ids: list[str]) -> ColumnElement[bool]:
    erased = snapshots.c.state == SnapshotState.ERASED.value
    return and_(snapshots.c.snapshot_id.in_(ids), erased)


def _looks(drawn: Redrawn) -> dict[str, Any]:
    looks = {"kind": drawn.kind, "width": drawn.width, "height": drawn.height, "failure": None}
    of = drawn.stills
    if of is None:
        return looks
    return looks | {"stills": of.shown, "stills_missed": of.missed, "seconds": of.seconds}


def _object(case_id: str, snapshot_id: str, what: str) -> str:
    return f"{case_id}/{snapshot_id}.{what}"


def _picture(place: int, address: str, row: Row[Any] | None) -> Picture:
    if row is None:
        unknown = SnapshotState.FAILED
        return Picture(place=place, address=address, state=unknown, failure=NotShown.NOT_FETCHED)
    return Picture(
        place=place,
        address=address,
        state=SnapshotState(row.state),
        failure=NotShown(row.failure) if row.failure else None,
        kind=row.kind,
        width=row.width,
        height=row.height,
        stills=_stills(row),
    )


def _stills(row: Row[Any]) -> Stills | None:
    if row.stills is None:
        return None
    return Stills(shown=row.stills, missed=row.stills_missed, seconds=row.seconds)
