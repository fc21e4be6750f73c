"""What somebody hands in of a review, and whether it can be an answer to it."""

from casework.base import Model, Slug
from casework.errors import AlreadyDecided, Malformed
from casework.records import Submission
from casework.ruling import Measure
from casework.words import Confidence, HearingKind, Verdict

LONGEST = 4_000
_FITS = {
    HearingKind.FIRST: (Verdict.ENFORCE, Verdict.DISMISS),
    HearingKind.APPEAL: (Verdict.UPHELD, Verdict.OVERTURNED),
    HearingKind.QUALITY: (Verdict.ENFORCE, Verdict.DISMISS),
}


class Besides(Model):
    """What may be said beside a verdict. `grounds` None: the policy's own."""

    confidence: Confidence | None = None
    grounds: Slug | None = None
    wants_second: bool = False


class HandedIn(Besides):
    verdict: Verdict
    measures: tuple[Measure, ...]
    reason: str


def fit_to_be_noted(text: str) -> None:
    """Raises Malformed."""
    if not text.strip() or len(text) > LONGEST:
        raise Malformed("a note has 1 to %(most)s characters", most=LONGEST)


def unless_another(before: Submission, answer: HandedIn) -> Submission:
    """The first one under a claim counts; the same again is only a repetition.

    Raises:
        AlreadyDecided: it rules something else.
    """
    if _ruling(before) != _ruling(answer):
        raise AlreadyDecided("another decision was handed in under this claim")
    return before


def fits(answer: HandedIn, hearing: HearingKind) -> None:
    """Raises Malformed."""
    if answer.verdict not in _FITS[hearing]:
        raise Malformed("this hearing is answered by %(rulings)s", rulings=tuple(_FITS[hearing]))
    if answer.measures and answer.verdict is not Verdict.ENFORCE:
        raise Malformed("only an enforce names measures")
    if answer.grounds and answer.verdict is not Verdict.ENFORCE:
        raise Malformed("only an enforce names grounds")
    if len({measure.kind for measure in answer.measures}) != len(answer.measures):
        raise Malformed("each kind of action is named once")
    if len(answer.reason) > LONGEST:
        raise Malformed("a reason has at most %(most)s characters", most=LONGEST)


def _ruling(said: Submission | HandedIn) -> tuple[object, ...]:
    return said.verdict, said.measures, said.grounds, said.wants_second
