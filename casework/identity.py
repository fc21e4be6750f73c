"""How everything gets its name. Names are derived, so that doing a thing twice names it once."""

import hashlib
import hmac
from datetime import datetime

from casework.words import ActionKind, HearingKind, HoldKind, NoticeKind


def case_id(key: bytes, *, tenant: str, harm: str, item_type: str, item_id: str) -> str:
    """The public, opaque id of the case on one item for one harm: 32 hex digits.

    Keyed, so that nobody who knows an item id can tell or guess its case. The same item and harm
    give the same case for as long as the deployment keeps its identity key.
    """
    named = "\x1f".join((tenant, harm, item_type, item_id)).encode()
    return hmac.new(key, named, hashlib.sha256).hexdigest()[:32]


def case_workflow(harm: str, case: str) -> str:
    return f"case/{harm}/{case}"


def appeal_workflow(decision: str) -> str:
    return f"appeal/{decision}"


def action_workflow(action: str) -> str:
    return f"action/{action}"


def escalation_workflow(case: str, reason: str) -> str:
    return f"escalation/{case}/{reason}"


def recall_workflow(recall: str) -> str:
    return f"recall/{recall}"


def review_id(case: str, round_: int, hearing: HearingKind) -> str:
    return _derived("r", case, str(round_), hearing)


def golden_review_id(golden: str, person: str) -> str:
    """Nobody is shown the same golden case twice."""
    return _derived("r", golden, person)


def opinion_id(review: str) -> str:
    """What the answer to a second look is called; it looks like a decision's and names none."""
    return _derived("d", review)


def decision_id(case: str, round_: int, hearing: HearingKind) -> str:
    """One effective decision per round and hearing: deciding twice names the same decision."""
    return _derived("d", case, str(round_), hearing)


def action_id(decision: str, kind: ActionKind) -> str:
    return _derived("a", decision, kind)


def notice_id(decision: str, kind: NoticeKind) -> str:
    return _derived("n", decision, kind)


def change_id(decision: str, because_of: str) -> str:
    """The notice that a decision now does less, because of another decision's withdrawal."""
    return _derived("n", decision, NoticeKind.CHANGE, because_of)


def change_notice_id(action: str, ends_at: datetime) -> str:
    """One notice for each end an action was moved to."""
    return _derived("n", action, ends_at.isoformat())


def appeal_id(decision: str) -> str:
    return _derived("p", decision)


def handoff_id(review: str, desk: str, due_at: datetime) -> str:
    """One each time a review is laid before a desk whose work is done in another tool."""
    return _derived("o", review, desk, due_at.isoformat())


def hold_id(kind: HoldKind, target: str, by: str, set_at: datetime) -> str:
    return _derived("h", kind, target, by, set_at.isoformat())


def _derived(letter: str, *parts: str) -> str:
    digest = hashlib.sha256("\x1f".join((letter, *parts)).encode()).hexdigest()
    return f"{letter}-{digest[:32]}"
