"""The evidence of a review: what is known now; for an appeal or a second look, what was then.

An appeal asks whether a decision was right. Whoever hears it sees the item as whoever decided could
see it; that it was edited since is said beside it, and is no reason for what was decided before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

from casework.detection import Item, Media
from casework.identity import decision_id
from casework.words import HearingKind
from storage.engine import Transaction
from storage.read_models import LaterItem
from storage.tables import decisions, detections

Open = Callable[[bytes], Item | None]
"""Opens a sealed detection; None once it was erased."""


@dataclass(frozen=True)
class Judged:
    """`at`: as of when, None for now. `later`: how the item looked afterwards, if differently."""

    at: datetime | None
    text: str | None
    item: Item | None
    detections: int
    reporters: int
    later: LaterItem | None = None


async def judged(tx: Transaction, review: Row[Any], opened: Open) -> Judged:
    at = await _moment(tx, review)
    mine = detections.c.case_id == review.case_id
    known = mine & (detections.c.received_at <= at) if at else mine
    count = await tx.row(
        select(
            func.count().label("detections"),
            func.count(detections.c.reporter.distinct()).label("reporters"),
        ).where(known)
    )
    assert count is not None
    item = await _latest(tx, known)
    with_text = item
    if item is not None and not item.has_text:
        with_text = await _latest(tx, known & detections.c.has_text)
    found = Judged(
        at=at,
        text=_text(opened, with_text),
        item=None if item is None else opened(item.sealed),
        detections=count.detections,
        reporters=count.reporters,
    )
    if review.hearing == HearingKind.QUALITY:
        return Judged(**{**vars(found), "at": None})
    if at is None:
        return found
    later = await _later(tx, mine & (detections.c.received_at > at), found, opened)
    return Judged(**{**vars(found), "later": later})


async def _moment(tx: Transaction, review: Row[Any]) -> datetime | None:
    """When the decision that is judged again was made."""
    if review.hearing not in (HearingKind.APPEAL, HearingKind.QUALITY):
        return None
    asked = decision_id(review.case_id, review.round, HearingKind.FIRST)
    at = await tx.value(select(decisions.c.at).where(decisions.c.decision_id == asked))
    return at if isinstance(at, datetime) else None


async def _later(
    tx: Transaction, since: ColumnElement[bool], found: Judged, opened: Open
) -> LaterItem | None:
    """How it looked last since then, if differently; what a late report leaves out is as it was."""
    row = await _latest(tx, since)
    item = None if row is None else opened(row.sealed)
    if row is None or item is None:
        return None
    before = found.text, found.item.url if found.item else None, addresses(found.item)
    text = _text(opened, await _latest(tx, since & detections.c.has_text))
    after = text or before[0], item.url or before[1], addresses(item) or before[2]
    if after == before:
        return None
    return LaterItem(received_at=row.received_at, text=after[0], url=after[1], media=after[2])


async def _latest(tx: Transaction, which: ColumnElement[bool]) -> Row[Any] | None:
    return await tx.row(
        select(detections.c.sealed, detections.c.received_at, detections.c.has_text)
        .where(which)
        .order_by(detections.c.received_at.desc(), detections.c.detection_id.desc())
        .limit(1)
    )


def _text(opened: Open, row: Row[Any] | None) -> str | None:
    item = None if row is None else opened(row.sealed)
    return None if item is None else item.text


def addresses(item: Item | None) -> tuple[str, ...]:
    if item is None:
        return ()
    return tuple(each.url if isinstance(each, Media) else each for each in item.media)
