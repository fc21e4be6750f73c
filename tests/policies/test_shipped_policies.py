"""The policies that come with Casework do what they say, and keep within their limits."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import casework
from casework.example import Example
from casework.facts import Claims, Facts
from casework.finding import Finding
from casework.policy import Policy
from casework.words import ActionKind, Channel, Severity, Verdict
from storage.policy_files import examples, load

FOLDER = Path(casework.__file__).parent.parent / "policies"
POLICIES = {file.policy.harm: file.policy for file in load(FOLDER)}
EXAMPLES = {
    f"{harm} {example.it}": (policy, example)
    for harm, policy in POLICIES.items()
    for example in examples(FOLDER, harm)
}
EACH_POLICY = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)

SCORES = st.floats(0, 1) | st.sampled_from([0.0, 0.5, 0.9, 0.97, 0.99, 1.0])
FAILURES = st.sampled_from(["unavailable", "nonsense", "turned_down", "timed_out"])
CLAIMS = st.builds(
    Claims,
    count=st.integers(1, 1_000),
    reporters=st.integers(0, 1_000),
    score=st.none() | SCORES,
    channel=st.sampled_from(Channel),
    detector=st.just("hive"),
)


@st.composite
def cases(draw: st.DrawFn, policy: Policy) -> Facts:
    """Anything that could be known of a case when every check has answered."""
    findings = {check: Finding(check=check, score=draw(SCORES)) for check in policy.checks}
    return Facts(
        findings=findings,
        strikes=draw(st.integers(0, 12)),
        item_type=draw(st.sampled_from(["message", "image", "profile", "voice"])),
        claims=draw(CLAIMS),
    )


@pytest.mark.parametrize(("policy", "example"), EXAMPLES.values(), ids=EXAMPLES)
def test_the_policy(policy: Policy, example: Example) -> None:
    got = example.got(policy)

    assert (got.verdict, got.measures) == (example.expect.verdict, example.expect.measures)


@EACH_POLICY
def test_every_rule_of_a_policy_is_shown_by_an_example(policy: Policy) -> None:
    shown = {example.got(policy).reason for owner, example in EXAMPLES.values() if owner is policy}

    assert {f"rule_{number}" for number in range(1, len(policy.rules) + 1)} <= shown
    assert any(reason.startswith("check_failed:") for reason in shown)


def test_every_example_answers_for_the_checks_its_policy_asks() -> None:
    unfit = [
        name
        for name, (policy, example) in EXAMPLES.items()
        if example.findings.keys() != set(policy.checks)
    ]

    assert unfit == []


def test_no_two_examples_have_the_same_sentence() -> None:
    written = sum(len(examples(FOLDER, harm)) for harm in POLICIES)

    assert len(EXAMPLES) == written


@EACH_POLICY
@settings(max_examples=200)
@given(data=st.data())
def test_a_machine_that_failed_is_never_the_ground_for_enforcement_or_dismissal(
    policy: Policy, data: st.DataObject
) -> None:
    answered = data.draw(cases(policy))
    broken = data.draw(st.sampled_from(policy.checks))
    failed = {broken: Finding.failed(broken, data.draw(FAILURES))}
    known = answered.model_copy(update={"findings": answered.findings | failed})

    rulings = (policy.rule(known), policy.rule_in_full(known))

    assert {ruling.verdict for ruling in rulings} == {Verdict.REVIEW}


@EACH_POLICY
@settings(max_examples=60)
@given(data=st.data())
def test_a_machine_alone_never_does_what_needs_two_people_or_is_left_out(
    policy: Policy, data: st.DataObject
) -> None:
    known = data.draw(cases(policy))

    kinds = {measure.kind for measure in policy.rule_in_full(known).measures}

    assert not kinds & policy.needs_two_people
    assert policy.allows(kinds)
    assert ActionKind.BAN_ACCOUNT not in kinds


@EACH_POLICY
@settings(max_examples=60)
@given(data=st.data())
def test_an_order_or_a_trusted_notice_is_always_answered_by_a_person(
    policy: Policy, data: st.DataObject
) -> None:
    known = data.draw(cases(policy))
    channel = data.draw(st.sampled_from([Channel.LEGAL_ORDER, Channel.TRUSTED_FLAGGER]))
    claims = known.claims.model_copy(update={"channel": channel})

    ruling = policy.rule_in_full(known.model_copy(update={"claims": claims}))

    assert ruling.verdict is Verdict.REVIEW


@EACH_POLICY
@settings(max_examples=60)
@given(data=st.data())
def test_no_crowd_of_reports_enforces_anything_without_a_detector(
    policy: Policy, data: st.DataObject
) -> None:
    known = data.draw(cases(policy))
    only_reports = {"score": None, "channel": Channel.USER_REPORT, "reporters": 1_000_000}
    claims = known.claims.model_copy(update=only_reports)

    ruling = policy.rule_in_full(known.model_copy(update={"claims": claims}))

    assert ruling.verdict is Verdict.REVIEW


@EACH_POLICY
def test_an_appeal_may_be_made_for_as_long_as_the_law_asks(policy: Policy) -> None:
    assert policy.appeal_within.months >= 6


def test_self_harm_is_first_in_the_queue_and_may_only_help() -> None:
    policy = POLICIES["self_harm"]

    assert policy.severity is Severity.CRITICAL
    assert [kind for kind in ActionKind if policy.allows([kind])] == [
        *(ActionKind.LABEL_ITEM, ActionKind.AGE_RESTRICT_ITEM, ActionKind.OFFER_HELP)
    ]
    assert policy.strikes is None
