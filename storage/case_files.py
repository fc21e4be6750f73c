"""What a ruling is made on: the case, all that was claimed of it, and the account's strikes."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)

from casework.detection import DetectorRef
from casework.errors import NotFound
from casework.facts import Claims
from casework.records import CaseFile
from casework.words import ActionKind, Channel, NoticeKind
from storage.engine import Transaction
from storage.rows import account_of, item_of
from storage.tables import actions, cases, detections, notices, strikes

_CHANNELS = tuple(Channel)
_STRUCK, _OWN, _OTHERS = (cases.alias(name) for name in ("struck", "own", "others"))
_OTHER = strikes.alias("other")
"""Made once: an alias copies every column of its table, and these are needed for every page."""


def file_of(row: Row[Any] | None) -> CaseFile:
    """What `file_query` found. Raises NotFound."""
    if row is None:
        raise NotFound("no such case")
    return CaseFile(
        case_id=row.case_id,
        harm=row.harm,
        round=row.round,
        policy_version=row.policy_version or 0,
        item=item_of(row),
        account=account_of(row),
        detector=DetectorRef(name=row.detector, version=row.detector_version),
        claims=Claims(
            count=row.said,
            reporters=row.reporters,
            score=row.highest,
            channel=_CHANNELS[row.channel],
            detector=row.detector,
        ),
        strikes=row.strikes,
        warned=bool(row.warned),
    )


async def reporters_of(tx: Transaction, case_id: str) -> int:
    """How many different people reported the case."""
    mine = detections.c.case_id == case_id
    return int(await tx.value(select(func.count(detections.c.reporter.distinct())).where(mine)))


async def strikes_on(tx: Transaction, account_id: str, apart_from: str) -> int:
    """The weight that counts against an account now, without that of one case."""
    return int(await tx.value(select(weight_on(account_id, apart_from, tx.now))))


def weight_on(account_id: str, apart_from: str, now: datetime) -> ColumnElement[int]:
    """The same, for a statement that asks for more."""
    return _weight(literal(account_id), apart_from, now)


def file_query(case_id: str, now: datetime) -> Select[Any]:
    """One row with everything; none without a detection."""
    claims = _claims(case_id).subquery()
    weight = _weight(cases.c.account_id, case_id, now).label("strikes")
    return (
        select(cases, claims, weight, _warned(case_id, now).label("warned"))
        .select_from(cases.join(claims, true()))
        .where(cases.c.case_id == case_id, cases.c.detector.is_not(None))
    )


def _claims(case_id: str) -> Select[*tuple[Any, ...]]:
    """`channel` is the place among all channels of the one that counts most.

    What a recall has blamed counts no more, unless nothing else was ever said.
    """
    other = detections.alias("other")
    counts = other.c.recalled_at.is_(None)
    else_said = select(other.c.case_id).where(other.c.case_id == case_id, counts).exists()
    ranks = {channel.value: rank for rank, channel in enumerate(_CHANNELS)}
    return select(
        func.count().label("said"),
        func.count(detections.c.reporter.distinct()).label("reporters"),
        func.max(detections.c.score).label("highest"),
        func.min(case(ranks, value=detections.c.channel)).label("channel"),
    ).where(detections.c.case_id == case_id, or_(detections.c.recalled_at.is_(None), ~else_said))


def _weight(account_id: Any, apart_from: str, now: datetime) -> ScalarSelect[int]:
    """One item is one offence: of several cases' strikes for it the heaviest counts, and none for
    the item whose case this is."""
    struck, own, other, others = _STRUCK, _OWN, _OTHER, _OTHERS
    same_item = _same_item(struck, own) & (own.c.case_id == apart_from)
    heavier = or_(
        other.c.weight > strikes.c.weight,
        and_(other.c.weight == strikes.c.weight, other.c.decision_id > strikes.c.decision_id),
    )
    outweighed = (
        select(other.c.decision_id)
        .select_from(other.join(others, others.c.case_id == other.c.case_id))
        .where(
            other.c.account_id == strikes.c.account_id,
            _same_item(struck, others),
            _counts(other, now),
            heavier,
        )
        .exists()
    )
    return (
        select(func.coalesce(func.sum(strikes.c.weight), 0))
        .select_from(strikes.join(struck, struck.c.case_id == strikes.c.case_id))
        .where(
            strikes.c.account_id == account_id,
            _counts(strikes, now),
            ~select(own.c.case_id).where(same_item).exists(),
            ~outweighed,
        )
        .scalar_subquery()
    )


def _warned(apart_from: str, now: datetime) -> ColumnElement[bool]:
    """Whether a decision whose strike counts was told to the account, or warned it."""
    told = exists().where(
        notices.c.decision_id == strikes.c.decision_id,
        notices.c.kind == NoticeKind.STATEMENT.value,
        notices.c.delivered_at.is_not(None),
    )
    warned = exists().where(
        actions.c.decision_id == strikes.c.decision_id,
        actions.c.kind == ActionKind.WARN_ACCOUNT.value,
        actions.c.confirmed_at.is_not(None),
    )
    return (
        select(strikes.c.decision_id)
        .where(
            strikes.c.account_id == cases.c.account_id,
            strikes.c.case_id != apart_from,
            _counts(strikes, now),
            told | warned,
        )
        .correlate(cases)
        .exists()
    )


def _same_item(one: Any, other: Any) -> ColumnElement[bool]:
    same: ColumnElement[bool] = and_(
        one.c.item_type == other.c.item_type, one.c.item_id == other.c.item_id
    )
    return same


def _counts(strike: Any, now: datetime) -> ColumnElement[bool]:
    return and_(strike.c.withdrawn_at.is_(None), strike.c.expires_at > now)
