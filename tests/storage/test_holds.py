"""What a hold parks, and that nothing slips past it."""

import asyncio
from datetime import timedelta

import pytest

from casework.detection import DetectorRef
from casework.errors import NotFound
from casework.holds import HoldOn, Parked
from casework.identity import action_workflow, case_workflow
from casework.words import ActionKind, ActionState, HoldKind
from storage.breaker import Breaker
from tests.storage.office import SCANNER, Office, policy, policy_text

REMOVE = ActionKind.REMOVE_ITEM
BAN = ActionKind.BAN_ACCOUNT
EVERYTHING = HoldOn(kind=HoldKind.EVERYTHING)
OTHER_SCANNER = DetectorRef(name="other-scan", version="1")

COVERING = [
    HoldOn(kind=HoldKind.EVERYTHING),
    HoldOn(kind=HoldKind.DETECTOR, target="keyword-scan"),
    HoldOn(kind=HoldKind.DETECTOR, target="keyword-scan@3"),
    HoldOn(kind=HoldKind.POLICY, target="harassment"),
    HoldOn(kind=HoldKind.POLICY, target="harassment@1"),
]
NOT_COVERING = [
    HoldOn(kind=HoldKind.DETECTOR, target="keyword-scan@4"),
    HoldOn(kind=HoldKind.DETECTOR, target="keyword"),
    HoldOn(kind=HoldKind.POLICY, target="harassment@2"),
    HoldOn(kind=HoldKind.POLICY, target="hate"),
    HoldOn(kind=HoldKind.ACTION, target="ban_account"),
]
ON_REMOVAL = HoldOn(kind=HoldKind.ACTION, target="remove_item")


async def held(office: Office, on: HoldOn = EVERYTHING) -> str:
    return (await office.store.holds.set(on, "otto", "the scanner went mad")).hold_id


async def planned_removal(office: Office, name: str = "det-1", by: str = "policy") -> str:
    case = await office.opened(name, item=f"of-{name}")
    decided = await office.enforce(case, REMOVE, by=by)
    return decided.actions[0].action_id


async def attempted(office: Office, action: str) -> ActionState:
    return (await office.store.actions.attempting(action)).state


async def began(office: Office, case: str) -> bool:
    return (await office.open(case)).held is None


@pytest.mark.parametrize("on", [*COVERING, ON_REMOVAL], ids=str)
async def test_a_planned_action_that_a_hold_covers_is_parked(office: Office, on: HoldOn) -> None:
    action = await planned_removal(office)
    await held(office, on)

    parked = await office.store.actions.attempting(action)

    assert (parked.state, parked.attempts, parked.parked_by) == (ActionState.PARKED, 0, on.kind)


@pytest.mark.parametrize("on", NOT_COVERING, ids=str)
async def test_an_action_that_no_hold_covers_is_attempted(office: Office, on: HoldOn) -> None:
    action = await planned_removal(office)
    await held(office, on)

    assert await attempted(office, action) is ActionState.ATTEMPTED


@pytest.mark.parametrize("on", COVERING, ids=str)
async def test_a_case_that_a_hold_covers_does_not_begin(office: Office, on: HoldOn) -> None:
    case = await office.receive(office.detection())
    await held(office, on)

    waiting = await office.open(case)

    assert waiting.held is on.kind
    assert "case_opened" not in await office.events(case)


@pytest.mark.parametrize("on", [*NOT_COVERING, ON_REMOVAL], ids=str)
async def test_a_case_that_no_hold_covers_begins(office: Office, on: HoldOn) -> None:
    case = await office.receive(office.detection())
    await held(office, on)

    assert await began(office, case)


async def test_a_case_goes_on_in_the_round_it_has_begun(office: Office) -> None:
    case = await office.opened()
    await held(office)

    again = await office.open(case, run="run-2")

    assert (again.held, again.round) == (None, 1)


async def test_what_people_decided_is_parked_by_a_person_s_hold_as_well(office: Office) -> None:
    action = await planned_removal(office, by="ann")
    await held(office)

    assert await attempted(office, action) is ActionState.PARKED


async def test_what_was_attempted_before_the_hold_is_tried_again(office: Office) -> None:
    action = await planned_removal(office)
    await office.store.actions.attempting(action)
    await held(office)

    again = await office.store.actions.attempting(action)

    assert (again.state, again.attempts) == (ActionState.ATTEMPTED, 2)


async def test_a_lifted_hold_lets_its_actions_and_cases_go(office: Office) -> None:
    action = await planned_removal(office)
    case = await office.receive(office.detection("det-2", item="m-2"))
    name = await held(office)
    await attempted(office, action)

    await office.store.holds.lift(name, "otto", "mended")

    assert await attempted(office, action) is ActionState.ATTEMPTED
    assert await began(office, case)


async def test_the_same_hold_twice_is_one(office: Office) -> None:
    names = await asyncio.gather(*(held(office) for _ in range(5)))

    assert len(set(names)) == 1
    assert [hold.by for hold in await office.store.holds.standing()] == ["otto"]


