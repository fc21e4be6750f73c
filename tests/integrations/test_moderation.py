"""The moderation vendor: the adapter against the simulated vendor, and its fake, alike."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from casework.errors import CaseworkError, Nonsense, TurnedDown, Unavailable
from casework.ports import Check
from integrations.http import Limits, Outbound
from integrations.openai_moderation.client import OpenAiModeration
from integrations.openai_moderation.fake import FakeOpenAiModeration
from integrations.openai_moderation.settings import CATEGORIES, OpenAiModerationSettings
from integrations.openai_moderation.simulator import VendorSimulatorSettings, app
from tests.integrations.cases import evidence
from tests.integrations.strangers import (
    BOMB,
    ODD_BODIES,
    Answer,
    always,
    endless,
    fails_with,
    outbound_to,
)

KEY = SecretStr("sk-sesame")
SETTINGS = OpenAiModerationSettings(base_url="http://vendor.example/v1", key=KEY)
SOON = Limits(deadline=timedelta(milliseconds=200))


class Vendor:
    """The adapter, and the simulator it talks to."""

    def __init__(self, settings: VendorSimulatorSettings) -> None:
        self._transport = httpx.ASGITransport(app(settings))
        self.http = Outbound(SOON, transport=self._transport)
        self.check = OpenAiModeration(self.http, SETTINGS)

    async def breaks(self, mode: str, times: int | None = None) -> None:
        async with httpx.AsyncClient(transport=self._transport, base_url="http://sim") as client:
            answer = await client.post("/simulator/faults", json={"mode": mode, "next": times})
            answer.raise_for_status()


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    vendor = Vendor(VendorSimulatorSettings(key=KEY))
    yield vendor
    await vendor.http.aclose()


@pytest.fixture(params=["real", "fake"])
def check(request: pytest.FixtureRequest, vendor: Vendor) -> Check:
    return vendor.check if request.param == "real" else FakeOpenAiModeration(score=0.4)


async def test_a_text_gets_a_score_labels_and_the_model_that_scored_it(check: Check) -> None:
    finding = await check.examine(evidence("see you at eight"), "harassment")

    assert finding.check == check.name == "vendor_moderation"
    assert finding.score is not None
    assert finding.labels
    assert finding.model


@pytest.mark.parametrize("text", ["", " \n "])
async def test_nothing_to_read_is_no_harmless_text(check: Check, text: str) -> None:
    with pytest.raises(TurnedDown):
        await check.examine(evidence(text), "harassment")


async def test_a_text_too_long_to_read_whole_is_turned_down(check: Check) -> None:
    with pytest.raises(TurnedDown):
        await check.examine(evidence("x" * 100_001), "harassment")


async def test_the_fake_fails_first_and_remembers_what_it_was_asked() -> None:
    check = FakeOpenAiModeration(scores={"bad": 0.9}, fails_first=[Unavailable("down")])

    with pytest.raises(Unavailable):
        await check.examine(evidence("bad"), "hate")

    assert (await check.examine(evidence("bad"), "hate")).score == 0.9
    assert (await check.examine(evidence("good"), "hate")).score == 0.0
    assert check.asked == ["msg_7"] * 3


@pytest.mark.parametrize(
    ("harm", "text"),
    [
        ("harassment", "I will find you and break your neck, you worthless pig"),
        ("hate", "all immigrants are vermin and should be killed"),
        ("self_harm", "I want to kill myself, there is no reason to live"),
        ("unheard_of", "I want to kill myself, there is no reason to live"),
    ],
)
async def test_the_score_is_the_worst_category_that_speaks_to_the_harm(
    vendor: Vendor, harm: str, text: str
) -> None:
    finding = await vendor.check.examine(evidence(text), harm)

    assert finding.score is not None
    assert finding.score >= 0.9
    assert finding.score in finding.labels.values()


async def test_what_does_not_speak_to_the_harm_does_not_count(vendor: Vendor) -> None:
    finding = await vendor.check.examine(evidence("I want to kill myself"), "hate")

    assert finding.score is not None
    assert finding.score < 0.1
    assert finding.labels["self_harm_intent"] > 0.9
    assert len(finding.labels) == len(CATEGORIES)


@pytest.mark.parametrize(
    "base",
    [
        "https://api.example",
        "https://api.example/",
        "https://api.example/v1",
        "https://api.example/v1/",
        "https://api.example/v1/moderations",
    ],
)
def test_the_address_may_be_given_with_or_without_its_path(base: str) -> None:
    settings = OpenAiModerationSettings(base_url=base)

    assert settings.endpoint == "https://api.example/v1/moderations"


@pytest.mark.parametrize(
    "base", ["api.example", "ftp://api.example", "https://me:secret@api.example", "https://a/?b=1"]
)
def test_an_address_that_cannot_be_right_is_refused(base: str) -> None:
    with pytest.raises(ValidationError):
        OpenAiModerationSettings(base_url=base)


def test_a_harm_mapped_to_a_category_nobody_scores_is_refused() -> None:
    with pytest.raises(ValidationError):
        OpenAiModerationSettings(relevant={"harassment": ("rudeness",)})


def test_the_key_is_in_no_representation() -> None:
    assert "sesame" not in repr(SETTINGS) + str(SETTINGS) + SETTINGS.model_dump_json()


async def test_a_wrong_key_is_turned_down() -> None:
    vendor = Vendor(VendorSimulatorSettings(key=SecretStr("another")))

    with pytest.raises(TurnedDown):
        await vendor.check.examine(evidence("hello"), "hate")


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("rate_limit", Unavailable),
        ("error", Unavailable),
        ("hang", Unavailable),
        ("nonsense", Nonsense),
        ("nan", Nonsense),
        ("empty", Nonsense),
        ("html", Nonsense),
        ("redirect", TurnedDown),
    ],
)
async def test_a_fault_gives_an_error_once_and_then_a_score(
    vendor: Vendor, mode: str, error: type[CaseworkError]
) -> None:
    await vendor.breaks(mode, times=1)

    with pytest.raises(error):
        await vendor.check.examine(evidence("hello"), "hate")

    assert (await vendor.check.examine(evidence("hello"), "hate")).score is not None


async def test_a_rate_limit_names_the_vendor_s_wait(vendor: Vendor) -> None:
    await vendor.breaks("rate_limit")

    with pytest.raises(Unavailable) as told:
        await vendor.check.examine(evidence("hello"), "hate")

    assert told.value.retry_after == timedelta(seconds=1)


def scored(change: dict[str, Any] | None = None, **answer: Any) -> bytes:
    scores: dict[str, Any] = dict.fromkeys(CATEGORIES, 0.1) | (change or {})
    scores = {name: score for name, score in scores.items() if score != "missing"}
    result = {"flagged": False, "category_scores": scores}
    return json.dumps({"id": "modr-1", "model": "omni-1", "results": [result]} | answer).encode()


async def asked_of(answer: Answer) -> float | None:
    async with outbound_to(answer, SOON) as http:
        finding = await OpenAiModeration(http, SETTINGS).examine(evidence("hello"), "hate")
    return finding.score


@pytest.mark.parametrize("score", [0, 1, 0.0, 1.0, 0.55, 1e-9])
async def test_every_number_from_0_to_1_is_a_score(score: float) -> None:
    assert await asked_of(always(200, scored({"hate": score, "hate/threatening": 0}))) == score


ODD_ANSWERS: dict[str, bytes] = {
    **ODD_BODIES,
    "null": scored({"hate": None}),
    "another category null": scored({"sexual": None}),
    "NaN": scored({"hate": float("nan")}),
    "infinity": scored({"hate": float("inf")}),
    "above 1": scored({"hate": 1.0001}),
    "below 0": scored({"hate": -0.1}),
    "percent": scored({"hate": 97}),
    "text": scored({"hate": "0.9"}),
    "yes": scored({"hate": True}),
    "a list": scored({"hate": [0.9]}),
    "a missing category": scored({"hate": "missing"}),
    "an unknown category": scored({"weather": 0.3}),
    "no scores": scored(results=[{"flagged": False, "category_scores": {}}]),
    "scores null": scored(results=[{"flagged": False, "category_scores": None}]),
    "no results": scored(results=[]),
    "results null": scored(results=None),
    "results of another text too": scored(results=json.loads(scored())["results"] * 2),
    "flagged is not a boolean": scored(
        results=[{"flagged": "no", "category_scores": dict.fromkeys(CATEGORIES, 0.1)}]
    ),
    "no model": scored(model=None),
    "a model with a line break": scored(model="omni\n1"),
    "a model of 10 kB": scored(model="m" * 10_000),
    "an error with status 200": b'{"error": {"message": "overloaded", "type": "server_error"}}',
    "an error beside the results": scored(error={"message": "partial"}),
    "a list instead of an object": b"[" + scored() + b"]",
    "only a word": b'"ok"',
}


@pytest.mark.parametrize("body", ODD_ANSWERS.values(), ids=ODD_ANSWERS.keys())
async def test_an_odd_answer_is_nonsense_and_never_a_score(body: bytes) -> None:
    with pytest.raises(Nonsense):
        await asked_of(always(200, body))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (endless(b"x" * 65_536), Nonsense),
        (always(200, BOMB, content_encoding="gzip"), Nonsense),
        (always(200, scored(), content_encoding="br"), Nonsense),
        (always(302, scored(), location="http://127.0.0.1:9/"), TurnedDown),
        (always(307, scored(), location="http://127.0.0.1:9/"), TurnedDown),
        (always(401, scored()), TurnedDown),
        (always(403, scored()), TurnedDown),
        (always(404, scored()), TurnedDown),
        (always(422, scored()), TurnedDown),
        (always(429, scored()), Unavailable),
        (always(500, scored()), Unavailable),
        (always(503, scored()), Unavailable),
        (fails_with(httpx.ConnectError("certificate verify failed")), Unavailable),
        (fails_with(httpx.RemoteProtocolError("cut off")), Unavailable),
    ],
)
async def test_a_broken_exchange_is_an_error_and_never_a_score(
    answer: Answer, error: type[CaseworkError]
) -> None:
    with pytest.raises(error):
        await asked_of(answer)


async def test_no_error_carries_the_text_the_key_or_the_answer() -> None:
    canary = "canary-9"
    answer = always(200, scored({"hate": canary}))

    async with outbound_to(answer) as http:
        with pytest.raises(Nonsense) as told:
            await OpenAiModeration(http, SETTINGS).examine(evidence(canary), "hate")

    assert canary not in repr(told.value)
    assert told.value.__cause__ is None
