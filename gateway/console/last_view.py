"""What is said about the last decision of whoever is reading: a line that follows it to its end."""

from datetime import datetime

from casework.base import Model, Moment
from casework.words import Verdict
from gateway.console.texts import marked
from gateway.doors import Doors
from gateway.second_thoughts import SecondThoughts
from storage.on_the_way import Became, Sent

_RULED = {
    Verdict.ENFORCE: marked("It breaks the rule"),
    Verdict.DISMISS: marked("It does not break the rule"),
    Verdict.UPHELD: marked("The decision stands"),
    Verdict.OVERTURNED: marked("Overturned"),
}
_REFUSED = {
    "forbidden": marked("You may not decide this one any more, so nothing was done."),
    "already_decided": marked("Somebody else's decision came first, so nothing was done."),
    "case_closed": marked("The case had ended meanwhile, so nothing was done."),
    "malformed": marked(
        "The policy does not allow this for this harm. Nothing was done; the review is back in"
        " its queue."
    ),
}
_NOT_TAKEN = marked("It was not accepted, so nothing was done.")
_WAITS = marked("Handed in. Until it leaves the desk you can take it back.")
_ON_ITS_WAY = marked("Handed in. It counts as soon as the case answers.")
_FINAL = marked("Decided. Everything that follows from it is under way.")
_FINAL_WITH_UNDO = marked("Decided. Nothing is done yet, and you can still take it back.")
_SECOND = marked("Recorded. What you chose needs a second person, so it went back to the queue.")
_GONE_UP = marked(
    "Recorded. It differs from what the first person said, so somebody further up decides."
)
_BACK = marked("Taken back. Nothing was done, and the case asks again.")
_YOURS_AGAIN = marked("Taken back. It is yours again, with what you wrote.")


class Told(Model):
    """`state` changes with what is said; while `follows`, the page asks again."""

    submission_id: str
    state: str
    ruled: str = ""
    words: str
    tone: str = "good"
    follows: bool = False
    undo: str = ""
    """Where to send a form that takes it back."""
    undo_until: Moment | None = None
    review_id: str = ""
    harm: str = ""


def taken_back(submission_id: str) -> Told:
    return Told(submission_id=submission_id, state="back", words=_YOURS_AGAIN)


def undone() -> Told:
    return Told(submission_id="", state="undone", words=_BACK)


async def told(doors: Doors, handed_in: Sent) -> Told:
    now = doors.clock()
    about = Told(
        submission_id=handed_in.submission_id,
        review_id=handed_in.review_id,
        harm=handed_in.harm,
        ruled=_RULED.get(handed_in.verdict, ""),
        state=handed_in.became.value,
        words=_ON_ITS_WAY,
    )
    match handed_in.became:
        case Became.PENDING:
            return _pending(about, handed_in, now)
        case Became.FIRST:
            words = _GONE_UP if handed_in.goes_up else _SECOND
            return about.model_copy(update={"words": words, "tone": "warn"})
        case Became.REFUSED:
            why = _REFUSED.get(handed_in.why or "already_decided", _NOT_TAKEN)
            return about.model_copy(update={"words": why, "tone": "bad"})
        case Became.ACCEPTED:
            return await _final(doors, about, handed_in.decision_id)


def _pending(about: Told, handed_in: Sent, now: datetime) -> Told:
    until = handed_in.deliver_after
    if until is None or until <= now:
        return about.model_copy(update={"follows": True, "state": "on_its_way"})
    return about.model_copy(
        update={
            "follows": True,
            "words": _WAITS,
            "undo": f"/console/submissions/{handed_in.submission_id}/withdraw",
            "undo_until": until,
        }
    )


async def _final(doors: Doors, about: Told, decision_id: str | None) -> Told:
    said = about.model_copy(update={"words": _FINAL})
    if decision_id is None:
        return said
    until = await SecondThoughts(doors).until(decision_id)
    if until is None or until <= doors.clock():
        return said
    undo = f"/console/decisions/{decision_id}/undo"
    return said.model_copy(update={"words": _FINAL_WITH_UNDO, "undo": undo, "undo_until": until})
