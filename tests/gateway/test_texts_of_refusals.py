"""Refusals, what happened in a case, and the appeal page: all of it in the language of the page."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest

from casework.errors import Malformed, TakeABreak
from casework.words import Verdict
from gateway.console.extract_refusals import TOLD, refusals
from gateway.console.texts import texts_in
from gateway.console.trail import FACTS, PROOFS
from gateway.console.wording import Wording
from gateway.problems import refusal_of
from tests.gateway.browser import Browser, browser
from tests.gateway.counter import Counter, detection
from tests.gateway.test_texts import PRETENDED, evidence_aside, pretending, untranslated

__all__ = ["pretending"]
ROOT = Path(__file__).parent.parent.parent
MACHINES_ONLY = {"gateway/batch.py", "gateway/intake.py", "gateway/routes/batches.py"}
"""Where no person is refused: these words are told to detectors alone."""


def left_in_english(page: str) -> list[str]:
    return list(untranslated(evidence_aside(page)))


async def claimed(person: Browser) -> None:
    person.client.headers["Accept-Language"] = PRETENDED
    await person.open("/console/")
    await person.send("/queues/reviewers/claim")


# -- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("rita", "/console/cases", 403),
        ("otto", "/console/me", 403),
        ("otto", "/console/cases/none", 404),
        ("rita", "/console/nothing", 404),
        ("rita", "/console/me/password", 404),
        ("rita", "/console/reviews/none", 412),
    ],
)
async def test_no_refusal_of_a_page_is_left_in_english(
    pretending: Counter, who: str, path: str, status: int
) -> None:
    async with browser(pretending, who) as person:
        person.client.headers["Accept-Language"] = PRETENDED
        page = await person.open(path)

    assert page.status_code == status
    assert "⟦" in page.text
    assert left_in_english(page.text) == []


@pytest.mark.parametrize(
    ("form", "filled_in"),
    [
        ("/note", {"text": " "}),
        ("/note", {"text": "⟦" + "x" * 4_001 + "⟧"}),
        ("/decision", {"ruling": "uphold", "reason": "⟦⟧"}),
        ("/decision", {"ruling": "odd", "reason": "⟦⟧"}),
    ],
)
async def test_no_refusal_of_what_was_filled_in_is_left_in_english(
    pretending: Counter, form: str, filled_in: dict[str, str]
) -> None:
    await pretending.in_review()
    async with browser(pretending, "rita") as person:
        await claimed(person)
        page = await person.send(form, **filled_in)

    assert page.status_code == 422
    assert left_in_english(page.text) == []


async def test_a_decision_that_comes_too_late_is_refused_in_the_language_of_the_page(
    pretending: Counter,
) -> None:
    await pretending.in_review()
    async with browser(pretending, "rita") as person:
        await claimed(person)
        pretending.watch.passes(timedelta(minutes=20))
        page = await person.send("/decision", ruling="dismiss", reason="⟦⟧")

    assert page.status_code == 412
    assert left_in_english(page.text) == []


async def test_the_interface_for_programs_stays_english(pretending: Counter) -> None:
    async with pretending.client() as client:
        client.headers["Accept-Language"] = PRETENDED
        answer = await client.post("/v1/detections", json=detection())

    assert answer.json()["code"] == "unauthenticated"
    assert "⟦" not in answer.text


def test_what_a_refusal_names_is_said_as_the_page_says_it() -> None:
    said = Wording(texts_in("en"), lambda: datetime.now(UTC))
    late = Malformed("not after %(latest)s", latest=datetime(2026, 11, 2, 12, 0, tzinfo=UTC))
    rest = TakeABreak("not before %(then)s", retry_after=timedelta(minutes=5), then="12:00")
    odd = Malformed("one of %(rulings)s", rulings=(Verdict.ENFORCE, Verdict.DISMISS))

    assert str(late) == "not after 2026-11-02T12:00:00+00:00"
    assert said.because(refusal_of(late, 5)) == "not after 2 Nov 2026, 12:00 UTC"
    assert said.because(refusal_of(rest, 5)) == str(rest) == "not before 12:00"
    assert refusal_of(rest, 5).headers == {"Retry-After": "300"}
    assert str(odd) == "one of enforce or dismiss"
    assert said.because(refusal_of(odd, 5)) == "one of enforce, dismiss"
    assert str(Malformed("100% of it")) == "100% of it"


def test_no_refusal_is_put_together_where_translators_cannot_see_it() -> None:
    assert list(put_together()) == []
    assert "a note has 1 to %(most)s characters" in refusals()
    assert "no such case" in refusals()  # where it is raised as a constant


def put_together() -> Iterator[str]:
    """Where one is raised with words that were made on the spot."""
    for package in ("casework", "storage", "gateway"):
        for file in (ROOT / package).rglob("*.py"):
            name = str(file.relative_to(ROOT))
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if name not in MACHINES_ONLY and is_put_together(node):
                    yield f"{name}:{getattr(node, 'lineno', 0)}"


def is_put_together(node: ast.AST) -> bool:
    if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call) or not node.exc.args:
        return False
    name = node.exc.func.id if isinstance(node.exc.func, ast.Name) else ""
    return name in TOLD and isinstance(node.exc.args[0], ast.JoinedStr)


# -- the trail -------------------------------------------------------------------------------------


def test_every_fact_of_the_trail_has_a_name_for_readers() -> None:
    found = {name for file in (ROOT / "storage").rglob("*.py") for name in facts_in(file)}

    assert {"desk", "verdict", "claim_id"} <= found
    assert found - set(FACTS) - PROOFS == set()


def facts_in(file: Path) -> Iterator[str]:
    """The names in a call that writes a line down, and in what is handed to it by a name."""
    for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        given = dict(named_in(function))
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and writes_a_line(call):
                for word in call.keywords:
                    handed = word.value.id if isinstance(word.value, ast.Name) else ""
                    yield from [word.arg] if word.arg else given.get(handed, ())


def writes_a_line(call: ast.Call) -> bool:
    return ast.unparse(call.func).endswith(("audit.append", "audit.write_down", "._say"))


def named_in(function: ast.AST) -> Iterator[tuple[str, list[str]]]:
    """What is given a name there, and the keys of what it is."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            parts = [part for part in ast.walk(node.value) if isinstance(part, ast.Dict)]
            keys = [key for part in parts for key in part.keys if isinstance(key, ast.Constant)]
            yield node.targets[0].id, [str(key.value) for key in keys]


