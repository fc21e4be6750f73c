"""What on-call can search for. Plaintext in Temporal: opaque ids and closed words only."""

from datetime import datetime

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from casework.orders import StartFacts
from casework.recalls import RecallStart, RecallState
from casework.words import Severity, Stage

CASE_ID = SearchAttributeKey.for_keyword("CaseId")
STAGE = SearchAttributeKey.for_keyword("Stage")
HARM = SearchAttributeKey.for_keyword("Harm")
QUEUE = SearchAttributeKey.for_keyword("Queue")
BLOCKED_ON = SearchAttributeKey.for_keyword("BlockedOn")
DETECTOR = SearchAttributeKey.for_keyword("Detector")
JURISDICTION = SearchAttributeKey.for_keyword("Jurisdiction")
OUTCOME = SearchAttributeKey.for_keyword("Outcome")
SEVERITY = SearchAttributeKey.for_int("Severity")
DEADLINE = SearchAttributeKey.for_datetime("Deadline")

ALL: tuple[
    SearchAttributeKey[str] | SearchAttributeKey[int] | SearchAttributeKey[datetime], ...
] = (
    CASE_ID,
    STAGE,
    HARM,
    QUEUE,
    BLOCKED_ON,
    DETECTOR,
    JURISDICTION,
    OUTCOME,
    SEVERITY,
    DEADLINE,
)


def at_the_start(case_id: str, harm: str, facts: StartFacts) -> TypedSearchAttributes:
    pairs: list[SearchAttributePair[str] | SearchAttributePair[int]] = [
        SearchAttributePair(CASE_ID, case_id),
        SearchAttributePair(STAGE, Stage.CHECKING.value),
        SearchAttributePair(HARM, harm),
        SearchAttributePair(DETECTOR, facts.detector),
        SearchAttributePair(SEVERITY, facts.severity.rank),
    ]
    if facts.jurisdiction:
        pairs.append(SearchAttributePair(JURISDICTION, facts.jurisdiction.upper()))
    return TypedSearchAttributes(pairs)


def of_a_part(case_id: str, harm: str, severity: Severity) -> TypedSearchAttributes:
    """For the stories that belong to a case: found together with it."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(CASE_ID, case_id),
            SearchAttributePair(HARM, harm),
            SearchAttributePair(SEVERITY, severity.rank),
        ]
    )


def of_a_recall(start: RecallStart) -> TypedSearchAttributes:
    """`CaseId` is the recall's own id: what concerns it is found together."""
    pairs: list[SearchAttributePair[str] | SearchAttributePair[int]] = [
        SearchAttributePair(CASE_ID, start.recall_id),
        SearchAttributePair(STAGE, RecallState.RUNNING.value),
        SearchAttributePair(SEVERITY, start.severity.rank),
    ]
    if start.detector:
        pairs.append(SearchAttributePair(DETECTOR, start.detector))
    return TypedSearchAttributes(pairs)
