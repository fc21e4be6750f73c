"""Cases whose right answer is known, mixed into people's work to see how often they find it."""

from datetime import timedelta

from casework.base import Model, Moment, Name, Slug
from casework.ruling import Measure
from casework.words import Severity, Verdict

NOT_MORE_OFTEN_THAN = timedelta(hours=1)
"""The least time between two golden cases of one person."""
TOLD_AFTER = timedelta(hours=24)
"""How long after their answer somebody is told that a case was golden, and why: so that what they
tell their colleagues comes too late to help with it."""


class Golden(Model):
    golden_id: str
    case_id: str
    round: int
    harm: Slug
    severity: Severity
    desk: Slug
    policy_version: int
    verdict: Verdict
    measures: tuple[Measure, ...]
    why: str
    """For those who answer it. Empty once the evidence was erased."""
    by: Name
    at: Moment
    retired_at: Moment | None = None


class Marked(Model):
    """What a lead says of a case."""

    case_id: str
    verdict: Verdict
    measures: tuple[Measure, ...] = ()
    why: str
