"""What can be held, how much machines may do, and how a new detector version begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from casework.errors import Malformed
from casework.holds import Breaker, HoldOn, Limits
from casework.policy_parts import Canary
from casework.words import HoldKind
from tests.casework.made import policy


@pytest.mark.parametrize(
    ("kind", "target", "name", "version"),
    [
        (HoldKind.DETECTOR, "text-sieve", "text-sieve", ""),
        (HoldKind.DETECTOR, "text-sieve@3.1", "text-sieve", "3.1"),
        (HoldKind.DETECTOR, "@home", "@home", ""),
        (HoldKind.POLICY, "hate@4", "hate", "4"),
        (HoldKind.ACTION, "ban_account", "ban_account", ""),
    ],
)
def test_a_hold_names_what_it_is_on(kind: HoldKind, target: str, name: str, version: str) -> None:
    on = HoldOn(kind=kind, target=target)

    assert (on.name, on.version) == (name, version)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (HoldKind.DETECTOR, " "),
        (HoldKind.EVERYTHING, "something"),
        (HoldKind.ACTION, "tickle"),
        (HoldKind.ACTION, "ban_account@1"),
        (HoldKind.POLICY, "hate@four"),
    ],
)
def test_a_hold_on_nothing_there_is_is_refused(kind: HoldKind, target: str) -> None:
    with pytest.raises(Malformed):
        HoldOn.asked(kind, target)


def test_what_a_policy_leaves_out_is_the_deployment_s() -> None:
    usual = Limits(effects_per_minute=100, share=0.5, of_at_least=50)

    limits = Breaker(effects_per_minute=7).within(usual)

    assert limits == Limits(effects_per_minute=7, share=0.5, of_at_least=50)


@pytest.mark.parametrize(
    "written",
    [
        {"breaker": {"effects_per_minute": 0}},
        {"breaker": {"effects_per_minute": True}},
        {"breaker": {"share": 1.5}},
        {"breaker": {"per_hour": 5}},
        {"canary": {"share": 1.0, "cases": 5}},
        {"canary": {"share": 0.1}},
        {"canary": {"share": 0.1, "cases": 0}},
    ],
)
def test_a_policy_with_brakes_that_mean_nothing_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        policy(**written)


@given(case=st.uuids(), share=st.floats(0, 0.99))
def test_the_same_case_always_gets_the_same_answer(case: object, share: float) -> None:
    canary = Canary(share=share, cases=500)

    assert canary.admits(str(case)) == canary.admits(str(case))


def test_about_as_many_cases_are_admitted_as_the_share_says() -> None:
    canary = Canary(share=0.1, cases=500)

    admitted = sum(canary.admits(f"case-{n}") for n in range(10_000))

    assert 900 < admitted < 1_100


def test_a_share_of_nothing_admits_no_case() -> None:
    canary = Canary(share=0, cases=500)

    assert not any(canary.admits(f"case-{n}") for n in range(1_000))
