"""The first page: the queues, and what the reader holds."""

from fastapi import Request, Response

from gateway.care import Care
from gateway.console.door import who_is
from gateway.console.last_view import Told
from gateway.console.pages import is_swap, pages_of
from gateway.console.said import Said
from gateway.desk import DeskWork
from gateway.doors import doors_of
from gateway.who import DESK


async def home(request: Request, last: Told | None = None, said: Said | None = None) -> Response:
    doors, person = doors_of(request), who_is(request).person
    is_at_work = person.role in DESK
    held = await doors.store.on_the_way.held_by(person) if is_at_work else ()
    kept = await doors.store.passing.kept_for(person.id) if is_at_work else ()
    page = pages_of(request).show(
        request,
        "home.html",
        queues=await DeskWork(doors).queues(person),
        held=held,
        kept=kept,
        load=await Care(doors).load(person) if is_at_work else None,
        said=said,
        last=last,
    )
    if is_swap(request):
        page.headers["HX-Push-Url"] = "/console/"
    return page
