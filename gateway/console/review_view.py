"""The page of a review in hand: everything it shows, gathered once."""

from datetime import timedelta
from typing import Any

from fastapi import Request, Response

from casework.base import Model
from casework.records import Person, Submission
from casework.ruling import PERMANENT, Measure
from casework.words import ActionKind, Confidence, HearingKind, SkipReason, Verdict
from gateway.console.door import who_is
from gateway.console.last_view import Told
from gateway.console.pages import is_swap, pages_of
from gateway.console.said import Said
from gateway.console.texts import marked
from gateway.doors import Doors, doors_of
from gateway.passing_on import PassingOn
from gateway.showing import Shown
from storage.audit_line import Event
from storage.presence import Onlooker
from storage.reads import TimelineEntry

SPANS = (
    ("P1D", marked("1 day")),
    ("P3D", marked("3 days")),
    ("P7D", marked("7 days")),
    ("P30D", marked("30 days")),
    (PERMANENT, marked("for good")),
)
_ASIDE = (
    ("PT15M", timedelta(minutes=15), marked("15 minutes")),
    ("PT1H", timedelta(hours=1), marked("1 hour")),
    ("PT4H", timedelta(hours=4), marked("4 hours")),
    ("P1D", timedelta(days=1), marked("1 day")),
)
_TEMPORARY = frozenset(
    {
        ActionKind.LIMIT_REACH,
        ActionKind.TIMEOUT_ACCOUNT,
        ActionKind.SUSPEND_ACCOUNT,
    }
)
_KEYS = 9
_QUICK = {
    HearingKind.FIRST: (
        (Verdict.DISMISS, marked("Within the rules: it does not meet the definition.")),
        (Verdict.DISMISS, marked("Quoted, reported on or spoken against, not meant.")),
        (Verdict.DISMISS, marked("Satire or a joke among people who take it as one.")),
        (Verdict.DISMISS, marked("Too little to go by: in doubt it stays.")),
    ),
    HearingKind.APPEAL: (
        (Verdict.UPHELD, marked("The appeal brings nothing new; the rule was applied rightly.")),
        (Verdict.OVERTURNED, marked("The context was overlooked the first time.")),
        (Verdict.OVERTURNED, marked("The rule does not cover this.")),
    ),
}
_TOLD = {
    Event.DETECTION_RECEIVED: (),
    Event.DETECTION_JOINED: (),
    Event.CASE_OPENED: (),
    Event.CASE_REOPENED: (),
    Event.RULED: ("verdict",),
    Event.REVIEW_OPENED: ("desk",),
    Event.HANDED_OVER: ("from", "to"),
    Event.NOTED: (),
    Event.ESCALATION_REQUESTED: (),
    Event.SENT_ON: ("to",),
    Event.DECIDED: ("verdict",),
    Event.UNDO_REQUESTED: (),
    Event.ACTION_CONFIRMED: ("kind",),
    Event.ACTION_REVERTED: ("kind",),
    Event.ACTION_LAPSED: ("kind",),
    Event.NOTICE_DELIVERED: (),
    Event.STRIKE_ADDED: (),
    Event.STRIKE_WITHDRAWN: (),
    Event.APPEAL_FILED: (),
    Event.APPEAL_OPENED: (),
    Event.CASE_CLOSED: ("outcome",),
    Event.RECALLED: (),
}
"""What a reviewer is told of the trail, and of which facts. Not who claimed, looked or handed in
what: the second of two people answers without knowing the first's answer."""


class Quick(Model):
    """A usual reason: one key rules, names the grounds, and writes it."""

    ruling: Verdict
    text: str
    ground: str = ""
    label: str = ""
    """What the button says, where it is not the text itself."""


class Filled(Model):
    """What a form holds already: nothing, or a decision that was taken back."""

    ruling: str = ""
    reason: str = ""
    actions: tuple[Measure, ...] = ()
    confidence: str = ""
    grounds: str = ""
    wants_second: bool = False

    @classmethod
    def of(cls, submission: Submission) -> "Filled":
        return cls(
            ruling=submission.verdict.value,
            reason=submission.reason,
            actions=submission.measures,
            confidence=submission.confidence or "",
            grounds=submission.grounds or "",
            wants_second=submission.wants_second,
        )

    @property
    def lasting(self) -> dict[str, str]:
        """How long each chosen kind of action lasts, as the form writes it."""
        return {
            each.kind.value: PERMANENT
            if each.lasts is None
            else each.model_dump(mode="json")[each.kind.value]
            for each in self.actions
        }


