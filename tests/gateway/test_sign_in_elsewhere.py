"""Signing in at a provider, as the console sees it: who comes back, and who only claims to."""

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import structlog
from pydantic import SecretStr

from casework.errors import CaseworkError, Nonsense, TurnedDown, Unavailable
from gateway.app import build
from integrations.http import Outbound
from integrations.oidc.client import Oidc
from integrations.oidc.fake import GOOD, ISSUER, FakeOidc
from integrations.oidc.settings import OidcSettings
from tests.gateway.browser import Browser, browser
from tests.gateway.conftest import Opening
from tests.gateway.counter import PUBLIC, SETTINGS, Counter
from tests.gateway.oidc import NEEDED, SECRET, provider
from tests.gateway.test_pages_in_a_browser import screen, served
from workers.probes import free_ports

START = "/console/sign-in/oidc"
BACK = "/console/sign-in/oidc/callback"
QUESTION = "casework_question"


@pytest.fixture
def fake() -> FakeOidc:
    return FakeOidc()


@pytest.fixture
async def counter(counter: Counter, fake: FakeOidc) -> Counter:
    with_identities(counter, fake)
    await counter.store.logins.bind("rita", ISSUER, "s-1")
    return counter


def with_identities(counter: Counter, provider: Any) -> None:
    counter.doors = replace(counter.doors, identities=provider)
    counter.app = build(counter.doors)


async def asked(person: Browser, onward: str = "") -> str:
    """Begin; the state that went to the provider."""
    path = f"{START}?next={onward}" if onward else START
    answer = await person.client.get(path)
    assert answer.status_code == 303, answer.text
    [state] = parse_qs(urlsplit(answer.headers["location"]).query)["state"]
    return state


async def back(person: Browser, state: str, **said: str) -> httpx.Response:
    return await person.client.get(BACK, params={"code": GOOD, "state": state} | said)


def is_signed_in(person: Browser) -> bool:
    return "casework_session" in person.client.cookies


async def test_whoever_is_bound_to_the_identity_is_signed_in(counter: Counter) -> None:
    async with browser(counter) as person:
        state = await asked(person, "/console/cases")
        page = await back(person, state)
        home = await person.open("/console/")

    assert '<meta http-equiv="refresh" content="0; url=/console/cases">' in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in page.text
    assert "rita · reviewer" in home.text


async def test_signing_in_there_leads_nowhere_else(counter: Counter) -> None:
    async with browser(counter) as person:
        state = await asked(person, "https://evil.test")
        page = await back(person, state)

    assert 'content="0; url=/console/"' in page.text


async def test_the_question_is_sealed_and_lives_briefly(counter: Counter, fake: FakeOidc) -> None:
    async with counter.client() as client:
        answer = await client.get(START)

    cookie = answer.headers["set-cookie"]
    [question] = fake.asked
    for secret in (question.state, question.nonce, question.verifier):
        assert secret not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=600" in cookie


async def test_a_second_coming_with_the_same_answer_is_refused(counter: Counter) -> None:
    async with browser(counter) as person:
        state = await asked(person)
        await back(person, state)
        person.client.cookies.delete("casework_session")
        again = await back(person, state)

    assert again.status_code == 401
    assert "casework_session" not in again.headers.get("set-cookie", "")


@pytest.mark.parametrize("wrong", ["another state", "", "no cookie", "a made up cookie"])
async def test_an_answer_that_this_browser_did_not_ask_for_is_refused(
    counter: Counter, fake: FakeOidc, wrong: str
) -> None:
    async with browser(counter) as person:
        state = await asked(person)
        if wrong == "no cookie":
            person.client.cookies.clear()
        elif wrong == "a made up cookie":
            person.client.cookies.clear()
            person.client.cookies.set(QUESTION, "00" * 60)
        else:
            state = wrong
        page = await back(person, state)

        assert page.status_code == 401
        assert not is_signed_in(person)
    assert "could not be confirmed" in page.text


async def test_an_answer_after_ten_minutes_is_refused(counter: Counter) -> None:
    async with browser(counter) as person:
        state = await asked(person)
        counter.watch.passes(timedelta(minutes=10))
        page = await back(person, state)

    assert page.status_code == 401


async def test_somebody_who_said_no_there_is_offered_the_ways_again(counter: Counter) -> None:
    async with browser(counter) as person:
        state = await asked(person)
        page = await back(person, state, code="")

    assert page.status_code == 401
    assert "Sign in with Example Ltd" in page.text


@pytest.mark.parametrize(
    ("trouble", "status", "said"),
    [
        (Unavailable("id.test is not answering"), 503, "does not work at the moment"),
        (TurnedDown("id.test answered 400"), 401, "could not be confirmed"),
        (Nonsense("an id token that is not for us"), 401, "could not be confirmed"),
    ],
)
async def test_trouble_on_the_way_back_leaves_the_other_ways_open(
    counter: Counter, fake: FakeOidc, trouble: CaseworkError, status: int, said: str
) -> None:
    async with browser(counter) as person:
        state = await asked(person)
        fake.trouble = trouble
        page = await back(person, state)

        assert not is_signed_in(person)
    assert page.status_code == status
    assert said in page.text
    assert 'name="token"' in page.text


