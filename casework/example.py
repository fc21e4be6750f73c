"""A policy writer's test: what is known of a case, and what the policy should say."""

from pydantic import Field

from casework.base import Model, Name, Score, Slug
from casework.facts import Claims, Facts
from casework.finding import Finding
from casework.policy import Policy
from casework.ruling import Ruling
from casework.words import Channel


class ExampleAccount(Model):
    strikes: int = Field(default=0, ge=0)


class ExampleItem(Model):
    type: Name = "message"


class ExampleClaims(Model):
    score: Score | None = None
    count: int = Field(default=1, ge=1)
    reporters: int = Field(default=0, ge=0)
    channel: Channel = Channel.CLASSIFIER
    detector: Name = "example"


class Example(Model):
    """`findings` maps each check to its score; null is a check that failed."""

    it: str = Field(min_length=1, max_length=300)
    findings: dict[Slug, Score | None] = Field(default_factory=dict)
    account: ExampleAccount = ExampleAccount()
    item: ExampleItem = ExampleItem()
    detection: ExampleClaims = ExampleClaims()
    expect: Ruling

    def facts(self) -> Facts:
        return Facts(
            findings={name: _finding(name, score) for name, score in self.findings.items()},
            strikes=self.account.strikes,
            item_type=self.item.type,
            claims=Claims.model_validate(self.detection.model_dump()),
        )

    def got(self, policy: Policy) -> Ruling:
        return policy.rule(self.facts())

    def holds(self, policy: Policy) -> bool:
        got = self.got(policy)
        return (got.verdict, got.measures) == (self.expect.verdict, self.expect.measures)


def _finding(check: str, score: float | None) -> Finding:
    if score is None:
        return Finding.failed(check, "unavailable")
    return Finding(check=check, score=score)