async def test_a_hold_that_was_lifted_can_be_set_again(office: Office) -> None:
    first = await held(office)
    await office.store.holds.lift(first, "otto", "mended")
    office.clock.passes(timedelta(minutes=1))

    assert await held(office) != first


async def test_lifting_twice_keeps_who_lifted_first(office: Office) -> None:
    name = await held(office)
    await office.store.holds.lift(name, "otto", "mended")

    again = await office.store.holds.lift(name, "ada", "too late")

    assert (again.lifted_by, again.lifted_reason) == ("otto", "mended")


async def test_a_hold_that_does_not_exist_cannot_be_lifted(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.store.holds.lift("h-none", "otto", "")


async def test_setting_and_lifting_stand_in_the_trail_without_a_case(office: Office) -> None:
    name = await held(office, HoldOn(kind=HoldKind.DETECTOR, target="keyword-scan"))
    await office.store.holds.lift(name, "ada", "mended")

    async with office.store.database.reading() as tx:
        from storage.tables import audit

        lines = await tx.rows(audit.select().where(audit.c.event.like("hold_%")))

    said = [(line.case_id, line.actor, line.event) for line in lines]
    assert said == [("", "otto", "hold_set"), ("", "ada", "hold_lifted")]


async def test_a_hold_says_how_much_it_parks(office: Office) -> None:
    action = await planned_removal(office)
    case = await office.receive(office.detection("det-2", item="m-2"))
    await held(office)
    await attempted(office, action)
    await office.store.cases.block(case, "hold:everything")

    [hold] = await office.store.holds.standing()

    assert hold.parks == Parked(cases=1, actions=1)
    assert (await office.store.holds.counts()).parked == Parked(cases=1, actions=1)


async def test_what_waits_without_a_hold_is_found(office: Office) -> None:
    await office.store.policies.put(policy_text(), policy())
    action = await planned_removal(office)
    case = await office.receive(office.detection("det-2", item="m-2"))
    name = await held(office)
    await attempted(office, action)
    await office.store.cases.block(case, "hold:everything")
    while_held = await office.store.holds.released()

    await office.store.holds.lift(name, "otto", "mended")

    found = await office.store.holds.released()
    assert while_held == []
    assert found == [action_workflow(action), case_workflow("harassment", case)]


async def test_a_case_waits_only_for_the_version_under_which_it_would_begin(
    office: Office,
) -> None:
    await office.store.policies.put(policy_text(), policy())
    case = await office.receive(office.detection())
    await held(office, HoldOn(kind=HoldKind.POLICY, target="harassment@1"))
    await office.store.cases.block(case, "hold:policy")

    await office.store.policies.put(policy_text(2), policy(2))

    assert await office.store.holds.released() == [case_workflow("harassment", case)]
    assert (await office.open(case, under=policy(2))).policy_version == 2


async def test_an_overturned_decision_s_parked_action_is_cancelled(office: Office) -> None:
    case = await office.opened()
    decided = await office.enforce(case, BAN)
    await held(office)
    await attempted(office, decided.actions[0].action_id)

    await office.overturn(case)

    assert await office.states(decided.actions[0].action_id) == [ActionState.CANCELLED]


async def test_a_parked_ban_is_none_that_a_sibling_could_rely_on(office: Office) -> None:
    scanner = HoldOn(kind=HoldKind.DETECTOR, target=SCANNER.name)
    first = await office.opened("det-1")
    [parked] = (await office.enforce(first, BAN)).actions
    name = await held(office, scanner)
    await attempted(office, parked.action_id)
    detection = office.detection("det-2", item="m-2", detector=OTHER_SCANNER)
    second = await office.receive(detection)
    await office.open(second)

    [done] = (await office.enforce(second, BAN)).actions
    await office.carry_out(done.action_id)
    await office.store.holds.lift(name, "otto", "mended")

    merged = await office.store.actions.attempting(parked.action_id)
    assert (merged.state, merged.platform_ref) == (ActionState.MERGED, done.action_id)


async def test_what_was_taken_back_while_parked_is_told_for_a_minute(office: Office) -> None:
    case = await office.opened()
    decided = await office.enforce(case, BAN)
    await held(office)
    await attempted(office, decided.actions[0].action_id)

    await office.overturn(case)

    assert await office.store.holds.released() == [action_workflow(decided.actions[0].action_id)]
    office.clock.passes(timedelta(minutes=1))
    assert await office.store.holds.released() == []


async def test_a_hold_waits_for_attempts_that_did_not_see_it_and_lets_no_later_one_by(
    office: Office,
) -> None:
    first, second = await planned_removal(office), await planned_removal(office, "det-2")
    async with office.store.database.transaction() as tx:
        await Breaker(office.store.audit).take_turns(tx, first)
        holding = asyncio.create_task(held(office))
        await asyncio.sleep(0.2)
        was_set_before = holding.done()

    await holding

    assert not was_set_before
    assert await attempted(office, second) is ActionState.PARKED


async def test_a_parked_action_is_owed_its_story(office: Office) -> None:
    action = await planned_removal(office)
    await held(office)
    await attempted(office, action)
    office.clock.passes(timedelta(minutes=11))

    owed = await office.store.owed.stories(timedelta(minutes=10))

    assert action_workflow(action) in owed
