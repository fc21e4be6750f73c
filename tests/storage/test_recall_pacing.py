"""One stretch of a recall, on a schedule."""

from datetime import timedelta

from temporalio.testing import ActivityEnvironment

from activities.pacing import Recalling
from activities.recalling import Recaller
from casework.errors import Unavailable
from casework.recalls import Pacing, RecallBatch, RecallItem, RecallState, RecallStretch
from storage.engine import utc_now
from tests.storage.office import Office
from tests.storage.test_recall_plans import LEAD, ONCALL, enforced, planned


class Counting(Recaller):
    """Undoes nothing, and counts what it was asked to; fails as often as it is told."""

    def __init__(self, fails: int = 0) -> None:
        self.asked = 0
        self._fails = fails

    async def undo(self, item: RecallItem, by: str) -> None:
        assert by == "lea, olga"
        self.asked += 1
        if self.asked <= self._fails:
            raise Unavailable("down")


async def running(office: Office, cases: int) -> str:
    for number in range(cases):
        await enforced(office, f"bad-{number}")
    recall = (await planned(office)).recall_id
    for person in (ONCALL, LEAD):
        await office.store.recalls.approve(recall, person)
    await office.store.recalls.start(recall, LEAD)
    return recall


async def stretch(
    office: Office, recaller: Recaller, order: RecallBatch, lasts: float = 1.0
) -> RecallStretch:
    store = office.store
    recalling = Recalling(
        store.recalls, store.recall_items, recaller, utc_now, timedelta(seconds=lasts)
    )
    return await ActivityEnvironment().run(recalling.stretch, order)


async def test_a_slow_pace_does_not_hold_a_stretch_beyond_its_time(office: Office) -> None:
    recall = await running(office, 3)
    recaller = Counting()

    told = await stretch(office, recaller, RecallBatch(recall_id=recall, pace=1), lasts=0.2)

    assert (recaller.asked, told.pacing.done) == (1, 1)


async def test_a_schedule_that_is_late_is_moved_and_not_caught_up_with(office: Office) -> None:
    recall = await running(office, 5)
    recaller, an_hour_ago = Counting(), utc_now() - timedelta(hours=1)
    late = RecallBatch(recall_id=recall, pace=60, pacing=Pacing(origin=an_hour_ago, done=10))

    await stretch(office, recaller, late, lasts=0.5)

    assert recaller.asked == 1


async def test_a_schedule_goes_on_where_the_last_stretch_left_it(office: Office) -> None:
    recall = await running(office, 5)
    recaller, now = Counting(), utc_now()
    on_time = RecallBatch(
        recall_id=recall, pace=60, pacing=Pacing(origin=now - timedelta(seconds=9), done=10)
    )

    told = await stretch(office, recaller, on_time, lasts=0.5)

    assert recaller.asked == 0
    assert told.pacing == on_time.pacing


async def test_what_answers_nobody_stops_a_stretch_after_three(office: Office) -> None:
    recall = await running(office, 8)
    recaller = Counting(fails=100)

    told = await stretch(office, recaller, RecallBatch(recall_id=recall, pace=600))

    assert 3 <= recaller.asked <= 4
    assert (told.state, told.blocked_on) == (RecallState.RUNNING, "cases")


async def test_one_that_fails_comes_again_after_the_others(office: Office) -> None:
    recall = await running(office, 3)

    await stretch(office, Counting(fails=1), RecallBatch(recall_id=recall, pace=600))
    due = await office.store.recall_items.due(recall, 10)

    assert [item.tries for item in due] == [0, 0, 1]
