"""The checks that run in our own process, and their fakes."""

import math
from collections.abc import Callable, Sequence

import pytest

from casework.errors import Nonsense, TurnedDown, Unavailable
from casework.finding import MOST_MATCHES, Reading
from casework.ports import Check
from integrations.normaliser import normalise, plain
from integrations.profanity.client import Profanity
from integrations.profanity.fake import FakeProfanity
from integrations.profanity.settings import ProfanitySettings
from integrations.scam_signs.client import AT_MOST_IN_A_WARNING, ScamSigns
from integrations.scam_signs.fake import FakeScamSigns
from integrations.scam_signs.settings import ScamSignsSettings
from tests.integrations.cases import evidence


@pytest.fixture(scope="module")
def profanity() -> Profanity:
    """The real model, loaded once for all tests here."""
    return Profanity(ProfanitySettings())


@pytest.fixture
def scam_signs() -> ScamSigns:
    genuine = (*ScamSignsSettings().protected, "lanterngate.example")
    return ScamSigns(ScamSignsSettings(protected=genuine))


@pytest.fixture(params=["profanity", "fake profanity", "scam_signs", "fake scam_signs"])
def check(request: pytest.FixtureRequest, profanity: Profanity, scam_signs: ScamSigns) -> Check:
    checks: dict[str, Check] = {
        "profanity": profanity,
        "fake profanity": FakeProfanity(score=0.4),
        "scam_signs": scam_signs,
        "fake scam_signs": FakeScamSigns(score=0.4),
    }
    return checks[request.param]


async def test_a_text_gets_a_score_its_labels_and_the_version_of_what_scored_it(
    check: Check,
) -> None:
    finding = await check.examine(evidence("good morning everybody"), "harassment")

    assert finding.check == check.name
    assert finding.score is not None
    assert finding.labels
    assert finding.model


@pytest.mark.parametrize("text", ["", "  \n\t "])
async def test_nothing_to_read_is_no_harmless_text(check: Check, text: str) -> None:
    with pytest.raises(TurnedDown):
        await check.examine(evidence(text), "harassment")


async def test_a_text_too_long_to_read_whole_is_turned_down(check: Check) -> None:
    with pytest.raises(TurnedDown):
        await check.examine(evidence("a b " * 25_001), "harassment")


@pytest.mark.parametrize("fake", [FakeProfanity, FakeScamSigns])
async def test_a_fake_fails_as_often_as_it_was_told(
    fake: type[FakeProfanity] | type[FakeScamSigns],
) -> None:
    check = fake(score=0.9, fails_first=[Unavailable("down")])

    with pytest.raises(Unavailable):
        await check.examine(evidence("hello"), "harassment")

    assert (await check.examine(evidence("hello"), "harassment")).score == 0.9
    assert check.asked == ["msg_7", "msg_7"]


@pytest.mark.parametrize("text", ["you idiot", "y0u 1d10t", "you i d i o t", "you idi\u043et"])
async def test_an_insult_scores_high_however_it_is_written(profanity: Profanity, text: str) -> None:
    finding = await profanity.examine(evidence(text), "harassment")

    assert finding.score is not None
    assert finding.score > 0.9
    assert finding.labels["normalised"] == finding.score
    assert finding.model.startswith("alt-profanity-check 1.")


async def test_an_insult_does_not_drown_in_a_long_text(profanity: Profanity) -> None:
    padding = "The committee will meet again next week to look at the minutes. " * 40

    finding = await profanity.examine(evidence(f"{padding} you fucking idiot {padding}"), "hate")

    assert finding.score is not None
    assert finding.score > 0.9


@pytest.mark.parametrize("odd", [math.nan, math.inf, -0.1, 1.1])
@pytest.mark.parametrize("place", [0, 1])
async def test_a_model_that_answers_nonsense_gives_no_score(odd: float, place: int) -> None:
    def model(texts: Sequence[str]) -> Sequence[float]:
        return [odd if number == place else 0.2 for number, _ in enumerate(texts)]

    check = Profanity(ProfanitySettings(), load=lambda: model)

    with pytest.raises(Nonsense):
        await check.examine(evidence("hello"), "harassment")


async def test_the_model_is_loaded_once() -> None:
    loads: list[str] = []

    def load() -> Callable[[Sequence[str]], Sequence[float]]:
        loads.append("loaded")
        return lambda texts: [0.1] * len(texts)

    check = Profanity(ProfanitySettings(), load=load)
    await check.warm_up()
    await check.examine(evidence("hello"), "harassment")

    assert loads == ["loaded"]


