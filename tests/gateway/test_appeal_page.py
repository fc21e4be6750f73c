"""What the person concerned is shown and told, and what they never are."""

import re
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from casework.detection import AccountRef, ItemRef
from casework.duties import RedressKind
from casework.records import ActionRecord
from casework.words import ActionKind, ActionState
from gateway.console import appeal_words
from storage import duty_files
from storage.appeal_views import AppealedAction, Standing, standing_of
from storage.tables import actions, notices
from tests.gateway.conftest import Opening
from tests.gateway.counter import NOON, SETTINGS, STAFF, Counter

WHY = "it was a joke <b>about</b> CANARY-WHY"
REASON = "seen by a person"
"""What the counter's reviewers write."""
IN_GERMANY = {"id": "u-1", "jurisdiction": "DE"}


async def page(counter: Counter, token: str) -> httpx.Response:
    return await counter.ask(None, "GET", f"/appeals/{token}")


async def facts(counter: Counter, token: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await counter.ask(None, "GET", f"/v1/appeals/{token}")).json()
    return answer


async def send(counter: Counter, token: str, words: str = WHY) -> httpx.Response:
    return await counter.ask(None, "POST", f"/appeals/{token}", data={"reason": words})


# -- what is shown ---------------------------------------------------------------------------------


async def test_the_page_says_what_was_decided_done_and_why(counter: Counter) -> None:
    _, token = await counter.enforced()

    shown = (await page(counter, token)).text

    for said in (
        "A decision about your message m-1",
        "2 Nov 2026, 12:00 UTC",
        "By a person.",
        "Removal of what you posted",
        "Decided, and not in force yet.",
        "It goes against our terms: Community Guidelines, Harassment",
        "you can appeal until",
        "2 May 2027, 12:00 UTC",
        "Who reported something, who decided here",
    ):
        assert said in shown, said


async def test_a_machine_s_decision_is_called_one(counter: Counter) -> None:
    case_id = await counter.opened(score=0.99)
    decided = await counter.ruled(case_id, vendor=0.99)

    shown = (await page(counter, counter.links.token(str(decided.notice_id)))).text

    assert "By automated means, without a person." in shown


async def test_its_author_reads_the_text_as_it_was_and_nothing_in_it_is_alive(
    counter: Counter,
) -> None:
    text = "<script>alert(1)</script> you \u202eagain"
    _, token = await counter.enforced(item={"type": "message", "id": "m-1", "text": text})
    counter.watch.passes(timedelta(hours=1))
    later = {"type": "message", "id": "m-1", "text": "edited since"}
    await counter.report(detection_id="d-2", item=later)

    shown = (await page(counter, token)).text

    assert "&lt;script&gt;alert(1)&lt;/script&gt; you" in shown
    assert "U+202E" in shown
    assert "\u202e" not in shown
    assert "<script" not in shown
    assert "edited since" not in shown


async def test_content_stays_out_of_what_machines_are_told(counter: Counter) -> None:
    _, token = await counter.enforced()
    await send(counter, token)

    told, shown = str(await facts(counter, token)), (await page(counter, token)).text

    assert "CANARY" not in told
    assert "CANARY-4711" in shown
    assert "it was a joke &lt;b&gt;about&lt;/b&gt; CANARY-WHY" in shown


async def test_machines_are_told_the_same_facts(counter: Counter) -> None:
    _, token = await counter.enforced(account=IN_GERMANY)

    told = await facts(counter, token)

    assert told["item"] == {"type": "message", "id": "m-1"}
    assert told["basis"] == "terms"
    assert told["explanation"].startswith("Your message attacks")
    assert told["actions"] == [
        {
            "kind": "remove_item",
            "standing": "coming",
            "done_at": None,
            "lasts": None,
            "ends_at": None,
        }
    ]
    assert [place["kind"] for place in told["elsewhere"]] == ["out_of_court", "regulator", "court"]


async def test_what_is_in_force_says_since_when_and_until_when(counter: Counter) -> None:
    case_id, token = await counter.enforced()
    in_force = {
        "state": "confirmed",
        "kind": "suspend_account",
        "confirmed_at": NOON,
        "lasts_s": 604_800.0,
    }
    async with counter.store.database.transaction() as tx:
        await tx.execute(update(actions).where(actions.c.case_id == case_id).values(**in_force))

    shown = (await page(counter, token)).text

    assert "Suspension of your account" in shown
    assert "In force since 2 Nov 2026, 12:00 UTC." in shown
    assert "It ends on 9 Nov 2026, 12:00 UTC by itself." in shown


