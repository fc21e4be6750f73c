"""A review as it is shown: to its holder with evidence and words, to others without."""

from casework.policy import Policy
from casework.records import Submission
from gateway.answers import ClaimTerm, GivenAnswer, ReviewAnswer, ReviewItem, ReviewPolicy
from storage.desk import ClaimedReview
from storage.reads import ReviewView


class Shown(ReviewAnswer):
    """A review as its holder, or somebody overseeing it, sees it."""

    etag: str | None = None
    media_hidden: bool = True
    """Pictures begin blurred and without colour."""


def _given(answer: Submission) -> GivenAnswer:
    return GivenAnswer(
        by=answer.by.id,
        at=answer.at,
        ruling=answer.verdict,
        actions=answer.measures,
        grounds=answer.grounds,
        confidence=answer.confidence,
        reason=answer.reason,
    )


def shown_to(view: ReviewView, claim: ClaimedReview | None, policy: Policy) -> Shown:
    mine = claim is not None
    return Shown(
        etag=claim.etag if claim else None,
        claim=ClaimTerm(expires_at=claim.expires_at) if claim else None,
        why_now=claim.why_now if claim else (),
        item=ReviewItem(
            type=view.item.type,
            id=view.item.id,
            text=view.text if mine else None,
            url=view.url if mine else None,
            media=view.media if mine else (),
        ),
        account_history=view.history,
        policy=ReviewPolicy(
            version=policy.version,
            grounds=policy.grounds,
            usual_actions=policy.usual_measures(),
        ),
        decisions=tuple(
            each if mine else each.model_copy(update={"reason": ""}) for each in view.decisions
        ),
        notes=view.notes if mine else (),
        appeal_words=view.appeal_words if mine else None,
        answers=tuple(_given(each) for each in view.answers) if mine else (),
        evidence_at=view.evidence_at,
        later_item=view.later_item if mine else None,
        **{
            name: getattr(view, name)
            for name in (
                "review_id", "case_id", "hearing", "desk", "harm", "severity", "open", "why",
                "due_at", "account", "detections", "reporters", "findings",
            )
        },
    )  # fmt: skip
