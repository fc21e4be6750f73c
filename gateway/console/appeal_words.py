"""What the appeal page says of each thing that can be done, and of how it stands. Said to somebody
who may be upset: short, and nothing that is not so."""

from casework.duties import RedressKind
from casework.words import ActionKind
from gateway.console.texts import marked
from storage.appeal_views import AppealedAction, Standing

THINGS = {
    ActionKind.REMOVE_ITEM: marked("Removal of what you posted"),
    ActionKind.HIDE_ITEM: marked("Hiding of what you posted from others"),
    ActionKind.LABEL_ITEM: marked("A label on what you posted"),
    ActionKind.AGE_RESTRICT_ITEM: marked("What you posted is for adults only"),
    ActionKind.RESTORE_ITEM: marked("What you posted can be seen again"),
    ActionKind.WARN_ACCOUNT: marked("A warning to your account"),
    ActionKind.LIMIT_REACH: marked("A limit on how many people your posts reach"),
    ActionKind.TIMEOUT_ACCOUNT: marked("A pause in which you cannot post"),
    ActionKind.KICK_ACCOUNT: marked("Removal from the community; you may come back"),
    ActionKind.SUSPEND_ACCOUNT: marked("Suspension of your account"),
    ActionKind.BAN_ACCOUNT: marked("A ban on your account"),
    ActionKind.OFFER_HELP: marked("An offer of help"),
}
_AT_ONCE = {
    ActionKind.RESTORE_ITEM,
    ActionKind.WARN_ACCOUNT,
    ActionKind.KICK_ACCOUNT,
    ActionKind.OFFER_HELP,
}
"""Done once; they are not in force for any time."""
_COULD_END = {
    ActionKind.LIMIT_REACH,
    ActionKind.TIMEOUT_ACCOUNT,
    ActionKind.SUSPEND_ACCOUNT,
    ActionKind.BAN_ACCOUNT,
}
_STANDINGS = {
    Standing.COMING: marked("Decided, and not in force yet."),
    Standing.IN_FORCE: marked("In force since {since}."),
    Standing.OVER: marked("Over: its time has passed."),
    Standing.UNDOING: marked("To be undone. We are still working on it."),
    Standing.UNDONE: marked("Undone. We have checked that it is."),
    Standing.STAYS: marked("Should have been undone, and could not be. A person has looked at it."),
    Standing.FOR_ANOTHER: marked("Still there, because of another decision that we told you of."),
    Standing.NOT_DONE: marked("Not done."),
    Standing.NOTHING_TO_DO: marked("There was nothing to do: it was gone already."),
}
_DONE = marked("Done on {since}.")
_ENDS = marked("It ends on {until} by itself.")
_FOR_GOOD = marked("It does not end by itself.")


def sentences(action: AppealedAction) -> tuple[str, ...]:
    """How it stands, in one or two sentences that name `{since}` and `{until}`."""
    if action.standing is not Standing.IN_FORCE:
        return (_STANDINGS[action.standing],)
    if action.kind in _AT_ONCE:
        return (_DONE,)
    since = _STANDINGS[Standing.IN_FORCE]
    if action.ends_at is not None:
        return since, _ENDS
    return (since, _FOR_GOOD) if action.kind in _COULD_END and not action.lasts else (since,)


ELSEWHERE = {
    RedressKind.OUT_OF_COURT: (
        marked("A dispute settlement body"),
        marked(
            "You can bring this before a certified body that is independent of us, of your choice,"
            " instead of an appeal here or after it. It usually costs little or nothing. It gives"
            " its view, which binds neither of us; we have to take part in good faith."
        ),
        marked("The European Commission's list of certified bodies"),
    ),
    RedressKind.REGULATOR: (
        marked("The authority in your country"),
        marked(
            "If you think that the way we deal with such things breaks the law, you can complain to"
            " the Digital Services Coordinator of the country you are in."
        ),
        marked("The European Commission's list of coordinators"),
    ),
    RedressKind.COURT: (
        marked("A court"),
        marked("You can go to court at any time, whatever becomes of an appeal here."),
        "",
    ),
}
"""Its name, what it can do for you, and what its page is called."""
