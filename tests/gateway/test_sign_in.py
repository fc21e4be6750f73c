"""Ways into the console, the sessions they begin, and what a page may load."""

import re
from datetime import timedelta

import httpx
import pytest

from gateway.settings import GatewaySettings
from storage.audit_line import Event
from storage.sessions import Way
from tests.gateway.browser import Browser, browser
from tests.gateway.conftest import Opening
from tests.gateway.counter import SETTINGS, Counter, token_of

SECRET = "correct horse battery"
HTTPS = SETTINGS.model_copy(update={"public_url": "https://casework.test"})


@pytest.fixture
async def counter(counter: Counter) -> Counter:
    await counter.store.logins.set_password("rita", SECRET)
    return counter


def limited(sign_ins: int) -> GatewaySettings:
    quotas = SETTINGS.quotas.model_copy(update={"sign_ins": sign_ins})
    return SETTINGS.model_copy(update={"quotas": quotas})


async def by_password(
    counter: Counter, username: str = "rita", password: str = SECRET, **more: str
) -> httpx.Response:
    said = {"username": username, "password": password} | more
    return await counter.ask(None, "POST", "/console/sign-in/password", data=said)


# -- passwords -------------------------------------------------------------------------------------


async def test_a_username_and_its_password_sign_in(counter: Counter) -> None:
    async with browser(counter) as person:
        await person.open("/console/cases?harm=hate")
        await person.send("/sign-in/password", username="Rita", password=SECRET)
        home = await person.open("/console/")

    assert "rita · reviewer" in home.text
    assert await counter.audited(Event.SIGNED_IN) == 1


async def test_a_wrong_username_and_a_wrong_password_look_the_same(counter: Counter) -> None:
    await counter.store.logins.set_password("classifier-one", SECRET)

    unknown = await by_password(counter, "nobody")
    wrong = await by_password(counter, password="wrong but long enough")
    machine = await by_password(counter, "classifier-one")

    said = [
        re.sub(r'value="[^"]*" required', "", answer.text) for answer in (unknown, wrong, machine)
    ]
    assert {answer.status_code for answer in (unknown, wrong, machine)} == {401}
    assert said[0] == said[1] == said[2]
    assert "set-cookie" not in wrong.headers


async def test_what_was_typed_is_kept_but_for_the_password(counter: Counter) -> None:
    answer = await by_password(counter, '"><b>rita', "a wrong password", next="/console/cases")

    assert 'value="&#34;&gt;&lt;b&gt;rita"' in answer.text
    assert 'name="next" value="/console/cases"' in answer.text
    assert "a wrong password" not in answer.text


async def test_guessing_at_one_username_is_slowed_down_from_every_address(
    opening: Opening,
) -> None:
    counter = opening(limited(2))
    guesses = []
    for at in range(3):
        async with counter.client(address=f"192.0.2.{at}") as client:
            said = {"username": "RITA" if at else "rita", "password": "wrong but long enough"}
            guesses.append(await client.post("/console/sign-in/password", data=said))

    assert [guess.status_code for guess in guesses] == [401, 401, 429]
    assert int(guesses[-1].headers["retry-after"]) > 0


async def test_the_page_offers_what_is_set_up(opening: Opening) -> None:
    counter = opening(SETTINGS)

    without = await counter.ask(None, "GET", "/console/sign-in")
    await counter.store.logins.set_password("rita", SECRET)
    both = await counter.ask(None, "GET", "/console/sign-in")

    assert ('name="password"' in without.text, 'name="password"' in both.text) == (False, True)
    assert 'name="token"' in without.text
    assert 'name="token"' in both.text


# -- sessions --------------------------------------------------------------------------------------