# -- other pages -----------------------------------------------------------------------------------


async def test_no_text_of_a_closed_case_is_left_in_english(pretending: Counter) -> None:
    case_id, _ = await pretending.enforced()
    async with browser(pretending, "otto") as person:
        person.client.headers["Accept-Language"] = PRETENDED
        page = await person.open(f"/console/cases/{case_id}")

    assert left_in_english(page.text) == []


@pytest.mark.parametrize("path", ["/console/me", "/console/me/sessions", "/console/sign-in"])
async def test_no_text_about_oneself_is_left_in_english(pretending: Counter, path: str) -> None:
    async with browser(pretending, "rita") as person:
        person.client.headers["Accept-Language"] = PRETENDED
        page = await person.open(path)

    assert left_in_english(page.text) == []


@pytest.mark.parametrize("written", [None, "", "⟦⟧" * 3_000, "⟦⟧"])
async def test_no_text_of_the_appeal_page_is_left_in_english(
    pretending: Counter, written: str | None
) -> None:
    _, token = await pretending.enforced()
    facts = (await pretending.ask(None, "GET", f"/v1/appeals/{token}")).json()
    async with pretending.client() as client:
        client.headers["Accept-Language"] = PRETENDED
        if written is None:
            page = await client.get(f"/appeals/{token}")
        else:
            sent = {"reason": written}
            page = await client.post(f"/appeals/{token}", data=sent, follow_redirects=True)

    shown = page.text
    for in_a_language_of_its_own in ("body", "subject", "explanation", "grounds"):
        text = escape(facts[in_a_language_of_its_own]).replace("&#x27;", "&#39;")
        assert text in shown
        shown = shown.replace(text, "")
    assert left_in_english(shown) == []
