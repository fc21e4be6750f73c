"""A refusal, said on the page that asked or on one of its own. What was typed is on it."""

from urllib.parse import urlsplit

from fastapi import Request, Response

from casework.base import Model
from casework.errors import CaseworkError, NotFound
from casework.records import Person
from gateway.console.last_view import Told, told
from gateway.console.pages import is_swap, pages_of
from gateway.console.texts import marked
from gateway.doors import Doors, doors_of
from gateway.problems import Refusal, refusal_of
from storage.on_the_way import Became, Whereabouts

_SHOWN_IN = {"HX-Retarget": "#refused", "HX-Reswap": "innerHTML", "HX-Reselect": "#refusal"}
_RIGHTS = marked("Your right to decide this was withdrawn, so nothing was handed in.")
_TAKEN = marked("Your claim ran out, and somebody else has this review now.")
_FREE = marked("Your claim ran out. The review is back in its queue; nothing was handed in.")
_OVER = marked("This review was decided without you meanwhile, so nothing was handed in.")
_YOURS = marked("You have decided this already, in another window or a moment ago. This counts:")
_GAVE_BACK = marked("You gave this review back, so it is not yours to decide.")
_MOVED = marked("This review went to another desk, so it is not yours to decide.")
_ENDED = {"released": _GAVE_BACK, "handed_over": _MOVED, "moved": _MOVED}


class Explained(Model):
    """Why a decision was not taken, as far as it concerns whoever made it."""

    words: str
    before: Told | None = None
    queue: str = ""


async def explained(doors: Doors, person: Person, review_id: str) -> Explained | None:
    """None where this person never held such a review, and for what the error says best."""
    try:
        where = await doors.store.on_the_way.whereabouts(review_id, person)
    except NotFound:
        return None
    words = _where(where)
    if words is None:
        return None
    before = await told(doors, where.handed_in) if where.handed_in else None
    return Explained(words=words, before=before, queue=where.queue)


def _where(where: Whereabouts) -> str | None:
    if where.handed_in is not None and where.handed_in.became is not Became.REFUSED:
        return _YOURS
    if not where.in_scope:
        return _RIGHTS
    if not where.is_open:
        return _OVER
    if where.ended in _ENDED:
        return _ENDED[where.ended]
    if where.expired_at is None:
        return None
    return _TAKEN if where.is_with_another else _FREE


async def refuse(
    request: Request, error: CaseworkError, why: Explained | None = None, typed: str = ""
) -> Response:
    wait = doors_of(request).settings.retry_after.total_seconds()
    return say(request, refusal_of(error, wait), why, typed)


def say(
    request: Request, refusal: Refusal, why: Explained | None = None, typed: str = ""
) -> Response:
    """The problem on a page; for a page that is open already, the part of it that says so."""
    template = "refusal.html" if is_swap(request) else "error.html"
    page = pages_of(request).show(
        request,
        template,
        refusal.problem.status,
        problem=refusal.problem,
        refusal=refusal,
        why=why,
        typed=typed,
        open_page=urlsplit(request.headers.get("hx-current-url", "")).path or request.url.path,
    )
    page.headers.update(refusal.headers)
    if is_swap(request):
        page.headers.update(_SHOWN_IN)
    return page
