"""The page behind the link in a notice: what was decided, and how to appeal. No sign-in."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from casework.errors import AlreadyAppealed, AppealWindowClosed, Malformed, TooLarge
from gateway.console.door import to
from gateway.console.pages import pages_of
from gateway.doors import doors_of
from gateway.problems import status_of
from gateway.reading import CappedRequest
from gateway.routes.appeals import address_of, appeals_of

router = APIRouter(prefix="/appeals", include_in_schema=False)


@router.get("/{token}")
async def appeal_page(request: Request, token: str) -> Response:
    return await _page(request, token)


@router.post("/{token}")
async def send_an_appeal(request: Request, token: str) -> Response:
    """Stored, then shown as it stands; a mistake keeps what was written."""
    desk = appeals_of(request)
    desk.knock(token, address_of(request))
    capped = CappedRequest(request.scope, request.receive, doors_of(request).settings)
    await capped.body()
    async with capped.form() as filled_in:
        words = str(filled_in.get("reason", "")).strip()
    try:
        await desk.file(token, words, "web")
    except (Malformed, TooLarge) as error:
        return await _page(request, token, status_of(error), words, str(error))
    except (AlreadyAppealed, AppealWindowClosed) as error:
        return await _page(request, token, status_of(error))
    return to(request.url.path)


async def _page(
    request: Request,
    token: str,
    status: int = HTTPStatus.OK,
    words: str = "",
    problem: str = "",
) -> Response:
    desk = appeals_of(request)
    desk.knock(token, address_of(request))
    view = await desk.look(token)
    return pages_of(request).show(
        request, "appeal.html", status, appeal=view, words=words, problem=problem
    )
