"""What a bad version did on its own, and what of it is left alone: the questions to the database.

Found are rounds of cases. A claim counts as a cause only if it was received before the ruling; a
claim by somebody else counts whenever it came.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Exists,
    Select,
    Subquery,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    true,
)

from casework.recalls import RecallFilter
from casework.words import Channel, HearingKind, Verdict
from storage.tables import cases, decisions, detections

_other = decisions.alias("other")
_claim = detections.alias("claim")


def decided(found: RecallFilter) -> Select[Any]:
    """First hearings that ended in enforcement, with what keeps them out.

    The latest first: what the ladder asked for because of an earlier strike is then gone before
    that strike is, and nobody is told of a change to what is taken back anyway.
    """
    said = _first_said(found)
    return (
        select(
            decisions.c.decision_id,
            decisions.c.case_id,
            decisions.c.round,
            decisions.c.automated,
            cases.c.harm,
            cases.c.account_id,
            _overridden().label("overridden"),
            _upheld().label("upheld"),
            _claimed_by_others(found, decisions.c.case_id).label("borderline"),
        )
        .join(cases, cases.c.case_id == decisions.c.case_id)
        .outerjoin(said, said.c.case_id == decisions.c.case_id)
        .where(_enforced(), _fits(found, said))
        .order_by(decisions.c.at.desc(), decisions.c.decision_id)
    )


def undecided(found: RecallFilter) -> Select[Any]:
    """Open cases nobody has ruled on yet, the oldest first. `round` 0 has not begun."""
    said = _first_said(found, *_received_within(found))
    ruled = exists().where(
        decisions.c.case_id == cases.c.case_id,
        decisions.c.round == cases.c.round,
        decisions.c.hearing == HearingKind.FIRST.value,
    )
    return (
        select(
            cases.c.case_id,
            cases.c.round,
            cases.c.harm,
            cases.c.account_id,
            _claimed_by_others(found, cases.c.case_id).label("others"),
        )
        .join(said, said.c.case_id == cases.c.case_id)
        .where(cases.c.closed_at.is_(None), ~ruled, _fits_while_open(found))
        .order_by(cases.c.opened_at, cases.c.case_id)
    )


def anything_else(found: RecallFilter) -> Select[Any]:
    """One automated enforcement that stands and does not fit the filter; no row without any."""
    said = _first_said(found)
    return (
        select(decisions.c.decision_id)
        .outerjoin(said, said.c.case_id == decisions.c.case_id)
        .where(_enforced(), decisions.c.automated, ~func.coalesce(_fits(found, said), false()))
        .where(~_overridden())
        .limit(1)
    )


def _enforced() -> ColumnElement[bool]:
    return and_(
        decisions.c.hearing == HearingKind.FIRST.value,
        decisions.c.verdict == Verdict.ENFORCE.value,
    )


def _overridden() -> Exists:
    return exists().where(
        _other.c.case_id == decisions.c.case_id,
        _other.c.round == decisions.c.round,
        _other.c.overrides == decisions.c.decision_id,
    )


def _upheld() -> Exists:
    return exists().where(
        _other.c.case_id == decisions.c.case_id,
        _other.c.round == decisions.c.round,
        _other.c.verdict == Verdict.UPHELD.value,
    )


def _first_said(found: RecallFilter, *bounds: ColumnElement[bool]) -> Subquery:
    """When the detector that is blamed first spoke of a case.

    Asked once for all cases, and not again for each: that would be quadratic.
    """
    blamed = () if found.detector is None else (said_by(found, detections),)
    first = func.min(detections.c.received_at).label("first")
    said = select(detections.c.case_id, first).where(true(), *blamed, *bounds)
    return said.group_by(detections.c.case_id).subquery()


def _received_within(found: RecallFilter) -> tuple[ColumnElement[bool], ...]:
    since = () if found.since is None else (detections.c.received_at >= found.since,)
    until = () if found.until is None else (detections.c.received_at < found.until,)
    return (*since, *until)


def _fits(found: RecallFilter, said: Subquery) -> ColumnElement[bool]:
    fits: list[ColumnElement[bool]] = [true()]
    if found.policy is not None:
        fits.append(decisions.c.policy == found.policy)
    if found.policy_version is not None:
        fits.append(decisions.c.policy_version == found.policy_version)
    if found.since is not None:
        fits.append(decisions.c.at >= found.since)
    if found.until is not None:
        fits.append(decisions.c.at < found.until)
    if found.detector is not None:
        fits.append(said.c.first <= decisions.c.at)
    return and_(*fits)


def _fits_while_open(found: RecallFilter) -> ColumnElement[bool]:
    fits: list[ColumnElement[bool]] = [true()]
    if found.policy is not None:
        fits.append(cases.c.harm == found.policy)
    if found.policy_version is not None:
        fits.append(cases.c.policy_version == found.policy_version)
    return and_(*fits)


def said_by(found: RecallFilter, table: Any) -> ColumnElement[bool]:
    """Claims of the detector that the filter blames, in the version it blames."""
    said: ColumnElement[bool] = table.c.detector == found.detector
    if found.detector_version is not None:
        said = and_(said, table.c.detector_version == found.detector_version)
    return said


def _claimed_by_others(found: RecallFilter, case_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether somebody whom the filter does not blame says the same.

    Where no detector is blamed, every one may be right: then a person's claim counts, and so does
    a second detector's.
    """
    this = _claim.c.case_id == case_id
    standing = _claim.c.recalled_at.is_(None)
    if found.detector is not None:
        return exists().where(this, standing, ~said_by(found, _claim))
    by_people = exists().where(this, standing, _claim.c.channel != Channel.CLASSIFIER.value)
    speakers = (
        select(func.count(_claim.c.detector.distinct())).where(this, standing).scalar_subquery()
    )
    return or_(by_people, speakers > 1)
