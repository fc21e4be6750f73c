"""The same evening twice, once with a bad detector that is recalled: nothing tells them apart."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from casework.words import NoticeKind
from integrations.scam_signs.fake import FakeScamSigns
from storage.tables import actions, cases, notices, strikes
from tests.stories.test_recalls import recalled
from tests.town import Town, World, a_detection, town

GOOD, BAD = "good-sieve", "bad-sieve"
EVENING = (
    ("acct_1", GOOD, "m-1"),
    ("acct_2", BAD, "m-2"),
    ("acct_1", BAD, "m-3"),
    ("acct_3", BAD, "m-4"),
    ("acct_3", GOOD, "m-5"),
    ("acct_4", BAD, "m-6"),
    ("acct_4", BAD, "m-7"),
    ("acct_4", BAD, "m-8"),
    ("acct_5", GOOD, "m-9"),
    ("acct_5", GOOD, "m-10"),
)
"""Accounts in the order in which somebody spoke of them: with their second strike they rest for a
day, so what the good one asked of `acct_3` rests on the bad one's strike."""


@dataclass(frozen=True)
class Traces:
    """What an account, the platform and a colleague can still see of an evening."""

    standing: Counter[tuple[str, str]]
    weight: dict[str, int]
    uncorrected: Counter[str]


async def test_a_recalled_evening_is_as_one_without_the_bad_detector(tmp_path: Path) -> None:
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    worlds = [World(scam_signs=FakeScamSigns(score=0.95)) for _ in range(2)]

    async with town(tmp_path / "without", worlds[0]) as it:
        await spent(it, {GOOD})
        without = await traces(it)
    async with town(tmp_path / "with", worlds[1]) as it:
        await spent(it, {GOOD, BAD})
        before = await traces(it)
        await recalled(it)
        after = await traces(it)

    assert before != without
    assert after == without


async def spent(it: Town, detectors: set[str]) -> None:
    """One after the other, so that both evenings go the same way."""
    for account, detector, item in EVENING:
        if detector in detectors:
            await it.ended(
                await it.detect(
                    a_detection(score=0.99, account=account, detector=detector, item=item)
                )
            )


async def traces(it: Town) -> Traces:
    async with it.store.database.reading() as tx:
        effects = await tx.rows(select(actions.c.action_id, actions.c.target, actions.c.kind))
        weights = await tx.rows(
            select(strikes.c.account_id, func.sum(strikes.c.weight).label("weight"))
            .where(strikes.c.withdrawn_at.is_(None))
            .group_by(strikes.c.account_id)
        )
        told = await tx.rows(
            select(notices.c.kind, notices.c.account_id, cases.c.item_id)
            .join(cases, cases.c.case_id == notices.c.case_id)
            .where(notices.c.delivered_at.is_not(None))
        )
    corrected = {row.item_id for row in told if row.kind == NoticeKind.CORRECTION}
    standing = {
        name for name, state in it.world.platform.states.items() if state.value == "applied"
    }
    return Traces(
        standing=Counter((r.target, r.kind) for r in effects if r.action_id in standing),
        weight={row.account_id: row.weight for row in weights},
        uncorrected=Counter(
            row.item_id
            for row in told
            if row.kind == NoticeKind.STATEMENT and row.item_id not in corrected
        ),
    )
