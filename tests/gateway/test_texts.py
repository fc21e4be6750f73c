"""Every text of the pages can be translated, and translators are given all of them."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from gateway.console.extract import pot
from gateway.console.pages import Pages
from gateway.console.texts import DOMAIN, LOCALE
from tests.gateway.browser import browser
from tests.gateway.counter import Counter

PRETENDED = "eo"
"""A language whose every text is the English one in brackets."""
DATA = {
    *(
        "UTC",
        "reviewers",
        "appeals",
        "harassment",
        "message",
        "toxicity",
        "classifier",
        "rita",
        "rolf",
    ),
    *("profanity", "vendor", "moderation", "vendor moderation", "Casework", "lena"),
    *("spam", "scam", "hate", "critical", "leads", "oncall", "legal", "Ctrl", "Esc"),
    *("otto", "illegal", "self", "harm", "csam", "version", "impersonation"),
}
"""Names of queues, harms, checks and people, which are the office's own."""
MONTH = "nov"
TEMPLATES = LOCALE.parent / "templates"


class Seen(HTMLParser):
    """What a page shows or says aloud, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"script", "style"} or "data-judged" in given or "mono" in given.get("class", ""):
            self._silent += tag not in {"input"}
        named = ("aria-label", "placeholder", "data-label", "data-does")
        self.pieces += [given[name] for name in named if name in given]

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag in {"script", "style", "span", "dd", "a", "bdi"}:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)


def untranslated(page: str) -> Iterator[str]:
    seen = Seen()
    seen.feed(page)
    text = "\n".join(seen.pieces)
    while "⟦" in text:
        shorter = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
        assert shorter != text, "a bracket was cut off"
        text = shorter
    for word in re.findall(r"[A-Za-z]{3,}", text):
        if word not in DATA and word.lower() != MONTH:
            yield word


def test_every_key_says_what_it_does_for_the_list_of_keys() -> None:
    lines = [
        (template.name, line)
        for template in TEMPLATES.glob("*.html")
        for line in template.read_text(encoding="utf-8").splitlines()
    ]

    silent = [at for at in lines if at[1].count("data-key=") > at[1].count("data-does=")]

    assert any("data-key=" in line for _, line in lines)
    assert silent == []


@pytest.fixture
def pretending(counter: Counter, tmp_path: Path) -> Counter:
    folder = tmp_path / PRETENDED / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (LOCALE / f"{DOMAIN}.pot").open("rb") as written:
        catalog = read_po(written, locale=PRETENDED)
    for message in catalog:
        if message.id:
            forms = message.id if isinstance(message.id, tuple) else (message.id,)
            told = tuple(f"⟦{form}⟧" for form in forms)
            message.string = told if isinstance(message.id, tuple) else told[0]
    with (folder / f"{DOMAIN}.mo").open("wb") as compiled:
        write_mo(compiled, catalog)
    counter.app.state.pages = Pages(counter.watch, tmp_path)
    return counter


def test_translators_have_every_text_there_is() -> None:
    assert (LOCALE / f"{DOMAIN}.pot").read_bytes() == pot(), "run `make texts`"


async def test_no_text_of_the_desk_is_left_in_english(pretending: Counter) -> None:
    await pretending.in_review()
    await pretending.in_review(detection_id="d-2", item={"type": "message", "id": "m-2"})
    async with browser(pretending, "rita") as person:
        person.client.headers["Accept-Language"] = PRETENDED
        home = await person.open("/console/")
        review = await person.send("/queues/reviewers/claim")
        following = await person.send("/decision", ruling="dismiss", reason="⟦⟧")
        last = await person.open(f"/console/submissions/{following.url.params['last']}")

    assert list(untranslated(home.text)) == []
    assert list(untranslated(evidence_aside(review.text))) == []
    assert list(untranslated(last.text)) == []


def evidence_aside(page: str) -> str:
    """Without what is judged and what the policy says: both are given in a language already."""
    page = re.sub(r"<bdi.*?</bdi>", "", page, flags=re.S)
    page = re.sub(r'<div class="rule">.*?</div>', "", page, flags=re.S)
    page = re.sub(r'<select id="grounds".*?</select>', "", page, flags=re.S)
    return re.sub(
        r'<button type="button" class="quiet" data-fills.*?</button>', "", page, flags=re.S
    )


@pytest.mark.parametrize("path", ["/console/cases", "/console/holds", "/console/recalls"])
async def test_no_text_of_the_lists_is_left_in_english(pretending: Counter, path: str) -> None:
    await pretending.in_review()
    async with browser(pretending, "otto") as person:
        person.client.headers["Accept-Language"] = PRETENDED
        page = await person.open(path)

    assert list(untranslated(page.text)) == []


async def test_no_text_of_a_case_is_left_in_english(pretending: Counter) -> None:
    case_id = await pretending.in_review()
    async with browser(pretending, "otto") as person:
        person.client.headers["Accept-Language"] = PRETENDED
        page = await person.open(f"/console/cases/{case_id}")

    assert list(untranslated(evidence_aside(page.text))) == []
