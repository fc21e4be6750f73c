"""How people's queues go, as the environment says it."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from casework.queueing import QueueRules

Seconds = Annotated[float, Field(gt=0, le=5_184_000)]


class QueueSettings(BaseSettings):
    """See `casework.queueing.QueueRules`."""

    claim_lease_s: Annotated[float, Field(gt=0)] = 900.0
    desk_undo_s: Annotated[float, Field(ge=0, le=300)] = 5.0
    """How long a decision made in the console may be taken back before the case hears of it."""
    queue_oldest_every: Annotated[int, Field(ge=2, le=1_000)] = 5
    queue_oldest_after_s: Seconds = 14_400.0
    queue_skip_for_s: Seconds = 14_400.0
    longest_hold_s: Seconds = 86_400.0
    queue_watched_before_s: Seconds = 3_600.0

    @property
    def queueing(self) -> QueueRules:
        return QueueRules(
            oldest_every=self.queue_oldest_every,
            oldest_after=timedelta(seconds=self.queue_oldest_after_s),
            longest_hold=timedelta(seconds=self.longest_hold_s),
            skip_for=timedelta(seconds=self.queue_skip_for_s),
            watched_before=timedelta(seconds=self.queue_watched_before_s),
        )
