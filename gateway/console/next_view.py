"""What comes after a review was decided or passed on: the next one of the same queue."""

from contextlib import suppress

from fastapi import Request, Response

from casework.errors import Refused
from gateway.console.door import to, who_is
from gateway.console.home_view import home
from gateway.console.last_view import Told
from gateway.console.pages import is_swap
from gateway.console.review_view import Around, show
from gateway.console.said import Said, sentence
from gateway.desk import DeskWork
from gateway.doors import doors_of


async def next_in(
    request: Request, queue: str, last: Told | None = None, word: str = ""
) -> Response:
    """The next review, or the first page, saying what became of the last or what was done."""
    if not is_swap(request):
        return await _led_to_the_next(request, queue, last, word)
    review, refusal = None, None
    try:
        review = await DeskWork(doors_of(request)).claim_in_sight(who_is(request).person, queue)
    except Refused as error:
        refusal = Said(words=str(error), tone="warn")
    if review is None:
        said = refusal or (sentence("finished") if last else sentence(word))
        return await home(request, last=last, said=said)
    return await show(request, review, Around(last=last, said=sentence(word)))


async def _led_to_the_next(request: Request, queue: str, last: Told | None, word: str) -> Response:
    """For a browser that loads whole pages: it asks for the review itself."""
    claimed = None
    with suppress(Refused):  # the first page says what keeps reviews from them
        claimed = await DeskWork(doors_of(request)).claim(who_is(request).person, queue)
    where = f"/console/reviews/{claimed.review_id}" if claimed else "/console/"
    return to(f"{where}?last={last.submission_id}") if last else to(where, word)
