"""Parked, and going on when released: what a hold does to stories."""

from datetime import timedelta
from pathlib import Path

from casework.holds import BREAKER, TRIPPED, HoldOn, Limits
from casework.orders import CaseStart
from casework.ruling import Measure
from casework.words import ActionKind, ActionState, HoldKind, Outcome, Stage, Verdict
from integrations.openai_moderation.fake import FakeOpenAiModeration
from integrations.scam_signs.fake import FakeScamSigns
from tests.town import COLLEAGUE, POLICIES, REVIEWER, Town, World, a_detection, town
from workers.reconciler import Reconciler

SIEVE = HoldOn(kind=HoldKind.DETECTOR, target="text-sieve")
REMOVALS = HoldOn(kind=HoldKind.ACTION, target="remove_item")
HIDING = HoldOn(kind=HoldKind.ACTION, target="hide_item")
A_MINUTE = timedelta(minutes=1)


async def held(it: Town, on: HoldOn) -> str:
    return (await it.store.holds.set(on, "otto", "a bad release")).hold_id


async def reconciled(it: Town) -> None:
    await Reconciler(it.store, it.stories).once()


async def released(it: Town, hold: str) -> None:
    await it.store.holds.lift(hold, "otto", "mended")
    await reconciled(it)


async def blocked_on(it: Town, start: CaseStart) -> str | None:
    return (await it.store.reads.case(start.case_id)).blocked_on


async def states(it: Town, start: CaseStart) -> list[ActionState]:
    names = await it.actions_of(start.case_id)
    return [(await it.store.actions.action(name)).state for name in names]


def a_scam() -> World:
    return World(scam_signs=FakeScamSigns(score=0.95))


async def test_a_case_under_a_hold_is_stored_and_waits_and_then_goes_on(place: Path) -> None:
    world = a_scam()
    async with town(place, world) as it:
        hold = await held(it, SIEVE)
        start = await it.detect(a_detection(score=0.99))
        await it.passes(A_MINUTE)
        waiting = await it.store.reads.case(start.case_id)
        done_meanwhile = list(world.platform.standing)

        await released(it, hold)
        case = await it.ended(start)

        assert (waiting.stage, waiting.blocked_on) == (Stage.CHECKING, "hold:detector")
        assert done_meanwhile == []
        assert (case.outcome, case.blocked_on) == (Outcome.ENFORCED, None)
        assert len(world.platform.standing) == 1


async def test_a_parked_action_keeps_its_case_open_and_happens_once_when_released(
    place: Path,
) -> None:
    world = a_scam()
    async with town(place, world) as it:
        hold = await held(it, REMOVALS)
        start = await it.detect(a_detection(score=0.99))
        await it.passes(A_MINUTE)
        parked = await states(it, start)
        seen = await blocked_on(it, start)
        told_early = list(world.mail.sent)

        await released(it, hold)
        await reconciled(it)
        case = await it.ended(start)

        assert (parked, seen) == ([ActionState.PARKED], "hold:action")
        assert told_early == []
        assert case.outcome is Outcome.ENFORCED
        assert list(world.platform.effects.values()) == [1]
        assert len(world.mail.sent) == 1


async def test_a_release_that_nobody_was_told_of_is_noticed_by_itself(place: Path) -> None:
    world = a_scam()
    async with town(place, world) as it:
        hold = await held(it, REMOVALS)
        start = await it.detect(a_detection(score=0.99))
        await it.passes(A_MINUTE)

        await it.store.holds.lift(hold, "otto", "mended")
        await it.passes(timedelta(hours=2))
        case = await it.ended(start)

        assert case.outcome is Outcome.ENFORCED


