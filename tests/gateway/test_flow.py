"""From decision to decision in the console, without scripts: handed in, followed, taken back."""

from contextvars import ContextVar
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from casework.errors import AlreadyDecided
from casework.records import Person
from casework.words import Role, Stage
from gateway.console.pages import IS_SWAP
from storage.audit_line import Event
from tests.gateway.browser import Browser, browser
from tests.gateway.conftest import Opening
from tests.gateway.counter import SETTINGS, Counter, down, token_of


async def claimed(person: Browser, queue: str = "reviewers") -> str:
    """A review taken from the first page; its id."""
    await person.open("/console/")
    page = await person.send(f"/queues/{queue}/claim")
    return page.url.path.rsplit("/", 1)[1]


async def only_hate_from_now_on(counter: Counter, person: Browser) -> str:
    """Rita's rights change, and she signs in again; what her forms carry now."""
    await counter.store.staff.revoke("rita")
    less = Person(id="rita", role=Role.REVIEWER, harms=frozenset({"hate"}))
    await counter.store.staff.add(less, token_of("rita"))
    await person.sign_in("rita")
    return person.form("/sign-out").fields["csrf"]


async def test_the_same_several_times_in_a_row_is_one_line_of_what_happened(
    counter: Counter,
) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        for words in ("first", "second", "third"):
            await person.send("/note", text=words)
        _, _, happened = person.page.text.partition("What happened")

    assert happened.count("<li>noted") == 1
    assert '<li>noted <span class="soft">× 3</span>' in happened


async def test_who_learns_that_they_are_tied_to_it_is_told_to_put_it_back(
    counter: Counter,
) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        review_id = await claimed(person)
        fields = person.form("/decision").fields
        await person.open("/console/me")
        await person.send("/me/relations", account="u-1", kind="related")
        refused = await person.client.post(
            f"/console/reviews/{review_id}/decision",
            data=fields | {"ruling": "dismiss", "reason": "a friend of mine"},
            headers={IS_SWAP: "true"},
        )

    assert refused.status_code == 403
    assert "Put it back, so that somebody else can take it." in refused.text


async def test_what_comes_late_for_a_review_that_was_passed_on_says_nothing(
    counter: Counter,
) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        review_id = await claimed(person)
        await person.send("/release")
        late = await person.client.get(
            f"/console/reviews/{review_id}/around", headers={IS_SWAP: "true"}
        )

    assert (late.status_code, late.text) == (204, "")


async def another(counter: Counter) -> str:
    return await counter.in_review(detection_id="d-2", item={"type": "message", "id": "m-2"})


async def test_the_next_review_comes_with_the_answer(counter: Counter) -> None:
    await counter.in_review()
    await another(counter)
    async with browser(counter, "rita") as person:
        first = await claimed(person)
        page = await person.send("/decision", ruling="dismiss", reason="a quote")

    assert page.url.path.startswith("/console/reviews/")
    assert first not in page.url.path
    assert "you can take it back" in page.text
    assert counter.stories.told[-1][0] != "decide"


async def test_nothing_is_decided_before_the_time_to_take_it_back_is_over(
    counter: Counter,
) -> None:
    case_id = await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        await person.send("/decision", ruling="dismiss", reason="a quote")
        before = (await counter.store.reads.case(case_id)).stage
        await counter.delivered()

    assert before is Stage.REVIEW
    assert counter.stories.told[-1][0] == "decide"
    assert await counter.audited(Event.DECIDED) == 1


