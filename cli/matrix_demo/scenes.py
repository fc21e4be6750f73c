"""The play: who says what, what people decide, and what has to become so on the homeserver.

Only actions on accounts are overturned here: Matrix cannot bring a redacted message back.
"""

import asyncio
from typing import Any, Final

from cli.api import Api
from cli.matrix_demo import looking
from cli.matrix_demo.stage import Stage
from cli.matrix_demo.telling import Seen, Teller
from integrations.matrix.residents import Person

_SUSPENDED_FOR_S: Final = 60.0
"""As the policy says (`PT1M`)."""
_EARLY_S, _LATE_S = 3.0, 15.0
"""How far from that it may be: we look twice a second and try once a second; a suspension that
ends is lifted within 15 s (issue 3)."""


class Play:
    def __init__(self, stage: Stage, teller: Teller) -> None:
        self._stage = stage
        self._teller = teller
        self.seen: list[Seen] = []

    async def perform(self) -> list[Seen]:
        """All scenes; while bob's minute passes, the others go on."""
        await self._a_scam()
        minute = await self._a_scam_by_edit()
        try:
            await self._upheld()
            await self._overturned()
            await self._let_back(minute)
        finally:
            minute.cancel()
        return self.seen

    async def _a_scam(self) -> None:
        stage = self._stage
        self._teller.scene("A scam is removed, and its author is told why")
        kept = await self._says(stage.alice, "Good morning everyone, the plum cake is ready.")
        scam = await self._says(
            stage.bob,
            "Double your coins today: send 0.1 and get 0.2 back within the hour, verified by the "
            "team https://coins-gift.xyz",
        )
        gone = await looking.is_redacted(stage.alice, stage.room, scam)
        self._check("bob's scam", "redacted", "redacted" if gone else "still there")
        told = await looking.notice(stage.bob, "was removed")
        self._check("bob's notice", "a server notice with a link to appeal", _notice(told))
        words = (await stage.alice.read(stage.room, kept))["content"].get("body")
        self._check("alice's message", "left alone", "left alone" if words else "gone")

    async def _a_scam_by_edit(self) -> asyncio.Task[float]:
        """Answers the seconds that bob cannot post, while they are counted."""
        stage, bob = self._stage, self._stage.bob
        self._teller.scene("A harmless message is edited into a scam; its author rests a minute")
        event = await self._says(bob, "Does anybody have a spare watering can?")
        words = "Free Nitro for everybody here! Claim within 10 minutes at https://dlscord-gift.xyz"
        self._teller.said("bob", f"(edits it) {words}")
        edit = await bob.edit(stage.room, event, words)
        suspended = await looking.becomes_suspended(stage.admin, bob, so=True)
        counting = asyncio.create_task(
            looking.seconds_until_it_may_post(
                bob, stage.room, "Hello again, that was a long minute.", 4 * _SUSPENDED_FOR_S
            )
        )
        self._check("bob's account", "suspended", "suspended" if suspended else "free")
        both = [await looking.is_redacted(stage.alice, stage.room, one) for one in (event, edit)]
        gone = "both redacted" if all(both) else "still there"
        self._check("bob's message and its edit", "both redacted", gone)
        return counting

    async def _let_back(self, minute: asyncio.Task[float]) -> None:
        self._teller.scene("The suspension ends by itself")
        self._teller.note("bob tries to post, about once a second")
        seconds = await minute
        earliest, latest = _SUSPENDED_FOR_S - _EARLY_S, _SUSPENDED_FOR_S + _LATE_S
        self._saw(
            Seen(
                what="bob could not post for",
                expected=f"a minute ({earliest:.0f} to {latest:.0f} s)",
                seen=f"{seconds:.1f} s",
                holds=earliest <= seconds <= latest,
            )
        )
        free = await looking.becomes_suspended(self._stage.admin, self._stage.bob, so=False)
        self._check("bob's account, after that", "free", "free" if free else "suspended")

    async def _upheld(self) -> None:
        carol = self._stage.carol
        self._teller.scene("A person decides about rude words; the appeal is upheld by another")
        await self._says(carol, "You are an idiot and this cake is rubbish, you absolute moron.")
        await self._suspended_by_a_person(carol, "P1D")
        await self._appealed(carol, "I was only joking.", "upheld")
        told = await looking.notice(carol, "came to the same conclusion")
        says = "the decision stands"
        self._check("carol's second notice", says, _if(told, says))
        self._check("carol's account", "still suspended", await self._can(carol))

    async def _overturned(self) -> None:
        stage, dave = self._stage, self._stage.dave
        self._teller.scene("A person decides about a report; the appeal is overturned, and undone")
        words = "Do us all a favour and stay at home on Sunday, alice."
        event = await self._says(dave, words)
        await stage.alice.report(stage.room, event, "He keeps telling me not to come.")
        self._teller.said("alice", "(reports it) He keeps telling me not to come.")
        await self._suspended_by_a_person(dave, "P7D")
        self._teller.note("a redaction cannot be undone on Matrix; a suspension can, so it is one")
        await self._appealed(
            dave, "There is a storm on Sunday, the walk is dangerous.", "overturned"
        )
        freed = await looking.becomes_suspended(stage.admin, dave, so=False)
        self._check("dave's account", "free", "free" if freed else "suspended")
        told = await looking.notice(dave, "the decision was wrong")
        says = "it was wrong"
        self._check("dave's second notice", says, _if(told, says))
        self._check("dave, after that", "can post", await self._can(dave))

    async def _suspended_by_a_person(self, whom: Person, lasts: str) -> None:
        name, stage = _name(whom), self._stage
        enforce = {"actions": [{"suspend_account": lasts}], "reason": "Aimed at a person."}
        await self._decides(stage.reviewer, "reviewers", whom, {"ruling": "enforce", **enforce})
        suspended = await looking.becomes_suspended(stage.admin, whom, so=True)
        now = "suspended" if suspended and not await whom.may_post(stage.room, "?") else "free"
        self._check(f"{name}'s account, once decided", "suspended", now)

    async def _appealed(self, who: Person, words: str, verdict: str) -> None:
        name, stage = _name(who), self._stage
        told = await looking.notice(who, "Your account is suspended")
        self._check(f"{name}'s notice", "a server notice with a link to appeal", _notice(told))
        self._teller.said(name, f"(appeals) {words}")
        await stage.lead.post(
            "/appeals", {"token": looking.appeal_token(told or ""), "reason": words}
        )
        heard = {"ruling": verdict, "reason": "Read once more by somebody else."}
        await self._decides(stage.lead, "appeals", who, heard)

    async def _decides(self, staff: Api, queue: str, about: Person, what: dict[str, Any]) -> None:
        done = await looking.decide(staff, queue, about.id, what)
        who = "lead" if staff is self._stage.lead else "reviewer"
        self._teller.said(who, f"{what['ruling']}: {what['reason']}")
        decided = what["ruling"] if done else "there was no review"
        self._check(f"{queue}, about {_name(about)}", what["ruling"], decided)

    async def _can(self, who: Person) -> str:
        """Whether somebody can post at this moment."""
        posts = await who.may_post(self._stage.room, "Hello again.")
        return "can post" if posts else "still suspended"

    async def _says(self, who: Person, words: str) -> str:
        self._teller.said(_name(who), words)
        return await who.say(self._stage.room, words)

    def _check(self, what: str, expected: str, seen: str) -> None:
        self._saw(Seen(what=what, expected=expected, seen=seen, holds=seen == expected))

    def _saw(self, seen: Seen) -> None:
        self.seen.append(seen)
        self._teller.checked(seen)


def _name(person: Person) -> str:
    return person.id[1:].partition(":")[0]


def _if(notice: str | None, says: str) -> str:
    return "none" if notice is None else says


def _notice(notice: str | None) -> str:
    if notice is None:
        return "none"
    has_link = bool(looking.appeal_token(notice))
    return "a server notice with a link to appeal" if has_link else "a notice without a link"
