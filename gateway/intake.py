"""A detection on its way in: may it, is it sound, store it, tell its case."""

import hashlib
from datetime import timedelta

import structlog

from casework.detection import Detection
from casework.errors import (
    CaseworkError,
    Forbidden,
    FutureDated,
    TooLarge,
    Unavailable,
    UnknownHarm,
)
from casework.orders import CaseStart, DetectionNews, StartFacts, VerdictAnswer
from casework.records import Person
from casework.words import Outcome, Stage, Verdict
from gateway.answers import DetectionAnswer, DetectionStatus
from gateway.doors import Doors
from gateway.metrics import Metrics
from gateway.problems import StoredNotStarted
from gateway.strict_json import canonical
from integrations.normaliser import normalise
from storage.intake import Accepted
from storage.sketches import READ_FOR_LIKENESS, SHORTEST

_STATUS = {
    Verdict.ENFORCE: DetectionStatus.ENFORCED,
    Verdict.DISMISS: DetectionStatus.DISMISSED,
    Verdict.REVIEW: DetectionStatus.REVIEW,
}
_log = structlog.get_logger("gateway")


class FrontDesk:
    """Takes detections in. Taking the same one in again answers the same."""

    def __init__(self, doors: Doors, metrics: Metrics) -> None:
        self._doors = doors
        self._metrics = metrics

    async def take_in(
        self, person: Person, detection: Detection, wait: timedelta
    ) -> DetectionAnswer:
        """Store the detection and make sure that its case knows of it.

        Raises:
            Forbidden, TooLarge, UnknownHarm, FutureDated, DetectionConflict: nothing was stored.
            StoredNotStarted: it is stored, and its case is told as soon as that is possible.
        """
        try:
            await self._check(person, detection)
            digest = hashlib.sha256(canonical(detection.model_dump(mode="json"))).digest()
            accepted = await self._doors.store.intake.accept(
                detection, digest, person.id, read=_read(detection)
            )
            answer = await self._answer(accepted, detection, wait)
        except CaseworkError as error:
            self._metrics.detection(error.code)
            raise
        self._metrics.detection("accepted" if accepted.wake else "repeated")
        return answer

    async def _check(self, person: Person, detection: Detection) -> None:
        if not person.covers(detection.harm):
            raise Forbidden("this token may not report this harm")
        settings = self._doors.settings
        if len(detection.item.text or "") > settings.text_cap_chars:
            raise TooLarge(f"a text may have {settings.text_cap_chars} characters")
        if detection.harm not in await self._doors.store.policies.harms():
            raise UnknownHarm("there is no policy for this harm")
        if detection.observed_at > self._doors.clock() + settings.clock_skew:
            raise FutureDated("observed_at lies in the future")

    async def _answer(
        self, accepted: Accepted, detection: Detection, wait: timedelta
    ) -> DetectionAnswer:
        if not wait:
            if accepted.wake:
                await self._tell(accepted, detection, wait)
            return _said(accepted, DetectionStatus.ACCEPTED, None)
        ruled = None if accepted.wake else await self._ruled_before(accepted)
        if ruled is None:
            told = await self._tell(accepted, detection, wait)
            ruled = told.verdict if told else None
        status = _STATUS[ruled] if ruled else DetectionStatus.PENDING
        return _said(accepted, status, ruled)

    async def _tell(
        self, accepted: Accepted, detection: Detection, wait: timedelta
    ) -> VerdictAnswer | None:
        start = CaseStart(case_id=accepted.case_id, harm=accepted.harm)
        news = DetectionNews(detection_id=accepted.detection_id)
        facts = await self._facts(detection)
        stories = self._doors.stories
        try:
            ruled = await stories.verdict(start, news, facts, wait) if wait else None
            if ruled is None:
                await stories.detected(start, news, facts)
        except Unavailable as error:
            raise StoredNotStarted(
                "The detection is stored; its case starts as soon as it can. Sending it again"
                " is safe.",
                retry_after=error.retry_after,
            ) from error
        if accepted.wake:
            await self._acknowledge(accepted)
        return ruled

    async def _facts(self, detection: Detection) -> StartFacts:
        policy = await self._doors.store.policies.current(detection.harm)
        return StartFacts(
            severity=policy.severity,
            detector=detection.detector.name,
            jurisdiction=detection.account.jurisdiction,
        )

    async def _acknowledge(self, accepted: Accepted) -> None:
        try:
            await self._doors.store.intake.acknowledged(accepted.detection_id)
        except Unavailable:
            # The case knows, and telling it twice is harmless: the reconciler may do it again.
            _log.warning("acknowledgement_not_stored", case_id=accepted.case_id)

    async def _ruled_before(self, accepted: Accepted) -> Verdict | None:
        case = await self._doors.store.reads.case(accepted.case_id)
        if case.stage is Stage.REVIEW:
            return Verdict.REVIEW
        if case.stage is Stage.CHECKING:
            return None
        return Verdict.DISMISS if case.outcome is Outcome.DISMISSED else Verdict.ENFORCE


def _read(detection: Detection) -> str:
    """As checks read it, so that a disguise does not hide what it is like."""
    text = (detection.item.text or "")[:READ_FOR_LIKENESS]
    return normalise(text) if len(text) >= SHORTEST else ""


def _said(accepted: Accepted, status: DetectionStatus, ruling: Verdict | None) -> DetectionAnswer:
    return DetectionAnswer(
        case_id=accepted.case_id,
        detection_id=accepted.detection_id,
        status=status,
        ruling=ruling,
    )