async def test_taken_back_it_is_theirs_again_with_what_they_wrote(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        review = await claimed(person)
        await person.send(
            "/decision",
            ruling="enforce",
            which="these",
            action=["label_item", "suspend_account"],
            lasts_suspend_account="P7D",
            reason="a <threat>",
        )
        page = await person.send("/withdraw")
        await counter.delivered()

    assert f"/console/reviews/{review}/decision" in page.text
    assert "a &lt;threat&gt;</textarea>" in page.text
    assert 'value="enforce" required checked' in page.text
    assert 'value="suspend_account" checked' in page.text
    assert '<option value="P7D" selected>' in page.text
    assert [told for told in counter.stories.told if told[0] == "decide"] == []
    assert await counter.audited(Event.SUBMISSION_WITHDRAWN) == 1


async def test_after_taking_it_back_another_decision_counts_and_the_old_one_does_not(
    counter: Counter,
) -> None:
    case_id = await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        first = person.form("/decision")
        await person.send("/decision", ruling="enforce", which="usual", reason="a threat")
        await person.send("/withdraw")
        await person.send("/decision", ruling="dismiss", reason="no: a quote")
        again = await person.client.post(
            first.action,
            data=first.fields | {"ruling": "enforce", "which": "usual", "reason": "a threat"},
        )
        await counter.delivered()

    assert again.status_code == 412
    assert (await counter.store.reads.review_page(await only(counter, case_id))).open is False
    assert await counter.audited(Event.DECIDED) == 1


async def only(counter: Counter, case_id: str) -> str:
    timeline = await counter.store.reads.timeline(case_id)
    [review] = {line.facts["review_id"] for line in timeline if "review_id" in line.facts}
    return review


async def test_on_its_way_it_is_not_taken_back_at_the_desk(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        await person.send("/decision", ruling="dismiss", reason="a quote")
        counter.watch.passes(SETTINGS.desk_undo)
        page = await person.send("/withdraw")

    assert page.status_code == 409
    assert "too_late" in page.text


async def test_nobody_takes_back_what_somebody_else_handed_in(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as rita, browser(counter, "lena") as lena:
        await claimed(rita)
        await rita.send("/decision", ruling="dismiss", reason="a quote")
        form = rita.form("/withdraw")
        await lena.open("/console/")
        csrf = lena.form("/sign-out").fields["csrf"]
        refused = await lena.client.post(form.action, data={"csrf": csrf})
        unseen = await lena.client.get(form.action.removesuffix("/withdraw"))

    assert (refused.status_code, unseen.status_code) == (404, 404)


async def test_the_time_to_take_it_back_ends_when_the_review_is_due(counter: Counter) -> None:
    case_id = await counter.in_review()
    due = (await counter.store.reads.case(case_id)).deadline
    assert due is not None
    counter.watch.now = due - timedelta(seconds=2)
    async with browser(counter, "rita") as person:
        await claimed(person)
        page = await person.send("/decision", ruling="dismiss", reason="a quote")
        submission = page.url.params["last"]
        handed_in = await counter.store.on_the_way.standing(
            submission, Person(id="rita", role=Role.REVIEWER)
        )

    assert handed_in.deliver_after == due


async def test_without_a_time_to_take_it_back_the_case_hears_at_once(opening: Opening) -> None:
    counter = opening(SETTINGS.model_copy(update={"desk_undo": timedelta()}))
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        told = await person.send("/decision", ruling="dismiss", reason="a quote")
        await counter.app.state.courier.rest()
        page = await person.open(str(told.url))

    assert "Take it back" not in told.text
    assert "Decided." in page.text


async def test_what_a_story_has_not_answered_is_said_to_be_on_its_way(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        told = await person.send("/decision", ruling="dismiss", reason="a quote")
        counter.stories.trouble = down()
        await counter.delivered()
        page = await person.open(str(told.url))

    assert "It counts as soon as the case answers" in page.text
    assert await counter.store.desk.pending_submissions(timedelta()) != []


async def test_what_was_refused_is_said_to_whoever_decided(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        told = await person.send("/decision", ruling="dismiss", reason="a quote")
        await only_hate_from_now_on(counter, person)
        await counter.delivered()
        page = await person.open(str(told.url))

    assert "You may not decide this one any more" in page.text
    assert await counter.audited(Event.DECIDED) == 0


# -- a decision that cannot be taken ---------------------------------------------------------------


async def test_a_claim_that_ran_out_says_who_has_it_now(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        counter.watch.passes(timedelta(minutes=16))
        free = await person.send("/decision", ruling="dismiss", reason="a <quote>")
        await person.client.get("/console/")
        await counter.claim("rolf")
        taken = await person.client.post(str(free.url), data=await sent_again(person, "a <quote>"))

    assert "The review is back in its queue" in free.text
    assert "somebody else has this review now" in taken.text
    assert "a &lt;quote&gt;</textarea>" in free.text


async def sent_again(person: Browser, reason: str) -> dict[str, str]:
    await person.open("/console/")
    csrf = person.form("/sign-out").fields["csrf"]
    return {"csrf": csrf, "etag": "0" * 32, "ruling": "dismiss", "reason": reason}


async def test_another_decision_from_another_tab_says_what_counts(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        form = person.form("/decision")
        await person.send("/decision", ruling="dismiss", reason="a quote")
        other = await person.client.post(
            form.action,
            data=form.fields | {"ruling": "enforce", "which": "usual", "reason": "a threat"},
        )

    assert other.status_code == 409
    assert "You have decided this already" in other.text
    assert "It does not break the rule" in other.text
    assert "a threat</textarea>" in other.text


async def test_the_same_decision_twice_is_one(counter: Counter) -> None:
    await counter.in_review()
    await another(counter)
    async with browser(counter, "rita") as person:
        await claimed(person)
        form = person.form("/decision")
        filled_in = form.fields | {"ruling": "dismiss", "reason": "a quote"}
        answers = [await person.client.post(form.action, data=filled_in) for _ in range(2)]
        await counter.delivered()

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert await counter.audited(Event.SUBMITTED) == 1


async def test_withdrawn_rights_are_said_to_be_so(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        form = person.form("/decision")
        csrf = await only_hate_from_now_on(counter, person)
        filled_in = form.fields | {"csrf": csrf, "ruling": "dismiss", "reason": "a quote"}
        page = await person.client.post(form.action, data=filled_in)

    assert page.status_code in {403, 412}
    assert "Your right to decide this was withdrawn" in page.text
    assert "a quote</textarea>" in page.text


async def test_for_a_page_that_is_open_a_refusal_is_a_part_with_its_status(
    counter: Counter,
) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        form = person.form("/decision")
        counter.watch.passes(timedelta(minutes=16))
        part = await person.client.post(
            form.action,
            data=form.fields | {"ruling": "dismiss", "reason": "a quote"},
            headers={IS_SWAP: "true"},
        )

    assert part.status_code == 412
    assert part.headers["hx-retarget"] == "#refused"
    assert 'id="refusal"' in part.text
    assert "<html" not in part.text


@pytest.mark.parametrize("error", [AlreadyDecided("meanwhile")])
async def test_a_line_is_only_told_again_when_it_changes(
    counter: Counter, error: AlreadyDecided
) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        told = await person.send("/decision", ruling="dismiss", reason="a quote")
        line = f"/console/submissions/{told.url.params['last']}"
        swap = {IS_SWAP: "true"}
        same = await person.client.get(f"{line}?seen=pending", headers=swap)
        counter.stories.trouble = error
        counter.watch.passes(SETTINGS.desk_undo)
        moved = await person.client.get(f"{line}?seen=pending", headers=swap)

    assert (same.status_code, moved.status_code) == (204, 200)
    assert "It counts as soon as the case answers" in moved.text


async def test_what_somebody_holds_is_on_the_first_page(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        review = await claimed(person)
        page = await person.open("/console/")

    assert f'href="/console/reviews/{review}"' in page.text


# -- passing it on ---------------------------------------------------------------------------------


async def test_put_aside_it_comes_back_and_the_next_one_is_there(counter: Counter) -> None:
    await counter.in_review()
    await another(counter)
    async with browser(counter, "rita") as person:
        first = await claimed(person)
        page = await person.send("/hold", **{"for": "PT1H", "reason": "the linguist is out"})

    assert first not in page.url.path
    assert page.url.path.startswith("/console/reviews/")
    assert "It comes back to you first" in page.text


async def test_handed_over_it_waits_for_that_colleague(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as rita, browser(counter, "rolf") as rolf:
        review = await claimed(rita)
        page = await rita.send("/hand-over", to="rolf", reason="you know the case")
        theirs = await claimed(rolf)

    assert "kept for your colleague" in page.text
    assert theirs == review


async def test_left_to_others_it_is_not_served_again(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        page = await person.send("/skip", why="too_disturbing")
        again = await counter.claim("rita")

    assert "Left to others" in page.text
    assert again.status_code == 204


async def test_it_is_left_to_others_only_with_a_reason_there_is(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await claimed(person)
        page = await person.send("/skip", why="bored")

    assert page.status_code == 422


async def test_a_decision_and_the_next_review_cost_no_more_statements_than_they_have_to(
    counter: Counter,
) -> None:
    """Each is about half a millisecond of what a reviewer waits. The number may fall."""
    for number in range(2):
        said = {"type": "message", "id": f"m-{number}", "text": "you will see"}
        await counter.in_review(detection_id=f"d-{number}", item=said)
    is_asked_for = ContextVar("is_asked_for", default=False)  # what runs beside it is not counted
    statements: list[str] = []

    def count(_: object, __: object, statement: str, *___: object) -> None:
        if is_asked_for.get():
            statements.append(statement)

    async with browser(counter, "rita") as person:
        await claimed(person)
        form = person.form("/decision")
        event.listen(Engine, "before_cursor_execute", count)
        is_asked_for.set(True)
        page = await person.client.post(
            form.action,
            data=form.fields | {"ruling": "dismiss", "reason": "a quote"},
            headers={IS_SWAP: "true"},
        )
        event.remove(Engine, "before_cursor_execute", count)

    assert 'id="judged"' in page.text
    assert len(statements) == 38, "\n".join(statements)
