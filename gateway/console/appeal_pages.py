"""The page behind the link in a notice: what was decided, and how to appeal. No sign-in."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response

from casework.errors import (
    AlreadyAppealed,
    AlreadyDecided,
    AppealWindowClosed,
    Malformed,
    NotFound,
    TooLarge,
)
from gateway.appeals import AppealDesk
from gateway.console import appeal_words
from gateway.console.door import to
from gateway.console.pages import pages_of
from gateway.console.texts import marked
from gateway.doors import doors_of
from gateway.problems import status_of
from gateway.reading import CappedRequest
from gateway.routes.appeals import address_of, appeals_of
from storage.appeals import LONGEST

router = APIRouter(prefix="/appeals", include_in_schema=False)
_TWICE = marked("There was an appeal already, and there is one for each decision.")
_NOT_ANY_MORE = marked("This decision cannot be appealed any more.")
_EMPTY = marked("Please say why the decision is wrong. A few words are enough.")
_LONG = marked("This is too long: please shorten it to {most} characters. It has {has} now.")


@router.get("/{token}")
async def appeal_page(request: Request, token: str) -> Response:
    return await _page(request, token)


@router.post("/{token}")
async def send_an_appeal(request: Request, token: str) -> Response:
    """Stored, then shown as it stands; whatever goes wrong, what was written stays on the page."""
    desk = appeals_of(request)
    desk.knock(token, address_of(request))
    words = await _written(request)
    try:
        await desk.file(token, words, "web")
    except NotFound:
        return _unknown(request)
    except Malformed as error:
        return await _page(request, token, status_of(error), problem=_EMPTY)
    except TooLarge as error:
        return await _page(request, token, status_of(error), problem=_LONG, words=words)
    except AlreadyAppealed as error:
        return await _page(request, token, status_of(error), problem=_TWICE, words=words)
    except (AppealWindowClosed, AlreadyDecided) as error:
        return await _page(request, token, status_of(error), problem=_NOT_ANY_MORE, words=words)
    return to(request.url.path)


async def _written(request: Request) -> str:
    capped = CappedRequest(request.scope, request.receive, doors_of(request).settings)
    await capped.body()
    async with capped.form() as filled_in:
        words = filled_in.get("reason", "")
    return words.replace("\r\n", "\n").strip() if isinstance(words, str) else ""


async def _page(
    request: Request, token: str, status: int = HTTPStatus.OK, problem: str = "", words: str = ""
) -> Response:
    """`words` were not taken, and are shown again."""
    desk: AppealDesk = appeals_of(request)
    desk.knock(token, address_of(request))
    try:
        found = await desk.whole(token)
    except NotFound:
        return _unknown(request)
    shown: dict[str, Any] = {
        "appeal": found.answer,
        "item_text": found.item_text,
        "sent": found.words,
        "things": appeal_words.THINGS,
        "sentences": appeal_words.sentences,
        "elsewhere": appeal_words.ELSEWHERE,
        "most": LONGEST,
        "has": len(words),
    }
    return pages_of(request).show(
        request, "appeal.html", status, problem=problem, words=words, **shown
    )


def _unknown(request: Request) -> Response:
    """The same for every link that leads to nothing, whatever is wrong with it."""
    return pages_of(request).show(request, "appeal_unknown.html", HTTPStatus.NOT_FOUND)
