"""What somebody is told of their limits and breaks: never silently served less."""

from datetime import timedelta

from casework.care import CareRules
from tests.gateway.browser import browser
from tests.gateway.conftest import Opening
from tests.gateway.counter import SETTINGS, Counter

CAREFUL = SETTINGS.model_copy(
    update={
        "care": CareRules(
            limits={"harassment": 1},
            break_after=timedelta(minutes=90),
            break_lasts=timedelta(minutes=10),
        )
    }
)


async def test_a_used_up_limit_is_said_with_the_queues(opening: Opening) -> None:
    counter = opening(CAREFUL)
    await counter.in_review()
    await counter.decide("rita", await counter.claim("rita"), "dismiss")
    await counter.in_review(
        detection_id="d-2", item={"type": "message", "id": "m-2", "text": "again"}
    )

    claimed = await counter.claim("rita")
    queues = (await counter.ask("rita", "GET", "/v1/queues")).json()
    me = (await counter.ask("rita", "GET", "/v1/me")).json()

    assert claimed.status_code == 204
    [full] = queues["limits_reached"]
    assert full == {"of": "harassment", "limit": 1, "again_at": "2026-11-03T12:00:00Z"}
    assert queues["items"][0]["waiting"] == 1
    assert me["reached"] == queues["limits_reached"]
    assert {each["of"]: (each["day"], each["week"], each["limit"]) for each in me["exposures"]} == {
        "high": (1, 1, None),
        "harassment": (1, 1, 1),
    }
    assert (await counter.claim("rolf")).status_code == 200


async def test_a_break_is_refused_with_its_code_and_its_end(counter: Counter) -> None:
    await counter.in_review()
    begun = await counter.ask("rita", "POST", "/v1/me/break", json={"minutes": 30})

    refused = await counter.claim("rita")
    queues = (await counter.ask("rita", "GET", "/v1/queues")).json()
    ended = await counter.ask("rita", "POST", "/v1/me/break/end")
    again = await counter.ask("rita", "POST", "/v1/me/break/end")

    assert begun.status_code == 201
    assert (refused.status_code, refused.json()["code"]) == (409, "take_a_break")
    assert refused.headers["retry-after"] == "1800"
    assert queues["rests_until"] == begun.json()["until"]
    assert (ended.status_code, again.status_code) == (204, 409)
    assert (await counter.claim("rita")).status_code == 200


async def test_a_break_has_a_length(counter: Counter) -> None:
    answers = [
        await counter.ask("rita", "POST", "/v1/me/break", json={"minutes": minutes})
        for minutes in (0, 481)
    ]

    assert [answer.status_code for answer in answers] == [422, 422]


async def test_a_reviewer_sees_what_they_were_shown_and_takes_a_break(opening: Opening) -> None:
    counter = opening(CAREFUL)
    await counter.in_review()
    await counter.decide("rita", await counter.claim("rita"), "dismiss")

    async with browser(counter, "rita") as at:
        home = (await at.open("/console/")).text
        page = (await at.open("/console/me")).text
        begun = (await at.send("/me/break", minutes="30")).text
        queues = (await at.open("/console/")).text
        await at.open("/console/me")
        ended = (await at.send("/break/end")).text

    assert "You have reached your limit for harassment cases: 1 in 24 hours." in home
    assert "1 of 1" in page
    assert "You are on a break until 12:30 UTC." in begun
    assert "You are on a break until 12:30 UTC." in queues
    assert "Welcome back." in ended


async def test_whoever_holds_no_reviews_has_no_such_page(counter: Counter) -> None:
    async with browser(counter, "axel") as at:
        page = await at.open("/console/me")
        home = await at.open("/console/")

    assert (page.status_code, home.status_code) == (403, 200)


async def test_somebody_says_on_their_page_what_they_do_not_take(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await person.open("/console/me")
        page = await person.send("/me/topics", harm=["harassment", "made_up"])

    profile = (await counter.ask("rita", "GET", "/v1/staff/rita/profile")).json()
    assert "holds from the next review on" in page.text
    assert profile["opted_out"] == ["harassment"]
    assert (await counter.claim("rita")).status_code == 204
    assert (await counter.claim("rolf")).status_code == 200


async def test_an_account_that_somebody_declares_is_not_theirs_to_judge(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await person.open("/console/me")
        page = await person.send("/me/relations", account="u-1", kind="related")
        odd = await person.send("/me/relations", account="u-2", kind="enemy")

    assert "u-1" in page.text
    assert odd.status_code == 422
    assert (await counter.claim("rita")).status_code == 204


async def test_a_lead_lowers_a_limit_for_one_person(counter: Counter) -> None:
    path = "/v1/staff/rita/profile"
    said = {"opted_out": ["hate"], "limits": {"harassment": 0}}
    own = await counter.ask("rita", "PUT", path, json={"limits": {"harassment": 500}})

    lower = await counter.ask("lena", "PUT", path, json=said)
    kept = await counter.ask("lena", "PUT", path, json={"opted_out": []})

    await counter.in_review()
    assert own.status_code == 403
    assert lower.json()["limits"] == kept.json()["limits"] == {"harassment": 0}
    assert (await counter.claim("rita")).status_code == 204


async def test_what_everybody_s_limits_leave_to_nobody_is_said_where_queues_are_counted(
    opening: Opening,
) -> None:
    counter = opening(SETTINGS.model_copy(update={"care": CareRules(limits={"harassment": 0})}))
    await counter.in_review()
    early = (await counter.ask("lena", "GET", "/v1/queues")).json()
    counter.watch.passes(timedelta(hours=3, minutes=30))

    [queue] = (await counter.ask("lena", "GET", "/v1/queues")).json()["items"]
    counted = (await counter.ask(None, "GET", "/metrics")).text
    async with browser(counter, "otto") as at:
        home = (await at.open("/console/")).text

    assert early["items"][0]["unserved_now"] == 0
    assert (queue["unserved"], queue["unserved_now"]) == (0, 1)
    assert 'casework_queue_unserved_now{queue="reviewers"} 1.0' in counted
    assert 'data-live="queues:reviewers:unserved_now">1<' in home