async def test_signing_in_gives_a_new_cookie_whatever_came_along(counter: Counter) -> None:
    async with browser(counter) as person:
        jar = person.client.cookies
        jar.set("casework_session", "chosen-by-somebody-else", domain="casework.test", path="/")
        await person.sign_in("rita")
        first = jar["casework_session"]
        await person.sign_in("rita")
        second = jar["casework_session"]

        jar.set("casework_session", first, domain="casework.test", path="/")
        page = await person.open("/console/")

    assert len({"chosen-by-somebody-else", first, second}) == 3
    assert page.url.path == "/console/sign-in"


async def test_a_session_outlives_its_gateway_and_holds_at_every_other(opening: Opening) -> None:
    one, another = opening(SETTINGS), opening(SETTINGS)

    async with browser(one, "rita") as here, browser(another) as there:
        there.client.cookies.update(here.client.cookies)
        page = await there.open("/console/")
        await there.send("/sign-out")
        after = await here.open("/console/")

    assert "rita · reviewer" in page.text
    assert after.url.path == "/console/sign-in"


async def test_a_session_nobody_uses_ends_and_one_in_use_goes_on(counter: Counter) -> None:
    async with browser(counter, "rita") as idle, browser(counter, "rita") as used:
        for _ in range(2):
            counter.watch.passes(SETTINGS.session_idle * 0.75)
            in_use = await used.open("/console/")
        left = await idle.open("/console/")

    assert (in_use.url.path, left.url.path) == ("/console/", "/console/sign-in")


async def test_looking_at_pages_writes_once_a_minute_at_most(counter: Counter) -> None:
    async with browser(counter, "otto") as person:
        before = counter.store.database.commits
        for _ in range(3):
            await person.open("/console/cases")
        at_once = counter.store.database.commits - before
        counter.watch.passes(timedelta(minutes=2))
        for _ in range(3):
            await person.open("/console/cases")

    assert (at_once, counter.store.database.commits - before) == (0, 1)


async def test_a_form_of_one_session_is_nothing_in_another(counter: Counter) -> None:
    async with browser(counter, "rita") as one, browser(counter, "rita") as another:
        await one.open("/console/")
        csrf = one.form("/sign-out").fields["csrf"]
        answer = await another.client.post("/console/sign-out", data={"csrf": csrf})

    assert answer.status_code == 403
    assert csrf not in str(dict(one.client.cookies))


async def test_over_https_the_cookie_is_this_hosts_alone(opening: Opening) -> None:
    counter = opening(HTTPS)

    answer = await counter.ask(None, "POST", "/console/sign-in", data={"token": token_of("rita")})

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-casework_session=")
    assert "Path=/" in cookie
    assert "Secure" in cookie
    assert "Domain" not in cookie


async def test_a_person_sees_where_they_are_signed_in_and_ends_what_they_do_not_know(
    counter: Counter,
) -> None:
    async with browser(counter, "rita") as here, browser(counter, "rita") as there:
        page = await here.open("/console/me/sessions")
        done = await here.send("/end")
        gone = await there.open("/console/")

    assert page.text.count('<section class="card"') == 2
    assert "Signed in with a token" in page.text
    assert "That session is over." in done.text
    assert gone.url.path == "/console/sign-in"


async def test_nobody_ends_the_session_of_another(counter: Counter) -> None:
    async with browser(counter, "rita") as rita, browser(counter, "lena") as lena:
        [hers] = await counter.store.sessions.of("rita", SETTINGS.session_idle)
        await lena.open("/console/me/sessions")
        csrf = lena.form("/sign-out").fields["csrf"]
        path = f"/console/me/sessions/{hers.name}/end"
        await lena.client.post(path, data={"csrf": csrf})
        page = await rita.open("/console/")

    assert page.url.path == "/console/"
    assert hers.way is Way.TOKEN


# -- another password ------------------------------------------------------------------------------

ANOTHER = "staple battery correct"


