"""What may come back from a stranger, and what we make of it."""

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from casework.errors import Nonsense, TurnedDown, Unavailable
from integrations.http import LONGEST_WAIT, Limits, Outbound, Request, wait_named
from tests.integrations.strangers import (
    BOMB,
    ODD_BODIES,
    always,
    endless,
    fails_with,
    outbound_to,
)

URL = "https://vendor.example/v1/ask?key=sesame"
NOW = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)
SOON = Limits(deadline=timedelta(milliseconds=50))


class Ask(BaseModel):
    text: str
    hint: str | None = None


class Told(BaseModel):
    score: float


async def test_an_answer_comes_back_with_its_status_and_json() -> None:
    async with outbound_to(always(202, b'{"score": 0.5}')) as http:
        reply = await http.get(Request(url=URL))

    assert reply.status == 202
    assert reply.json_value() == {"score": 0.5}
    assert reply.parsed_as(Told).score == 0.5


async def test_what_is_posted_is_json_without_what_is_not_set() -> None:
    seen: list[httpx.Request] = []

    def answer(asked: httpx.Request) -> httpx.Response:
        seen.append(asked)
        return httpx.Response(200)

    async with outbound_to(answer) as http:
        await http.post_json(Request(url=URL, headers={"Idempotency-Key": "a-1"}), Ask(text="é"))

    assert seen[0].content == '{"text":"é"}'.encode()
    assert seen[0].headers["content-type"] == "application/json"
    assert seen[0].headers["idempotency-key"] == "a-1"


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
async def test_every_method_carries_its_body_and_brings_the_headers_back(method: str) -> None:
    def answer(asked: httpx.Request) -> httpx.Response:
        told = {"X-Method": asked.method, "X-RateLimit-Remaining": "0"}
        return httpx.Response(200, headers=told, content=asked.content)

    async with outbound_to(answer) as http:
        reply = await getattr(http, method)(Request(url=URL, content=b"{}"))

    assert reply.headers["x-method"] == method.upper()
    assert reply.headers["x-ratelimit-remaining"] == "0"
    assert reply.body == b"{}"


@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES.keys())
async def test_a_body_that_is_not_strict_json_is_nonsense(body: bytes) -> None:
    async with outbound_to(always(200, body)) as http:
        reply = await http.get(Request(url=URL))

    with pytest.raises(Nonsense):
        reply.json_value()


async def test_json_of_another_shape_is_nonsense_that_quotes_nothing() -> None:
    async with outbound_to(always(200, b'{"score": "canary", "canary": 1}')) as http:
        reply = await http.get(Request(url=URL))

    with pytest.raises(Nonsense) as told:
        reply.parsed_as(Told)
    assert "score" in str(told.value)
    assert "canary" not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 429, 408])
async def test_a_server_in_trouble_is_worth_another_try(status: int) -> None:
    async with outbound_to(always(status, retry_after="7")) as http:
        with pytest.raises(Unavailable) as told:
            await http.get(Request(url=URL))

    assert told.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308, 400, 401, 403, 404, 409, 410, 422])
async def test_a_refusal_or_a_redirect_is_final_and_not_followed(status: int) -> None:
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(status, headers={"location": "http://127.0.0.1:9/internal"})

    async with outbound_to(answer) as http:
        with pytest.raises(TurnedDown):
            await http.get(Request(url=URL))

    assert len(asked) == 1


