"""What a recall decides in each case, and what the account is told of it."""

from datetime import datetime

from casework.identity import decision_id, notice_id
from casework.recalls import RECALLED
from casework.records import CaseFile, Decision, Statement
from casework.ruling import Ruling
from casework.words import HearingKind, NoticeKind, Verdict


def overriding(first: Decision, by: str, at: datetime) -> Decision:
    """Takes an automated decision back. `by`: the two people who approved the recall."""
    return first.model_copy(
        update={
            "decision_id": decision_id(first.case_id, first.round, HearingKind.RECALL),
            "hearing": HearingKind.RECALL,
            "by": by,
            "automated": False,
            "ruling": Ruling(verdict=Verdict.OVERTURNED, reason=RECALLED),
            "reason": "",
            "at": at,
            "overrides": first.decision_id,
        }
    )


def recalled_notice(
    item_round: int, file: CaseFile, *, asks_people: bool, all_undone: bool
) -> Statement:
    """Takes a statement of reasons back. Says what is so, and no more."""
    decision = decision_id(file.case_id, item_round, HearingKind.RECALL)
    item = f"{file.item.type} {file.item.id}"
    parts = [
        f"We told you of a decision about your {item}. It was made by automated means, and we have"
        " found that these did not work as they should. We have taken the decision back.",
        _undone(all_undone=all_undone),
    ]
    if asks_people:
        parts.append(
            f"Somebody else had pointed your {item} out to us as well, so a person will look at it."
            " If anything follows from that, you will hear of it, with the reasons."
        )
    parts.append("You do not have to do anything. We are sorry.")
    return Statement(
        notice_id=notice_id(decision, NoticeKind.CORRECTION),
        decision_id=decision,
        case_id=file.case_id,
        kind=NoticeKind.CORRECTION,
        account=file.account,
        subject="We have taken a decision back",
        body="\n\n".join(parts) + "\n",
    )


def _undone(*, all_undone: bool) -> str:
    strike = "it no longer counts against your account."
    if all_undone:
        return (
            "What we had done because of it was undone, unless another decision that we told you of"
            f" still calls for it, and {strike}"
        )
    return f"Some of what we had done could not be undone yet; a person sees to it. And {strike}"
