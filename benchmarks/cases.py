"""What is measured: two kinds of case, each told in three ways with the same effects."""

from datetime import UTC, datetime
from enum import StrEnum

from casework.base import Model
from casework.detection import AccountRef, Detection, DetectorRef, Item
from casework.errors import Permanent


class NotComparable(Permanent):
    """A variant did something else than the others, so comparing what it cost means nothing."""

    code = "not_comparable"


class Kind(StrEnum):
    AUTOMATIC = "automatic"
    """spam_scam: enforced and noticed at once."""
    REVIEWED = "reviewed"
    """harassment: hidden, decided by one person, then removed; the hiding ends."""


class Way(StrEnum):
    CASEWORK = "casework"
    BARE_LOCAL = "bare_local"
    """The bare workflow with local activities: the mode that Casework's fast lane uses."""
    BARE_REGULAR = "bare_regular"


class Variant(Model):
    kind: Kind
    way: Way

    @property
    def name(self) -> str:
        """Has no dash in it: item and account ids carry it between two."""
        return f"{self.kind}_{self.way}"


VARIANTS = tuple(Variant(kind=kind, way=way) for kind in Kind for way in Way)
"""In the order in which they take turns."""

_HARM = {Kind.AUTOMATIC: "spam_scam", Kind.REVIEWED: "harassment"}
_TEXT = {
    Kind.AUTOMATIC: (
        "AIRDROP LIVE first 500 wallets get 2 ETH free, connect now"
        " https://eth-claim-bonus.example before it closes in 10 minutes"
    ),
    Kind.REVIEWED: (
        "you healed like a corpse again. do everyone a favour and uninstall, nobody in this guild"
        " can stand you"
    ),
}
_SCORE = {Kind.AUTOMATIC: 0.95, Kind.REVIEWED: 0.80}
"""Sure enough to enforce with the signs in the text; too unsure to, whatever the vendor says."""


def detection(variant: Variant, number: int) -> Detection:
    """The claim a case begins with. No two share an item or account, so none is a sibling."""
    kind, name = variant.kind, f"{variant.name}-{number}"
    return Detection(
        detection_id=f"det-{name}",
        detector=DetectorRef(name="text-sieve", version="1.0"),
        harm=_HARM[kind],
        item=Item(type="message", id=f"msg-{name}", text=_TEXT[kind]),
        account=AccountRef(id=f"acct-{name}"),
        score=_SCORE[kind],
        observed_at=datetime(2026, 11, 1, tzinfo=UTC),
        evidence={"rule": "r1"},
    )


def variant_of(name: str) -> str:
    """The variant's name in an item's or account's id, or a target that ends with one."""
    return name.split("-")[1]
