"""POST /v1/detections: one at a time."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from casework.detection import Detection
from gateway.answers import DetectionAnswer
from gateway.door import Door
from gateway.doors import doors_of
from gateway.intake import FrontDesk
from gateway.problems import documented
from gateway.who import DETECTORS, Caller, open_to

router = APIRouter(prefix="/v1", route_class=Door, tags=["detections"])
LONGEST_WAIT_S = 30.0


@router.post(
    "/detections",
    status_code=202,
    response_model=DetectionAnswer,
    response_model_exclude_none=True,
    openapi_extra=open_to(DETECTORS, "detections"),
    responses=documented(401, 403, 409, 413, 422, 429, 503),
)
async def report_a_detection(
    request: Request,
    response: Response,
    caller: Caller,
    detection: Detection,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_S)] = 0,
) -> DetectionAnswer:
    """Store a detection and tell its case. The same `detection_id` again gets the same answer.

    With `?wait=` (seconds) the answer has the ruling as soon as there is one. 503 with the code
    `stored_not_started` means that nothing is lost: sending it again is safe and not needed.
    """
    desk = FrontDesk(doors_of(request), request.app.state.metrics)
    longest = doors_of(request).settings.longest_wait
    answer = await desk.take_in(caller, detection, min(timedelta(seconds=wait), longest))
    response.headers["Location"] = f"/v1/cases/{answer.case_id}"
    return answer
