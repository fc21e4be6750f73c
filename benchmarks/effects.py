"""What happened outside, counted by the simulators: it has to be the same in every variant."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from pydantic import BaseModel, TypeAdapter

from benchmarks.cases import VARIANTS, Kind, NotComparable, Variant, variant_of
from benchmarks.stage import Stage
from integrations.http import Limits, Outbound, Request

_LIMITS = Limits(deadline=timedelta(minutes=1), body_cap=256 * 1024 * 1024)
"""The inbox shows all its letters at once."""

PerCase = Mapping[str, int]


class _Effect(BaseModel):
    target: str
    kind: str
    change: str


class _Letter(BaseModel):
    via: str
    account: str


class _Letters(BaseModel):
    items: list[_Letter]


async def happened_outside(stage: Stage) -> dict[str, Counter[str]]:
    """What happened how often, by the name of the variant."""
    counts: dict[str, Counter[str]] = {variant.name: Counter() for variant in VARIANTS}
    async with Outbound(_LIMITS) as http:
        platform = await http.get(Request(url=f"{stage.settings.platform_url}/simulator/effects"))
        inbox = await http.get(Request(url=f"{stage.inbox_url}/messages"))
    for effect in TypeAdapter(list[_Effect]).validate_json(platform.body):
        counts[variant_of(effect.target)][f"{effect.kind} {effect.change}"] += 1
    for letter in _Letters.model_validate_json(inbox.body).items:
        counts[variant_of(letter.account)][f"notice by {letter.via}"] += 1
    return counts


def per_case(
    happened: Mapping[str, Counter[str]], played: Mapping[Variant, int]
) -> dict[Kind, PerCase]:
    """What each case of a kind brought about.

    Raises:
        NotComparable: when variants of a kind differ, or a case differs from the next.
    """
    found: dict[Kind, PerCase] = {}
    for variant in VARIANTS:
        shares = _shares(variant, happened[variant.name], played[variant])
        if found.setdefault(variant.kind, shares) != shares:
            raise NotComparable(f"{variant.name} had other effects than the others of its kind")
    return found


def _shares(variant: Variant, happened: Counter[str], cases: int) -> PerCase:
    if any(times % cases for times in happened.values()):
        raise NotComparable(f"not every case of {variant.name} had the same effects")
    return {what: times // cases for what, times in sorted(happened.items())}
