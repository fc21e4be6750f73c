"""Everything a reviewer needs to decide, on one page."""

from collections.abc import Container
from functools import partial
from typing import Any

from sqlalchemy import Row, Select, func, select

from casework.detection import Detection, Item
from casework.errors import Gone
from casework.records import Decision
from casework.words import HearingKind, Outcome, Severity, Verdict
from storage import blindness, submissions
from storage.appeal_views import APPEAL
from storage.as_judged import addresses, judged
from storage.case_book import reason_of
from storage.case_files import weight_on
from storage.claiming import excluded_from, found
from storage.engine import Transaction
from storage.evidence import CaseKey, Vault
from storage.intake import DETECTION
from storage.papers import NOTE
from storage.read_models import AccountHistory, NoteView, ReviewView
from storage.rows import account_of, decision_of, finding_of, item_of
from storage.tables import appeals, cases, decisions, findings, notes, reviews


async def page(tx: Transaction, vault: Vault, review_id: str) -> ReviewView:
    review = found(await tx.row(select(reviews).where(reviews.c.review_id == review_id)))
    case = (await tx.execute(select(cases).where(cases.c.case_id == review.case_id))).one()
    key = await _key(tx, vault, case.case_id)
    evidence = await judged(tx, review, partial(_opened, key))
    item = evidence.item
    given = await submissions.firsts(tx, vault, review_id)
    unseen = blindness.unseen(review, given)
    return ReviewView(
        review_id=review_id,
        case_id=case.case_id,
        hearing=HearingKind(review.hearing).as_shown,
        open=review.state == "open",
        harm=review.harm,
        policy_version=case.policy_version,
        severity=Severity(review.severity),
        desk=review.desk,
        due_at=review.due_at,
        why=review.why,
        excluded=await excluded_from(tx, review_id),
        item=item_of(case),
        account=account_of(case),
        text=evidence.text,
        url=item.url if item else None,
        media=addresses(item),
        findings=tuple([finding_of(row) for row in await tx.rows(_findings(review))]),
        decisions=await _decisions(tx, vault, review),
        history=await _history(tx, case),
        notes=await _notes(tx, review, key, unseen),
        detections=evidence.detections,
        reporters=evidence.reporters,
        appeal_words=await _appeal_words(tx, review, key),
        answers=() if unseen else given,
        evidence_at=evidence.at,
        later_item=evidence.later,
    )


async def _key(tx: Transaction, vault: Vault, case_id: str) -> CaseKey | None:
    try:
        return await vault.key_of(tx, case_id)
    except Gone:
        return None


def _opened(key: CaseKey | None, sealed: bytes) -> Item | None:
    said = _words(key, sealed, DETECTION)
    return None if said is None else Detection.model_validate_json(said).item


def _words(key: CaseKey | None, sealed: bytes | None, what: str) -> str | None:
    """What was sealed, None if it was erased: also with an earlier key of the case."""
    if key is None or sealed is None:
        return None
    try:
        return key.open(sealed, what)
    except Gone:
        return None


def _findings(review: Row[Any]) -> Any:
    mine = (findings.c.case_id == review.case_id) & (findings.c.round == review.round)
    return select(findings).where(mine).order_by(findings.c.check_name)


async def _decisions(tx: Transaction, vault: Vault, review: Row[Any]) -> tuple[Decision, ...]:
    """Those of the case; none to whoever is to judge it without them."""
    if review.hearing == HearingKind.QUALITY:
        return ()
    made = await tx.rows(
        select(decisions).where(decisions.c.case_id == review.case_id).order_by(decisions.c.at)
    )
    return tuple([decision_of(row, await reason_of(tx, vault, row)) for row in made])


async def _history(tx: Transaction, case: Row[Any]) -> AccountHistory:
    others = (cases.c.account_id == case.account_id) & (cases.c.case_id != case.case_id)
    rows = await tx.rows(
        select(cases.c.outcome, func.count().label("number"))
        .where(others)
        .group_by(cases.c.outcome)
    )
    outcomes = {row.outcome: row.number for row in rows}
    overturned = (
        select(func.count())
        .select_from(decisions)
        .join(cases, cases.c.case_id == decisions.c.case_id)
        .where(others, decisions.c.verdict == Verdict.OVERTURNED.value)
    )
    strikes = weight_on(case.account_id, case.case_id, tx.now).label("strikes")
    asked: Select[Any] = select(overturned.scalar_subquery().label("overturned"), strikes)
    counted = (await tx.execute(asked)).one()
    return AccountHistory(
        cases=sum(outcomes.values()),
        enforced=outcomes.get(Outcome.ENFORCED.value, 0),
        dismissed=outcomes.get(Outcome.DISMISSED.value, 0),
        overturned=counted.overturned,
        strikes=counted.strikes,
    )


async def _notes(
    tx: Transaction, review: Row[Any], key: CaseKey | None, unseen: Container[str]
) -> tuple[NoteView, ...]:
    """Not those that people who answered first left in this hearing, while they are unseen."""
    rows = await tx.rows(_for_colleagues(review).order_by(notes.c.at))
    said = (
        (row, _words(key, row.sealed, NOTE))
        for row in rows
        if row.review_id != review.review_id or row.by not in unseen
    )
    return tuple(
        NoteView(by=row.by, at=row.at, text=words) for row, words in said if words is not None
    )


def _for_colleagues(review: Row[Any]) -> Select[Any]:
    """Notes of the case. A second look is taken without them, and leaves none to the others."""
    if review.hearing == HearingKind.QUALITY:
        return select(notes).where(notes.c.review_id == review.review_id)
    blind = select(reviews.c.review_id).where(
        reviews.c.case_id == review.case_id, reviews.c.hearing == HearingKind.QUALITY.value
    )
    mine = notes.c.case_id == review.case_id
    return select(notes).where(mine, notes.c.review_id.not_in(blind))


async def _appeal_words(tx: Transaction, review: Row[Any], key: CaseKey | None) -> str | None:
    if review.hearing != HearingKind.APPEAL:
        return None
    sealed = await tx.value(select(appeals.c.sealed).where(appeals.c.review_id == review.review_id))
    return _words(key, sealed, APPEAL)
