"""Coop calling back: what its moderators did becomes an answer like anybody else's here.

Coop decides nothing in this house. It hands in an answer under a claim, as the person `coop`, and
the case's story takes it or refuses it. What is not understood changes nothing, ever.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from casework.errors import (
    AlreadyDecided,
    CaseClosed,
    Forbidden,
    Malformed,
    Refused,
    TooLate,
    UnknownAction,
)
from casework.handoffs import Handoff, HandoffState
from casework.orders import EscalationStart
from casework.records import Person
from casework.words import Role
from gateway.answers import DecisionBody
from gateway.desk import DeskWork
from gateway.doors import Doors
from integrations.coop.client import Acted, acted_of
from integrations.coop.settings import NAME, CoopRuling
from integrations.coop.signing import PublicKeys
from storage.store import Store

_LONGEST_REASON = 4_000
_UNSAID = "decided at Coop, without a reason"
_LATE = (AlreadyDecided, CaseClosed, TooLate)


class FromCoop:
    def __init__(
        self, doors: Doors, keys: PublicKeys, rulings: Mapping[str, CoopRuling], person: Person
    ) -> None:
        self._doors = doors
        self._store = doors.store
        self._keys = keys
        self._rulings = rulings
        self._person = person

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:  # noqa: ARG002
        """Coop sends no id, so the same content is the same message. Raises Unauthenticated."""
        self._keys.verify(headers, body)
        return hashlib.sha256(body).hexdigest()

    async def take(self, message_id: str, body: bytes) -> None:
        """Hand in what somebody decided there, as the person `coop`.

        Raises:
            Malformed, UnknownAction: nobody here knows what it means; on-call is called.
            NotFound: nothing was handed out under this reference.
            Forbidden: a rule did it there and no person.
            AlreadyDecided, TooLate, CaseClosed: the review has gone on, or is decided.
        """
        acted = acted_of(body)
        handoff = await self._store.handoffs.known(acted.reference, NAME)
        facts = {"message": message_id[:32]}
        if acted.actorEmail:
            facts["somebody"] = self._digest(acted.actorEmail)
        try:
            await self._hand_in(acted, handoff)
        except Refused as refusal:
            state = HandoffState.LATE if isinstance(refusal, _LATE) else HandoffState.REFUSED
            said = facts | {"why": refusal.code}
            await self._store.handoffs.refused(handoff.handoff_id, state, NAME, said)
            if isinstance(refusal, UnknownAction):
                await self._call_somebody(handoff)
            raise
        await self._store.handoffs.answered(handoff.handoff_id, NAME, facts)

    async def _hand_in(self, acted: Acted, handoff: Handoff) -> None:
        if not acted.actorEmail:
            raise Forbidden("only what a person decided there counts here")
        if acted.action.id not in self._rulings:
            raise UnknownAction("no setting says what this action of Coop's means here")
        body = _decision(self._rulings[acted.action.id], acted.reason)
        taken = await self._store.handoffs.take(handoff.handoff_id, self._person)
        await DeskWork(self._doors).decide(self._person, taken.review_id, taken.etag, body)

    async def _call_somebody(self, handoff: Handoff) -> None:
        review = await self._store.reviews.review(handoff.review_id)
        await self._doors.stories.escalate(
            EscalationStart(
                case_id=handoff.case_id,
                reason="coop_unknown_action",
                harm=review.harm,
                severity=review.severity,
            )
        )

    def _digest(self, email: str) -> str:
        """Who decided there, for their own admins to find again; the address itself is not kept."""
        mac = hmac.digest(self._doors.keyring.tokens, f"coop\x1f{email}".encode(), hashlib.sha256)
        return mac.hex()[:16]


async def make_known(store: Store) -> Person:
    """The person that Coop's answers are by, with the desks that policies hand out to it. The token
    is made of our own keys and shown to nobody, so that nobody signs in by it."""
    desks: set[str] = set()
    for harm in await store.policies.harms():
        policy = await store.policies.current(harm)
        desks |= {desk.desk for desk in policy.review if desk.at == NAME}
    person = Person(id=NAME, role=Role.REVIEWER, queues=frozenset(desks))
    mac = hmac.digest(store.keyring.tokens, b"staff\x1fcoop", hashlib.sha256)
    await store.staff.add(person, mac.hex())
    return person


def _decision(ruling: CoopRuling, reason: str) -> DecisionBody:
    said = "".join(c if c.isprintable() or c == "\n" else " " for c in reason).strip()
    try:
        return DecisionBody.model_validate(
            {
                "ruling": ruling.ruling,
                "actions": ruling.actions,
                "reason": said[:_LONGEST_REASON] or _UNSAID,
            }
        )
    except ValidationError:
        raise Malformed("this action of Coop's does not make a decision here") from None
