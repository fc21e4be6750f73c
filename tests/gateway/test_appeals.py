"""Appeals over HTTP and on the page behind a notice's link."""

from datetime import datetime, timedelta

import pytest

from casework.durations import Period
from storage.tables import appeals
from tests.gateway.conftest import Opening
from tests.gateway.counter import NOON, SETTINGS, Counter, down

WHY = "it was a joke about CANARY"


async def post(counter: Counter, token: str, reason: str = WHY) -> tuple[int, str]:
    body = {"token": token, "reason": reason}
    answer = await counter.ask(None, "POST", "/v1/appeals", json=body)
    return answer.status_code, answer.json().get("code") or answer.json()["state"]


async def filed(counter: Counter) -> int:
    async with counter.store.database.reading() as tx:
        return len(await tx.rows(appeals.select()))


def wrong_tokens(token: str) -> dict[str, str]:
    notice, _, signature = token.partition(".")
    return {
        "made up": "made-up",
        "empty signature": f"{notice}.",
        "no signature": notice,
        "of another notice": f"n-{'1' * 32}.{signature}",
        "of no notice": f".{signature}",
        "one letter off": token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1],
        "not ASCII": "ü.ü",
        "very long": "x" * 400,
        "control characters": "a\x00b",
    }


async def test_an_appeal_is_stored_and_put_on_its_way(counter: Counter) -> None:
    case_id, token = await counter.enforced()

    answer = await counter.ask(None, "POST", "/v1/appeals", json={"token": token, "reason": WHY})

    assert (answer.status_code, answer.json()["state"]) == (202, "filed")
    assert answer.headers["location"] == f"/v1/appeals/{token}"
    [start] = [told[1] for told in counter.stories.told if told[0] == "appeal"]
    assert start.case_id == case_id
    assert "CANARY" not in repr(counter.stories.told)


async def test_the_token_shows_what_was_decided_and_how_the_appeal_stands(
    counter: Counter,
) -> None:
    _, token = await counter.enforced()

    before = (await counter.ask(None, "GET", f"/v1/appeals/{token}")).json()
    await post(counter, token)
    after = (await counter.ask(None, "GET", f"/v1/appeals/{token}")).json()

    assert (before["state"], after["state"]) == ("possible", "filed")
    assert before["measures"] == ["remove_item"]
    assert "against our terms" in before["body"]
    assert before["deadline"] == "2027-05-02T12:00:00Z"
    assert "CANARY" not in str(after)


