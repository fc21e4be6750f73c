"""Taking back a decision that nothing was done about yet. The same for /v1 and for the console."""

from datetime import datetime

from casework.errors import Forbidden, NotFound, TooLate
from casework.identity import case_workflow
from casework.records import Decision, Person
from casework.second_thoughts import Undone, UndoNews
from casework.words import HearingKind, Role
from gateway.doors import Doors


class SecondThoughts:
    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._store = doors.store

    async def until(self, decision_id: str) -> datetime | None:
        """Until when this decision may be taken back, None if it may not be."""
        decision = await self._store.cases.decision(decision_id)
        policy = await self._store.policies.version(decision.policy, decision.policy_version)
        if not policy.undo_within or decision.automated:
            return None
        return decision.at + policy.undo_within

    async def undo(self, person: Person, decision_id: str) -> Undone:
        """Take it back, by whoever made it, or by a lead. Repeating answers the same.

        Raises:
            NotFound: there is none in the person's scope.
            Forbidden: somebody else made it.
            TooLate: it is being carried out, or is done.
            Unavailable: the case does not answer; it may still be taken back in time.
        """
        decision = await self._theirs(person, decision_id)
        until = await self.until(decision_id)
        if until is None:
            raise TooLate("decisions under this policy take effect at once")
        await self._store.second_thoughts.request(decision, person.id)
        workflow = case_workflow(decision.policy, decision.case_id)
        news = UndoNews(decision_id=decision_id, by=person.id)
        try:
            return await self._doors.stories.undo(workflow, news)
        except NotFound:
            raise TooLate("the case is closed") from None

    async def _theirs(self, person: Person, decision_id: str) -> Decision:
        try:
            decision = await self._store.cases.decision(decision_id)
        except NotFound:
            raise NotFound("no such decision") from None
        if not person.covers(decision.policy):
            raise NotFound("no such decision")
        if decision.hearing is not HearingKind.FIRST:
            raise TooLate("only a first decision can be taken back")
        if decision.by != person.id and person.role is not Role.LEAD:
            raise Forbidden("whoever decided may take it back, or a lead")
        return decision
