"""What somebody is told about their own day."""

from datetime import UTC, datetime, timedelta

from casework.words import SkipReason, Verdict
from storage.my_day import PAUSE, Today
from storage.passing_on import InHand
from tests.storage.office import ANN, BEN, Office


async def decided(office: Office, number: int, takes: timedelta) -> str:
    case = await office.opened(f"det-{number}", item=f"m-{number}")
    review = await office.ask(case)
    claimed = await office.claim(ANN)
    office.clock.passes(takes)
    await office.submit(claimed)
    await office.dismiss(case, by="ann", closes=review.review_id, step="1/first")
    return case


async def test_a_day_without_decisions_has_no_figures(office: Office) -> None:
    today = await office.store.my_days.today(["ann", "ben"])

    assert today == {"ann": Today(), "ben": Today()}


async def test_decisions_count_with_the_time_they_took(office: Office) -> None:
    for number, minutes in enumerate((1, 2, 9)):
        await decided(office, number, timedelta(minutes=minutes))

    today = await office.store.my_days.today(["ann", "ben"])

    assert today["ann"] == Today(decided=3, median_s=120, streak=3)
    assert today["ben"] == Today()


async def test_a_streak_ends_with_a_pause(office: Office) -> None:
    await decided(office, 1, timedelta(minutes=1))
    office.clock.passes(PAUSE)
    await decided(office, 2, timedelta(minutes=1))
    at_work = (await office.store.my_days.today(["ann"]))["ann"].streak
    office.clock.passes(PAUSE)

    at_rest = (await office.store.my_days.today(["ann"]))["ann"].streak

    assert (at_work, at_rest) == (1, 0)


async def test_yesterday_does_not_count(office: Office) -> None:
    office.clock.stands_at(datetime(2026, 11, 2, 23, 50, tzinfo=UTC))
    await decided(office, 1, timedelta(minutes=1))
    await decided(office, 2, timedelta(minutes=14))

    day = await office.store.my_days.of("ann")

    assert day.today.decided == 1
    assert [(each.hour.hour, each.decided) for each in day.by_hour] == [(0, 1)]


async def test_the_whole_day_by_the_hour_and_what_came_of_decisions_lately(office: Office) -> None:
    case = await decided(office, 1, timedelta(minutes=1))
    office.clock.passes(timedelta(hours=2))
    await decided(office, 2, timedelta(minutes=1))
    await office.ask(await office.opened("det-3", item="m-3"))
    claimed = await office.claim(ANN)
    hand = InHand(review_id=claimed.review_id, person=ANN, etag=claimed.etag)
    await office.store.passing.skip(hand, SkipReason.NOT_MY_LANGUAGE, "", timedelta(hours=1))
    await overridden(office, case)

    day = await office.store.my_days.of("ann")
    other = await office.store.my_days.of("ben")

    assert [each.decided for each in day.by_hour] == [1, 0, 1]
    assert (day.skipped, day.held, day.handed_over) == (1, 0, 0)
    assert (day.of_late, day.overturned) == (2, 1)
    assert (other.of_late, other.overturned, other.by_hour) == (0, 0, ())


async def overridden(office: Office, case: str) -> None:
    appeal = await office.decision(case, Verdict.OVERTURNED, BEN.id)
    later = f"{appeal.decision_id}-later"
    await office.sql(
        "INSERT INTO decisions (decision_id, case_id, round, hearing, by, automated, verdict,"
        " measures, because, policy, policy_version, grounds, at, overrides)"
        f" SELECT '{later}', case_id, round, 'appeal', 'ben', automated, verdict, measures,"
        f" because, policy, policy_version, grounds, at, decision_id FROM decisions"
        f" WHERE case_id = '{case}'"
    )
