"""Things to judge, act on and write about, with nothing in them that matters to the test."""

from datetime import timedelta

from casework.detection import AccountRef, ItemRef
from casework.durations import Period
from casework.ports import Alert
from casework.records import ActionRecord, Evidence, Statement
from casework.words import ActionKind, ActionState, NoticeKind, Severity

CASE = "c" * 32
ITEM = ItemRef(type="message", id="msg_7")
ACCOUNT = AccountRef(id="acct_0042", jurisdiction="de")


def evidence(text: str) -> Evidence:
    return Evidence(item=ITEM, text=text)


def action(
    kind: ActionKind = ActionKind.REMOVE_ITEM,
    *,
    action_id: str = "a-1",
    lasts: timedelta | None = None,
    platform_ref: str | None = None,
    item: ItemRef = ITEM,
    account: AccountRef = ACCOUNT,
) -> ActionRecord:
    return ActionRecord(
        action_id=action_id,
        decision_id="d-1",
        case_id=CASE,
        kind=kind,
        item=item,
        account=account,
        lasts=lasts,
        state=ActionState.ATTEMPTED,
        platform_ref=platform_ref or action_id,
        harm="harassment",
        policy_version=4,
        reason="Community Guidelines, Harassment",
    )


def statement(
    *,
    notice_id: str = "n-1",
    account: AccountRef = ACCOUNT,
    subject: str = "We removed your message",
    body: str = "Good day,\n\nwe removed a message of yours.\n",
) -> Statement:
    return Statement(
        notice_id=notice_id,
        decision_id="d-1",
        case_id=CASE,
        kind=NoticeKind.STATEMENT,
        account=account,
        subject=subject,
        body=body,
        appeal_within=Period.parse("P6M"),
    )


def alert(
    *, key: str = "escalation/c/deadline", severity: Severity = Severity.HIGH, summary: str = ""
) -> Alert:
    return Alert(
        key=key,
        summary=summary or "A review is about to miss its deadline",
        severity=severity,
        case_id=CASE,
        harm="harassment",
        link="https://casework.example/console/cases/c",
        runbook="https://casework.example/docs/runbook#deadline",
        rung=1,
    )
