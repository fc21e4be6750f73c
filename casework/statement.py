"""What an account is told: the statement of reasons, its correction, and an appeal's outcome.

The parts of a statement are those of DSA art. 17(3): (a) the restriction and how long it lasts,
(b) facts and where the claim came from, (c) automated means, (d)/(e) the ground and why the item
falls under it, (f) how to seek redress.
"""

from datetime import datetime, timedelta

from casework.detection import AccountRef
from casework.grounds import Cited
from casework.identity import change_id, notice_id
from casework.policy import Policy
from casework.records import NOBODY, CaseFile, Decision, Statement
from casework.ruling import Measure
from casework.words import ActionKind, Channel, NoticeKind

_DONE = {
    ActionKind.REMOVE_ITEM: "Your {item} was removed.",
    ActionKind.HIDE_ITEM: "Your {item} is hidden from others.",
    ActionKind.LABEL_ITEM: "A label was put on your {item}.",
    ActionKind.AGE_RESTRICT_ITEM: "Your {item} can be seen by adults only.",
    ActionKind.RESTORE_ITEM: "Your {item} can be seen again.",
    ActionKind.WARN_ACCOUNT: "Your account was given a warning.",
    ActionKind.LIMIT_REACH: "What you post reaches fewer people.",
    ActionKind.TIMEOUT_ACCOUNT: "You cannot post.",
    ActionKind.KICK_ACCOUNT: "You were removed from the community. You may come back.",
    ActionKind.SUSPEND_ACCOUNT: "Your account is suspended.",
    ActionKind.BAN_ACCOUNT: "Your account is banned.",
    ActionKind.OFFER_HELP: "We would like to offer you help.",
}
_HELP = "We are here for you"
_COULD_END = frozenset(
    {
        ActionKind.LIMIT_REACH,
        ActionKind.TIMEOUT_ACCOUNT,
        ActionKind.SUSPEND_ACCOUNT,
        ActionKind.BAN_ACCOUNT,
    }
)
"""Of these the account has to be told when they last for good."""
_NOW_OVER = {
    ActionKind.REMOVE_ITEM: "The removal",
    ActionKind.HIDE_ITEM: "The hiding",
    ActionKind.LABEL_ITEM: "The label",
    ActionKind.AGE_RESTRICT_ITEM: "The restriction to adults",
    ActionKind.RESTORE_ITEM: "The restoration",
    ActionKind.WARN_ACCOUNT: "The warning",
    ActionKind.LIMIT_REACH: "The limit on whom your posts reach",
    ActionKind.TIMEOUT_ACCOUNT: "The time in which you cannot post",
    ActionKind.KICK_ACCOUNT: "The removal from the community",
    ActionKind.SUSPEND_ACCOUNT: "The suspension of your account",
    ActionKind.BAN_ACCOUNT: "The ban on your account",
    ActionKind.OFFER_HELP: "The offer of help",
}
_GONE = {
    False: "Your {item} was gone already when we came to it, so nothing was done to it.",
    True: "Your account was gone already when we came to it, so nothing was done to it.",
}
"""By whether the account was meant."""
_CAME_FROM = {
    Channel.CLASSIFIER: "We looked at it on our own initiative, after an automated detection.",
    Channel.USER_REPORT: "We looked at it because somebody reported it.",
    Channel.TRUSTED_FLAGGER: "We looked at it after a notice by a trusted flagger.",
    Channel.LEGAL_ORDER: "We looked at it because of an order by an authority.",
}


def statement_of_reasons(
    decision: Decision,
    policy: Policy,
    file: CaseFile,
    link: str,
    gone: frozenset[ActionKind] = frozenset(),
) -> Statement:
    """What was done, why, by what means, and how to appeal. Names the item, never quotes it.

    Of the `gone` kinds the target did not exist any more, and that is said instead.
    """
    ground = policy.grounds.cited_as(decision.grounds)
    kinds = {measure.kind for measure in decision.ruling.measures}
    helps_only = kinds == {ActionKind.OFFER_HELP}
    kind = NoticeKind.HELP if helps_only else NoticeKind.STATEMENT
    parts = [
        "\n".join(_restriction(measure, file, gone) for measure in decision.ruling.measures),
        ground.explanation.strip(),
    ]
    if not helps_only:
        means = _means(decision, policy, file)
        parts += [_facts(file), means, _ground(ground), redress(policy, link)]
    return Statement(
        notice_id=notice_id(decision.decision_id, kind),
        decision_id=decision.decision_id,
        case_id=decision.case_id,
        kind=kind,
        account=file.account,
        subject="We are here for you"
        if helps_only
        else f"A decision about your {item_named(file)}",
        body="\n\n".join(parts) + "\n",
        appeal_within=None if helps_only else policy.appeal_within,
    )


def correction(
    decision: Decision, file: CaseFile, not_undone: frozenset[ActionKind] = frozenset()
) -> Statement:
    """Takes an earlier statement back after its decision was overturned, and says what of it
    could not be undone."""
    body = (
        f"{_heard(file)}They found that the decision was wrong. What we had done because of it"
        " was undone, unless another decision that we told you of still calls for it, and it no"
        f" longer counts against your account. We are sorry.\n{_what_stands(not_undone, file)}"
    )
    return _outcome(decision, file, NoticeKind.CORRECTION, "Your appeal was successful", body)


