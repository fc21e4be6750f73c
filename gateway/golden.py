"""Golden cases: a lead says what the right answer is, and why."""

from casework.base import Model
from casework.errors import Gone, Malformed, NotFound
from casework.golden import Golden, Marked
from casework.records import Person
from casework.words import Verdict
from gateway.answers import Action, Ruled, Words
from gateway.doors import Doors


class GoldenBody(Model):
    """`actions` left out: any that the policy allows are right."""

    case_id: str
    ruling: Ruled
    actions: tuple[Action, ...] = ()
    why: Words


class GoldenDesk:
    def __init__(self, doors: Doors) -> None:
        self._store = doors.store

    async def mark(self, person: Person, body: GoldenBody) -> Golden:
        """Raises NotFound for a case out of scope, undecided or erased; Malformed, Conflict."""
        case = await self._store.reads.case(body.case_id)
        if not person.covers(case.harm) or case.policy_version is None:
            raise NotFound("no such case, or nobody has decided it")
        policy = await self._store.policies.version(case.harm, case.policy_version)
        verdict = body.ruling.verdict
        if verdict not in {Verdict.ENFORCE, Verdict.DISMISS}:
            raise Malformed("the right answer is enforce or dismiss")
        if body.actions and verdict is not Verdict.ENFORCE:
            raise Malformed("only an enforce names actions")
        if not policy.allows(measure.kind for measure in body.actions):
            raise Malformed("the policy does not allow this kind of action for this harm")
        marked = Marked(case_id=body.case_id, verdict=verdict, measures=body.actions, why=body.why)
        try:
            return await self._store.golden.mark(marked, policy, person.id)
        except Gone:
            raise NotFound("the evidence of this case has been erased") from None

    async def retire(self, person: Person, golden_id: str) -> Golden:
        """Raises NotFound."""
        golden = await self._store.golden.one(golden_id)
        if not person.covers(golden.harm):
            raise NotFound("no such golden case")
        return await self._store.golden.retire(golden_id, person.id)

    async def standing(self, person: Person) -> tuple[Golden, ...]:
        return tuple(g for g in await self._store.golden.standing() if person.covers(g.harm))