async def test_somebody_chooses_another_password_and_is_signed_in_here_alone(
    counter: Counter,
) -> None:
    async with browser(counter, "rita") as here, browser(counter, "rita") as there:
        await here.open("/console/me/password")
        page = await here.send("/password", now=SECRET, new=ANOTHER, again=ANOTHER)
        gone = await there.open("/console/")

    assert "Your password is changed." in page.text
    assert page.text.count('<section class="card"') == 1
    assert gone.url.path == "/console/sign-in"
    assert (await by_password(counter)).status_code == 401
    assert (await by_password(counter, password=ANOTHER)).status_code == 303


@pytest.mark.parametrize(
    ("filled_in", "said"),
    [
        ({"now": "wrong but long enough"}, "not your password of now"),
        ({"again": "something else entirely"}, "are not the same"),
        ({"new": "short", "again": "short"}, "needs 12 to 256 characters"),
    ],
)
async def test_a_password_is_not_changed_by_mistake(
    counter: Counter, filled_in: dict[str, str], said: str
) -> None:
    right = {"now": SECRET, "new": ANOTHER, "again": ANOTHER}
    async with browser(counter, "rita") as person:
        await person.open("/console/me/password")
        page = await person.send("/password", **right | filled_in)

    assert (page.status_code, said in page.text) == (422, True)
    assert (await by_password(counter)).status_code == 303


async def test_somebody_without_a_password_has_none_to_change(counter: Counter) -> None:
    async with browser(counter, "lena") as person:
        page = await person.open("/console/me/password")
        sessions = await person.open("/console/me/sessions")

    assert page.status_code == 404
    assert "/console/me/password" not in sessions.text


# -- what a page may load --------------------------------------------------------------------------

STRICT = ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'")


def policy_of(page: httpx.Response) -> dict[str, str]:
    parts = [part.split(maxsplit=1) for part in page.headers["content-security-policy"].split(";")]
    return {part[0]: part[1] if len(part) > 1 else "" for part in parts}


def page_paths(counter: Counter) -> set[str]:
    routers = [getattr(route, "original_router", None) for route in counter.app.routes]
    routes = [route for router in routers if router is not None for route in router.routes]
    return {
        route.path
        for route in routes
        if route.path.startswith(("/console", "/appeals")) and "GET" in route.methods
    } - {"/console/live"}  # a stream, which does not end


async def every_page(counter: Counter, person: Browser, **names: str) -> dict[str, httpx.Response]:
    """What is HTML, at whatever the names lead to; where they lead nowhere, that page."""
    pages = {}
    for path in page_paths(counter):
        answer = await person.open(re.sub(r"{(\w+)}", lambda found: names.get(found[1], "x"), path))
        if answer.headers.get("content-type", "").startswith("text/html"):
            pages[path] = answer
    return pages


@pytest.mark.parametrize("who", [None, "lena", "otto", "ada", "axel", "paula"])
async def test_every_page_loads_nothing_that_is_not_ours(counter: Counter, who: str | None) -> None:
    case_id, token = await counter.enforced()
    async with browser(counter, who) as person:
        pages = await every_page(counter, person, case_id=case_id, token=token)

    assert len(pages) > 6
    for path, page in pages.items():
        said = page.headers["content-security-policy"]
        assert all(part in said for part in STRICT), path
        assert "unsafe" not in said, path
        assert "*" not in said, path
        assert "http" not in said, path
        assert page.headers["cross-origin-opener-policy"] == "same-origin", path
        assert page.headers["cross-origin-resource-policy"] == "same-origin", path
        assert page.headers["x-content-type-options"] == "nosniff", path
        assert page.headers["cache-control"] == "no-store", path


async def test_pages_for_strangers_run_no_script_at_all(counter: Counter) -> None:
    _, token = await counter.enforced()

    pages = [
        await counter.ask(None, "GET", path)
        for path in ("/console/sign-in", f"/appeals/{token}", "/appeals/x")
    ]
    pages.append(await by_password(counter, "nobody"))

    for page in pages:
        assert "script-src" not in policy_of(page)
        assert policy_of(page)["default-src"] == "'none'"
        assert "<script" not in page.text
