"""The statement of reasons has every part that DSA art. 17(3) asks for, and not a word too much."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.durations import Period
from casework.policy import Policy
from casework.records import NOBODY, POLICY, CaseFile, Decision
from casework.ruling import Measure
from casework.statement import appeal_upheld, correction, statement_of_reasons
from casework.words import ActionKind, Channel, NoticeKind
from tests.casework.made import case_file, decision, policy

LINK = "https://town.example/appeals/t0ken"
HELP = Measure(kind=ActionKind.OFFER_HELP)


def told(made: Decision, by: Policy | None = None, channel: Channel = Channel.CLASSIFIER) -> str:
    return statement_of_reasons(made, by or policy(), case_file(channel), LINK).body


def test_every_part_the_law_asks_for_is_there() -> None:
    suspended = Measure.model_validate({"suspend_account": "P7D"})
    removed = Measure(kind=ActionKind.REMOVE_ITEM)

    notice = statement_of_reasons(decision(removed, suspended), policy(), case_file(), LINK)

    parts = {
        "(a) the restriction": "Your message m-17 was removed.",
        "(a) how long it lasts": "Your account is suspended. This lasts 7 days.",
        "(b) the facts, and where it came from": "on our own initiative, after an automated",
        "(c) automated means": "Automated means were used to find it. The decision was made by a",
        "(e) the ground in the terms": "against our terms: Community Guidelines, Harassment.",
        "(e) why it falls under it": "Your message attacks another person.",
        "(f) the appeal to us, and how long": "within 6 months of receiving this message.",
        "(f) where": LINK,
        "(f) elsewhere": "out-of-court dispute settlement body or to a court",
    }
    assert [part for part, words in parts.items() if words not in notice.body] == []
    assert notice.kind is NoticeKind.STATEMENT
    assert notice.appeal_within == Period.parse("P6M")
    assert notice.subject == "A decision about your message m-17"


def test_what_is_illegal_is_called_so_with_its_law() -> None:
    grounds = {"basis": "law", "reference": "§ 130 StGB", "explanation": "It incites hatred."}

    body = told(decision(), policy(grounds=grounds))

    assert "We consider it illegal: § 130 StGB." in body
    assert "It incites hatred." in body
    assert "our terms" not in body


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        (Channel.CLASSIFIER, "after an automated detection"),
        (Channel.USER_REPORT, "somebody reported it"),
        (Channel.TRUSTED_FLAGGER, "a notice by a trusted flagger"),
        (Channel.LEGAL_ORDER, "an order by an authority"),
    ],
)
def test_where_the_claim_came_from_is_told_and_nobody_named(channel: Channel, words: str) -> None:
    assert words in told(decision(), channel=channel)


@pytest.mark.parametrize("channel", set(Channel) - {Channel.CLASSIFIER})
def test_what_people_reported_is_never_said_to_be_found_by_machines(channel: Channel) -> None:
    with_checks, without = (
        told(decision(), channel=channel),
        told(decision(), policy(checks=[], rules=[{"otherwise": "review"}]), channel),
    )

    assert "to find it" not in with_checks + without
    assert "Automated means were used to examine it." in with_checks
    assert "utomated" not in without
    assert "The decision was made by a person." in with_checks
    assert "The decision was made by a person." in without


def test_a_machine_s_decision_is_called_a_machine_s() -> None:
    body = told(decision(by=POLICY, automated=True))

    assert "by automated means, without a person" in body
    assert "by a person." not in body


def test_a_default_because_nobody_decided_is_called_that() -> None:
    body = told(decision(by=NOBODY, automated=True))

    assert "by automated means: no person decided in time" in body


@pytest.mark.parametrize("kind", ActionKind)
def test_every_kind_of_restriction_has_its_own_plain_words(kind: ActionKind) -> None:
    others = set(ActionKind) - {kind}

    first_line = told(decision(Measure(kind=kind))).splitlines()[0]

    assert first_line.endswith(".")
    assert kind.value not in first_line
    assert first_line not in {told(decision(Measure(kind=k))).splitlines()[0] for k in others}


@pytest.mark.parametrize(
    ("lasts", "words"),
    [
        ("P7D", "7 days"),
        ("P1D", "1 day"),
        ("PT36H", "36 hours"),
        ("PT1H", "1 hour"),
        ("PT90S", "90 seconds"),
        ("PT15M", "15 minutes"),
    ],
)
def test_how_long_is_said_in_words(lasts: str, words: str) -> None:
    suspended = Measure.model_validate({"suspend_account": lasts})

    assert f"This lasts {words}." in told(decision(suspended))


@pytest.mark.parametrize(
    "kind", ["limit_reach", "timeout_account", "suspend_account", "ban_account"]
)
def test_what_could_end_and_does_not_is_called_permanent(kind: str) -> None:
    assert "This is permanent." in told(decision(Measure.model_validate(kind)))


@pytest.mark.parametrize(
    ("period", "words"),
    [
        *[("P6M", "6 months"), ("P1M", "1 month"), ("P1Y", "12 months"), ("P14D", "14 days")],
        ("P6M1D", "6 months and 1 day"),
    ],
)
def test_the_time_to_appeal_is_said_in_words(period: str, words: str) -> None:
    assert f"within {words} of receiving" in told(decision(), policy(appeal_within=period))


def test_help_alone_is_no_restriction_and_has_no_appeal() -> None:
    notice = statement_of_reasons(decision(HELP), policy(), case_file(), LINK)

    assert (notice.kind, notice.appeal_within) == (NoticeKind.HELP, None)
    assert notice.subject == "We are here for you"
    assert "appeal" not in notice.body
    assert LINK not in notice.body
    assert "terms" not in notice.body


@pytest.mark.parametrize("kind", set(ActionKind) - {ActionKind.OFFER_HELP})
def test_help_beside_a_restriction_is_a_statement_with_an_appeal(kind: ActionKind) -> None:
    notice = statement_of_reasons(decision(HELP, Measure(kind=kind)), policy(), case_file(), LINK)

    assert notice.kind is NoticeKind.STATEMENT
    assert notice.appeal_within is not None
    assert LINK in notice.body


def test_what_a_reviewer_wrote_for_colleagues_is_never_sent() -> None:
    made = decision()

    sent = [
        statement_of_reasons(made, policy(), case_file(), LINK),
        correction(made, case_file()),
        appeal_upheld(made, case_file()),
    ]

    assert made.reason
    assert [notice for notice in sent if made.reason in notice.subject + notice.body] == []
    assert [notice for notice in sent if made.by in notice.subject + notice.body] == []


@given(st.text(st.characters(categories=["L", "P", "S"]), min_size=1, max_size=30))
def test_a_strange_item_id_changes_nothing_but_its_own_place(strange: str) -> None:
    file = case_file()
    odd = file.model_copy(update={"item": file.item.model_copy(update={"id": strange})})

    plain = statement_of_reasons(decision(), policy(), file, LINK)
    notice = statement_of_reasons(decision(), policy(), odd, LINK)

    assert notice.body == plain.body.replace("m-17", strange)
    assert "\n" not in notice.subject


def test_a_correction_says_that_it_was_wrong_and_undone() -> None:
    notice = correction(decision(), case_file())

    assert notice.kind is NoticeKind.CORRECTION
    assert "no part in the first decision" in notice.body
    assert "was undone" in notice.body
    assert notice.appeal_within is None


def test_an_upheld_appeal_names_the_way_on() -> None:
    notice = appeal_upheld(decision(), case_file())

    assert notice.kind is NoticeKind.APPEAL_UPHELD
    assert "the decision stands" in notice.body
    assert "out-of-court dispute settlement body" in notice.body
    assert "go to court" in notice.body


def test_what_a_notice_is_made_from_holds_no_content_of_the_item() -> None:
    file = case_file()

    assert file.item.model_dump().keys() == {"type", "id"}
    assert set(CaseFile.model_fields) & {"text", "evidence", "media", "context"} == set()


def test_each_notice_of_a_decision_has_its_own_name() -> None:
    made, file = decision(), case_file()

    notices = [
        statement_of_reasons(made, policy(), file, LINK),
        statement_of_reasons(decision(HELP), policy(), file, LINK),
        correction(made, file),
        appeal_upheld(made, file),
    ]

    for one, other in itertools.combinations(notices, 2):
        assert one.notice_id != other.notice_id
