"""Rights by groups, and signing out at the provider and from there, as the console sees them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from casework.errors import CaseworkError, Nonsense, Unavailable
from casework.identities import GroupRule, rule_for
from casework.words import Role
from gateway.app import build
from integrations.http import Outbound
from integrations.oidc.client import Oidc
from integrations.oidc.fake import GOOD, ISSUER, FakeOidc
from integrations.oidc.settings import OidcSettings
from tests.gateway.browser import Browser, browser
from tests.gateway.conftest import Opening
from tests.gateway.counter import SETTINGS, Counter
from tests.gateway.oidc import NEEDED, SECRET, RealProvider, provider, walk_out, walk_through
from tests.gateway.test_pages_in_a_browser import served
from workers.probes import free_ports

START = "/console/sign-in/oidc"
CALLBACK = f"{START}/callback"
TOLD = f"{START}/sign-out"
BACK = f"{START}/signed-out"
LEADS = GroupRule(group="leads", role=Role.LEAD)
HATE = GroupRule(group="hate", role=Role.REVIEWER, harms=frozenset({"hate"}))
RULES = (LEADS, HATE)


@pytest.fixture
def fake() -> FakeOidc:
    return FakeOidc()


@pytest.fixture
def counter(opening: Opening, fake: FakeOidc) -> Counter:
    counter = opening(SETTINGS.model_copy(update={"groups": RULES}))
    counter.doors = replace(counter.doors, identities=fake)
    counter.app = build(counter.doors)
    return counter


async def comes(person: Browser) -> httpx.Response:
    """Sign in at the fake provider and come back."""
    asked = await person.client.get(START)
    [state] = parse_qs(urlsplit(asked.headers["location"]).query)["state"]
    return await person.client.get(CALLBACK, params={"code": GOOD, "state": state})


async def is_signed_in(person: Browser) -> bool:
    return (await person.client.get("/console/")).status_code == 200


# -- rules -----------------------------------------------------------------------------------------


def test_the_first_rule_that_fits_counts_and_it_alone() -> None:
    assert rule_for({"hate", "leads", "others"}, RULES) == LEADS
    assert rule_for({"hate"}, RULES) == HATE
    assert rule_for({"Hate", "hat", ""}, RULES) is None
    assert rule_for((), RULES) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"group": "bots", "role": "detector"},
        {"group": "", "role": "lead"},
        {"group": "leads", "role": "chief"},
        {"group": "leads", "role": "lead", "harms": []},
        {"group": "leads", "role": "lead", "harm": ["hate"]},
    ],
)
def test_a_rule_that_says_too_much_or_too_little_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GroupRule.model_validate(wrong)


# -- signing in ------------------------------------------------------------------------------------


async def test_groups_say_at_every_sign_in_what_somebody_may_do(
    counter: Counter, fake: FakeOidc
) -> None:
    fake.called, fake.groups = "nina", frozenset({"hate"})
    async with browser(counter) as person:
        await comes(person)
        first = await person.open("/console/")
        fake.groups = frozenset({"leads"})
        await comes(person)
        second = await person.open("/console/")

    assert "nina · reviewer" in first.text
    assert "nina · lead" in second.text


async def test_without_a_group_the_page_says_so_and_open_sessions_end(
    counter: Counter, fake: FakeOidc
) -> None:
    fake.called, fake.groups = "nina", frozenset({"leads"})
    async with browser(counter) as there, browser(counter) as here:
        await comes(there)
        assert await is_signed_in(there)
        fake.groups = frozenset({"cooks"})

        page = await comes(here)

        assert page.status_code == 403
        assert "none of your groups" in page.text
        assert ISSUER in page.text
        assert "cooks" not in page.text
        assert not await is_signed_in(there)
        assert not await is_signed_in(here)


async def test_a_name_of_somebody_known_here_opens_nothing_of_theirs(
    counter: Counter, fake: FakeOidc
) -> None:
    fake.called, fake.groups = "ada", frozenset({"hate"})
    async with browser(counter) as person:
        await comes(person)
        page = await person.open("/console/")

    assert "ada-" in page.text
    assert "reviewer" in page.text


async def test_whoever_has_rights_by_groups_is_refused_once_groups_say_nothing_here(
    counter: Counter, fake: FakeOidc
) -> None:
    fake.groups = frozenset({"leads"})
    async with browser(counter) as person:
        await comes(person)
    counter.app.state.doors = replace(counter.doors, settings=SETTINGS)

    async with browser(counter) as person:
        page = await comes(person)

    assert page.status_code == 403
    assert "Nobody here knows you yet" in page.text


# -- signing out -----------------------------------------------------------------------------------


async def test_whoever_signs_out_is_led_to_the_provider_with_proof_and_back(
    counter: Counter, fake: FakeOidc
) -> None:
    fake.groups = frozenset({"leads"})
    async with browser(counter) as person:
        await comes(person)
        await person.open("/console/")
        page = await person.send("/sign-out")
        [state] = parse_qs(urlsplit(onward(page)).query)["state"]
        signed_in = await is_signed_in(person)
        home = await person.open(f"{BACK}?state={state}")
        again = await person.open(f"{BACK}?state={state}")

    assert fake.shown == ["id token of s-1"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert not signed_in
    assert "You are signed out, here and at your organisation." in home.text
    assert "You are signed out" not in again.text


def onward(page: httpx.Response) -> str:
    """Where the page leads by itself."""
    return page.text.split('content="0; url=')[1].split('"')[0].replace("&amp;", "&")


async def test_the_proof_goes_with_signing_out_alone_and_is_of_this_session_alone(
    counter: Counter, fake: FakeOidc
) -> None:
    fake.groups = frozenset({"leads"})
    async with browser(counter) as person:
        page = await comes(person)
        proof = next(c for c in page.headers.get_list("set-cookie") if "casework_proof" in c)
        jar = person.client.cookies.jar
        of_then = next(cookie for cookie in jar if cookie.name == "casework_proof")
        await comes(person)
        jar.set_cookie(of_then)
        await person.open("/console/")
        await person.send("/sign-out")

    assert "Path=/console/sign-out" in proof
    assert "HttpOnly" in proof
    assert "SameSite=strict" in proof
    assert "id token" not in proof
    assert fake.shown == [None]


async def test_a_proof_too_long_for_a_cookie_is_left_out(counter: Counter, fake: FakeOidc) -> None:
    fake.proof, fake.groups = "x" * 3_000, frozenset({"leads"})
    async with browser(counter) as person:
        page = await comes(person)
        await person.open("/console/")
        await person.send("/sign-out")

    assert "casework_proof" not in str(page.headers)
    assert fake.shown == [None]


@pytest.mark.parametrize("trouble", ["none there", Unavailable("down"), Nonsense("odd")])
async def test_signing_out_here_never_waits_for_the_provider(
    counter: Counter, fake: FakeOidc, trouble: str | CaseworkError
) -> None:
    fake.groups = frozenset({"leads"})
    async with browser(counter) as person:
        await comes(person)
        await person.open("/console/")
        if isinstance(trouble, str):
            fake.has_a_way_out = False
        else:
            fake.trouble = trouble
        page = await person.send("/sign-out")

        assert not await is_signed_in(person)
        assert "casework_proof" not in [cookie.name for cookie in person.client.cookies.jar]
    assert "At your organisation you may still be signed in." in page.text


async def test_whoever_came_by_token_stays_here_when_they_sign_out(
    counter: Counter, fake: FakeOidc
) -> None:
    async with browser(counter, "rita") as person:
        page = await person.send("/sign-out")

    assert "You are signed out." in page.text
    assert fake.shown == []


@pytest.mark.parametrize("state", ["", "made up"])
async def test_nobody_is_told_they_are_signed_out_whom_we_did_not_send(
    counter: Counter, state: str
) -> None:
    async with browser(counter) as person:
        page = await person.open(f"{BACK}?state={state}")

    assert "You are signed out" not in page.text


# -- signed out there ------------------------------------------------------------------------------


async def told(counter: Counter, token: str) -> int:
    async with counter.client() as client:
        return (await client.post(TOLD, data={"logout_token": token})).status_code


async def test_what_the_provider_says_ends_every_session_of_one_person_once(
    counter: Counter, fake: FakeOidc
) -> None:
    fake.groups = frozenset({"leads"})
    async with browser(counter) as hers, browser(counter, "rita") as another:
        await comes(hers)
        first = await told(counter, "jti-1 s-1")
        out = not await is_signed_in(hers)
        await comes(hers)
        again = await told(counter, "jti-1 s-1")

        assert (first, again, out) == (200, 200, True)
        assert await is_signed_in(hers)
        assert await is_signed_in(another)


@pytest.mark.parametrize("token", ["", "nonsense"])
async def test_what_is_not_genuine_ends_nothing(
    counter: Counter, fake: FakeOidc, token: str
) -> None:
    fake.groups = frozenset({"leads"})
    async with browser(counter) as person:
        await comes(person)

        assert await told(counter, token) == 400
        assert await is_signed_in(person)


async def test_what_could_not_be_checked_may_come_again(counter: Counter, fake: FakeOidc) -> None:
    fake.groups = frozenset({"leads"})
    async with browser(counter) as person:
        await comes(person)
        fake.trouble = Unavailable("id.test is not answering")
        first = await told(counter, "jti-1 s-1")
        fake.trouble = None
        second = await told(counter, "jti-1 s-1")

        assert (first, second) == (503, 200)
        assert not await is_signed_in(person)


# -- at a real provider ----------------------------------------------------------------------------


@dataclass
class Town:
    counter: Counter
    address: str
    real: RealProvider

    async def signs_in(self, client: httpx.AsyncClient, login: str = "nina") -> httpx.Response:
        asked = await client.get(f"{self.address}{START}")
        back = f"{self.address}{CALLBACK}"
        onward = await walk_through(client, asked.headers["location"], login, back)
        return await client.get(onward)

    async def home(self, client: httpx.AsyncClient) -> httpx.Response:
        return await client.get(f"{self.address}/console/")


@asynccontextmanager
async def town(opening: Opening) -> AsyncIterator[Town]:
    async with served(opening) as (counter, address):
        [port] = free_ports(1)
        there = provider(port, f"{address}{CALLBACK}", tell=f"{address}{TOLD}")
        async with there as real, Outbound() as http:
            settings = OidcSettings(
                issuer=real.issuer,
                client_id="casework",
                client_secret=SecretStr(SECRET),
                scopes=("openid", "profile", "groups"),
            )
            by_groups = counter.doors.settings.model_copy(update={"groups": RULES})
            counter.doors = replace(
                counter.doors, identities=Oidc(http, settings), settings=by_groups
            )
            counter.app.state.doors = counter.doors
            yield Town(counter, address, real)


@NEEDED
async def test_rights_follow_the_groups_of_a_real_provider(opening: Opening) -> None:
    async with town(opening) as here, httpx.AsyncClient() as one, httpx.AsyncClient() as other:
        nobody = await here.signs_in(one)
        await here.real.move("nina", "cooks", "hate")
        await here.signs_in(one)
        as_reviewer = await here.home(one)
        await here.real.move("nina", "leads", "hate")
        await here.signs_in(other)
        as_lead, at_once = await here.home(other), await here.home(one)
        await here.real.move("nina", "cooks")
        refused = await here.signs_in(other)
        left = await here.home(one)

    assert (nobody.status_code, refused.status_code) == (403, 403)
    assert "nina · reviewer" in as_reviewer.text
    assert "nina · lead" in as_lead.text
    assert "nina · lead" in at_once.text
    assert left.status_code == 303


@NEEDED
async def test_signing_out_reaches_a_real_provider_and_from_there_every_session(
    opening: Opening,
) -> None:
    async with town(opening) as here, httpx.AsyncClient() as one, httpx.AsyncClient() as other:
        await here.real.move("nina", "leads")
        await here.signs_in(one)
        await here.signs_in(other)
        home = Browser(one)
        home.page = await here.home(one)
        form = home.form("/sign-out")
        page = await one.post(f"{here.address}{form.action}", data=form.fields)
        back = await walk_out(one, onward(page), f"{here.address}{BACK}")
        said = await one.get(back, follow_redirects=True)
        asked_again = await one.get(f"{here.address}{START}", follow_redirects=True)
        elsewhere = await here.home(other)

    assert parse_qs(urlsplit(onward(page)).query)["id_token_hint"]
    assert "You are signed out, here and at your organisation." in said.text
    assert 'name="login"' in asked_again.text  # their session there is over as well
    assert elsewhere.status_code == 303  # told by the provider, not by this browser
