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
from integrations.inbox.letters import APPEAL_LINK, Letter
from integrations.inbox.mailroom import Mailroom
from integrations.inbox.pages import PagerAlert, SlackPost

SHOWN: Final = 100
"""Letters and pages on the page; the rest is counted there and found by account or kind."""

_HERE = Path(__file__).parent
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
    router = APIRouter(include_in_schema=False)
    rooms = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    rooms.filters["pieces"] = lambda text: list(pieces(text))
    rooms.filters["from_slack"] = unescape
    template = rooms.get_template("page.html")

    @router.get("/")
    async def show(account: str = "", kind: str = "") -> HTMLResponse:
        notices = _by_notice(mailroom.letters.newest_first(account=account.strip(), kind=kind))
        pages = mailroom.pages.newest_first()
        html = template.render(
            notices=notices[:SHOWN],
            more_notices=max(len(notices) - SHOWN, 0),
            pages=pages[:SHOWN],
            more_pages=max(len(pages) - SHOWN, 0),
            account=account.strip(),
            kind=kind,
            kinds=[known.value for known in NoticeKind],
            faults=[
                f"{door} {fault['mode']}"
                for door, fault in mailroom.doors.state.model_dump().items()
                if fault["mode"] != "none"
            ],
            ringing=sum(_rings(page) for page in pages),
        )
        return HTMLResponse(html, headers=_HEADERS)

    @router.get("/page.css")
    async def style() -> Response:
        return Response((_HERE / "page.css").read_text(encoding="utf-8"), media_type="text/css")

    return router


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
