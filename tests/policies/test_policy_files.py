"""A policy that must not be used is refused with the very line and column to mend."""

import re
import tracemalloc
from pathlib import Path

import pytest

from casework.errors import PolicyMistake
from casework.words import ActionKind, Verdict
from storage.policy_files import examples, load, parse, parse_again

HERE = "▸"
"""Stands before the character at which a mistake has to be reported; taken out before reading."""

GOOD = """\
# Harassment, in short.
harm: harassment
version: 1
severity: high
checks: [profanity, vendor_moderation]
rules:
  - when: findings.vendor_moderation.score >= 0.97
    do: [remove_item, {suspend_account: P7D}]
  - when: findings.vendor_moderation.score >= 0.55
    do: review
  - otherwise: dismiss
review:
  - {desk: reviewers, within: PT4H}
  - {desk: leads, within: PT2H}
if_nobody_decides: dismiss
interim: {hide_item: until_decided}
strikes: {weight: 1, expires: P90D, ladder: {2: {suspend_account: P1D}, 4: ban_account}}
needs_two_people: [ban_account]
appeal_within: P6M
grounds: {basis: terms, reference: "Guidelines, 1", explanation: You attack somebody.}
"""
FIRST = "findings.vendor_moderation.score >= 0.97"
SECOND = "findings.vendor_moderation.score >= 0.55"


