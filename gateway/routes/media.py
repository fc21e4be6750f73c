"""Media that were refused because their host was not listed, once it is."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from casework.base import Model
from casework.snapshots import CannotShow
from gateway.door import Door
from gateway.doors import doors_of
from gateway.problems import documented
from gateway.who import ORDERING, Caller, open_to
from integrations.media.settings import Host
from integrations.media.whereabouts import allowed
from storage.refused_media import AskedAgain

router = APIRouter(prefix="/v1", route_class=Door, tags=["media"])


class HostBody(Model):
    """`host` as it stands in the list; `after` is the `next` of the answer before."""

    host: Host
    after: Annotated[str, Field(max_length=100)] = ""


@router.post(
    "/media/again",
    openapi_extra=open_to(ORDERING, "writes"),
    responses=documented(401, 403, 413, 422, 429, 503),
)
async def ask_for_media_again(request: Request, caller: Caller, body: HostBody) -> AskedAgain:
    """Have fetched what was refused because this host was not listed, of cases in scope that are
    not closed or wait for somebody. At most 500 are looked at; go on with `next`."""

    def leads_there(url: str) -> bool:
        try:
            allowed(url, (body.host,))
        except CannotShow:
            return False
        return True

    return await doors_of(request).store.refused_media.ask_again(caller, leads_there, body.after)
