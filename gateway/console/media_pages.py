"""Pictures on the review page: ours, made anew, and never from where they came."""

from fastapi import APIRouter, Request, Response

from gateway.console.door import PageDoor, for_roles, who_is
from gateway.doors import doors_of
from gateway.pictures import Beside
from gateway.who import DESK

router = APIRouter(prefix="/console", route_class=PageDoor, include_in_schema=False)
_NOTHING_ELSE = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Content-Disposition": "inline",
}
"""Even opened by itself it is a picture that may do nothing."""


@router.get("/reviews/{review_id}/media/{place}", openapi_extra=for_roles(DESK))
async def picture(request: Request, review_id: str, place: int) -> Response:
    jpeg = await Beside(doors_of(request)).jpeg(who_is(request).person, review_id, place)
    return Response(jpeg, media_type="image/jpeg", headers=_NOTHING_ELSE)
