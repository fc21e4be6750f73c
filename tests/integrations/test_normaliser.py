"""What a disguised word is read as, and what is left as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.normaliser import LONGEST, fold, normalise, readings


@pytest.mark.parametrize(
    "disguised",
    [
        "idiot",
        "IDIOT",
        "1d10t",
        "!d!0t",
        "i d i o t",
        "i.d.i.o.t",
        "i-d-i-o-t",
        "i_d_i_o_t",
        "iiidiooooot",
        "idi\u200bot",
        "idi\u00adot",
        "\u202eidiot\u202c",
        "id\U000e0069iot",
        "i\u3164diot",
        "idi\u043et",
        "\u0456d\u0456\u043et",
        "id\u03b9ot",
        "ｉｄｉｏｔ",
        "𝓲𝓭𝓲𝓸𝓽",
        "ⓘⓓⓘⓞⓣ",
        "🅸🅳🅸🅾🆃",
        "i̷d̸i̶o̵t̴",
        "îdïöt",
    ],
)
def test_a_disguised_word_is_read_as_what_it_looks_like(disguised: str) -> None:
    assert normalise(disguised) == "idiot"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("y0u 4r3 4n 1d10t!", "you are an idiot!"),
        ("ki11 y0urself", "kill yourself"),
        ("1oser", "loser"),
        ("f*ck off", "fuck off"),
        ("D u  b i s t  e i n  N i e m a n d", "du bist ein niemand"),
    ],
)
def test_a_disguised_sentence_is_read(written: str, read: str) -> None:
    assert normalise(written) == read


@pytest.mark.parametrize(
    "plain",
    ["meet at 5pm", "only 3 left", "it was 10k, 50% off!", "costs $20 or 3.50€", "2nd of 4"],
)
def test_amounts_and_times_stay(plain: str) -> None:
    assert normalise(plain) == plain


def test_a_word_of_another_script_is_spelt_by_sound_not_by_look() -> None:
    assert fold("привет, Ελλάδα") == "privet, Ellada"


def test_an_emoji_adds_no_words() -> None:
    assert normalise("nice 🍆😀 one") == "nice one"


def test_addresses_stay_readable_in_the_folded_text() -> None:
    assert fold("see https://example.org/a?b=1 or x@y.example") == (
        "see https://example.org/a?b=1 or x@y.example"
    )


def test_the_text_itself_is_one_of_its_readings() -> None:
    assert readings("M0ntag, für dich") == (
        "M0ntag, für dich",
        "M0ntag, fur dich",
        "montag, fur dich",
    )
    assert readings("hello") == ("hello",)


@given(st.text(max_size=200))
def test_any_text_becomes_short_plain_and_stays_so(text: str) -> None:
    once = normalise(text)

    assert all(char.isascii() or char == "€" for char in once)
    assert all(char.isprintable() for char in once)


def test_a_text_that_grows_is_cut() -> None:
    assert len(fold("\ufdfa" * LONGEST)) <= LONGEST