def action(state: ActionState, **changed: Any) -> ActionRecord:
    usual: dict[str, Any] = {
        "action_id": "a-1",
        "decision_id": "d-1",
        "case_id": "c-1",
        "kind": ActionKind.REMOVE_ITEM,
        "item": ItemRef(type="message", id="m-1"),
        "account": AccountRef(id="u-1"),
        "platform_ref": "a-1",
        "harm": "hate",
        "policy_version": 1,
    }
    return ActionRecord(state=state, **usual | changed)


@pytest.mark.parametrize(
    ("record", "note", "standing"),
    [
        (action(ActionState.PLANNED), "", Standing.COMING),
        (action(ActionState.PARKED), "hold:harm", Standing.COMING),
        (action(ActionState.NEEDS_HUMAN), "", Standing.COMING),
        (action(ActionState.NEEDS_HUMAN, is_withdrawn=True), "", Standing.UNDOING),
        (action(ActionState.CONFIRMED), "", Standing.IN_FORCE),
        (action(ActionState.MERGED), "", Standing.IN_FORCE),
        (action(ActionState.CONFIRMED), "target_gone", Standing.NOTHING_TO_DO),
        (action(ActionState.CONFIRMED, is_withdrawn=True), "", Standing.UNDOING),
        (action(ActionState.LAPSED), "", Standing.OVER),
        (action(ActionState.REVERTED), "", Standing.UNDONE),
        (action(ActionState.RELEASED), "", Standing.FOR_ANOTHER),
        (action(ActionState.CANCELLED), "", Standing.NOT_DONE),
        (action(ActionState.WRITTEN_OFF), "", Standing.NOT_DONE),
        (action(ActionState.WRITTEN_OFF, confirmed_at=NOON), "", Standing.STAYS),
    ],
)
def test_how_an_action_stands_for_whom_it_meets(
    record: ActionRecord, note: str, standing: Standing
) -> None:
    assert standing_of(record, note) is standing


def test_there_are_words_for_everything_that_can_be_shown() -> None:
    for kind in ActionKind:
        assert appeal_words.THINGS[kind]
        for standing in Standing:
            told = AppealedAction(
                kind=kind, standing=standing, done_at=NOON, lasts=None, ends_at=None
            )
            assert all(said for said in appeal_words.sentences(told))
    for redress in RedressKind:
        assert appeal_words.ELSEWHERE[redress][0]


# -- states ----------------------------------------------------------------------------------------


async def test_an_appeal_s_way_is_shown_from_end_to_end(counter: Counter) -> None:
    _, token = await counter.enforced()
    await send(counter, token)
    received = (await page(counter, token)).text
    await counter.appeal_heard()
    waiting = (await page(counter, token)).text
    await counter.appeal_answered("uphold")
    decided = (await page(counter, token)).text

    assert "On its way to somebody who had no part in the decision" in received
    assert "Waiting for, or with, somebody who had no part" in waiting
    assert waiting.count('aria-current="step"') == 1
    assert "came to the same conclusion" in decided
    assert 'aria-current="step"' not in decided


async def test_what_was_undone_is_shown_as_undone(counter: Counter) -> None:
    case_id, token = await counter.enforced()
    await send(counter, token)
    await counter.appeal_heard()
    await counter.appeal_answered("overturn")
    async with counter.store.database.transaction() as tx:
        mine = actions.c.case_id == case_id
        await tx.execute(update(actions).where(mine).values(state="reverted"))

    shown = (await page(counter, token)).text

    assert "Your appeal was successful" in shown
    assert "Undone. We have checked that it is." in shown


async def test_a_second_appeal_is_refused_on_a_page_that_keeps_its_words(counter: Counter) -> None:
    _, token = await counter.enforced()
    await send(counter, token, "the first")

    again = await send(counter, token, "and <i>another</i> thing")

    assert again.status_code == 409
    assert "There was an appeal already" in again.text
    assert "and &lt;i&gt;another&lt;/i&gt; thing" in again.text
    assert "What you wrote just now, and what was not sent" in again.text
    assert "<form" not in again.text


