"""The simulated vendor's judgement: plausible, spread, the same every time."""

import json
from pathlib import Path

import httpx
import pytest
from pydantic import BaseModel

from integrations.openai_moderation.scorer import score
from integrations.openai_moderation.settings import CATEGORIES, RELEVANT
from integrations.openai_moderation.simulator import VendorSimulatorSettings, app

CORPUS = Path(__file__).parents[2] / "cli" / "demo_corpus"


def worst(text: str, harm: str) -> float:
    scores = score(text)
    return max(scores[category] for category in RELEVANT[harm])


@pytest.mark.parametrize(
    ("harm", "text"),
    [
        ("harassment", "kill yourself, nobody would miss you"),
        ("harassment", "I know where you live and I will break your legs"),
        ("harassment", "k1ll y0ur5elf"),
        ("harassment", "Geh sterben, du Versager"),
        ("hate", "these immigrants are vermin, exterminate them all"),
        ("self_harm", "I want to end my life tonight, goodbye everyone"),
    ],
)
def test_plain_abuse_and_plain_danger_are_nearly_certain(harm: str, text: str) -> None:
    assert worst(text, harm) >= 0.97


@pytest.mark.parametrize(
    "text", ["you are an idiot", "du bist ein Trottel", "t'es nulle", "eres un idiota"]
)
def test_a_plain_insult_is_likely_and_not_certain(text: str) -> None:
    assert 0.55 <= worst(text, "harassment") <= 0.90


@pytest.mark.parametrize(
    "text",
    [
        "good morning everybody",
        "this game is killing me lol",
        "strongly disagree, that is a bad argument",
        "I'd kill for that recipe",
        "Bis morgen, ich bringe Kuchen mit",
        "On se voit demain à midi ?",
        "happy pride from all of us queers",
        "",
    ],
)
def test_what_is_harmless_scores_low_for_every_harm(text: str) -> None:
    assert all(worst(text, harm) < 0.2 for harm in ("harassment", "hate", "self_harm"))


def test_the_same_text_gets_the_same_scores_and_all_of_them() -> None:
    text = "you useless waste of space"

    assert score(text) == score(text)
    assert score(text).keys() == CATEGORIES
    assert all(0.0 < value < 1.0 for value in score(text).values())


class Truth(BaseModel):
    item_id: str
    harm: str
    truth: bool


class DemoItem(BaseModel):
    id: str
    text: str


class DemoLine(BaseModel):
    harm: str
    item: DemoItem


def demo_scores(harm: str) -> list[tuple[bool, float]]:
    if not CORPUS.is_dir():
        pytest.skip("no demo corpus here")
    truths = [
        Truth.model_validate_json(line)
        for line in (CORPUS / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    true = {truth.item_id: truth.truth for truth in truths if truth.harm == harm}
    lines = (CORPUS / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    texts = {line.item.id: line.item.text for line in map(DemoLine.model_validate_json, lines)}
    return [(true[item], worst(text, harm)) for item, text in texts.items() if item in true]


@pytest.mark.parametrize("harm", ["harassment", "hate", "self_harm"])
def test_the_demo_corpus_gets_a_sensible_spread(harm: str) -> None:
    scores = demo_scores(harm)

    abuse = [score for true, score in scores if true]
    harmless = [score for true, score in scores if not true]
    assert sum(score > 0.55 for score in abuse) > 0.7 * len(abuse)
    assert sum(score < 0.3 for score in harmless) > 0.8 * len(harmless)
    assert max(harmless) < 0.97


async def test_several_texts_get_several_results_and_parts_get_one() -> None:
    transport = httpx.ASGITransport(app(VendorSimulatorSettings()))
    parts = [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": "u"}}]

    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as client:
        several = await client.post("/v1/moderations", json={"input": ["one", "two"]})
        one = await client.post("/v1/moderations", json={"input": parts})
        broken = await client.post("/v1/moderations", json={"input": 7})
        health = await client.get("/healthz")

    assert len(several.json()["results"]) == 2
    assert len(one.json()["results"]) == 1
    assert broken.status_code == 400
    assert json.loads(broken.content)["error"]["type"] == "invalid_request_error"
    assert health.json() == {"status": "ok"}


async def test_a_fault_that_does_not_exist_is_refused() -> None:
    transport = httpx.ASGITransport(app(VendorSimulatorSettings()))

    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as client:
        answer = await client.post("/simulator/faults", json={"mode": "earthquake"})
        current = await client.get("/simulator/faults")

    assert answer.status_code == 422
    assert current.json() == {"mode": "none", "next": None}
