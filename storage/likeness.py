"""Cases that are nearly about the same: remembered as sketches, found by what they share."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select, true

from casework.likeness import Like, LikenessKind
from casework.words import Outcome, Verdict
from storage.engine import Database, Transaction
from storage.sketches import NEAR, TRIED, bands, distance, probes
from storage.tables import cases, decisions, likeness_bands

MOST = 20
_MOST_SKETCHES = 8
_MOST_CANDIDATES = 20_000
"""So many that share a band are compared; the index alone tells them."""
_MOST_NEAR = 500
"""So many of the nearest are looked up, of which a flood has thousands."""


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


def _in_scope(harms: frozenset[str]) -> ColumnElement[bool]:
    return true() if "*" in harms else cases.c.harm.in_(sorted(harms))


async def _like(tx: Transaction, case_id: str, scope: ColumnElement[bool]) -> tuple[Like, ...]:
    own = defaultdict(list)
    for row in await tx.rows(_sketches_of(case_id)):
        own[LikenessKind(row.kind)].append(row.value)
    near: dict[str, _Near] = {}
    for kind, sketches in own.items():
        candidates = await tx.rows(_sharing(case_id, kind, sketches))
        for case, found in _nearest(kind, sketches, candidates):
            near[case] = min(near.get(case, found), found)
    nearest = dict(sorted(near.items(), key=lambda pair: pair[1])[:_MOST_NEAR])
    if not nearest:
        return ()
    rows = await tx.rows(_told_of(case_id, list(nearest)).where(scope))
    likes = sorted((_like_of(row, nearest[row.case_id]) for row in rows), key=_order)
    return await _with_rulings(tx, likes[:MOST])


_Near = tuple[int, LikenessKind]


def _sketches_of(case_id: str) -> Select[Any]:
    mine = likeness_bands.c.case_id == case_id
    columns = likeness_bands.c.kind, likeness_bands.c.value
    return select(*columns).where(mine).distinct().limit(2 * _MOST_SKETCHES)


def _sharing(case_id: str, kind: LikenessKind, sketches: list[str]) -> Select[Any]:
    of_one = (probes(sketch, TRIED[kind]) for sketch in sketches[:_MOST_SKETCHES])
    wanted = {probe for each in of_one for probe in each}
    return (
        select(likeness_bands.c.value, likeness_bands.c.case_id)
        .where(
            likeness_bands.c.kind == kind.value,
            likeness_bands.c.band.in_(sorted(wanted)),
            likeness_bands.c.case_id != case_id,
        )
        .limit(_MOST_CANDIDATES)
    )


def _nearest(
    kind: LikenessKind, own: list[str], candidates: Iterable[Row[Any]]
) -> Iterator[tuple[str, _Near]]:
    for case, value in {(row.case_id, row.value) for row in candidates}:
        apart = min(distance(sketch, value) for sketch in own)
        if apart <= NEAR[kind]:
            yield case, (apart, kind)


def _told_of(case_id: str, near: list[str]) -> Select[Any]:
    own = select(cases.c.account_id).where(cases.c.case_id == case_id).scalar_subquery()
    return select(
        cases.c.case_id,
        cases.c.harm,
        cases.c.outcome,
        cases.c.opened_at,
        (cases.c.account_id == own).label("same_account"),
    ).where(cases.c.case_id.in_(near))


def _like_of(row: Row[Any], near: _Near) -> Like:
    apart, kind = near
    return Like(
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
