"""Decisions taken back before anything was done."""

from datetime import timedelta

import pytest

from casework.errors import Forbidden, TooLate
from casework.identity import action_id, decision_id, review_id
from casework.records import ReviewRecord
from casework.ruling import Ruling
from casework.second_thoughts import AskedAgain
from casework.words import ActionKind, ActionState, HearingKind, Severity, Stage, Verdict
from tests.storage.office import Office

ANN = "ann"


async def decided_by_ann(office: Office) -> str:
    """A case that a person enforced, of which nothing was carried out yet."""
    case = await office.opened()
    review = await office.ask(case, ActionKind.HIDE_ITEM)
    [hidden] = await office.planned(case, ActionKind.HIDE_ITEM, interim=True)
    await office.carry_out(hidden.action_id)
    await office.enforce(case, by=ANN, closes=review.review_id, step="1/first")
    return case


def first_of(case: str) -> str:
    return decision_id(case, 1, HearingKind.FIRST)


def removal_of(case: str) -> str:
    return action_id(first_of(case), ActionKind.REMOVE_ITEM)


async def wished(office: Office, case: str, by: str = ANN) -> None:
    decision = await office.store.cases.decision(first_of(case))
    await office.store.second_thoughts.request(decision, by)


async def undo(office: Office, case: str, by: str = ANN) -> AskedAgain:
    again = ReviewRecord(
        review_id=review_id(case, 2, HearingKind.FIRST),
        case_id=case,
        round=2,
        hearing=HearingKind.FIRST,
        harm="harassment",
        severity=Severity.HIGH,
        desk="reviewers",
        due_at=office.clock.now + timedelta(hours=4),
        why="undone",
    )
    [interim] = await office.planned(case, ActionKind.HIDE_ITEM, interim=True)
    anew = decision_id(case, 2, HearingKind.FIRST)
    interim = interim.model_copy(update={"action_id": "a-again-interim", "decision_id": anew})
    first = await office.store.cases.decision(first_of(case))
    override = first.model_copy(
        update={
            "decision_id": decision_id(case, 1, HearingKind.UNDO),
            "hearing": HearingKind.UNDO,
            "by": by,
            "ruling": Ruling(verdict=Verdict.OVERTURNED, reason="undone"),
            "overrides": first.decision_id,
        }
    )
    return await office.store.second_thoughts.undo(override, again, (interim,))


async def test_what_followed_from_a_decision_is_gone_and_the_case_waits_again(
    office: Office,
) -> None:
    case = await decided_by_ann(office)
    await wished(office, case)

    again = await undo(office, case)

    stands = await office.store.reads.case(case)
    shown = await office.store.reads.review_page(again.undone.review_id)
    events = await office.events(case)
    assert (stands.stage, stands.queue, again.round) == (Stage.REVIEW, "reviewers", 2)
    assert (shown.why, [finding.score for finding in shown.findings]) == ("undone", [0.95])
    assert await office.states(removal_of(case)) == [ActionState.CANCELLED]
    assert {"strike_withdrawn", "notice_withdrawn", "case_reopened"} <= set(events)


async def test_what_held_meanwhile_goes_on_holding_as_one_effect(office: Office) -> None:
    case = await decided_by_ann(office)
    await wished(office, case)

    again = await undo(office, case)

    hidden = await office.store.actions.action("a-again-interim")
    assert again.asked.actions == ()
    assert hidden.state is ActionState.MERGED
    assert hidden.platform_ref != hidden.action_id


async def test_taking_it_back_twice_answers_the_same(office: Office) -> None:
    case = await decided_by_ann(office)
    await wished(office, case)

    first = await undo(office, case)
    second = await undo(office, case)

    assert second == first
    assert (await office.events(case)).count("case_reopened") == 1


async def test_what_nobody_asked_for_through_the_gateway_is_not_taken_back(office: Office) -> None:
    case = await decided_by_ann(office)
    await wished(office, case, by="ben")

    with pytest.raises(Forbidden):
        await undo(office, case)

    assert (await office.store.reads.case(case)).stage is not Stage.REVIEW


async def test_what_was_attempted_is_not_taken_back(office: Office) -> None:
    case = await decided_by_ann(office)
    await wished(office, case)
    await office.store.actions.attempting(removal_of(case))

    with pytest.raises(TooLate):
        await undo(office, case)
