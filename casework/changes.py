"""What an account is told when something that it was told before changes."""

from datetime import datetime

from casework.action_orders import Change
from casework.policy import Policy
from casework.records import CaseFile, Statement
from casework.statement import item_named, redress
from casework.words import ActionKind, NoticeKind

_IT = {
    ActionKind.HIDE_ITEM: "That your {item} is hidden",
    ActionKind.REMOVE_ITEM: "That your {item} is removed",
    ActionKind.LABEL_ITEM: "The label on your {item}",
    ActionKind.AGE_RESTRICT_ITEM: "That your {item} can be seen by adults only",
    ActionKind.LIMIT_REACH: "That what you post reaches fewer people",
    ActionKind.TIMEOUT_ACCOUNT: "That you cannot post",
    ActionKind.SUSPEND_ACCOUNT: "The suspension of your account",
    ActionKind.BAN_ACCOUNT: "The ban of your account",
}


def change_of_an_end(
    notice_id: str, change: Change, policy: Policy, file: CaseFile, link: str
) -> Statement:
    """Says to when an end was moved. One that was moved back can be appealed against, like the
    decision itself."""
    action = change.action
    assert action.ends_at is not None  # it was moved
    it = _IT.get(action.kind, "What we told you of").format(item=item_named(file))
    is_longer = action.ends_at > change.before
    parts = [f"{it} {_ends(action.ends_at, change.before)}"]
    if is_longer:
        parts.append(redress(policy, link))
    return Statement(
        notice_id=notice_id,
        decision_id=action.decision_id,
        case_id=action.case_id,
        kind=NoticeKind.CHANGE,
        account=file.account,
        subject=f"A change to a decision about your {item_named(file)}",
        body="\n\n".join(parts) + "\n",
        appeal_within=policy.appeal_within if is_longer else None,
    )


def _ends(now: datetime, before: datetime) -> str:
    sooner_or_later = "later" if now > before else "sooner"
    return f"ends {sooner_or_later} than we had told you: on {_spoken(now)}."


def _spoken(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y at %H:%M} UTC"
