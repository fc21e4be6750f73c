"""What the gateway must be told. Given explicitly: nothing here reads the environment."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from casework.base import Model
from casework.care import NO_LIMITS, CareRules
from casework.identities import GroupRule
from casework.places import Places
from casework.queueing import QueueRules

Count = Annotated[int, Field(ge=1)]
Wait = Annotated[timedelta, Field(gt=timedelta(), le=timedelta(days=1))]


class Quotas(Model):
    """How many calls a minute one token may make, each a full minute's worth at once at most.

    `appeals` and `sign_ins` have no token: they count per notice or per client address.
    """

    detections: Count = 12_000
    reads: Count = 1_200
    writes: Count = 600
    appeals: Count = 20
    sign_ins: Count = 20
    callbacks: Count = 600


class RecallLimits(Model):
    """Paces are in cases a minute."""

    pace: Count = 120
    fastest: Count = 1_200
    plan_valid: Wait = timedelta(hours=4)
    """How long a plan may be approved and started: what it found changes."""


class LiveLimits(Model):
    """Of what pages show as it happens. Browsers speak HTTP/1.1 to us and then open six
    connections to one host at most, so one browser must not use them all up for streams."""

    every: Wait = timedelta(seconds=2)
    """How often the database is looked at while anybody listens."""
    beat: Wait = timedelta(seconds=15)
    """After so long without news a stream says that it is alive."""
    checked_every: Wait = timedelta(minutes=1)
    """How often a listener's session is asked for again."""
    figures_every: Wait = timedelta(seconds=10)
    """How often the wall-board's figures are made, for all who look at it or ask."""
    presence_every: Wait = timedelta(seconds=10)
    comes_back_after: Wait = timedelta(seconds=30)
    streams: Count = 500
    streams_per_session: Count = 4


class GatewaySettings(Model):
    """Addresses have no path and no slash at the end."""

    public_url: Annotated[str, Field(pattern=r"^https?://[^/\s]+$")]
    temporal_ui_url: Annotated[str, Field(pattern=r"^https?://[^/\s]+$")]
    temporal_namespace: str = "default"

    body_cap_bytes: Count = 256 * 1024
    text_cap_chars: Count = 32_768
    json_depth: Count = 32
    """How many objects and arrays may lie inside one another."""
    batch_cap_bytes: Count = 8_000_000
    batch_cap_lines: Count = 1_000
    batch_at_once: Annotated[int, Field(ge=1, le=64)] = 8
    body_patience: Wait = timedelta(seconds=60)
    """For the body of one request to arrive; a batch has it for each line."""

    longest_wait: Annotated[timedelta, Field(ge=timedelta(), le=timedelta(seconds=30))] = timedelta(
        seconds=30
    )
    clock_skew: timedelta = timedelta(minutes=5)
    """How far in the future a detector's clock may be."""
    retry_after: Wait = timedelta(seconds=5)
    """What a caller is told when something behind us is down and did not name a wait."""
    ready_within: Wait = timedelta(seconds=3)

    lease: Wait = timedelta(minutes=15)
    """How long a claim holds a review before it goes back to the queue."""
    queueing: QueueRules = QueueRules()
    desk_undo: Annotated[timedelta, Field(ge=timedelta(), le=timedelta(minutes=5))] = timedelta(
        seconds=5
    )
    """How long a decision made in the console waits before the case hears of it."""
    care: CareRules = NO_LIMITS
    quality_at_least: Count = 20
    """Of how many cases judged twice a coefficient of agreement is told."""
    session: Wait = timedelta(hours=8)
    session_idle: Wait = timedelta(hours=1)
    """A session ends after the first at the latest, and when it was not used for the second."""
    groups: tuple[GroupRule, ...] = ()
    """What groups at the identity provider let people do here; the first that fits counts."""
    assumed_jurisdiction: str | None = None
    """Where an account is taken to be when nobody said, for what its owner is told of the law."""
    media_hidden: bool = True
    """Pictures are blurred and without colour until asked for."""
    quotas: Quotas = Quotas()
    recalls: RecallLimits = RecallLimits()
    live: LiveLimits = LiveLimits()

    codec_cap_bytes: Count = 8_000_000
    codec_origins: tuple[str, ...] = ()
    """Where the Temporal UI is served from, as a browser names it in `Origin`."""
    codec_open_on_loopback: bool = False
    """Decode for anybody on this machine. Never set it behind a proxy: then everybody is."""

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def places(self) -> Places:
        return Places(
            public_url=self.public_url,
            ui_url=self.temporal_ui_url,
            namespace=self.temporal_namespace,
        )
