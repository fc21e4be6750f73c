"""What a page says after something was done: a word in the address, a sentence on the page."""

from casework.base import Model


class Said(Model):
    words: str
    tone: str


_SENTENCES = {
    "final": ("good", "Decided. Everything that follows from it is under way."),
    "ordered": ("good", "Ordered. It comes about as soon as the action's story looks."),
    "undone": ("good", "Taken back. Nothing was done, and the case asks again."),
    "second_person_needed": (
        "warn",
        "Recorded. What you chose needs a second person, so it went back to the queue.",
    ),
    "submitted": ("warn", "Stored. It counts as soon as the case answers again."),
    "released": ("good", "Put back into its queue."),
    "extended": ("good", "Yours for a whole turn again."),
    "noted": ("good", "Noted."),
    "escalated": ("good", "On-call was asked to look at it. It is still yours."),
    "nothing": ("good", "There is nothing for you in this queue."),
    "retried": ("good", "It is being tried again now."),
    "held": ("good", "Parked. It goes on when the hold is lifted."),
    "lifted": ("good", "Lifted. What no other hold covers goes on now."),
    "planned": ("good", "Planned. Nothing has moved; look at some of the cases."),
    "approved": ("good", "You have said yes. It takes two people."),
    "paused": ("good", "Paused. No further case begins."),
    "acknowledged": ("good", "Nobody else is called about it."),
}


def sentence(word: str) -> Said | None:
    if word not in _SENTENCES:
        return None
    tone, words = _SENTENCES[word]
    return Said(words=words, tone=tone)
