"""The breaker: exactly as much as may happen by itself, and not one more."""

import asyncio
from datetime import timedelta

from casework.detection import DetectorRef
from casework.holds import BREAKER, Brakes, HoldOn, Limits
from casework.orders import ActionDue
from casework.records import PlannedAction
from casework.words import ActionKind, ActionState, HoldKind
from storage.store import Store
from tests.storage.office import SCANNER, Office

MANY = Limits()
FIVE = Limits(effects_per_minute=5)
DETECTOR = Brakes(detector=FIVE)
POLICY = Brakes(policy=FIVE)
OTHER_SCANNER = DetectorRef(name="other-scan", version="1")
ATTEMPTED, PARKED = ActionState.ATTEMPTED, ActionState.PARKED


async def removals(
    office: Office, number: int, *, by: str = "policy", detector: DetectorRef = SCANNER
) -> list[str]:
    """The planned actions of as many new cases."""
    planned: list[ActionDue] = []
    for n in range(number):
        name = f"{detector.name}-{by}-{office.clock.now.timestamp()}-{n}"
        case = await office.receive(office.detection(name, item=name, detector=detector))
        await office.open(case)
        planned += (await office.enforce(case, ActionKind.REMOVE_ITEM, by=by)).actions
    return [due.action_id for due in planned]


async def attempts(office: Office, actions: list[str], brakes: Brakes) -> list[ActionState]:
    return [(await office.store.actions.attempting(each, brakes)).state for each in actions]


async def test_the_limit_is_reached_and_no_further(office: Office) -> None:
    actions = await removals(office, 8)

    states = await attempts(office, actions, DETECTOR)

    assert states == [ATTEMPTED] * 5 + [PARKED] * 3


async def test_many_workers_at_once_do_exactly_as_much_as_may_be_done(office: Office) -> None:
    actions = await removals(office, 40)
    stores = [Store(office.store.database, office.store.keyring) for _ in range(4)]

    records = await asyncio.gather(
        *(stores[n % 4].actions.attempting(each, DETECTOR) for n, each in enumerate(actions))
    )

    states = [record.state for record in records]
    assert (states.count(ATTEMPTED), states.count(PARKED)) == (5, 35)
    assert len(await office.store.holds.standing()) == 1


async def test_a_breaker_s_hold_says_what_it_is_on_and_why(office: Office) -> None:
    await attempts(office, await removals(office, 6), DETECTOR)

    [hold] = await office.store.holds.standing()

    assert (hold.kind, hold.target) == (HoldKind.DETECTOR, "keyword-scan")
    assert (hold.by, hold.automated_only) == (BREAKER, True)
    assert hold.reason == "5 effects within a minute"
    assert hold.case_id is not None


async def test_a_policy_is_counted_over_all_detectors(office: Office) -> None:
    mixed = await removals(office, 3) + await removals(office, 3, detector=OTHER_SCANNER)

    states = await attempts(office, mixed, POLICY)

    [hold] = await office.store.holds.standing()
    assert states == [ATTEMPTED] * 5 + [PARKED]
    assert (hold.kind, hold.target) == (HoldKind.POLICY, "harassment")


async def test_one_detector_s_flood_does_not_stop_another(office: Office) -> None:
    await attempts(office, await removals(office, 6), DETECTOR)

    states = await attempts(office, await removals(office, 2, detector=OTHER_SCANNER), DETECTOR)

    assert states == [ATTEMPTED] * 2


async def test_interim_measures_are_counted_too(office: Office) -> None:
    interim: list[PlannedAction] = []
    for n in range(6):
        case = await office.opened(f"det-{n}", item=f"m-{n}")
        await office.ask(case, ActionKind.HIDE_ITEM)
        interim += await office.planned(case, ActionKind.HIDE_ITEM, interim=True)

    states = await attempts(office, [each.action_id for each in interim], DETECTOR)

    assert states[-1] is PARKED


async def test_what_people_decide_is_neither_counted_nor_parked(office: Office) -> None:
    by_people = await removals(office, 8, by="ann")
    counted = await attempts(office, by_people[:6], DETECTOR)
    tripped = await attempts(office, await removals(office, 6), DETECTOR)

    after = await attempts(office, by_people[6:], DETECTOR)

    assert counted == [ATTEMPTED] * 6
    assert tripped == [ATTEMPTED] * 5 + [PARKED]
    assert after == [ATTEMPTED] * 2


