"""Appeals over HTTP, for platforms that show them inside their own application."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from gateway.answers import AppealBody
from gateway.appeals import AppealAnswer, AppealDesk, digest_of
from gateway.door import Door, Handler
from gateway.doors import doors_of
from gateway.problems import documented
from gateway.reading import CappedRequest

router = APIRouter(prefix="/v1", tags=["appeals"])


class AppealDoor(Door):
    """Whoever shows a notice's token may come in; repetitions are told apart by it."""

    def get_route_handler(self) -> Handler:
        inner = APIRoute.get_route_handler(self)

        async def enter(request: Request) -> Response:
            capped = CappedRequest(request.scope, request.receive, doors_of(request).settings)
            body = await capped.json()
            token = str(body.get("token", "")) if isinstance(body, Mapping) else ""
            appeals_of(request).knock(token, address_of(request))
            return await self.once(capped, f"appeal:{digest_of(token)}", inner)

        return enter


appeals = APIRouter(prefix="/v1", route_class=AppealDoor, tags=["appeals"])


@appeals.post(
    "/appeals",
    status_code=202,
    openapi_extra={"x-roles": [], "x-quota": "appeals", "security": []},
    responses=documented(404, 409, 410, 413, 422, 429, 503),
)
async def appeal(request: Request, response: Response, asked: AppealBody) -> AppealAnswer:
    """Appeal against the decision a notice told of. A person who had no part in it will decide."""
    view = await appeals_of(request).file(asked.token, asked.reason, "api")
    response.headers["Location"] = f"/v1/appeals/{asked.token}"
    return view


@router.get(
    "/appeals/{token}",
    openapi_extra={"x-roles": [], "x-quota": "appeals", "security": []},
    responses=documented(404, 429, 503),
)
async def show_an_appeal(request: Request, token: str) -> AppealAnswer:
    """What was decided and why, whether it can be appealed, and what became of the appeal."""
    desk = appeals_of(request)
    desk.knock(token, address_of(request))
    return await desk.look(token)


def appeals_of(request: Request) -> AppealDesk:
    return AppealDesk(doors_of(request), request.app.state.rates)


def address_of(request: Request) -> str:
    return request.client.host if request.client else "unknown"
