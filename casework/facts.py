"""What a policy may look at, by the names its conditions use."""

from typing import Annotated

from pydantic import Field

from casework.base import Model, Name, Score
from casework.expressions import Value
from casework.finding import Finding
from casework.words import Channel

_NAMES: dict[str, type] = {
    "account.strikes": int,
    "item.type": str,
    "detection.score": float,
    "detection.count": int,
    "detection.reporters": int,
    "detection.channel": str,
    "detection.detector": str,
}


class Claims(Model):
    """All detections of a case, summed up.

    `score` is the worst one given, `channel` the most authoritative, `reporters` how many
    different people reported, `detector` who spoke first.
    """

    count: Annotated[int, Field(ge=1)] = 1
    reporters: Annotated[int, Field(ge=0)] = 0
    score: Score | None = None
    channel: Channel = Channel.CLASSIFIER
    detector: Name


class Facts(Model):
    findings: dict[str, Finding] = Field(default_factory=dict)
    strikes: Annotated[int, Field(ge=0)] = 0
    owed_a_warning: bool = False
    """Whether law wants the account warned before strikes may suspend it, and it was not yet."""
    item_type: Name
    claims: Claims

    def values(self) -> dict[str, Value | None]:
        scores: dict[str, Value | None] = {
            f"findings.{name}.score": finding.score for name, finding in self.findings.items()
        }
        return scores | {
            "account.strikes": self.strikes,
            "item.type": self.item_type,
            "detection.score": self.claims.score,
            "detection.count": self.claims.count,
            "detection.reporters": self.claims.reporters,
            "detection.channel": self.claims.channel.value,
            "detection.detector": self.claims.detector,
        }


def names_for(checks: tuple[str, ...]) -> tuple[tuple[str, type], ...]:
    """The names and types a policy with these checks may use in its conditions."""
    findings = {f"findings.{check}.score": float for check in checks}
    return tuple((findings | _NAMES).items())
