"""Cases that are nearly about the same: remembered as sketches, found by what they share."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, select, true

from casework.likeness import Like, LikenessKind
from casework.words import Outcome, Verdict
from storage.engine import Database, Transaction
from storage.sketches import NEAR, bands, distance, probes
from storage.tables import cases, decisions, likeness_bands

MOST = 20
_MOST_SKETCHES = 8
_MOST_CANDIDATES = 500
"""So many of the latest cases that share a band are compared; a flood has thousands."""


class LikenessBook:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def like(self, case_id: str, harms: frozenset[str]) -> tuple[Like, ...]:
        """At most 20 other cases that are nearly the same, nearest and then latest first.

        `harms` is the viewer's scope; `*` in it means every harm.
        """
        return await self._database.read(lambda tx: _like(tx, case_id, _in_scope(harms)))

    async def remember(self, case_id: str, kind: LikenessKind, sketch: str) -> None:
        """Keep a sketch of something the case is about. Repeating changes nothing."""
        await self._database.write(lambda tx: remember(tx, case_id, kind, sketch))


async def remember(tx: Transaction, case_id: str, kind: LikenessKind, sketch: str) -> None:
    rows = [
        {"kind": kind.value, "band": band, "case_id": case_id, "value": sketch}
        for band in bands(sketch)
    ]
    await tx.execute(tx.insert(likeness_bands).on_conflict_do_nothing(), rows)


async def forget(tx: Transaction, case_id: str) -> None:
    await tx.execute(delete(likeness_bands).where(likeness_bands.c.case_id == case_id))


def _in_scope(harms: frozenset[str]) -> ColumnElement[bool]:
    return true() if "*" in harms else cases.c.harm.in_(sorted(harms))


async def _like(tx: Transaction, case_id: str, scope: ColumnElement[bool]) -> tuple[Like, ...]:
    own = defaultdict(list)
    for row in await tx.rows(_sketches_of(case_id)):
        own[LikenessKind(row.kind)].append(row.value)
    near: dict[str, Like] = {}
    for kind, sketches in own.items():
        candidates = await tx.rows(_sharing(case_id, kind, sketches).where(scope))
        for like in _nearest(kind, sketches, candidates):
            known = near.get(like.case_id)
            if known is None or _order(like) < _order(known):
                near[like.case_id] = like
    found = sorted(near.values(), key=_order)[:MOST]
    return await _with_rulings(tx, found)


def _sketches_of(case_id: str) -> Select[Any]:
    mine = likeness_bands.c.case_id == case_id
    columns = likeness_bands.c.kind, likeness_bands.c.value
    return select(*columns).where(mine).distinct().limit(2 * _MOST_SKETCHES)


def _sharing(case_id: str, kind: LikenessKind, sketches: list[str]) -> Select[Any]:
    wanted = {probe for sketch in sketches[:_MOST_SKETCHES] for probe in probes(sketch)}
    own = select(cases.c.account_id).where(cases.c.case_id == case_id).scalar_subquery()
    return (
        select(
            likeness_bands.c.value,
            cases.c.case_id,
            cases.c.harm,
            cases.c.outcome,
            cases.c.opened_at,
            (cases.c.account_id == own).label("same_account"),
        )
        .join(cases, cases.c.case_id == likeness_bands.c.case_id)
        .where(
            likeness_bands.c.kind == kind.value,
            likeness_bands.c.band.in_(sorted(wanted)),
            likeness_bands.c.case_id != case_id,
        )
        .distinct()
        .order_by(cases.c.opened_at.desc(), cases.c.case_id)
        .limit(_MOST_CANDIDATES)
    )


def _nearest(kind: LikenessKind, own: list[str], candidates: Iterable[Row[Any]]) -> Iterable[Like]:
    for row in candidates:
        apart = min(distance(sketch, row.value) for sketch in own)
        if apart <= NEAR[kind]:
            yield Like(
                case_id=row.case_id,
                kind=kind,
                distance=apart,
                harm=row.harm,
                outcome=Outcome(row.outcome) if row.outcome else None,
                ruling=None,
                opened_at=row.opened_at,
                same_account=bool(row.same_account),
            )


def _order(like: Like) -> tuple[int, float, str]:
    return like.distance, -like.opened_at.timestamp(), like.case_id


async def _with_rulings(tx: Transaction, found: list[Like]) -> tuple[Like, ...]:
    ids = [like.case_id for like in found]
    if not ids:
        return ()
    made = select(decisions.c.case_id, decisions.c.verdict).where(decisions.c.case_id.in_(ids))
    latest = {row.case_id: row.verdict for row in await tx.rows(made.order_by(decisions.c.at))}
    return tuple(
        like.model_copy(update={"ruling": Verdict(latest[like.case_id])})
        if like.case_id in latest
        else like
        for like in found
    )
