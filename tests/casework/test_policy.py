"""What a policy says of a case, and when it leaves it to people."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from casework.duties import Climb
from casework.facts import Claims, Facts
from casework.finding import Finding
from casework.policy import Policy
from casework.ruling import Measure, Ruling
from casework.words import ActionKind, Channel, Mode, Reopen, Verdict
from tests.casework.made import facts, policy

ALWAYS_REMOVE: list[object] = [{"otherwise": ["remove_item"]}]
LADDER: object = {
    "weight": 1,
    "expires": "P90D",
    "ladder": {
        "2": {"suspend_account": "P1D"},
        "3": {"suspend_account": "P7D"},
        "4": "ban_account",
    },
}


def measures(*written: object) -> tuple[Measure, ...]:
    return Ruling.model_validate(list(written)).measures


@pytest.mark.parametrize(
    ("score", "verdict", "reason"),
    [
        (0.95, Verdict.ENFORCE, "rule_1"),
        (0.90, Verdict.ENFORCE, "rule_1"),
        (0.89, Verdict.REVIEW, "rule_2"),
        (0.49, Verdict.DISMISS, "rule_3"),
    ],
)
def test_the_first_rule_that_matches_wins_and_gives_its_name(
    score: float, verdict: Verdict, reason: str
) -> None:
    ruling = policy().rule(facts(score))

    assert (ruling.verdict, ruling.reason) == (verdict, reason)


RULES = st.lists(
    st.builds(
        lambda bar, do: {"when": f"findings.vendor_moderation.score >= {bar}", "do": do},
        st.sampled_from([0.1, 0.5, 0.9]),
        st.sampled_from(["review", "dismiss", ["remove_item"], ["hide_item"]]),
    ),
    max_size=4,
)
RULINGS = st.sampled_from(["dismiss", "review", ["remove_item"]])


@given(RULES, RULINGS, st.sampled_from(["missing", "unavailable", "nonsense", "timed_out"]))
def test_a_check_that_failed_or_is_missing_goes_to_a_human_whatever_the_rules_say(
    rules: list[object], otherwise: object, failure: str
) -> None:
    written = policy(rules=[*rules, {"otherwise": otherwise}])
    without = facts().model_copy(update={"findings": {}})
    failed = {"vendor_moderation": Finding.failed("vendor_moderation", failure)}
    known = without if failure == "missing" else without.model_copy(update={"findings": failed})

    rulings = (written.rule(known), written.rule_in_full(known))

    assert {ruling.verdict for ruling in rulings} == {Verdict.REVIEW}
    assert {ruling.reason for ruling in rulings} == {"check_failed:vendor_moderation"}


def test_a_failed_finding_that_no_rule_asked_for_goes_to_a_human_too() -> None:
    known = facts(0.95)
    both = known.findings | {"profanity": Finding.failed("profanity", "nonsense")}

    ruling = policy().rule(known.model_copy(update={"findings": both}))

    assert (ruling.verdict, ruling.reason) == (Verdict.REVIEW, "check_failed:profanity")


def test_any_number_of_long_named_checks_may_fail_at_once() -> None:
    names: list[object] = [f"check_{number}_" + "x" * 50 for number in range(9)]

    ruling = policy(checks=names, rules=ALWAYS_REMOVE).rule(facts(0.95))

    assert ruling.verdict is Verdict.REVIEW
    assert ruling.reason.startswith("check_failed:check_0_xxx")


@pytest.mark.parametrize(
    "condition", ["detection.score >= 0.9", "1 / account.strikes > 0", "[1][detection.count] > 0"]
)
def test_a_condition_without_an_answer_goes_to_a_human(condition: str) -> None:
    rules: list[object] = [{"when": condition, "do": "dismiss"}, *ALWAYS_REMOVE]

    ruling = policy(rules=rules).rule(facts(0.95, strikes=0, said=None))

    assert (ruling.verdict, ruling.reason) == (Verdict.REVIEW, "undecidable")


def test_a_rule_that_matched_before_the_undecidable_one_counts() -> None:
    rules = [
        {"when": "findings.vendor_moderation.score >= 0.9", "do": ["remove_item"]},
        {"when": "detection.score >= 0.9", "do": "review"},
        {"otherwise": "dismiss"},
    ]

    ruling = policy(rules=rules).rule(facts(0.95, said=None))

    assert ruling.reason == "rule_1"


def test_a_policy_sees_everything_that_is_known_of_a_case() -> None:
    seen = (
        "findings.vendor_moderation.score == 0.25 && account.strikes == 3 && "
        'item.type == "image" && detection.score == 0.75 && detection.count == 5 && '
        'detection.reporters == 2 && detection.channel == "trusted_flagger" && '
        'detection.detector == "hive"'
    )
    claims = Claims(
        count=5, reporters=2, score=0.75, channel=Channel.TRUSTED_FLAGGER, detector="hive"
    )
    known = Facts(findings=facts(0.25).findings, strikes=3, item_type="image", claims=claims)

    ruling = policy(rules=[{"when": seen, "do": "review"}, {"otherwise": "dismiss"}]).rule(known)

    assert ruling.reason == "rule_1"


def test_what_needs_two_people_is_never_ruled_by_a_machine() -> None:
    written = policy(
        rules=[{"otherwise": ["remove_item", "ban_account"]}], needs_two_people=["ban_account"]
    )

    ruling = written.rule(facts())

    assert (ruling.verdict, ruling.reason) == (Verdict.REVIEW, "rule_1:needs_two_people")
    assert ruling.measures == ()


@pytest.mark.parametrize(
    ("before", "rungs"),
    [
        (0, ()),
        (1, ({"suspend_account": "P1D"},)),
        (2, ({"suspend_account": "P7D"},)),
        (3, ("ban_account",)),
        (4, ()),
        (99, ()),
    ],
)
def test_a_strike_steps_on_the_rung_it_reaches_and_on_no_other(
    before: int, rungs: tuple[object, ...]
) -> None:
    written = policy(strikes=LADDER)

    ruling = written.rule_in_full(facts(strikes=before))

    assert ruling.measures == measures("remove_item", *rungs)


def test_a_heavy_strike_steps_on_every_rung_on_its_way_and_the_longer_one_stays() -> None:
    assert isinstance(LADDER, dict)
    written = policy(strikes={**LADDER, "weight": 3})

    ruling = written.rule_in_full(facts(strikes=0))

    assert ruling.measures == measures("remove_item", {"suspend_account": "P7D"})


def test_a_rung_that_needs_two_people_sends_the_case_to_people() -> None:
    written = policy(strikes=LADDER, needs_two_people=["ban_account"])

    fourth, third = written.rule_in_full(facts(strikes=3)), written.rule_in_full(facts(strikes=2))

    assert (fourth.verdict, fourth.reason) == (Verdict.REVIEW, "rule_1:needs_two_people")
    assert third.verdict is Verdict.ENFORCE


def test_a_person_s_ruling_climbs_the_ladder_too() -> None:
    written = policy(strikes=LADDER)
    by_a_person = Ruling.enforce(measures("hide_item"), "reviewed")

    in_full = written.in_full(by_a_person, Climb(before=3))

    assert in_full.measures == measures("hide_item", "ban_account")
    assert in_full.reason == "reviewed"


@pytest.mark.parametrize("ruling", [Ruling.dismiss("rule_3"), Ruling.ask_a_human("rule_2")])
def test_only_enforcement_climbs_the_ladder(ruling: Ruling) -> None:
    assert policy(strikes=LADDER).in_full(ruling, Climb(before=3)) == ruling


def test_a_plain_enforce_means_the_first_enforcing_rule() -> None:
    rules: list[object] = [
        {"when": "account.strikes > 9", "do": "review"},
        {"when": "account.strikes > 5", "do": ["hide_item", {"timeout_account": "P1D"}]},
        *ALWAYS_REMOVE,
    ]

    usual = policy(rules=rules).usual_measures()

    assert usual == measures("hide_item", {"timeout_account": "P1D"})


def test_a_plain_enforce_means_a_label_where_no_rule_enforces() -> None:
    assert policy(rules=[{"otherwise": "review"}]).usual_measures() == measures("label_item")


def test_interim_measures_last_until_taken_back() -> None:
    written = policy(interim={"hide_item": "until_decided", "label_item": "until_decided"})

    assert written.interim_measures() == measures("hide_item", "label_item")


def test_a_policy_may_leave_out_kinds_of_action_for_everybody() -> None:
    gentle = policy(rules=[{"otherwise": ["offer_help"]}], may_only=["offer_help", "label_item"])

    assert gentle.allows([ActionKind.OFFER_HELP, ActionKind.LABEL_ITEM])
    assert not gentle.allows([ActionKind.OFFER_HELP, ActionKind.BAN_ACCOUNT])
    assert policy().allows(ActionKind)


def test_what_is_not_said_is_the_mild_default() -> None:
    plain = policy()

    assert (plain.mode, plain.reopen) == (Mode.LIVE, Reopen.WHEN_DISMISSED)
    assert plain.delay.between == (timedelta(), timedelta())
    assert (plain.strikes, plain.interim, plain.needs_two_people) == (None, {}, frozenset())


def test_a_policy_survives_the_trip_through_json() -> None:
    written = policy(
        strikes=LADDER,
        interim={"hide_item": "until_decided"},
        delay={"between": ["PT0S", "PT5M"]},
        needs_two_people=["ban_account"],
    )

    assert Policy.model_validate(written.model_dump(mode="json")) == written
    assert Policy.model_validate_json(written.model_dump_json()) == written


@pytest.mark.parametrize(
    "changes",
    [
        *({"delay": {"between": ["PT5M", "PT0S"]}}, {"delay": {"between": ["PT0S"]}}),
        *({"review": []}, {"review": [{"desk": "leads", "within": "PT0S"}]}),
        *({"review": [{"desk": "leads", "within": "P61D"}]}, {"rules": []}),
        *(
            {"strikes": {"weight": 0, "expires": "P1D"}},
            {"strikes": {"weight": True, "expires": "P1D"}},
        ),
        *({"version": 0}, {"version": True}, {"version": "3"}, {"appeal_within": "PT0S"}),
        *({"mode": "off"}, {"reopen": "always"}, {"severity": "urgent"}, {"harm": "Hate!"}),
        {"may_only": ["offer_help"]},
        {"may_only": ["offer_help"], "rules": [{"otherwise": "review"}]},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        policy(**changes)
