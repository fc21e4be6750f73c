"""What the office set, as far as the reconciler goes by it."""

from casework.base import Model
from casework.care import NO_LIMITS, CareRules
from casework.queueing import QueueRules


class Office(Model):
    usual_sample: float = 0.0
    """The share of decisions that somebody looks at again, where a policy names none."""
    queueing: QueueRules = QueueRules()
    care: CareRules = NO_LIMITS


USUAL = Office()
