"""What a page says after something was done: a word in the address, a sentence on the page."""

from casework.base import Model
from gateway.console.texts import marked


class Said(Model):
    words: str
    tone: str


_SENTENCES = {
    "final": ("good", marked("Decided. Everything that follows from it is under way.")),
    "ordered": ("good", marked("Ordered. It comes about as soon as the action's story looks.")),
    "undone": ("good", marked("Taken back. Nothing was done, and the case asks again.")),
    "released": ("good", marked("Put back into its queue.")),
    "extended": ("good", marked("Yours for a whole turn again.")),
    "noted": ("good", marked("Noted.")),
    "escalated": ("good", marked("On-call was asked to look at it. It is still yours.")),
    "put_aside": ("good", marked("Put aside. It comes back to you first.")),
    "handed_over": ("good", marked("Handed over. It is kept for your colleague for a while.")),
    "skipped": ("good", marked("Left to others. You are not served it again for a while.")),
    "finished": ("good", marked("That was the last one for you in this queue.")),
    "nothing": ("good", marked("There is nothing for you in this queue.")),
    "retried": ("good", marked("It is being tried again now.")),
    "held": ("good", marked("Parked. It goes on when the hold is lifted.")),
    "lifted": ("good", marked("Lifted. What no other hold covers goes on now.")),
    "planned": ("good", marked("Planned. Nothing has moved; look at some of the cases.")),
    "approved": ("good", marked("You have said yes. It takes two people.")),
    "paused": ("good", marked("Paused. No further case begins.")),
    "golden": ("good", marked("It is golden now.")),
    "no_longer_golden": ("good", marked("It is served no more.")),
    "on_a_break": ("good", marked("Enjoy your break.")),
    "topics_chosen": ("good", marked("It holds from the next review on.")),
    "declared": ("good", marked("Declared. Its cases go to others from now on.")),
    "back_at_work": ("good", marked("Welcome back.")),
    "acknowledged": ("good", marked("Nobody else is called about it.")),
    "sent_on": ("good", marked("Sent on. Another desk has it now.")),
}


def sentence(word: str) -> Said | None:
    if word not in _SENTENCES:
        return None
    tone, words = _SENTENCES[word]
    return Said(words=words, tone=tone)
