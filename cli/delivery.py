"""Hands detections to a gateway and does not give up."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from casework.base import Model
from casework.detection import Detection
from casework.errors import Unavailable
from cli.api import Answer, Api
from cli.bridge_place import BridgePlace
from integrations.matrix.claims import as_sent

_AT_ONCE = 8
_SAYS_SO_AFTER_S = 20.0
"""How long the gateway may be away before that is logged, again and again while it lasts."""
_PAUSE = timedelta(seconds=5)
_ABOUT_THE_DETECTION = frozenset({"malformed", "too_large", "future_dated", "detection_conflict"})
"""Refusals of this detection alone. All others mean that the bridge is set up wrongly: it ends,
and everything is sent again once that is mended."""

_log = structlog.get_logger("bridge")


class Handed(Model):
    accepted: int = 0
    refused: int = 0


class Delivery:
    def __init__(self, api: Api, place: BridgePlace) -> None:
        self._api = api
        self._place = place

    async def hand_in(self, detections: Sequence[Detection]) -> Handed:
        """Return once each was taken, or refused and written down.

        Raises:
            Refused: for the token, its scope, an unknown harm, a wrong address.
        """
        lanes = asyncio.Semaphore(_AT_ONCE)

        async def one(detection: Detection) -> bool:
            async with lanes:
                return await self._hand_in(detection)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(detection)) for detection in detections]
        except ExceptionGroup as several:  # the others were stopped; one line says enough
            raise several.exceptions[0] from None
        taken = [task.result() for task in tasks]
        return Handed(accepted=sum(taken), refused=len(taken) - sum(taken))

    async def _hand_in(self, detection: Detection) -> bool:
        text = as_sent(detection)
        answer = await self._sent(text)
        if answer.is_success:
            return True
        if answer.code not in _ABOUT_THE_DETECTION:
            answer.read()
        self._place.refuse(answer.code, answer.detail, text.decode())
        _log.error("refused", code=answer.code, detection_id=detection.detection_id)
        return False

    async def _sent(self, text: bytes) -> Answer:
        """Again for as long as it takes, with the waits that the gateway names."""
        while True:
            try:
                return await self._api.send_patiently("/detections", text, _SAYS_SO_AFTER_S)
            except Unavailable as error:
                _log.warning("gateway_away", said=str(error))
                await asyncio.sleep((error.retry_after or _PAUSE).total_seconds())
