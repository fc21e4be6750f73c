"""The page to read it all on."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from casework.base import Model
from casework.words import NoticeKind
from integrations.inbox.faults import InboxFaultState
from integrations.inbox.letters import APPEAL_LINK, Letter
from integrations.inbox.mailroom import Mailroom
from integrations.inbox.pages import PagerAlert, SlackPost

SHOWN: Final = 100
"""Letters and pages on the page; the rest is counted there and found by account or kind."""

_HERE = Path(__file__).parent
_STYLE = _HERE / "page.css"
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    # An appeal link is a secret; where it leads need not learn where it was.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Piece(Model):
    """A part of a letter's text; `is_link` for an appeal link."""

    text: str
    is_link: bool


def router(mailroom: Mailroom) -> APIRouter:
    shown = _Page(mailroom)
    made = APIRouter(include_in_schema=False)
    made.add_api_route("/", shown.show, methods=["GET"], response_class=HTMLResponse)
    made.add_api_route("/page.css", shown.style, methods=["GET"])
    return made


class _Page:
    def __init__(self, mailroom: Mailroom) -> None:
        self._mailroom = mailroom
        templates = Environment(
            loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined
        )
        templates.filters["pieces"] = lambda text: list(pieces(text))
        templates.filters["from_slack"] = unescape
        self._template = templates.get_template("page.html")

    async def show(self, account: str = "", kind: str = "") -> HTMLResponse:
        account = account.strip()
        letters = self._mailroom.letters.newest_first(account=account, kind=kind)
        notices, pages = _by_notice(letters), self._mailroom.pages.newest_first()
        html = self._template.render(
            notices=notices[:SHOWN],
            more_notices=max(len(notices) - SHOWN, 0),
            pages=pages[:SHOWN],
            more_pages=max(len(pages) - SHOWN, 0),
            account=account,
            kind=kind,
            kinds=[known.value for known in NoticeKind],
            faults=_out_of_order(self._mailroom.doors.state),
            ringing=sum(_rings(page) for page in pages),
        )
        return HTMLResponse(html, headers=_HEADERS)

    async def style(self) -> Response:
        return Response(_STYLE.read_text(encoding="utf-8"), media_type="text/css")


def pieces(text: str) -> Iterator[Piece]:
    """The text, cut at its appeal links; together they are the text again."""
    end = 0
    for found in re.finditer(APPEAL_LINK, text):
        yield Piece(text=text[end : found.start()], is_link=False)
        yield Piece(text=found[0], is_link=True)
        end = found.end()
    yield Piece(text=text[end:], is_link=False)


def _by_notice(letters: list[Letter]) -> list[list[Letter]]:
    """What came of one notice, over all ways, together."""
    notices: dict[str, list[Letter]] = {}
    for letter in letters:
        notices.setdefault(letter.notice_id or letter.id, []).append(letter)
    return list(notices.values())


def _rings(page: PagerAlert | SlackPost) -> bool:
    return isinstance(page, PagerAlert) and page.status == "triggered"


def _out_of_order(state: InboxFaultState) -> list[str]:
    doors = {name: getattr(state, name) for name in InboxFaultState.model_fields}
    return [f"{name} {fault.mode}" for name, fault in doors.items() if fault.mode != "none"]