def but(old: str, new: str) -> str:
    """The good policy with one thing changed."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def refusal(marked: str) -> tuple[str, tuple[int, int], tuple[int, int]]:
    """What is said about a file, where, and where the mark was."""
    before, mark, after = marked.partition(HERE)
    assert mark, "the mark is missing"
    with pytest.raises(PolicyMistake) as caught:
        parse(before + after, "harassment.yaml")
    marked_at = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    return str(caught.value), (caught.value.line, caught.value.column), marked_at


def test_the_good_policy_is_good() -> None:
    policy = parse(GOOD, "harassment.yaml")

    assert [rule.do.verdict for rule in policy.rules] == [
        *(Verdict.ENFORCE, Verdict.REVIEW, Verdict.DISMISS)
    ]
    assert policy.needs_two_people == {ActionKind.BAN_ACCOUNT}


def test_a_mistake_names_its_file_line_and_column_first() -> None:
    with pytest.raises(PolicyMistake) as caught:
        parse(but("version: 1", "version: one"), "harassment.yaml")

    assert str(caught.value).startswith("harassment.yaml:3:1: version: ")
    assert (caught.value.file, caught.value.line, caught.value.column) == ("harassment.yaml", 3, 1)


UNKNOWN_KEYS = [
    but("appeal_within: P6M", "▸apeal_within: P6M\nappeal_within: P6M"),
    but("within: PT4H}", "within: PT4H, ▸pages: lead}"),
    but("expires: P90D,", "expires: P90D, ▸expire: P90D,"),
    but("basis: terms,", "basis: terms, ▸law: none,"),
    but("severity: high", "severity: high\n▸7: 7"),
    but("severity: high", "severity: high\n▸~: 7"),
]
WRONG_VALUES = [
    but("version: 1", "▸version: one"),
    but("version: 1", "▸version: 0"),
    but("version: 1", "▸version: true"),
    but("version: 1", '▸version: "1"'),
    but("version: 1", "▸version: 1.5"),
    but("version: 1", "▸version: .inf"),
    but("version: 1", "▸version:"),
    but("harm: harassment", "▸harm: 2026-11-23"),
    but("severity: high", "▸severity: urgent"),
    but("[profanity, vendor_moderation]", "profanity").replace("checks", "▸checks"),
    but("[profanity, ", "[profanity, ▸[profanity], "),
    but("{suspend_account: P7D}", "▸{suspend_account: a week}"),
    but("{suspend_account: P7D}", "▸{suspend_account: 7}"),
    but("{suspend_account: P7D}", "▸{suspend_account: }"),
    but("{suspend_account: P7D}", "▸{suspend_account: PT0S}"),
    but("{suspend_account: P7D}", "▸{suspend_account: P7D, hide_item: P7D}"),
    but("{suspend_account: P7D}", "▸suspend_everybody"),
    but("otherwise: dismiss", "otherwise: [hide_item, ▸nuke]"),
    but("  - otherwise: dismiss", "  - ▸otherwise: [hide_item, hide_item]"),
    but("  - otherwise: dismiss", "  - ▸otherwise: dismis"),
    but("    do: review", "    ▸do: []"),
    but("    do: review", "    ▸do: {verdict: overturned}"),
    but("{desk: leads, within: PT2H}", "{desk: leads, ▸within: 2}"),
    but("{desk: leads, within: PT2H}", "{desk: leads, ▸within: 2 hours}"),
    but("{desk: leads, within: PT2H}", "▸{desk: leads}"),
    but("{desk: leads, within: PT2H}", "▸leads"),
    but("{hide_item: until_decided}", "{▸hide_item: P1D}"),
    but("{hide_item: until_decided}", "{▸hide_everything: until_decided}"),
    but("weight: 1,", "▸weight: 0,"),
    but("4: ban_account", "▸4: ban"),
    but("4: ban_account", "▸0: ban_account"),
    but("4: ban_account", "▸four: ban_account"),
    but("[ban_account]", "[▸ban]"),
    but("appeal_within: P6M", "▸appeal_within: 6 months"),
    but("appeal_within: P6M", "▸appeal_within: P9999999999D"),
    but("appeal_within: P6M", "▸appeal_within: PT0S"),
    but("basis: terms", "▸basis: gut feeling"),
    but('reference: "Guidelines, 1"', '▸reference: ""'),
    but("explanation: You attack somebody.", f"▸explanation: {'x' * 2_001}"),
    but("appeal_within: P6M", "appeal_within: P6M\n▸mode: off"),
    but("appeal_within: P6M", "appeal_within: P6M\ndelay: {▸between: [PT0S]}"),
    but("appeal_within: P6M", "appeal_within: P6M\n▸delay: {between: [PT5M, PT0S]}"),
]
NONSENSE = [
    but("[profanity, vendor_moderation]", "[vendor_moderation, ▸vendor_moderation]"),
    but("if_nobody_decides: dismiss", "▸if_nobody_decides: review"),
    but("if_nobody_decides: dismiss", "▸if_nobody_decides: [remove_item]"),
    but("if_nobody_decides: dismiss", "▸if_nobody_decides: [hide_item, ban_account]"),
    but("if_nobody_decides: dismiss", "▸if_nobody_decides: {verdict: upheld}"),
    but("hide_item: until_decided", "hide_item: until_decided, ▸remove_item: until_decided"),
    but("appeal_within", "may_only: [label_item]\nappeal_within").replace("do: [r", "▸do: [r"),
]


@pytest.mark.parametrize("marked", UNKNOWN_KEYS)
def test_an_unknown_key_is_refused_where_it_stands(marked: str) -> None:
    said, at, marked_at = refusal(marked)

    assert at == marked_at
    assert "not permitted" in said or "should be strings" in said


@pytest.mark.parametrize("marked", WRONG_VALUES)
def test_a_wrong_value_is_refused_where_it_stands(marked: str) -> None:
    _, at, marked_at = refusal(marked)

    assert at == marked_at


@pytest.mark.parametrize("marked", NONSENSE)
def test_a_contradiction_is_refused_where_it_stands(marked: str) -> None:
    _, at, marked_at = refusal(marked)

    assert at == marked_at


def without(key: str) -> str:
    return re.sub(rf"^{key}:.*\n(  .*\n)*", "", GOOD, flags=re.MULTILINE)


@pytest.mark.parametrize(
    "key",
    [
        *("harm", "version", "severity", "rules", "review"),
        *("if_nobody_decides", "appeal_within", "grounds"),
    ],
)
def test_a_missing_key_is_named_at_the_top_of_the_file(key: str) -> None:
    with pytest.raises(PolicyMistake, match=f"^harassment.yaml:1:1: {key}: Field required$"):
        parse(without(key), "harassment.yaml")


@pytest.mark.parametrize("key", ["interim", "strikes", "needs_two_people"])
def test_what_a_policy_need_not_say_it_may_leave_out(key: str) -> None:
    assert key in GOOD

    assert not getattr(parse(without(key), "harassment.yaml"), key)


@pytest.mark.parametrize("check", ["nudity", "Profanity", "profanity "])
def test_an_unknown_check_is_refused_with_those_that_are_known(check: str) -> None:
    marked = but("[profanity, ", f'[profanity, ▸"{check}", ')

    said, at, marked_at = refusal(marked)

    assert at == marked_at
    assert "unknown check" in said or "should match" in said


def test_the_known_checks_are_those_of_the_caller() -> None:
    policy = parse(
        but("[profanity, ", "[nudity, "), "x.yaml", frozenset({"nudity", "vendor_moderation"})
    )

    assert policy.checks == ("nudity", "vendor_moderation")


CONDITIONS = {
    "plain": "when: findings.vendor_moderation▸.scroe >= 0.97",
    "with a space too many": "when:   findings.vendor_moderation▸.scroe >= 0.97",
    "unknown check": "when: findings.scam_signs▸.score >= 0.97",
    "single quotes": "when: 'account.strikes > 1 && detection▸.scroe > 0.5'",
    "doubled quotes": "when: 'item.type == ''x'' && detection▸.scroe > 0.5'",
    "escaped quotes": 'when: "item.type == \\"x\\" && detection▸.scroe > 0.5"',
    "not the Latin alphabet": "when: item.type == 'é😀名' && detection▸.scroe > 0.5",
    "plain, over two lines": "when: account.strikes > 1 &&\n      detection▸.x > 0.5",
    "folded": "when: >-\n      account.strikes > 1 &&\n      detection▸.scroe > 0.5",
    "folded, first line": "when: >-\n      account▸.x > 1 &&\n      detection.score > 0.5",
    "folded, an empty line": "when: >\n      item.type != '' &&\n\n      detection▸.x > 0.5",
    "folded, indented more": "when: >-\n      item.type != ''\n        && detection▸.x > 0.5",
    "folded, with a comment": "when: >-  # as before\n        account▸.strokes > 1",
    "literal": "when: |\n      account.strikes > 1 &&\n      detection▸.scroe > 0.5",
    "literal, indentation named": "when: |2-\n       item.type != '' &&\n      detection▸.x > 0.5",
    "quoted, over two lines": 'when: "account.strikes > 1 &&\n      detection▸.scroe > 0.5"',
    "type error": "when: findings.vendor_moderation.score ▸>= 1",
    "type error, second line": "when: >-\n      account.strikes > 1 &&\n      item.type ▸== 1",
    "not a question": "when: ▸account.strikes",
    "cut off": "when: account.strikes >▸",
    "empty": "when: '▸'",
    "a number": "▸when: 1",
    "a truth value": "▸when: true",
    "a list": "▸when: [account.strikes > 1]",
}


@pytest.mark.parametrize("written", CONDITIONS.values(), ids=CONDITIONS)
def test_a_mistake_in_a_condition_is_placed_to_the_character_however_it_is_written(
    written: str,
) -> None:
    marked = but(f"when: {FIRST}", written)

    _, at, marked_at = refusal(marked)

    assert at == marked_at


UNREACHABLE = {
    "the same again": but(SECOND, f"▸{FIRST}"),
    "the same, spaced differently": but(SECOND, f"▸{FIRST.replace(' ', '  ')}"),
    "a stricter one below": GOOD.replace("0.97", "0.5").replace(SECOND, f"▸{SECOND}"),
    "a narrower one below": but(SECOND, f"▸{FIRST} && account.strikes > 1"),
    "always true": but(FIRST, "▸'true'"),
    "always true in disguise": but(FIRST, "▸account.strikes > 1 || 1 == 1"),
    "never true": but(FIRST, "▸1 > 2"),
    "never true in disguise": but(FIRST, "▸account.strikes > 1 && false"),
    "below otherwise": but(
        "  - otherwise: dismiss",
        "  - otherwise: dismiss\n  - ▸when: account.strikes > 1\n    do: review",
    ),
    "otherwise twice": but("otherwise: dismiss", "otherwise: dismiss\n  - ▸otherwise: review"),
}
NO_RULE = {
    "no otherwise": but("  - otherwise: dismiss\n", "").replace(
        f"when: {SECOND}", f"▸when: {SECOND}"
    ),
    "a condition left empty": but("- otherwise: dismiss", "- ▸when:\n    do: [remove_item]"),
    "both": but("- otherwise: dismiss", "- ▸otherwise: dismiss\n    when: account.strikes > 1"),
    "neither": but("- otherwise: dismiss", "- ▸do: dismiss"),
    "no ruling": but("    do: review\n", "").replace(f"when: {SECOND}", f"▸when: {SECOND}"),
    "a word": but("- otherwise: dismiss", "- ▸dismiss"),
}


@pytest.mark.parametrize("marked", UNREACHABLE.values(), ids=UNREACHABLE)
def test_a_rule_that_no_case_can_reach_is_refused_where_it_stands(marked: str) -> None:
    _, at, marked_at = refusal(marked)

    assert at == marked_at


@pytest.mark.parametrize("marked", NO_RULE.values(), ids=NO_RULE)
def test_a_rule_without_a_condition_or_a_ruling_is_refused_where_it_stands(marked: str) -> None:
    _, at, marked_at = refusal(marked)

    assert at == marked_at


NOT_YAML = {
    "two colons": "harm: ▸: hate",
    "a tab": "rules:\n▸\t- otherwise: dismiss",
    "a bracket left open": "checks: [profanity\nversion▸: 1",
    "a control character": "harm: hate\nversion: ▸\x07",
    "a zero": "harm: ▸\0",
    "a picture": "▸\x89PNG\r\n",
    "nothing": HERE,
    "a list": "▸- harm: hate",
    "a word": "▸hate",
    "two documents": "harm: hate\n▸---\nharm: hate",
    "a key twice": but("version: 1", "version: 1\n▸version: 2"),
    "a key twice within": but("weight: 1,", "weight: 1, ▸weight: 2,"),
    "a date that is none": "▸harm: 2026-99-99",
}
CLEVER = {
    "an alias": but("version: 1", "version: ▸&one 1") + "extra: *one",
    "an anchor": but("do: review", "do: ▸&r review"),
    "a tag": but("harm: harassment", "harm: ▸!!python/object:os.system harassment"),
    "a binary": but("harm: harassment", "harm: ▸!!binary aGFyYXNzbWVudA=="),
    "a set": but("checks: [profanity, vendor_moderation]", "checks: ▸!!set {profanity}"),
    "a merge key": but("version: 1", "▸<<: {version: 1}"),
    "itself": "harm: ▸&h [*h]",
    "depth": "harm: " + "[" * 19 + HERE + "[" * 60_000,
    "depth of keys": "{a: " * 20 + HERE + "{a: " * 9_000,
    "a number of 5000 digits": but("version: 1", "version: ▸" + "9" * 5_000),
    "too much": HERE + "# padding\n" * 20_001 + GOOD,
}


@pytest.mark.parametrize("marked", NOT_YAML.values(), ids=NOT_YAML)
def test_what_is_not_a_policy_at_all_is_refused_with_a_place(marked: str) -> None:
    _, at, marked_at = refusal(marked)

    assert at == marked_at


@pytest.mark.parametrize("marked", CLEVER.values(), ids=CLEVER)
def test_yaml_s_cleverness_is_refused_where_it_begins(marked: str) -> None:
    _, at, marked_at = refusal(marked)

    assert at == marked_at


def test_a_bomb_of_aliases_is_refused_without_being_built() -> None:
    layers = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    bomb = "\n".join(["a0: &a0 [boom, boom]", *layers])
    tracemalloc.start()

    with pytest.raises(PolicyMistake, match="no anchors and aliases"):
        parse(bomb, "bomb.yaml")

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_file_is_read_with_windows_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = GOOD.replace("\n", "\r\n").encode("utf-8-sig")
    (tmp_path / "harassment.yaml").write_bytes(text)

    [file] = load(tmp_path)

    assert file.policy == parse(GOOD, "harassment.yaml")


def test_each_file_is_kept_with_its_exact_text(tmp_path: Path) -> None:
    (tmp_path / "harassment.yaml").write_text(GOOD)
    (tmp_path / "hate.yaml").write_text(but("harm: harassment", "harm: hate"))
    (tmp_path / "hate.examples.yaml").write_text("- it: is no policy\n")
    (tmp_path / "notes.txt").write_text("neither")

    files = load(tmp_path)

    assert [(file.file, file.policy.harm) for file in files] == [
        ("harassment.yaml", "harassment"),
        ("hate.yaml", "hate"),
    ]
    assert files[0].text == GOOD


def test_a_policy_under_another_harm_s_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hate.yaml").write_text(GOOD)

    with pytest.raises(PolicyMistake, match=r"^hate\.yaml:2:1: the file is named hate$"):
        load(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused_where_it_is_not(tmp_path: Path) -> None:
    (tmp_path / "hate.yaml").write_bytes("# é\nharm: ".encode() + b"\xff\xfe")

    with pytest.raises(PolicyMistake, match=r"^hate\.yaml:2:7: not UTF-8$"):
        load(tmp_path)


def test_a_folder_without_policies_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(PolicyMistake, match="no policies here"):
        load(tmp_path)


def test_a_policy_without_examples_has_none(tmp_path: Path) -> None:
    assert examples(tmp_path, "harassment") == ()


def test_an_example_says_what_is_known_and_what_should_follow(tmp_path: Path) -> None:
    (tmp_path / "harassment.examples.yaml").write_text(
        "- it: suspends\n"
        "  findings: {profanity: 0.1, vendor_moderation: 0.98}\n"
        "  expect: [remove_item, {suspend_account: P7D}]\n"
        "- it: asks when the vendor failed\n"
        "  findings: {profanity: 0.1, vendor_moderation: null}\n"
        "  account: {strikes: 2}\n"
        "  expect: review\n"
        "- it: is wrong\n"
        "  findings: {profanity: 0.1, vendor_moderation: 0.98}\n"
        "  expect: dismiss\n"
    )
    policy = parse(GOOD, "harassment.yaml")

    found = examples(tmp_path, "harassment")

    assert [(example.it, example.holds(policy)) for example in found] == [
        *(("suspends", True), ("asks when the vendor failed", True), ("is wrong", False))
    ]
    assert found[2].got(policy).reason == "rule_1"


@pytest.mark.parametrize(
    "marked",
    [
        "- it: a\n  expect: dismiss\n- it: b\n  ▸expect: nothing\n",
        "- it: a\n  expect: dismiss\n- ▸it: b\n",
        "- it: a\n  findings: {▸profanity: 1.5}\n  expect: review\n",
        "- it: a\n  findings: {▸profanity: true}\n  expect: review\n",
        "- it: a\n  findings: {▸Not a check: 0.5}\n  expect: review\n",
        "- it: a\n  account: {▸strikes: -1}\n  expect: review\n",
        "- it: a\n  detection: {▸channel: police}\n  expect: review\n",
        "- ▸just a word\n",
        "▸it: a\nexpect: review\n",
    ],
)
def test_a_wrong_example_is_refused_where_it_stands(tmp_path: Path, marked: str) -> None:
    before, _, after = marked.partition(HERE)
    (tmp_path / "hate.examples.yaml").write_text(before + after)

    with pytest.raises(PolicyMistake) as caught:
        examples(tmp_path, "hate")

    marked_at = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert (caught.value.line, caught.value.column) == marked_at
    assert caught.value.file == "hate.examples.yaml"


def test_a_version_on_record_stays_readable_when_one_of_its_checks_is_retired() -> None:
    text = (Path(__file__).parents[2] / "policies" / "spam_scam.yaml").read_text(encoding="utf-8")
    retired = text.replace("scam_signs", "old_vendor")

    policy = parse_again(retired, "spam_scam.yaml")

    assert policy.checks == ("old_vendor",)