async def test_a_case_is_still_ruled_on_under_a_breaker_s_hold(office: Office) -> None:
    await attempts(office, await removals(office, 6), DETECTOR)

    case = await office.receive(office.detection("late", item="late"))

    assert (await office.open(case)).held is None


async def test_a_minute_later_as_much_may_happen_again(office: Office) -> None:
    actions = await removals(office, 10)
    first = await attempts(office, actions[:5], DETECTOR)
    office.clock.passes(timedelta(seconds=60))

    second = await attempts(office, actions[5:], DETECTOR)

    assert first + second == [ATTEMPTED] * 10


async def test_the_hold_stays_when_the_minute_is_over(office: Office) -> None:
    actions = await removals(office, 7)
    await attempts(office, actions[:6], DETECTOR)
    office.clock.passes(timedelta(hours=1))

    states = await attempts(office, actions[5:], DETECTOR)

    assert states == [PARKED] * 2


async def test_counting_begins_anew_when_the_hold_is_lifted(office: Office) -> None:
    actions = await removals(office, 11)
    await attempts(office, actions[:6], DETECTOR)
    [hold] = await office.store.holds.standing()
    office.clock.passes(timedelta(seconds=10))
    await office.store.holds.lift(hold.hold_id, "otto", "it was a raid")
    office.clock.passes(timedelta(seconds=1))

    states = await attempts(office, actions[5:], DETECTOR)

    assert states == [ATTEMPTED] * 5 + [PARKED]


async def test_a_person_s_hold_beside_a_breaker_s_parks_what_people_decided(
    office: Office,
) -> None:
    await attempts(office, await removals(office, 6), DETECTOR)
    [by_person] = await removals(office, 1, by="ann")
    on = HoldOn(kind=HoldKind.DETECTOR, target="keyword-scan")

    await office.store.holds.set(on, "otto", "all of it")

    assert await attempts(office, [by_person], DETECTOR) == [PARKED]
    assert len(await office.store.holds.standing()) == 2


SHARE = Brakes(policy=Limits(share=0.6, of_at_least=5))


async def dismissals(office: Office, number: int) -> None:
    for n in range(number):
        name = f"dismissed-{office.clock.now.timestamp()}-{n}"
        case = await office.opened(name, item=name)
        await office.dismiss(case)


async def test_too_large_a_share_of_the_latest_rulings_trips(office: Office) -> None:
    await dismissals(office, 2)
    office.clock.passes(timedelta(seconds=1))
    actions = await removals(office, 3)
    as_usual = await attempts(office, actions, SHARE)
    office.clock.passes(timedelta(seconds=1))
    one_more = await removals(office, 2)

    states = await attempts(office, one_more, SHARE)

    [hold] = await office.store.holds.standing()
    assert as_usual == [ATTEMPTED] * 3
    assert states == [PARKED] * 2
    assert (hold.kind, hold.target) == (HoldKind.POLICY, "harassment")


async def test_few_rulings_are_no_share_of_anything(office: Office) -> None:
    states = await attempts(office, await removals(office, 4), SHARE)

    assert states == [ATTEMPTED] * 4


async def test_a_share_is_a_detector_version_s_own(office: Office) -> None:
    brakes = Brakes(detector=Limits(share=0.6, of_at_least=5))
    newer = DetectorRef(name=SCANNER.name, version="4")
    await dismissals(office, 5)

    states = await attempts(office, await removals(office, 5, detector=newer), brakes)

    [hold] = await office.store.holds.standing()
    assert PARKED in states
    assert hold.target == "keyword-scan@4"


async def test_rulings_to_ask_people_are_part_of_the_traffic(office: Office) -> None:
    for n in range(2):
        await office.ask(await office.opened(f"asked-{n}", item=f"asked-{n}"))
    actions = await removals(office, 3)

    assert await attempts(office, actions, SHARE) == [ATTEMPTED] * 3


async def test_a_trip_waits_for_somebody_to_be_called(office: Office) -> None:
    await attempts(office, await removals(office, 6), DETECTOR)

    [before] = await office.store.holds.unpaged()
    await office.store.holds.paged(before.hold_id)

    assert await office.store.holds.unpaged() == []


async def test_a_detector_version_is_new_until_it_has_had_so_many_rulings(office: Office) -> None:
    await dismissals(office, 2)
    await office.opened("not-ruled-on", item="not-ruled-on")

    is_new = [await office.store.cases.is_new(SCANNER, "harassment", n) for n in (2, 3)]

    assert is_new == [False, True]