class Around(Model):
    """What stands around the review on its page."""

    said: Said | None = None
    last: Told | None = None
    filled: Filled = Filled()


async def show(request: Request, review: Shown, around: Around) -> Response:
    """The whole page; for a page that is open already, without what surrounds the evidence, which
    then comes by itself."""
    doors = doors_of(request)
    surroundings = {} if is_swap(request) else await _surroundings(request, review)
    page = pages_of(request).show(
        request,
        "review.html",
        review=review,
        comes_later=is_swap(request),
        kinds=list(ActionKind),
        temporary=_TEMPORARY,
        spans=SPANS,
        quick=_quick(review),
        sureness=list(Confidence),
        desks=await _other_desks(doors, review),
        aside_for=_aside_for(review, doors),
        skip_reasons=list(SkipReason),
        **surroundings,
        **_as_given(around),
    )
    if is_swap(request):
        page.headers["HX-Push-Url"] = f"/console/reviews/{review.review_id}"
    return page


async def show_surroundings(request: Request, review: Shown) -> Response:
    shown = await _surroundings(request, review)
    return pages_of(request).show(request, "around.html", review=review, **shown)


async def _surroundings(request: Request, review: Shown) -> dict[str, Any]:
    doors, person = doors_of(request), who_is(request).person
    account, case_id = review.account.id, review.case_id
    standing = await doors.store.standings.of(account, person.harms, apart_from=case_id)
    return {
        "context": await doors.store.contexts.of(case_id, account, person),
        "standing": standing,
        "timeline": _told(await doors.store.reads.timeline_for(person, case_id)),
        "others": await _others(doors, review, person),
        "colleagues": await PassingOn(doors).colleagues(person, review.review_id),
    }


def _aside_for(review: Shown, doors: Doors) -> list[tuple[str, str]]:
    """For how long it may be put aside: not beyond its deadline, and not longer than is set."""
    most = min(doors.settings.queueing.longest_hold, review.due_at - doors.clock())
    return [(value, says) for value, span, says in _ASIDE if span <= most]


async def _other_desks(doors: Doors, review: Shown) -> tuple[str, ...]:
    policy = await doors.store.policies.version(review.harm, review.policy.version)
    return policy.desks_besides(review.desk)


async def _others(doors: Doors, review: Shown, person: Person) -> tuple[Onlooker, ...]:
    presence = doors.store.presence
    if not await presence.may_see(review.review_id, person.id, person.role):
        return ()
    there = await presence.at([review.review_id])
    return tuple(each for each in there.get(review.review_id, ()) if each.person != person.id)


def _as_given(around: Around) -> dict[str, Any]:
    return {name: getattr(around, name) for name in Around.model_fields}


def _quick(review: Shown) -> list[Quick]:
    """As many as there are number keys: the policy's rules first, of the deepest the last ones."""
    usual = [Quick(ruling=ruling, text=text) for ruling, text in _QUICK.get(review.hearing, ())]
    if review.hearing is not HearingKind.FIRST:
        return usual
    grounds = review.policy.grounds
    own = Quick(ruling=Verdict.ENFORCE, text=grounds.explanation, label=grounds.reference)
    narrower = [
        Quick(
            ruling=Verdict.ENFORCE,
            ground=each.id,
            text=each.explanation,
            label=each.reference.removeprefix(f"{grounds.reference}, "),
        )
        for _, each in grounds.narrower()
    ]
    return [own, *narrower[: _KEYS - 1 - len(usual)], *usual]


def _told(timeline: list[TimelineEntry]) -> list[TimelineEntry]:
    return [
        entry.model_copy(
            update={
                "facts": {
                    name: entry.facts[name]
                    for name in _TOLD[Event(entry.event)]
                    if entry.facts.get(name)
                }
            }
        )
        for entry in timeline
        if entry.event in _TOLD
    ]