@pytest.mark.parametrize("what", sorted(wrong_tokens("n-0.xxx")))
async def test_wrong_tokens_all_look_the_same(counter: Counter, what: str) -> None:
    _, token = await counter.enforced()
    wrong = wrong_tokens(token)[what]
    told = len(counter.stories.told)

    answer = await counter.ask(None, "POST", "/v1/appeals", json={"token": wrong, "reason": WHY})
    unknown = await counter.ask(
        None, "POST", "/v1/appeals", json={"token": "n-1.unknown", "reason": WHY}
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.content == unknown.content
    assert (await filed(counter), len(counter.stories.told)) == (0, told)


async def test_a_wrong_token_in_the_address_looks_the_same_too(counter: Counter) -> None:
    _, token = await counter.enforced()
    wrong = wrong_tokens(token)["one letter off"]

    answer = await counter.ask(None, "GET", f"/v1/appeals/{wrong}")
    page = await counter.ask(None, "GET", f"/appeals/{wrong}")
    form = await counter.ask(None, "POST", f"/appeals/{wrong}", data={"reason": WHY})

    assert [a.status_code for a in (answer, page, form)] == [404, 404, 404]
    assert page.content == form.content


async def test_a_notice_without_a_right_to_appeal_looks_unknown(counter: Counter) -> None:
    _, token = await counter.enforced()
    await post(counter, token)
    await counter.appeal_heard()
    outcome = await counter.appeal_answered("uphold")

    answer = await counter.ask(None, "GET", f"/v1/appeals/{counter.links.token(outcome)}")
    unknown = await counter.ask(None, "GET", "/v1/appeals/made-up")

    assert (answer.status_code, answer.content) == (404, unknown.content)


async def test_a_second_appeal_is_refused(counter: Counter) -> None:
    _, token = await counter.enforced()
    await post(counter, token)
    told = len(counter.stories.told)

    again = await post(counter, token, "and another thing")

    assert again == (409, "already_appealed")
    assert (await filed(counter), len(counter.stories.told)) == (1, told)


def window_closes() -> datetime:
    return Period.parse("P6M").after(NOON)


async def test_the_window_is_open_until_its_last_second(counter: Counter) -> None:
    _, token = await counter.enforced()
    counter.watch.now = window_closes() - timedelta(seconds=1)

    assert await post(counter, token) == (202, "filed")


async def test_an_appeal_too_late_is_refused(counter: Counter) -> None:
    _, token = await counter.enforced()
    told = len(counter.stories.told)
    counter.watch.now = window_closes() + timedelta(seconds=1)

    assert await post(counter, token) == (410, "appeal_window_closed")
    assert (await filed(counter), len(counter.stories.told)) == (0, told)


@pytest.mark.parametrize(("reason", "status"), [("", 422), ("   ", 422), ("x" * 5_001, 413)])
async def test_an_appeal_says_why_in_few_enough_words(
    counter: Counter, reason: str, status: int
) -> None:
    _, token = await counter.enforced()

    assert (await post(counter, token, reason))[0] == status
    assert await filed(counter) == 0


async def test_while_temporal_is_down_an_appeal_is_taken_all_the_same(counter: Counter) -> None:
    _, token = await counter.enforced()
    counter.stories.trouble = down()

    assert await post(counter, token) == (202, "filed")
    assert len(await counter.store.appeals.unstarted(timedelta())) == 1


async def test_trying_tokens_is_slowed_down(opening: Opening) -> None:
    quotas = SETTINGS.quotas.model_copy(update={"appeals": 1})
    counter = opening(SETTINGS.model_copy(update={"quotas": quotas}))

    guesses = [
        (await counter.ask(None, "GET", f"/v1/appeals/guess-{n}")).status_code for n in range(31)
    ]
    twice = await counter.ask(None, "GET", "/v1/appeals/guess-1")

    assert guesses == [404] * 30 + [429]
    assert (twice.status_code, "retry-after" in twice.headers) == (429, True)


# -- the page --------------------------------------------------------------------------------------


async def test_the_page_takes_an_appeal_without_javascript(counter: Counter) -> None:
    _, token = await counter.enforced()
    page = await counter.ask(None, "GET", f"/appeals/{token}")

    sent = await counter.ask(None, "POST", f"/appeals/{token}", data={"reason": WHY})
    after = await counter.ask(None, "GET", sent.headers["location"])

    assert page.status_code == 200
    assert f'method="post" action="/appeals/{token}"' in page.text
    assert "against our terms" in page.text
    assert (sent.status_code, sent.headers["location"]) == (303, f"/appeals/{token}")
    assert "We have your appeal" in after.text
    assert "<form" not in after.text


async def test_the_page_keeps_what_was_written_when_it_is_too_long(counter: Counter) -> None:
    _, token = await counter.enforced()
    words = "because <b>" + "x" * 5_000

    answer = await counter.ask(None, "POST", f"/appeals/{token}", data={"reason": words})

    assert answer.status_code == 413
    assert "because &lt;b&gt;xxx" in answer.text


async def test_the_page_says_when_it_is_too_late(counter: Counter) -> None:
    _, token = await counter.enforced()
    counter.watch.now = window_closes() + timedelta(seconds=1)

    shown = await counter.ask(None, "GET", f"/appeals/{token}")
    sent = await counter.ask(None, "POST", f"/appeals/{token}", data={"reason": WHY})

    assert "The time to appeal here ended" in shown.text
    assert (sent.status_code, "The time to appeal here ended" in sent.text) == (410, True)


async def test_the_page_says_what_came_of_it(counter: Counter) -> None:
    _, token = await counter.enforced()
    await post(counter, token)
    await counter.appeal_heard()
    await counter.appeal_answered("overturn")

    page = await counter.ask(None, "GET", f"/appeals/{token}")

    assert "Your appeal was successful" in page.text