async def test_a_parked_interim_measure_does_not_keep_people_from_deciding(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        await held(it, HIDING)
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()
        await it.decide(claimed, REVIEWER, Verdict.ENFORCE, [Measure(kind=ActionKind.REMOVE_ITEM)])

        case = await it.ended(start)

        assert case.outcome is Outcome.ENFORCED
        assert world.platform.standing == ["remove_item"]


async def test_what_was_done_before_a_hold_is_taken_back_under_it(place: Path) -> None:
    world = World(vendor=FakeOpenAiModeration(score=0.7))
    async with town(place, world) as it:
        start = await it.detect(a_detection("harassment", score=0.8))
        claimed = await it.claim()
        hidden = list(world.platform.standing)
        await held(it, HoldOn(kind=HoldKind.EVERYTHING))
        await it.decide(claimed, REVIEWER, Verdict.DISMISS)

        case = await it.ended(start)

        assert hidden == ["hide_item"]
        assert world.platform.standing == []
        assert case.outcome is Outcome.DISMISSED


async def test_a_rule_that_matches_everything_stops_at_the_limit_and_pages(place: Path) -> None:
    """T24: a policy mistake that enforces on all traffic."""
    world = a_scam()
    async with town(place, world, limits=Limits(effects_per_minute=3)) as it:
        starts = [await it.detect(a_detection(score=0.99, account=f"a{n}")) for n in range(8)]
        await it.passes(A_MINUTE)
        done = list(world.platform.standing)
        await reconciled(it)
        await reconciled(it)
        await it.passes(timedelta(seconds=1))
        [hold] = await it.store.holds.standing()

        await released(it, hold.hold_id)
        await it.passes(A_MINUTE)

        assert done == ["remove_item"] * 3
        assert (hold.by, hold.kind, hold.target) == (BREAKER, HoldKind.DETECTOR, "text-sieve")
        assert hold.parks.actions == 5
        assert [alert.key.rsplit("/")[-1] for alert in world.pager.paged] == [TRIPPED]
        assert len(world.platform.standing) == 6
        assert len(starts) == 8


async def test_what_a_person_decides_is_done_under_a_breaker_s_hold(place: Path) -> None:
    world = World(scam_signs=FakeScamSigns(score=0.95), vendor=FakeOpenAiModeration(score=0.40))
    async with town(place, world, limits=Limits(effects_per_minute=1)) as it:
        for n in range(2):
            await it.detect(a_detection(score=0.99, account=f"a{n}"))
        start = await it.detect(a_detection("impersonation", score=0.8))
        claimed = await it.claim()
        await it.decide(claimed, REVIEWER, Verdict.ENFORCE, [Measure(kind=ActionKind.WARN_ACCOUNT)])

        case = await it.ended(start)

        assert case.outcome is Outcome.ENFORCED
        assert "warn_account" in world.platform.standing


async def test_a_parked_story_that_somebody_ends_is_told_again(place: Path) -> None:
    from workers.reviving import Reviver

    world = a_scam()
    async with town(place, world) as it:
        hold = await held(it, SIEVE)
        start = await it.detect(a_detection(score=0.99))
        await it.passes(A_MINUTE)

        await it.story(start).terminate("by hand")
        await Reviver(it.store, it.stories).revive(it.story(start).id)
        await released(it, hold)
        case = await it.ended(start)

        assert case.outcome is Outcome.ENFORCED


def with_brakes(place: Path, brakes: str) -> Path:
    """The scam policy alone, with brakes of its own."""
    folder = place / "policies"
    folder.mkdir()
    written = (POLICIES / "spam_scam.yaml").read_text(encoding="utf-8")
    (folder / "spam_scam.yaml").write_text(f"{brakes}\n{written}", encoding="utf-8")
    return folder


async def test_people_see_the_first_cases_of_a_new_detector_version(place: Path) -> None:
    world = a_scam()
    async with town(
        place, world, policies=with_brakes(place, "canary: {share: 0, cases: 2}")
    ) as it:
        for n in range(2):
            await it.detect(a_detection(score=0.99, account=f"a{n}"))
        first, second = await it.claim(REVIEWER), await it.claim(COLLEAGUE)
        why = (await it.store.reviews.review(first.review_id)).why

        trusted = await it.ended(await it.detect(a_detection(score=0.99, account="a3")))

        assert why == "canary:rule_2"
        assert second is not None
        assert trusted.outcome is Outcome.ENFORCED
        assert world.platform.standing == ["remove_item"]


async def test_a_policy_s_own_limit_is_met_and_holds_the_policy(place: Path) -> None:
    world = a_scam()
    own = with_brakes(place, "breaker: {effects_per_minute: 2}")
    async with town(place, world, policies=own) as it:
        for n in range(4):
            await it.detect(a_detection(score=0.99, account=f"a{n}"))
        await it.passes(A_MINUTE)

        [hold] = await it.store.holds.standing()

        assert (hold.kind, hold.target) == (HoldKind.POLICY, "spam_scam")
        assert world.platform.standing == ["remove_item"] * 2


async def test_a_trip_that_nobody_was_called_for_is_paged_by_the_next_process(place: Path) -> None:
    """Whoever tripped it died at once: the hold in the database is what calls."""
    world = a_scam()
    async with town(place, world, limits=Limits(effects_per_minute=1)) as it:
        for n in range(2):
            await it.detect(a_detection(score=0.99, account=f"a{n}"))
        await it.passes(A_MINUTE)
        before = list(world.pager.paged)

        await reconciled(it)
        await it.passes(timedelta(seconds=1))

        assert before == []
        assert [alert.key.rsplit("/")[-1] for alert in world.pager.paged] == [TRIPPED]
