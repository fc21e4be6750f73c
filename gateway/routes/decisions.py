"""What can be done about a decision that was just made."""

from fastapi import APIRouter, Request

from casework.second_thoughts import Undone
from gateway.door import Door
from gateway.doors import doors_of
from gateway.problems import documented
from gateway.second_thoughts import SecondThoughts
from gateway.who import DESK, Caller, open_to

router = APIRouter(prefix="/v1", route_class=Door, tags=["reviews"])


@router.post(
    "/decisions/{decision_id}/undo",
    openapi_extra=open_to(DESK, "writes"),
    responses=documented(401, 403, 404, 409, 422, 429, 503),
)
async def take_a_decision_back(request: Request, caller: Caller, decision_id: str) -> Undone:
    """Take back your own first decision while its policy's `undo_within` runs.

    A lead may take back anybody's. Nothing of it was done yet, and the case asks again:
    `review_id` is the new question.
    """
    return await SecondThoughts(doors_of(request)).undo(caller, decision_id)