async def test_a_refusal_the_caller_understands_comes_back_as_a_reply() -> None:
    async with outbound_to(always(404, b'{"code": "target_gone"}')) as http:
        reply = await http.get(Request(url=URL, accepts=frozenset({HTTPStatus.NOT_FOUND})))

    assert reply.status == 404
    assert reply.json_value() == {"code": "target_gone"}


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("illegal status line: canary"),
        httpx.ReadError("reset"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_broken_connection_is_worth_another_try(error: Exception) -> None:
    async with outbound_to(fails_with(error)) as http:
        with pytest.raises(Unavailable) as told:
            await http.get(Request(url=URL))

    assert "canary" not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.parametrize("url", ["ftp://vendor.example/", "vendor.example", "https://[::1", ""])
async def test_an_address_nothing_can_be_sent_to_is_final(url: str) -> None:
    async with Outbound(SOON) as http:
        with pytest.raises(TurnedDown):
            await http.get(Request(url=url))


async def test_a_header_that_cannot_be_sent_is_final() -> None:
    async with outbound_to(always(200)) as http:
        with pytest.raises(TurnedDown):
            await http.get(Request(url=URL, headers={"Authorization": "Bearer schlüssel"}))


async def test_no_error_tells_the_address() -> None:
    async with outbound_to(always(403)) as http:
        with pytest.raises(TurnedDown) as told:
            await http.get(Request(url=URL))

    assert "vendor.example" in str(told.value)
    assert "sesame" not in str(told.value)


async def test_an_answer_that_never_comes_ends_with_the_deadline() -> None:
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with Outbound(SOON, transport=httpx.MockTransport(hang)) as http:
        with pytest.raises(Unavailable):
            await http.get(Request(url=URL))


async def test_an_answer_that_drips_ends_with_the_deadline() -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0)

    async with outbound_to(lambda _: httpx.Response(200, content=drip()), SOON) as http:
        with pytest.raises(Unavailable):
            await http.get(Request(url=URL))


async def test_a_body_that_never_ends_is_cut_off() -> None:
    async with outbound_to(endless(b"x" * 65_536)) as http:
        with pytest.raises(Nonsense):
            await http.get(Request(url=URL))


async def test_a_body_may_fill_its_cap_and_not_one_byte_more() -> None:
    limits = Limits(body_cap=10)

    async with outbound_to(always(200, b"0123456789"), limits) as http:
        fits = await http.get(Request(url=URL))
    async with outbound_to(always(200, b"0123456789+"), limits) as http:
        with pytest.raises(Nonsense):
            await http.get(Request(url=URL))

    assert fits.body == b"0123456789"


async def test_a_compressed_answer_is_read() -> None:
    packed = gzip.compress(b'{"score": 0.25}')

    async with outbound_to(always(200, packed, content_encoding="gzip")) as http:
        reply = await http.get(Request(url=URL))

    assert reply.parsed_as(Told).score == 0.25


async def test_a_bomb_is_not_unpacked() -> None:
    async with outbound_to(always(200, BOMB, content_encoding="gzip")) as http:
        tracemalloc.start()
        with pytest.raises(Nonsense):
            await http.get(Request(url=URL))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"not gzip", "gzip"),
        (gzip.compress(b'{"score": 0.1}')[:-4], "gzip"),
        (gzip.compress(b'{"score": 0.1}') + gzip.compress(b"more"), "gzip"),
        (b'{"score": 0.1}', "br"),
        (b'{"score": 0.1}', "gzip, gzip"),
    ],
    ids=["not gzip", "truncated", "two in a row", "not asked for", "twice"],
)
async def test_a_body_that_does_not_decode_is_nonsense(body: bytes, encoding: str) -> None:
    async with outbound_to(always(200, body, content_encoding=encoding)) as http:
        with pytest.raises(Nonsense):
            await http.get(Request(url=URL))


async def test_the_body_of_an_error_is_left_unread() -> None:
    async with outbound_to(endless(b"x", status=500)) as http:
        with pytest.raises(Unavailable):
            await http.get(Request(url=URL))


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("0", timedelta()),
        (" 120 ", timedelta(seconds=120)),
        ("Thu, 05 Nov 2026 12:00:30 GMT", timedelta(seconds=30)),
        ("Thu, 05 Nov 2026 11:00:00 GMT", timedelta()),
        ("999999999", LONGEST_WAIT),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("9" * 400, None),
        ("-5", None),
        ("1.5", None),
        ("NaN", None),
        ("soon", None),
        ("", None),
        ("٣", None),
    ],
)
def test_a_named_wait_is_read_in_both_forms_and_within_reason(
    header: str | None, wait: timedelta | None
) -> None:
    assert wait_named(header, now=NOW) == wait


@given(st.text(max_size=60))
def test_no_header_can_break_the_reading_of_a_wait(header: str) -> None:
    wait = wait_named(header, now=NOW)

    assert wait is None or timedelta() <= wait <= LONGEST_WAIT
