"""What is asked of whoever calls somebody."""

from casework.base import Model, Slug
from casework.words import Severity


class Page(Model):
    """Somebody is called. `reason` is a stable word; repeating a page updates its alert."""

    case_id: str
    reason: str
    harm: Slug
    severity: Severity
    rung: int = 0


class Resolved(Model):
    """A page that is over, and by what: somebody's id, or nobody's when its cause went away."""

    case_id: str
    reason: str
    by: str = "casework"
