"""Coop calling back: what counts, what does not, and that nothing is done twice."""

from datetime import timedelta

import httpx
import pytest

from casework.handoffs import HandoffState, HandOut
from casework.identity import handoff_id
from casework.words import Verdict
from gateway.from_coop import FromCoop, make_known
from gateway.ports import Callback
from integrations.coop.settings import rulings_of
from integrations.coop.signing import PublicKeys
from integrations.coop.simulator import Signer, action_body
from storage import policy_files
from storage.audit_line import Event
from tests.gateway.counter import HARM, POLICIES, Counter, token_of

ACTIONS = (
    '{"remove": {"ruling": "enforce", "actions": ["remove_item"]}, "fine": {"ruling": "dismiss"}}'
)
SIGNER = Signer()


class Outside:
    """The other team: what was handed out to it, and its calls back."""

    def __init__(self, counter: Counter, case_id: str, review_id: str, reference: str) -> None:
        self.counter = counter
        self.case_id = case_id
        self.review_id = review_id
        self.reference = reference

    async def calls(
        self, action: str = "fine", signer: Signer = SIGNER, **others: object
    ) -> httpx.Response:
        body = action_body(str(others.pop("reference", self.reference)), action, **others)
        async with self.counter.client() as client:
            return await client.post(
                "/v1/callbacks/coop", content=body, headers=signer.headers(body)
            )

    async def state(self) -> HandoffState:
        return (await self.counter.store.handoffs.known(self.reference, "coop")).state

    async def verdict(self) -> Verdict | None:
        settled = await self.counter.store.reviews.settled(self.review_id)
        return None if settled is None else settled.verdict

    async def facts(self, event: Event) -> list[dict[str, str]]:
        timeline = await self.counter.store.reads.timeline(self.case_id)
        return [entry.facts for entry in timeline if entry.event == event]


@pytest.fixture
async def outside(counter: Counter) -> Outside:
    """A review that lies with Coop."""
    store = counter.store
    text = (POLICIES / f"{HARM}.yaml").read_text(encoding="utf-8")
    text = text.replace("version: 2", "version: 99", 1)
    text = text.replace("desk: reviewers, within: PT4H", "desk: outside, within: PT4H, at: coop")
    await store.policies.put(text, policy_files.parse(text, f"{HARM}.yaml"))
    keys, person = PublicKeys(SIGNER.public_pem), await make_known(store)
    callback: Callback = FromCoop(counter.doors, keys, rulings_of(ACTIONS), person)
    counter.doors.callbacks["coop"] = callback  # type: ignore[index]
    case_id = await counter.in_review()
    [entry] = [e for e in await store.reads.timeline(case_id) if e.event == Event.REVIEW_OPENED]
    review_id = entry.facts["review_id"]
    due_at = (await store.reviews.review(review_id)).due_at
    order = HandOut(case_id=case_id, review_id=review_id, desk="outside", due_at=due_at, at="coop")
    reference = handoff_id(review_id, "outside", due_at)
    await store.handoffs.begin(order, reference)
    await store.handoffs.sent(reference, "report-1")
    return Outside(counter, case_id, review_id, reference)


async def test_what_a_moderator_decided_there_is_an_answer_here(outside: Outside) -> None:
    answer = await outside.calls("remove")

    assert answer.status_code == 202
    assert await outside.verdict() is Verdict.ENFORCE
    assert await outside.state() is HandoffState.ANSWERED
    [decided] = await outside.facts(Event.HANDOUT_ANSWERED)
    assert "moderator@coop.example" not in str(
        await outside.counter.store.reads.timeline(outside.case_id)
    )
    assert len(decided["somebody"]) == 16


async def test_the_same_call_again_is_answered_the_same_and_counts_once(outside: Outside) -> None:
    first = await outside.calls("fine")
    again = await outside.calls("fine")

    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again.headers["idempotent-replay"] == "true"
    assert len(await outside.facts(Event.DECIDED)) == 1


async def test_another_answer_after_the_first_changes_nothing(outside: Outside) -> None:
    await outside.calls("fine")

    second = await outside.calls("remove")

    assert (second.status_code, second.json()["code"]) == (409, "already_decided")
    assert await outside.verdict() is Verdict.DISMISS
    assert await outside.state() is HandoffState.ANSWERED
    assert [f["why"] for f in await outside.facts(Event.HANDOUT_REFUSED)] == ["already_decided"]


async def test_a_forged_call_changes_nothing(outside: Outside) -> None:
    answer = await outside.calls("remove", Signer())

    assert answer.status_code == 401
    assert await outside.verdict() is None
    assert await outside.facts(Event.HANDOUT_REFUSED) == []


async def test_an_action_that_means_nothing_here_is_never_enforced_and_somebody_is_called(
    outside: Outside,
) -> None:
    answer = await outside.calls("ban everybody")

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_action")
    assert await outside.verdict() is None
    assert await outside.state() is HandoffState.REFUSED
    [start] = [told[1] for told in outside.counter.stories.told if told[0] == "escalate"]
    assert start.reason == "coop_unknown_action"


async def test_after_that_an_action_with_a_meaning_still_counts(outside: Outside) -> None:
    await outside.calls("ban everybody")

    answer = await outside.calls("fine")

    assert answer.status_code == 202
    assert await outside.state() is HandoffState.ANSWERED


async def test_what_a_rule_did_there_is_no_person_s_decision(outside: Outside) -> None:
    answer = await outside.calls("remove", actorEmail=None)

    assert answer.status_code == 403
    assert await outside.verdict() is None


async def test_an_answer_about_nothing_that_was_handed_out_is_not_taken(outside: Outside) -> None:
    answer = await outside.calls("remove", reference="o-0")

    assert answer.status_code == 404


async def test_an_answer_after_the_review_has_gone_on_is_too_late(outside: Outside) -> None:
    store = outside.counter.store
    due_at = outside.counter.watch() + timedelta(hours=2)
    await store.reviews.hand_over(outside.review_id, "leads", due_at)

    answer = await outside.calls("remove")

    assert (answer.status_code, answer.json()["code"]) == (409, "too_late")
    assert await outside.verdict() is None
    assert await outside.state() is HandoffState.LATE


async def test_our_own_people_may_answer_first(outside: Outside) -> None:
    claimed = await outside.counter.claim("lena", "outside")
    await outside.counter.decide("lena", claimed, "dismiss")

    answer = await outside.calls("remove")

    assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
    assert await outside.verdict() is Verdict.DISMISS


async def test_an_answer_from_there_ends_a_claim_here(outside: Outside) -> None:
    claimed = await outside.counter.claim("lena", "outside")
    await outside.calls("fine")

    late = await outside.counter.decide("lena", claimed, "enforce")

    assert late.json()["code"] in {"already_decided", "stale_claim"}
    assert await outside.verdict() is Verdict.DISMISS


async def test_a_message_that_is_too_large_is_not_read(outside: Outside) -> None:
    answer = await outside.calls("fine", decisionReason="x" * 300_000)

    assert answer.status_code == 413


async def test_coop_serves_only_its_own_desks_and_nobody_signs_in_as_it(outside: Outside) -> None:
    [coop] = [p for p in await outside.counter.store.staff.everybody() if p.id == "coop"]
    again = await make_known(outside.counter.store)
    asked = await outside.counter.ask("coop", "GET", "/v1/queues")

    assert coop == again
    assert coop.queues == frozenset({"outside"})
    assert asked.status_code == 401
    assert token_of("coop")
    assert await outside.counter.audited(Event.STAFF_ADDED) >= 1
