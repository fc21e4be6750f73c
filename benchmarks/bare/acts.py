"""The bare activities. Each may be repeated; each writes in one commit what it has done."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Final

from temporalio import activity

from benchmarks.bare.orders import ActionRef, CaseRef, Check, Decide, Ruled, RuleOn
from benchmarks.bare.rows import Rows, Sql
from casework import ports
from casework.detection import AccountRef, ItemRef
from casework.durations import Period
from casework.errors import NotConfirmed
from casework.records import ActionRecord, Evidence, Statement
from casework.words import ActionKind, ActionState, NoticeKind, PlatformState, Verdict

_CHECKS: Final = {"spam_scam": ("scam_signs",), "harassment": ("profanity", "vendor_moderation")}
_SUBJECT: Final = "A decision about your message"
_BODY: Final = """Your message {item} was removed.

{why}

We looked at it on our own initiative, after an automated detection.

It goes against our terms: Community Guidelines.

If you think that this is wrong you can appeal, free of charge, within 6 months of receiving this
message: http://127.0.0.1/appeals/{case}
"""


class BareActs:
    def __init__(
        self,
        rows: Rows,
        checks: Iterable[ports.Check],
        platform: ports.Platform,
        channels: Sequence[ports.NoticeChannel],
    ) -> None:
        self._rows = rows
        self._checks = {check.name: check for check in checks}
        self._platform = platform
        self._channels = channels

    @activity.defn
    async def open_case(self, case: CaseRef) -> Check:
        opening = "UPDATE cases SET stage = 'checking', opened_at = ? WHERE case_id = ?"
        [[harm]] = await self._rows.write(
            (f"{opening} RETURNING harm", (time.time(), case.case_id))
        )
        return Check(case_id=case.case_id, harm=harm)

    @activity.defn
    async def check(self, order: Check) -> RuleOn:
        [[item_type, item_id, text]] = await self._rows.read(
            "SELECT item_type, item_id, text FROM cases WHERE case_id = ?", order.case_id
        )
        evidence = Evidence(item=ItemRef(type=item_type, id=item_id), text=text)
        asked = [self._checks[name] for name in _CHECKS[order.harm]]
        found = await asyncio.gather(*(check.examine(evidence, order.harm) for check in asked))
        scores = {one.check: one.score for one in found if one.score is not None}
        return RuleOn(case_id=order.case_id, scores=scores)

    @activity.defn
    async def rule(self, order: RuleOn) -> Ruled:
        [[harm, item, account, score, strikes]] = await self._rows.read(
            "SELECT harm, item_id, account_id, score, (SELECT count(*) FROM strikes"
            " WHERE strikes.account_id = cases.account_id) FROM cases WHERE case_id = ?",
            order.case_id,
        )
        found = [_finding(order.case_id, name, one) for name, one in order.scores.items()]
        verdict = _verdict(harm, order.scores, score, strikes)
        if verdict is Verdict.REVIEW:
            ruled, rows = _asked(order.case_id)
        else:
            ruled, rows = _enforced(order.case_id, item, account, "policy", "rule")
        await self._rows.write(*found, *rows)
        return ruled

    @activity.defn
    async def decide(self, order: Decide) -> Ruled:
        [[item, account]] = await self._rows.read(
            "SELECT item_id, account_id FROM cases WHERE case_id = ?", order.case_id
        )
        ruled, rows = _enforced(order.case_id, item, account, order.by, order.reason)
        closing = "UPDATE reviews SET state = 'decided' WHERE case_id = ?"
        await self._rows.write(*rows, (closing, (order.case_id,)))
        return ruled

    @activity.defn
    async def act(self, order: ActionRef) -> None:
        action = await self._action(order)
        await self._platform.carry_out(action)
        if await self._platform.read_back(action) is not PlatformState.APPLIED:
            raise NotConfirmed("the platform does not show it")
        await self._settle(order, ActionState.CONFIRMED)

    @activity.defn
    async def undo(self, order: ActionRef) -> None:
        action = await self._action(order)
        if await self._platform.read_back(action) is PlatformState.APPLIED:
            await self._platform.revert(action)
            if await self._platform.read_back(action) is PlatformState.APPLIED:
                raise NotConfirmed("the platform still shows it")
        await self._settle(order, ActionState.REVERTED)

    @activity.defn
    async def tell_and_close(self, case: CaseRef) -> None:
        [[account, subject, body]] = await self._rows.read(
            "SELECT account_id, subject, body FROM notices JOIN cases USING (case_id)"
            " WHERE case_id = ?",
            case.case_id,
        )
        notice = _notice(case.case_id, account, subject, body)
        for channel in self._channels:
            await channel.send(notice)
        now, name = time.time(), case.case_id
        delivered = "UPDATE notices SET delivered_at = ? WHERE case_id = ?"
        closed = "UPDATE cases SET stage = 'closed', outcome = 'enforced', closed_at = ?"
        await self._rows.write(
            (delivered, (now, name)), (f"{closed} WHERE case_id = ?", (now, name))
        )

    async def _action(self, order: ActionRef) -> ActionRecord:
        [row] = await self._rows.read(
            "SELECT action_id, case_id, kind, state, harm, item_type, item_id, account_id"
            " FROM actions JOIN cases USING (case_id) WHERE action_id = ?",
            order.action_id,
        )
        action_id, case_id, kind, state, harm, item_type, item_id, account_id = row
        return ActionRecord(
            action_id=action_id,
            decision_id=f"d-{case_id}",
            case_id=case_id,
            kind=ActionKind(kind),
            item=ItemRef(type=item_type, id=item_id),
            account=AccountRef(id=account_id),
            state=ActionState(state),
            platform_ref=action_id,
            harm=harm,
            policy_version=1,
            reason="Community Guidelines",
        )

    async def _settle(self, order: ActionRef, state: ActionState) -> None:
        settled = "UPDATE actions SET state = ?, confirmed_at = ? WHERE action_id = ?"
        await self._rows.write((settled, (state, time.time(), order.action_id)))


def _verdict(harm: str, scores: dict[str, float], score: float, strikes: int) -> Verdict:
    """The rules of the shipped policies, as far as these cases meet them."""
    if harm == "spam_scam" and scores["scam_signs"] >= 0.85 and score >= 0.90 and strikes < 2:
        return Verdict.ENFORCE
    if harm == "harassment" and scores["vendor_moderation"] >= 0.97 and score >= 0.90:
        return Verdict.ENFORCE
    return Verdict.REVIEW


def _asked(case_id: str) -> tuple[Ruled, list[Sql]]:
    """Before a person, and hidden until they have decided."""
    asked = "INSERT OR IGNORE INTO reviews VALUES (?, 'open', NULL, ?)"
    action, planned = _planned(case_id, ActionKind.HIDE_ITEM)
    stage = "UPDATE cases SET stage = 'review' WHERE case_id = ?"
    rows = [(asked, (case_id, time.time())), planned, (stage, (case_id,))]
    return Ruled(verdict=Verdict.REVIEW, actions=(action,)), rows


def _enforced(case_id: str, item: str, account: str, by: str, why: str) -> tuple[Ruled, list[Sql]]:
    now = time.time()
    action, planned = _planned(case_id, ActionKind.REMOVE_ITEM)
    body = _BODY.format(item=item, why=_why(by), case=case_id)
    rows = [
        ("INSERT OR IGNORE INTO decisions VALUES (?, ?, ?, ?, ?)",
         (case_id, Verdict.ENFORCE, by, why, now)),
        planned,
        ("INSERT OR IGNORE INTO strikes VALUES (?, ?, 1, ?)", (case_id, account, now)),
        ("INSERT OR IGNORE INTO notices VALUES (?, ?, ?, NULL)", (case_id, _SUBJECT, body)),
        ("UPDATE cases SET stage = 'enforcing' WHERE case_id = ?", (case_id,)),
    ]  # fmt: skip
    return Ruled(verdict=Verdict.ENFORCE, actions=(action,)), rows


def _planned(case_id: str, kind: ActionKind) -> tuple[ActionRef, Sql]:
    action_id = f"a-{case_id}-{kind}"
    row = (action_id, case_id, kind)
    planned = "INSERT OR IGNORE INTO actions VALUES (?, ?, ?, 'planned', NULL)"
    return ActionRef(action_id=action_id), (planned, row)


def _finding(case_id: str, check: str, score: float) -> Sql:
    return "INSERT OR REPLACE INTO findings VALUES (?, ?, ?)", (case_id, check, score)


def _why(by: str) -> str:
    by_machine = "The decision was made by automated means, without a person."
    return by_machine if by == "policy" else "The decision was made by a person."


def _notice(case_id: str, account: str, subject: str, body: str) -> Statement:
    return Statement(
        notice_id=f"n-{case_id}",
        decision_id=f"d-{case_id}",
        case_id=case_id,
        kind=NoticeKind.STATEMENT,
        account=AccountRef(id=account),
        subject=subject,
        body=body,
        appeal_within=Period.parse("P6M"),
    )