def appeal_upheld(decision: Decision, file: CaseFile) -> Statement:
    """Says that the first decision stands, and where to go next (DSA art. 20(5) and 21)."""
    body = (
        f"{_heard(file)}They came to the same conclusion: the decision stands.\n\n"
        "If you are in the European Union you may take this to a certified out-of-court dispute"
        " settlement body, and everywhere you may go to court.\n"
    )
    return _outcome(decision, file, NoticeKind.APPEAL_UPHELD, "The outcome of your appeal", body)


def change(
    of: str,
    at: datetime,
    because_of: Decision,
    account: AccountRef,
    what: tuple[Measure | ActionKind, ...],
) -> Statement:
    """Says what no longer holds of the decision `of`, made at `at`, since a strike was withdrawn.

    A measure in `what` goes on for that long, counted from its beginning; a mere kind is over.
    """
    body = (
        "Another decision about your account was taken back and no longer counts. What we told you"
        f" of on {at:%d.%m.%Y} partly rested on it. Because of that:\n\n"
        + "\n".join(_now(each) for each in what)
        + "\n\nEverything else in that decision stands. We are sorry.\n"
    )
    return Statement(
        notice_id=change_id(of, because_of.decision_id),
        decision_id=of,
        case_id=because_of.case_id,
        kind=NoticeKind.CHANGE,
        account=account,
        subject="An earlier decision about your account has changed",
        body=body,
    )


def _now(what: Measure | ActionKind) -> str:
    if isinstance(what, Measure):
        assert what.lasts is not None
        return f"- {_NOW_OVER[what.kind]} ends sooner: it lasts {_spoken(what.lasts)} in all."
    said = _NOW_OVER[what]
    return f"- {said} is lifted, unless another decision that we told you of still calls for it."


def _what_stands(kinds: frozenset[ActionKind], file: CaseFile) -> str:
    if not kinds:
        return ""
    done = (_DONE[kind].format(item=item_named(file)) for kind in ActionKind if kind in kinds)
    return f"\nThis could not be undone by technical means: {' '.join(done)}\n"


def _heard(file: CaseFile) -> str:
    return (
        "Your appeal was heard by a person who had no part in the first decision about your"
        f" {item_named(file)}.\n\n"
    )


def _outcome(
    decision: Decision, file: CaseFile, kind: NoticeKind, subject: str, body: str
) -> Statement:
    return Statement(
        notice_id=notice_id(decision.decision_id, kind),
        decision_id=decision.decision_id,
        case_id=decision.case_id,
        kind=kind,
        account=file.account,
        subject=subject,
        body=body,
    )


def item_named(file: CaseFile) -> str:
    """The item in words that the account knows: its type and id, never its content."""
    return f"{file.item.type} {file.item.id}"


def _restriction(measure: Measure, file: CaseFile, gone: frozenset[ActionKind]) -> str:
    if measure.kind in gone:
        return _GONE[measure.kind.acts_on_account].format(item=item_named(file))
    done = _DONE[measure.kind].format(item=item_named(file))
    if measure.lasts is not None:
        return f"{done} This lasts {_spoken(measure.lasts)}."
    return f"{done} This is permanent." if measure.kind in _COULD_END else done


def _spoken(span: timedelta) -> str:
    for seconds, word in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        number, rest = divmod(int(span.total_seconds()), seconds)
        if number and not rest:
            return f"{number} {word}" + ("s" if number > 1 else "")
    return f"{int(span.total_seconds())} seconds"


def _facts(file: CaseFile) -> str:
    return _CAME_FROM[file.claims.channel]


def _means(decision: Decision, policy: Policy, file: CaseFile) -> str:
    if decision.by == NOBODY:
        return (
            "The decision was made by automated means: no person decided in time, and this is what"
            " our rules provide then."
        )
    if decision.automated:
        return "The decision was made by automated means, without a person."
    by_a_person = "The decision was made by a person."
    if file.claims.channel is Channel.CLASSIFIER:
        return f"Automated means were used to find it. {by_a_person}"
    if policy.checks:
        return f"Automated means were used to examine it. {by_a_person}"
    return by_a_person


def _ground(ground: Cited) -> str:
    if ground.basis == "law":
        return f"We consider it illegal: {ground.reference}."
    return f"It goes against our terms: {ground.reference}."


def redress(policy: Policy, link: str) -> str:
    """How to appeal, and until when (DSA art. 17(3)(f))."""
    return (
        f"If you think that this is wrong you can appeal, free of charge, within"
        f" {_period_spoken(policy)} of receiving this message. A person who had no part in the"
        f" decision will look at it again: {link}\n"
        "You may also turn to an out-of-court dispute settlement body or to a court."
    )


def _period_spoken(policy: Policy) -> str:
    period = policy.appeal_within
    months = f"{period.months} month" + ("s" if period.months > 1 else "")
    if not period.span:
        return months
    if not period.months:
        return _spoken(period.span)
    return f"{months} and {_spoken(period.span)}"