SCAMS = [
    "FREE NITRO!! claim your gift at dlscord-nitro.gift/claim hurry, only 3 left @everyone",
    "Your account has been suspended. Verify your account within 24 hours: https://paypa1.com/login",
    "Du hast gewonnen! Nur heute: hol den iPhone gratis auf https://amazon-gewinn.top/los",
    "Gana 3.000 € a la semana, sin experiencia, plazas limitadas: https://dinero.example",
    "All members must re-verify at https://lantemgate.example/login or lose your rank",
    "fr\u0435\u0435 nitr\u043e giveaway, c\u04cfaim your reward now, urgent: http://disc\u043erd.com",
]
HONEST = [
    "check my stream at https://twitch.tv/bob tonight 8pm",
    "anyone got a spare charger? dm me",
    "that pineapple.org recipe is great",
    "the docs are on https://docs.github.com/en/actions and the router on http://192.168.0.1/",
    "Mein Konto wurde gesperrt, kann jemand helfen?",
    "version 1.2.3 of foo.py is out, e.g. see readme.md",
]


@pytest.mark.parametrize("text", SCAMS)
async def test_a_plain_scam_scores_high(scam_signs: ScamSigns, text: str) -> None:
    finding = await scam_signs.examine(evidence(text), "spam_scam")

    assert finding.score is not None
    assert finding.score >= 0.85


@pytest.mark.parametrize("text", HONEST)
async def test_what_honest_people_write_scores_low(scam_signs: ScamSigns, text: str) -> None:
    finding = await scam_signs.examine(evidence(text), "spam_scam")

    assert finding.score is not None
    assert finding.score <= 0.25


async def test_a_warning_that_quotes_a_scam_is_never_certain(scam_signs: ScamSigns) -> None:
    warning = f"Scam warning, do not click: {SCAMS[0]}"

    finding = await scam_signs.examine(evidence(warning), "spam_scam")

    assert finding.score == AT_MOST_IN_A_WARNING


@pytest.mark.parametrize(
    ("host", "sign"),
    [
        ("https://paypal.com.login.example/", "look_alike"),
        ("https://www.paypa1.com/", "look_alike"),
        ("https://pyapal.com/", "look_alike"),
        ("https://paypal-secure.com/", "look_alike"),
        ("hxxps://steamcomrnunity[.]com/", "look_alike"),
        ("https://xn--pypal-4ve.com/", "foreign_letters"),
        ("http://203.0.114.7/pay", "foreign_letters"),
        ("https://user@evil.xyz/", "cheap_ending"),
        ("https://bit.ly/abc", "short_link"),
    ],
)
async def test_an_odd_address_is_seen(scam_signs: ScamSigns, host: str, sign: str) -> None:
    finding = await scam_signs.examine(evidence(f"look: {host}"), "spam_scam")

    assert finding.labels[sign] > 0


@pytest.mark.parametrize(
    "host",
    [
        "https://paypal.com/",
        "https://www.paypal.com/de/home",
        "https://store.steampowered.com/app/1",
        "https://discord.gg/abc",
        "https://pineapple.org/",
        "https://stream.example/",
    ],
)
async def test_a_genuine_address_is_no_look_alike(scam_signs: ScamSigns, host: str) -> None:
    finding = await scam_signs.examine(evidence(f"look: {host}"), "spam_scam")

    assert finding.labels["look_alike"] == 0


async def test_signs_say_where_they_stand(scam_signs: ScamSigns) -> None:
    text = "FREE N1tro for all, claim your prize at https://bit.ly/x"

    finding = await scam_signs.examine(evidence(text), "spam_scam")

    says = {Reading.WRITTEN: text, Reading.PLAIN: plain(text), Reading.NORMALISED: normalise(text)}
    marked = {says[m.reading][m.start : m.end]: m.label for m in finding.matches}
    assert marked["free nitro"] == "money_lure"
    assert marked["https://bit.ly"] == "link"


async def test_an_insult_is_found_in_the_reading_that_shows_it(profanity: Profanity) -> None:
    text = "good morning you fuck1ng idi0t"

    finding = await profanity.examine(evidence(text), "harassment")

    read = normalise(text)
    there = [m for m in finding.matches if m.reading is Reading.NORMALISED]
    assert "fucking" in [read[m.start : m.end] for m in there]


async def test_a_finding_names_no_more_places_than_it_may(scam_signs: ScamSigns) -> None:
    finding = await scam_signs.examine(evidence("see https://bit.ly/x " * 80), "spam_scam")

    assert len(finding.matches) == MOST_MATCHES
