"""What became of many detections, counted."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from casework.base import Model
from casework.words import Outcome, Stage
from cli.answers import CaseTold, Happened


class HarmTally(Model):
    """One row of the summary."""

    harm: str
    detected: int = 0
    joined: int = 0
    """Detections that found a case open already, beyond each case's first one."""
    dismissed: int = 0
    enforced: int = 0
    in_review: int = 0
    under_way: int = 0
    notified: int = 0


class Cost(Model):
    """Per case, over a sample. None where the Temporal UI could not be asked."""

    cases: int
    transitions: float
    events: float


class Summary(Model):
    """`p50_s` and `p99_s`: from acceptance to close, of the `automatic` cases, in seconds."""

    rows: tuple[HarmTally, ...]
    refused: int
    unaccounted: tuple[str, ...]
    automatic: int
    p50_s: float | None
    p99_s: float | None
    automatic_cost: Cost | None = None
    review_cost: Cost | None = None
    links: dict[str, str] = {}

    @property
    def total(self) -> HarmTally:
        names = [name for name in HarmTally.model_fields if name != "harm"]
        sums = {name: sum(getattr(row, name) for row in self.rows) for name in names}
        return HarmTally(harm="all", **sums)


def is_settled(case: CaseTold | None, detection_id: str) -> bool:
    """Accounted for: in a case that is closed, or that waits for a person."""
    return (
        case is not None
        and detection_id in case.detection_ids
        and case.stage in {Stage.CLOSED, Stage.REVIEW}
    )


def tally(
    harm: str,
    detections: Iterable[str],
    cases: Iterable[CaseTold],
    timelines: Mapping[str, Sequence[Happened]],
) -> HarmTally:
    sent = list(detections)
    theirs = list(cases)
    ends = Counter(_end(case) for case in theirs)
    told = [e for case in theirs for e in timelines[case.case_id] if e.event == "notice_delivered"]
    return HarmTally(
        harm=harm,
        detected=len(sent),
        joined=len(sent) - len(theirs),
        dismissed=ends[Outcome.DISMISSED],
        enforced=ends[Outcome.ENFORCED] + ends[Outcome.MERGED],
        in_review=ends[Stage.REVIEW],
        under_way=ends[Stage.CHECKING] + ends[Stage.ENFORCING],
        notified=len({event.facts.get("notice", str(event.at)) for event in told}),
    )


def _end(case: CaseTold) -> Outcome | Stage:
    return case.outcome if case.stage is Stage.CLOSED and case.outcome else case.stage


def time_to_close(happened: Sequence[Happened]) -> timedelta | None:
    """From the first detection of the last round to its close; None when people were asked.

    A detection after the close belongs to the next round only if it reopens the case.
    """
    began: datetime | None = None
    ended: datetime | None = None
    later: datetime | None = None
    for line in happened:
        if line.event == "review_opened":
            return None
        if line.event == "detection_received":
            began = began or line.at
            later = later or (line.at if ended else None)
        elif line.event == "case_reopened":
            began, ended, later = later or line.at, None, None
        elif line.event == "case_closed":
            ended = line.at
    return ended - began if began and ended else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that this share of all does not exceed."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def mean_cost(costs: Sequence[tuple[int, int]]) -> Cost | None:
    if not costs:
        return None
    return Cost(
        cases=len(costs),
        transitions=round(sum(t for t, _ in costs) / len(costs), 2),
        events=round(sum(e for _, e in costs) / len(costs), 2),
    )
