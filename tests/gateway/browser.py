"""A browser without a screen: keeps cookies, follows redirects, fills in forms it has seen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from tests.gateway.counter import Counter, token_of


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post":
            self.forms.append(Form(given["action"]))
        if tag == "input" and given.get("type") == "hidden" and self.forms:
            self.forms[-1].fields[given["name"]] = given["value"]


class Browser:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = httpx.Response(200)

    async def open(self, path: str) -> httpx.Response:
        self.page = await self.client.get(path, follow_redirects=True)
        return self.page

    async def sign_in(self, who: str) -> httpx.Response:
        await self.open("/console/sign-in")
        return await self.send("/sign-in", token=token_of(who))

    async def send(self, ending: str, **filled_in: str | list[str]) -> httpx.Response:
        """Send the page's form whose action ends so, with its hidden fields."""
        form = self.form(ending)
        self.page = await self.client.post(
            form.action, data=form.fields | filled_in, follow_redirects=True
        )
        return self.page

    def form(self, ending: str) -> Form:
        seen = _Forms()
        seen.feed(self.page.text)
        [form] = [form for form in seen.forms if form.action.endswith(ending)]
        return form


@asynccontextmanager
async def browser(counter: Counter, who: str | None = None) -> AsyncIterator[Browser]:
    async with counter.client() as client:
        browser = Browser(client)
        if who is not None:
            await browser.sign_in(who)
        yield browser
