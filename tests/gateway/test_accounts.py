"""Where an account stands, over HTTP."""

import pytest

from tests.gateway.browser import browser
from tests.gateway.counter import Counter


async def test_a_standing_is_shown_to_those_who_may_look_at_any_case(counter: Counter) -> None:
    await counter.in_review()

    answer = await counter.ask("otto", "GET", "/v1/accounts/u-1/standing")

    standing = answer.json()
    assert answer.status_code == 200
    assert (standing["account_id"], standing["weight"], standing["strikes"]) == ("u-1", 0, [])
    assert standing["conduct"]["cases"] == 1
    assert "CANARY" not in answer.text


@pytest.mark.parametrize("account", ["nobody", "a%2Fb"])
async def test_an_account_without_a_case_is_not_there(counter: Counter, account: str) -> None:
    answer = await counter.ask("otto", "GET", f"/v1/accounts/{account}/standing")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_case_s_page_shows_where_its_account_stands(counter: Counter) -> None:
    case_id = await counter.in_review()
    await counter.decide("rita", await counter.claim(), actions=["remove_item"])

    async with browser(counter, "otto") as person:
        page = (await person.open(f"/console/cases/{case_id}")).text

    standing = " ".join(page.partition('id="standing"')[2].partition("</section>")[0].split())
    assert "<dt>Strikes now</dt><dd>1</dd>" in standing
    assert "Next for harassment" in standing
    assert f'href="/console/cases/{case_id}"' in standing