async def test_a_provider_that_is_down_is_said_to_be_before_anybody_goes_there(
    counter: Counter, fake: FakeOidc
) -> None:
    fake.trouble = Unavailable("id.test is not answering")

    page = await counter.ask(None, "GET", START)

    assert page.status_code == 503
    assert "does not work at the moment" in page.text
    assert 'name="token"' in page.text


async def test_somebody_nobody_knows_is_told_what_an_admin_needs(
    counter: Counter, fake: FakeOidc
) -> None:
    fake.subject = "<b>s-2</b>"
    async with browser(counter) as person:
        state = await asked(person)
        with structlog.testing.capture_logs() as lines:
            page = await back(person, state)

        assert not is_signed_in(person)
    assert page.status_code == 403
    assert "Nobody here knows you yet" in page.text
    assert ISSUER in page.text
    assert "&lt;b&gt;s-2&lt;/b&gt;" in page.text
    assert "s-2" not in str(lines)


@pytest.mark.parametrize("who", ["classifier-one", "revoked"])
async def test_a_machine_and_somebody_revoked_are_nobody(counter: Counter, who: str) -> None:
    if who == "revoked":
        await counter.store.staff.revoke("rita")
    else:
        await counter.store.logins.bind("rita", ISSUER, "another")
        await counter.store.logins.bind(who, ISSUER, "s-1")
    async with browser(counter) as person:
        page = await back(person, await asked(person))

        assert not is_signed_in(person)
    assert page.status_code == 403


async def test_a_slash_at_the_end_of_an_issuer_makes_no_difference(counter: Counter) -> None:
    await counter.store.logins.bind("rita", f"{ISSUER}/", "s-1")

    assert (await counter.store.logins.by_identity(ISSUER, "s-1")).id == "rita"


async def test_going_there_again_and_again_is_slowed_down(opening: Opening) -> None:
    quotas = SETTINGS.quotas.model_copy(update={"sign_ins": 2})
    counter = opening(SETTINGS.model_copy(update={"quotas": quotas}))
    with_identities(counter, FakeOidc())

    answers = [(await counter.ask(None, "GET", START)).status_code for _ in range(3)]

    assert answers == [303, 303, 429]


async def test_without_a_provider_there_is_no_such_way(opening: Opening) -> None:
    counter = opening(SETTINGS)

    page = await counter.ask(None, "GET", "/console/sign-in")
    answers = [(await counter.ask(None, "GET", path)).status_code for path in (START, BACK)]

    assert "Sign in with" not in page.text.replace("Sign in with the token", "")
    assert answers == [404, 404]


async def test_over_https_the_question_is_this_hosts_alone(opening: Opening) -> None:
    counter = opening(SETTINGS.model_copy(update={"public_url": "https://casework.test"}))
    with_identities(counter, FakeOidc())

    answer = await counter.ask(None, "GET", START)

    assert answer.headers["set-cookie"].startswith(f"__Host-{QUESTION}=")
    assert "Secure" in answer.headers["set-cookie"]
    assert PUBLIC.startswith("http:")


@NEEDED
@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium here")
async def test_a_browser_signs_in_at_a_real_provider_and_out_of_both(opening: Opening) -> None:
    async with served(opening) as (counter, address), screen(address) as (page, seen):
        [port] = free_ports(1)
        # Another host, so that it is another site: strict cookies do not come along from there.
        elsewhere = provider(port, f"{address}{BACK}", host="localhost")
        async with elsewhere as real, Outbound() as http:
            await page.route(re.compile(r"^https://"), lambda route: route.abort())
            settings = OidcSettings(
                issuer=real.issuer, client_id="casework", client_secret=SecretStr(SECRET)
            )
            counter.app.state.doors = replace(counter.doors, identities=Oidc(http, settings))
            await counter.store.logins.bind("rita", real.issuer, "rita@example.test")

            await page.goto(f"{address}/console/cases")
            await page.click("text=Sign in with your organisation")
            await page.fill("[name=login]", "rita@example.test")
            await page.fill("[name=password]", "anything")
            await page.click("[type=submit]")
            await page.click("[type=submit]")
            await page.wait_for_selector("nav")

            assert page.url.startswith(f"{address}/console/")
            assert "rita" in await page.inner_text("a.who")

            await page.click("text=Sign out")
            await page.click("[name=logout]")
            await page.wait_for_selector("text=You are signed out, here and at your organisation.")

            assert page.url.startswith(f"{address}/console/sign-in")
            left = await page.context.cookies(f"{address}/console/sign-out")
            assert [each["name"] for each in left if each["name"].startswith("casework")] == []
            assert seen.errors == []
