"""Claims and decisions: who may, under what, and what is refused."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from casework.identity import appeal_workflow, case_workflow, decision_id
from casework.words import ActionState, HearingKind, Outcome
from storage.audit_line import Event
from storage.tables import actions
from tests.gateway.counter import HARM, WORDS, Counter, down


async def decisions_told(counter: Counter) -> int:
    return sum(1 for told in counter.stories.told if told[0] == "decide")


async def test_a_claim_shows_all_one_needs_to_decide(counter: Counter) -> None:
    case_id = await counter.in_review()

    answer = await counter.claim()

    review = answer.json()
    assert answer.status_code == 200
    assert answer.headers["etag"].strip('"')
    assert review["case_id"] == case_id
    assert review["item"] == {
        "type": "message",
        "id": "m-1",
        "text": WORDS,
        "url": None,
        "media": [],
        "pictures": [],
    }
    assert (review["hearing"], review["desk"], review["harm"]) == ("first", "reviewers", HARM)
    assert review["claim"]["expires_at"] == "2026-11-02T12:15:00Z"
    assert review["due_at"] == "2026-11-02T16:00:00Z"
    assert review["policy"]["usual_actions"] == ["remove_item"]
    assert {finding["check"] for finding in review["findings"]} >= {"vendor_moderation"}
    assert review["account_history"]["strikes"] == 0


async def test_an_empty_queue_answers_nothing(counter: Counter) -> None:
    answer = await counter.claim()

    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_queue_out_of_scope_is_refused(counter: Counter) -> None:
    await counter.in_review()

    answer = await counter.claim("newcomer")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("who", ["ada", "otto", "axel", "paula", "classifier-one"])
async def test_only_reviewers_and_leads_hold_reviews(counter: Counter, who: str) -> None:
    await counter.in_review()

    claimed = await counter.claim(who)
    decided = await counter.ask(
        who,
        "POST",
        "/v1/reviews/r-1/decision",
        json={"ruling": "dismiss", "reason": "no"},
        headers={"If-Match": '"x"'},
    )

    assert (claimed.status_code, decided.status_code) == (403, 403)
    assert decided.json()["code"] == "forbidden"
    assert await decisions_told(counter) == 0


async def test_two_reviewers_never_hold_the_same_review(counter: Counter) -> None:
    await counter.in_review()

    first = await counter.claim("rita")
    second = await counter.claim("rolf")

    assert (first.status_code, second.status_code) == (200, 204)


async def test_claiming_again_gives_the_review_one_holds(counter: Counter) -> None:
    await counter.in_review()
    first = await counter.claim()

    again = await counter.claim()

    assert again.json()["review_id"] == first.json()["review_id"]
    assert again.headers["etag"] == first.headers["etag"]


async def test_each_look_at_evidence_is_written_down_once(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim()

    await counter.ask("rita", "GET", f"/v1/reviews/{claimed.json()['review_id']}")

    assert await counter.audited(Event.EVIDENCE_VIEWED) == 2


@pytest.mark.parametrize("who", ["lena", "otto", "axel", "paula", "ada"])
async def test_whoever_oversees_sees_a_review_without_its_content(
    counter: Counter, who: str
) -> None:
    await counter.in_review()
    claimed = await counter.claim()
    review_id = claimed.json()["review_id"]
    await counter.ask("rita", "POST", f"/v1/reviews/{review_id}/note", json={"text": "CANARY"})

    answer = await counter.ask(who, "GET", f"/v1/reviews/{review_id}")

    assert answer.status_code == 200
    assert "CANARY" not in answer.text
    assert "etag" not in answer.headers
    assert await counter.audited(Event.EVIDENCE_VIEWED) == 1


async def test_a_decision_counts_and_names_itself(counter: Counter) -> None:
    case_id = await counter.in_review()
    claimed = await counter.claim()

    answer = await counter.decide("rita", claimed)

    assert answer.status_code == 200
    assert answer.json() == {
        "decision_id": decision_id(case_id, 1, HearingKind.FIRST),
        "status": "final",
    }
    [told] = [told for told in counter.stories.told if told[0] == "decide"]
    assert told[1] == case_workflow(HARM, case_id)
    assert "seen by a person" not in repr(told)


async def test_enforcing_without_naming_actions_means_the_policy_s_usual_ones(
    counter: Counter,
) -> None:
    case_id = await counter.in_review()

    await counter.decide("rita", await counter.claim())

    assert await kinds_of(counter, case_id) == {"hide_item", "remove_item"}


async def test_actions_are_named_as_policies_name_them(counter: Counter) -> None:
    case_id = await counter.in_review()

    answer = await counter.decide(
        "rita", await counter.claim(), actions=["label_item", {"suspend_account": "P7D"}]
    )

    assert answer.status_code == 200
    assert await kinds_of(counter, case_id) == {"hide_item", "label_item", "suspend_account"}


async def test_grounds_and_confidence_are_kept_with_the_decision(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim()
    offered = [each["id"] for each in claimed.json()["policy"]["grounds"]["under"]]

    answer = await counter.decide("rita", claimed, grounds="threat", confidence="likely")

    made = await counter.store.cases.decision(answer.json()["decision_id"])
    assert "threat" in offered
    assert made.grounds == "Community Guidelines, Harassment, Threats"
    assert made.confidence == "likely"


@pytest.mark.parametrize(
    ("ruling", "more"),
    [
        ("enforce", {"grounds": "no_such_rule"}),
        ("dismiss", {"grounds": "threat"}),
        ("enforce", {"confidence": "absolutely"}),
    ],
    ids=["unknown grounds", "grounds to dismiss", "an unknown word"],
)
async def test_grounds_and_confidence_that_mean_nothing_are_refused(
    counter: Counter, ruling: str, more: dict[str, str]
) -> None:
    await counter.in_review()

    answer = await counter.decide("rita", await counter.claim(), ruling, **more)

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert await decisions_told(counter) == 0


@pytest.mark.parametrize(
    "body",
    [
        {"ruling": "enforce"},
        {"ruling": "enforce", "reason": ""},
        {"ruling": "review", "reason": "x"},
        {"ruling": "upheld", "reason": "x"},
        {"ruling": "enforce", "reason": "x", "actions": []},
        {"ruling": "enforce", "reason": "x", "actions": ["shout"]},
        {"ruling": "enforce", "reason": "x", "actions": ["remove_item", "remove_item"]},
        {"ruling": "enforce", "reason": "x", "actions": [{"suspend_account": "-P1D"}]},
        {"ruling": "dismiss", "reason": "x", "actions": ["remove_item"]},
        {"ruling": "dismiss", "reason": "x" * 4_001},
        {"ruling": "dismiss", "reason": "x", "by": "somebody else"},
    ],
)
async def test_a_decision_that_makes_no_sense_is_refused(
    counter: Counter, body: dict[str, object]
) -> None:
    await counter.in_review()
    claimed = await counter.claim()

    answer = await counter.ask(
        "rita",
        "POST",
        f"/v1/reviews/{claimed.json()['review_id']}/decision",
        json=body,
        headers={"If-Match": claimed.headers["etag"]},
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert await decisions_told(counter) == 0


async def test_a_decision_without_a_claim_is_refused(counter: Counter) -> None:
    await counter.in_review()
    review_id = (await counter.claim()).json()["review_id"]
    body = {"ruling": "dismiss", "reason": "no"}

    answer = await counter.ask("rita", "POST", f"/v1/reviews/{review_id}/decision", json=body)

    assert (answer.status_code, answer.json()["code"]) == (428, "claim_required")
    assert await decisions_told(counter) == 0


@pytest.mark.parametrize("etag", ['"made-up"', "made-up", '"\xe9"', '"' + "x" * 500 + '"'])
async def test_a_decision_under_a_made_up_claim_is_refused(counter: Counter, etag: str) -> None:
    await counter.in_review()
    review_id = (await counter.claim()).json()["review_id"]
    body = {"ruling": "dismiss", "reason": "no"}
    headers = {b"If-Match": etag.encode("latin-1")}

    answer = await counter.ask(
        "rita", "POST", f"/v1/reviews/{review_id}/decision", json=body, headers=headers
    )

    assert (answer.status_code, answer.json()["code"]) == (412, "stale_claim")
    assert await decisions_told(counter) == 0


async def test_somebody_else_s_claim_is_worth_nothing(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim("rita")

    answer = await counter.decide("rolf", claimed)

    assert (answer.status_code, answer.json()["code"]) == (412, "stale_claim")
    assert await decisions_told(counter) == 0


async def test_a_claim_that_ran_out_is_worth_nothing(counter: Counter) -> None:
    await counter.in_review()
    stale = await counter.claim("rita")
    counter.watch.passes(timedelta(minutes=16))
    fresh = await counter.claim("rolf")

    late = await counter.decide("rita", stale)
    answer = await counter.decide("rolf", fresh)

    assert (late.status_code, late.json()["code"]) == (412, "stale_claim")
    assert answer.status_code == 200
    assert await decisions_told(counter) == 1


async def test_the_same_decision_again_gets_the_same_answer(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim()
    first = await counter.decide("rita", claimed)

    again = await counter.decide("rita", claimed)

    assert (again.status_code, again.json()) == (200, first.json())


async def test_a_second_decision_on_the_same_review_is_refused(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim()
    await counter.decide("rita", claimed)

    other = await counter.decide("rita", claimed, "dismiss")
    colleague = await counter.decide("rolf", claimed, "dismiss")

    assert (other.status_code, other.json()["code"]) == (409, "already_decided")
    assert colleague.status_code == 409
    assert await decisions_told(counter) == 1


async def test_a_decision_on_a_closed_case_is_refused(counter: Counter) -> None:
    case_id = await counter.in_review()
    claimed = await counter.claim()
    await counter.decide("rita", claimed, "dismiss")
    await settle_interim(counter, case_id)

    answer = await counter.decide("rolf", claimed)

    assert (answer.status_code, answer.json()["code"]) == (409, "case_closed")
    assert await decisions_told(counter) == 1


async def test_a_decision_the_story_does_not_answer_is_stored_and_said_so(
    counter: Counter,
) -> None:
    await counter.in_review()
    claimed = await counter.claim()
    counter.stories.trouble = down()

    answer = await counter.decide("rita", claimed)

    assert (answer.status_code, answer.json()) == (
        202,
        {"decision_id": None, "status": "submitted"},
    )
    [waiting] = await counter.store.desk.pending_submissions(timedelta())
    assert waiting.reason == "seen by a person"


async def test_what_needs_two_people_asks_for_a_second_one(counter: Counter) -> None:
    await counter.in_review()
    ban = ["ban_account"]
    first = await counter.decide("rita", await counter.claim("rita"), actions=ban)

    nobody = await counter.claim("rita")
    second = await counter.decide("rolf", await counter.claim("rolf"), actions=ban)

    assert first.json() == {"decision_id": None, "status": "second_person_needed"}
    assert nobody.status_code == 204
    assert second.json()["status"] == "final"


async def test_nobody_hears_the_appeal_of_their_own_decision(counter: Counter) -> None:
    case_id, token = await counter.enforced()
    body = {"token": token, "reason": "it was a joke"}
    await counter.ask(None, "POST", "/v1/appeals", json=body)
    await counter.appeal_heard()

    own = await counter.claim("rita", "appeals")
    others = await counter.claim("rolf", "appeals")
    answer = await counter.decide("rolf", others, "overturn")

    assert own.status_code == 204
    assert others.json()["appeal_words"] == "it was a joke"
    assert others.json()["hearing"] == "appeal"
    assert answer.json()["status"] == "final"
    told = counter.stories.told[-1]
    assert told[1] == appeal_workflow(decision_id(case_id, 1, HearingKind.FIRST))


async def test_even_with_a_stolen_claim_nobody_hears_their_own_appeal(counter: Counter) -> None:
    _, token = await counter.enforced()
    body = {"token": token, "reason": "it was a joke"}
    await counter.ask(None, "POST", "/v1/appeals", json=body)
    await counter.appeal_heard()
    stolen = await counter.claim("rolf", "appeals")

    answer = await counter.decide("rita", stolen, "uphold")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert await decisions_told(counter) == 1


async def test_a_claim_can_be_held_longer_and_put_back(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim()
    path = f"/v1/reviews/{claimed.json()['review_id']}"
    shown = {"If-Match": claimed.headers["etag"]}
    counter.watch.passes(timedelta(minutes=10))

    longer = await counter.ask("rita", "POST", f"{path}/extend", headers=shown)
    back = await counter.ask("rita", "POST", f"{path}/release", headers=shown)
    again = await counter.ask("rita", "POST", f"{path}/release", headers=shown)

    assert longer.json() == {"expires_at": "2026-11-02T12:25:00Z"}
    assert longer.headers["etag"] == claimed.headers["etag"]
    assert (back.status_code, again.status_code) == (204, 204)
    assert (await counter.claim("rolf")).status_code == 200


@pytest.mark.parametrize("what", ["extend", "release"])
async def test_holding_on_and_putting_back_need_the_claim(counter: Counter, what: str) -> None:
    await counter.in_review()
    path = f"/v1/reviews/{(await counter.claim()).json()['review_id']}/{what}"

    without = await counter.ask("rita", "POST", path)
    wrong = await counter.ask("rolf", "POST", path, headers={"If-Match": '"x"'})

    assert (without.status_code, wrong.status_code) == (428, 412)


async def test_a_note_is_for_whoever_holds_the_review_next(counter: Counter) -> None:
    await counter.in_review()
    claimed = await counter.claim("rita")
    path = f"/v1/reviews/{claimed.json()['review_id']}"

    left = await counter.ask("rita", "POST", f"{path}/note", json={"text": "ask the linguist"})
    shown = {"If-Match": claimed.headers["etag"]}
    await counter.ask("rita", "POST", f"{path}/release", headers=shown)

    [note] = (await counter.claim("rolf")).json()["notes"]
    assert left.status_code == 204
    assert (note["by"], note["text"]) == ("rita", "ask the linguist")


async def test_on_call_is_asked_without_being_told_the_words(counter: Counter) -> None:
    case_id = await counter.in_review()
    path = f"/v1/reviews/{(await counter.claim()).json()['review_id']}"

    answer = await counter.ask(
        "rita", "POST", f"{path}/escalate", json={"reason": "he names CANARY street"}
    )

    assert answer.status_code == 202
    assert answer.json() == {"case_id": case_id, "reason": "asked_by_reviewer", "to": "oncall"}
    [page] = [told[1] for told in counter.stories.told if told[0] == "escalate"]
    assert (page.case_id, page.reason) == (case_id, "asked_by_reviewer")
    assert "CANARY" not in repr(counter.stories.told)
    assert "CANARY" in (await counter.ask("rita", "GET", path)).text


async def test_queues_are_counted_for_those_who_work_them(counter: Counter) -> None:
    await counter.in_review()

    everybody = await counter.ask("otto", "GET", "/v1/queues")
    newcomer = await counter.ask("newcomer", "GET", "/v1/queues")
    machine = await counter.ask("classifier-one", "GET", "/v1/queues")

    [queue] = [q for q in everybody.json()["items"] if q["queue"] == "reviewers"]
    assert (queue["waiting"], queue["claimed"]) == (1, 0)
    assert queue["oldest_at"] == "2026-11-02T12:00:00Z"
    assert "reviewers" not in newcomer.text
    assert machine.status_code == 403


async def test_a_late_detection_joins_a_review_without_waking_its_story(
    counter: Counter,
) -> None:
    await counter.in_review()
    told = len(counter.stories.told)

    answer = await counter.report(detection_id="d-2", detector={"name": "b", "version": "1"})

    assert answer.status_code == 202
    assert len(counter.stories.told) == told
    assert (await counter.claim()).json()["detections"] == 2


async def kinds_of(counter: Counter, case_id: str) -> set[str]:
    async with counter.store.database.reading() as tx:
        rows = await tx.rows(select(actions).where(actions.c.case_id == case_id))
    return {row.kind for row in rows}


async def settle_interim(counter: Counter, case_id: str) -> None:
    """Undo what was only meant until somebody decides, and close the case."""
    async with counter.store.database.reading() as tx:
        rows = await tx.rows(select(actions).where(actions.c.case_id == case_id))
    for row in rows:
        await counter.store.actions.settle_action(row.action_id, ActionState.REVERTED)
    await counter.store.cases.close(case_id, 1, Outcome.DISMISSED)