async def test_an_appeal_that_comes_too_late_keeps_its_words(counter: Counter) -> None:
    _, token = await counter.enforced()
    counter.watch.passes(timedelta(days=200))

    late = await send(counter, token, "sorry, I was away")

    assert late.status_code == 410
    assert "sorry, I was away" in late.text
    assert "The time to appeal here ended" in late.text


@pytest.mark.parametrize("words", ["", "  \n "])
async def test_an_appeal_without_words_is_asked_for_some(counter: Counter, words: str) -> None:
    _, token = await counter.enforced()

    answer = await send(counter, token, words)

    assert answer.status_code == 422
    assert "A few words are enough." in answer.text
    assert "<form" in answer.text


async def test_a_text_that_is_too_long_is_counted(counter: Counter) -> None:
    _, token = await counter.enforced()

    answer = await send(counter, token, "x" * 5_007)

    assert answer.status_code == 413
    assert "shorten it to 5000 characters. It has 5007 now." in answer.text


async def test_line_ends_of_a_browser_do_not_make_a_text_too_long(counter: Counter) -> None:
    _, token = await counter.enforced()

    answer = await send(counter, token, "a\r\n" * 2_499 + "a")

    assert answer.status_code == 303


async def test_every_link_to_nothing_looks_the_same(counter: Counter) -> None:
    case_id, token = await counter.enforced()
    _, other = await counter.enforced(detection_id="d-2", item={"type": "message", "id": "m-2"})
    await counter.store.evidence.erase_evidence(case_id)
    foreign = f"{token.partition('.')[0]}.{other.partition('.')[2]}"

    answers = [
        await page(counter, wrong) for wrong in ("x", foreign, token, f"{other[:-1]}", "n-0.x")
    ]
    sent = await send(counter, foreign)

    assert {answer.status_code for answer in [*answers, sent]} == {404}
    assert len({answer.content for answer in [*answers, sent]}) == 1
    assert "copy the whole link" in answers[0].text


# -- where else to turn ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "told"),
    [
        (IN_GERMANY, True),
        ({"id": "u-1", "jurisdiction": "FR-75"}, True),
        ({"id": "u-1", "jurisdiction": "US-CA"}, False),
        ({"id": "u-1"}, False),
    ],
)
async def test_the_law_is_that_of_the_account_s_place(
    counter: Counter, account: dict[str, str], told: bool
) -> None:
    _, token = await counter.enforced(account=account)

    shown = (await page(counter, token)).text

    assert ("Art. 21" in shown) is told
    assert ("dsa-out-court-dispute-settlement" in shown) is told
    assert "court" in shown


async def test_an_account_of_unknown_place_is_where_the_settings_say(opening: Opening) -> None:
    counter = opening(SETTINGS.model_copy(update={"assumed_jurisdiction": "AT"}))
    _, unknown = await counter.enforced()
    _, elsewhere = await counter.enforced(
        detection_id="d-2",
        item={"type": "message", "id": "m-2"},
        account={"id": "u-2", "jurisdiction": "US"},
    )

    assert "Art. 21" in (await page(counter, unknown)).text
    assert "Art. 21" not in (await page(counter, elsewhere)).text


def test_a_right_is_told_from_its_first_day_on() -> None:
    law = duty_files.shipped()

    before = law.redress("DE", date(2024, 2, 16))
    since = law.redress("DE", date(2024, 2, 17))

    assert before == ()
    assert {redress.kind for redress in since} == set(RedressKind)
    assert law.redress(None, date(2026, 1, 1)) == ()


# -- what nobody is told ---------------------------------------------------------------------------


async def test_no_reviewer_is_named_to_anybody_outside(counter: Counter) -> None:
    _, token = await counter.enforced()
    await send(counter, token)
    await counter.appeal_heard()
    shown = [(await page(counter, token)).text, str(await facts(counter, token))]
    await counter.appeal_answered("overturn")
    shown += [(await page(counter, token)).text, str(await facts(counter, token))]
    async with counter.store.database.reading() as tx:
        told = await tx.rows(select(notices.c.notice_id))
    sent = [await counter.store.notices.statement(row.notice_id) for row in told]
    shown += [f"{each.subject}\n{each.body}" for each in sent]

    assert len(sent) == 2
    for text in shown:
        words = set(re.findall(r"[\w-]+", text.lower()))
        assert words.isdisjoint({person.id for person in STAFF})
        assert REASON not in text
