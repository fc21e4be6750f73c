"""Payloads in the clear: for whom, and from which pages."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from gateway.app import build
from tests.gateway.browser import browser
from tests.gateway.conftest import Opening
from tests.gateway.counter import SETTINGS, UI, Counter

ASKED = {"payloads": [{"metadata": {"encoding": "eHg="}, "data": "terces"}]}


async def decode(counter: Counter, who: str | None, **headers: str) -> httpx.Response:
    return await counter.ask(who, "POST", "/codec/decode", json=ASKED, headers=headers)


@pytest.mark.parametrize("who", ["otto", "ada"])
async def test_on_call_reads_payloads(counter: Counter, who: str) -> None:
    answer = await decode(counter, who, Origin=UI)

    [payload] = answer.json()["payloads"]
    assert payload["data"] == "secret"
    assert answer.headers["access-control-allow-origin"] == UI
    assert answer.headers["vary"] == "Origin"


async def test_what_is_encoded_can_be_decoded(counter: Counter) -> None:
    encoded = await counter.ask("otto", "POST", "/codec/encode", json=ASKED)

    decoded = await counter.ask("otto", "POST", "/codec/decode", json=encoded.json())

    assert decoded.json() == ASKED


@pytest.mark.parametrize("who", ["classifier-one", "rita", "lena", "paula", "axel"])
async def test_nobody_else_reads_payloads(counter: Counter, who: str) -> None:
    assert (await decode(counter, who)).status_code == 403


async def test_strangers_do_not_read_payloads(counter: Counter) -> None:
    assert (await decode(counter, None)).status_code == 401


async def test_a_console_session_of_on_call_reads_payloads(counter: Counter) -> None:
    async with browser(counter, "otto") as person:
        answer = await person.client.post("/codec/decode", json=ASKED, headers={"Origin": UI})
    async with browser(counter, "rita") as person:
        refused = await person.client.post("/codec/decode", json=ASKED, headers={"Origin": UI})

    assert (answer.status_code, refused.status_code) == (200, 403)
    assert answer.headers["access-control-allow-credentials"] == "true"


async def test_other_sites_do_not_read_payloads_through_somebody_s_browser(
    counter: Counter,
) -> None:
    async with browser(counter, "otto") as person:
        answer = await person.client.post(
            "/codec/decode", json=ASKED, headers={"Origin": "https://evil.test"}
        )

    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


async def test_only_the_ui_is_told_that_it_may_ask(counter: Counter) -> None:
    ours = await counter.ask(None, "OPTIONS", "/codec/decode", headers={"Origin": UI})
    other = await counter.ask(
        None, "OPTIONS", "/codec/decode", headers={"Origin": "https://evil.test"}
    )

    assert ours.headers["access-control-allow-origin"] == UI
    assert "x-namespace" in ours.headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.0.0.1", {"Origin": UI}, 200),
        ("::1", {}, 200),
        ("203.0.113.7", {}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, 401),
        ("127.0.0.1", {"Origin": "https://evil.test"}, 403),
    ],
)
async def test_on_one_machine_the_ui_may_read_without_a_token_if_so_set(
    opening: Opening, address: str, headers: dict[str, str], status: int
) -> None:
    counter = opening(SETTINGS.model_copy(update={"codec_open_on_loopback": True}))

    async with counter.client(address=address) as client:
        answer = await client.post("/codec/decode", json=ASKED, headers=headers)

    assert answer.status_code == status


async def test_loopback_is_closed_unless_it_is_opened(counter: Counter) -> None:
    async with counter.client(address="127.0.0.1") as client:
        answer = await client.post("/codec/decode", json=ASKED)

    assert answer.status_code == 401


@pytest.mark.parametrize("body", [{}, [], {"payloads": "x"}, {"payloads": [1]}])
async def test_what_is_no_list_of_payloads_is_refused(counter: Counter, body: Any) -> None:
    answer = await counter.ask("otto", "POST", "/codec/decode", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_without_a_codec_there_is_nothing_here(counter: Counter) -> None:
    counter.app = build(replace(counter.doors, codec=None))

    assert (await decode(counter, "otto")).status_code == 404
