"""What a waiting review weighs in its queue: how many saw it, how many reported it, who says so.

Copied from the case when the review is opened, and again when a detection joins it.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, literal, or_, select, update

from casework.detection import Detection
from casework.records import ReviewRecord
from casework.words import Channel, HearingKind
from storage.engine import Transaction
from storage.serving import IS_OPEN
from storage.tables import cases, detections, reviews

TRUSTED = (Channel.LEGAL_ORDER, Channel.TRUSTED_FLAGGER)


def weight_of(review: ReviewRecord) -> dict[str, Any]:
    """The columns of a new review, read in the statement that opens it.

    Reports and notices ask for the first hearing; whoever hears an appeal answers somebody else.
    """
    this = cases.c.case_id == review.case_id
    asked = review.hearing is HearingKind.FIRST
    return {
        "reach": select(cases.c.reach).where(this).scalar_subquery(),
        "language": select(cases.c.language).where(this).scalar_subquery(),
        "jurisdiction": select(func.upper(cases.c.jurisdiction)).where(this).scalar_subquery(),
        "reporters": _reporters(review.case_id) if asked else 0,
        "trusted": _is_trusted(review.case_id, review.round) if asked else false(),
    }


async def weigh_again(tx: Transaction, case_id: str, round_: int) -> None:
    """Count what has joined the review that this round of the case waits in."""
    this = cases.c.case_id == case_id
    await tx.execute(
        update(reviews)
        .where(
            reviews.c.case_id == case_id,
            reviews.c.round == round_,
            reviews.c.hearing == HearingKind.FIRST.value,
            IS_OPEN,
        )
        .values(
            reach=select(cases.c.reach).where(this).scalar_subquery(),
            language=select(cases.c.language).where(this).scalar_subquery(),
            reporters=_reporters(case_id),
            trusted=_is_trusted(case_id, round_),
        )
    )


def may_weigh(detection: Detection) -> bool:
    """Whether a review may weigh something else once this has joined it."""
    return (
        detection.channel is not Channel.CLASSIFIER
        or bool(detection.item.reach)
        or detection.item.language is not None
    )


def _reporters(case_id: str) -> ColumnElement[int]:
    mine = detections.c.case_id == case_id
    return select(func.count(detections.c.reporter.distinct())).where(mine).scalar_subquery()


def _is_trusted(case_id: str, round_: int) -> ColumnElement[bool]:
    mine = and_(detections.c.case_id == case_id, detections.c.round == round_)
    said = or_(*(detections.c.channel == literal(channel.value) for channel in TRUSTED))
    return select(detections.c.detection_id).where(mine, said).exists()
