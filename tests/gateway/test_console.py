"""The console's pages, as a browser without JavaScript sees them."""

import re
from datetime import timedelta

import pytest

from gateway.console.pages import HERE
from gateway.console.revealed import revealed
from gateway.console.texts import texts_in
from gateway.console.wording import Wording
from storage.audit_line import Event
from storage.engine import utc_now
from tests.gateway.browser import browser
from tests.gateway.conftest import Opening
from tests.gateway.counter import HARM, SETTINGS, Counter, token_of

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "</bdi></main><style>*{display:none}</style>",
    "javascript:alert(1)",
    "{{ 7*7 }} {% for x in y %}",
    "\u202egnp.exe\u202c and zero\u200bwidth and \x00 and \U000e0041",
)

ENGLISH = Wording(texts_in("en"), utc_now)
OWN_SCRIPT = re.compile(r'<script src="/console/files/[\w.]+" (defer|type="module")></script>')


# -- signing in ------------------------------------------------------------------------------------


async def test_signing_in_begins_a_session_the_browser_cannot_read(counter: Counter) -> None:
    async with browser(counter) as person:
        await person.open("/console/sign-in")
        answer = await counter.ask(
            None, "POST", "/console/sign-in", data={"token": token_of("rita")}
        )

    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 303
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert token_of("rita") not in cookie


async def test_over_https_the_session_never_travels_in_the_clear(opening: Opening) -> None:
    counter = opening(SETTINGS.model_copy(update={"public_url": "https://casework.test"}))

    answer = await counter.ask(None, "POST", "/console/sign-in", data={"token": token_of("rita")})

    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("token", ["", "wrong", "x" * 1_000, token_of("classifier-one")])
async def test_a_token_of_nobody_or_of_a_machine_does_not_sign_in(
    counter: Counter, token: str
) -> None:
    answer = await counter.ask(None, "POST", "/console/sign-in", data={"token": token})

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "This token is not valid here" in answer.text


async def test_nobody_is_signed_in_by_another_site(counter: Counter) -> None:
    answer = await counter.ask(
        None,
        "POST",
        "/console/sign-in",
        data={"token": token_of("rita")},
        headers={"Origin": "https://evil.test"},
    )

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_guessing_tokens_is_slowed_down(opening: Opening) -> None:
    quotas = SETTINGS.quotas.model_copy(update={"sign_ins": 2})
    counter = opening(SETTINGS.model_copy(update={"quotas": quotas}))

    guesses = [
        (await counter.ask(None, "POST", "/console/sign-in", data={"token": "x"})).status_code
        for _ in range(3)
    ]

    assert guesses == [401, 401, 429]


async def test_a_page_asked_for_before_signing_in_is_shown_after_it(counter: Counter) -> None:
    async with browser(counter) as person:
        page = await person.open("/console/cases?harm=hate")
        assert page.url.path == "/console/sign-in"

        page = await person.send("/sign-in", token=token_of("otto"))

    assert (page.url.path, page.url.query) == ("/console/cases", b"harm=hate")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.test", "//evil.test", "/console/\\evil", "/v1/cases", "/console//../x\n"],
)
async def test_signing_in_leads_nowhere_else(counter: Counter, elsewhere: str) -> None:
    answer = await counter.ask(
        None, "POST", "/console/sign-in", data={"token": token_of("rita"), "next": elsewhere}
    )

    assert answer.headers["location"] == "/console/"


async def test_signing_out_ends_the_session_itself(counter: Counter) -> None:
    async with browser(counter, "rita") as person:
        cookie = person.client.cookies["casework_session"]
        await person.send("/sign-out")

        person.client.cookies.set("casework_session", cookie)
        page = await person.open("/console/")

    assert page.url.path == "/console/sign-in"


async def test_a_session_ends_by_itself(counter: Counter) -> None:
    async with browser(counter, "rita") as person:
        counter.watch.passes(SETTINGS.session)

        page = await person.open("/console/")

    assert page.url.path == "/console/sign-in"


async def test_a_revoked_token_ends_its_sessions(counter: Counter) -> None:
    async with browser(counter, "rita") as person:
        await counter.store.staff.revoke("rita")

        page = await person.open("/console/")

    assert page.url.path == "/console/sign-in"


async def test_a_session_is_no_key_to_the_api(counter: Counter) -> None:
    async with browser(counter, "otto") as person:
        answer = await person.client.get("/v1/cases")

    assert answer.status_code == 401


async def test_a_form_that_is_not_ours_does_nothing(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        forged = await person.client.post("/console/queues/reviewers/claim", data={"csrf": "x"})
        without = await person.client.post("/console/queues/reviewers/claim")

    assert (forged.status_code, without.status_code) == (403, 403)
    assert await counter.audited(Event.CLAIMED) == 0


# -- the desk --------------------------------------------------------------------------------------


async def test_a_reviewer_takes_decides_and_is_told(counter: Counter) -> None:
    case_id = await counter.in_review()
    async with browser(counter, "rita") as person:
        queues = await person.open("/console/")
        review = await person.send("/queues/reviewers/claim")
        told = await person.send("/decision", ruling="enforce", which="usual", reason="a threat")
        await counter.delivered()
        done = await person.open(str(told.url))

    assert "1" in queues.text
    assert "CANARY-4711" in review.text
    assert "Community Guidelines, Harassment" in review.text
    assert "you can take it back" in told.text
    assert "Decided." in done.text
    case = await counter.store.reads.case(case_id)
    assert case.stage.value == "enforcing"
    assert await counter.audited(Event.EVIDENCE_VIEWED) == 1


async def test_a_reviewer_may_choose_other_actions(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await person.open("/console/")
        review = await person.send("/queues/reviewers/claim")
        review_id = review.url.path.rsplit("/", 1)[1]
        await person.send(
            "/decision",
            ruling="enforce",
            which="these",
            action=["label_item", "suspend_account"],
            lasts_suspend_account="P7D",
            reason="again",
        )
    await counter.delivered()

    settled = await counter.store.reviews.settled(review_id)
    assert settled is not None
    kinds = {action.kind.value: action.lasts for action in settled.actions}
    assert kinds == {"label_item": None, "suspend_account": timedelta(days=7)}


async def test_a_decision_without_a_reason_is_refused_on_a_page(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await person.open("/console/")
        await person.send("/queues/reviewers/claim")
        page = await person.send("/decision", ruling="dismiss")

    assert page.status_code == 422
    assert "a reason are needed" in page.text
    assert counter.stories.told[-1][0] != "decide"


async def test_a_claim_that_ran_out_is_said_so_on_a_page(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await person.open("/console/")
        await person.send("/queues/reviewers/claim")
        counter.watch.passes(timedelta(minutes=16))
        page = await person.send("/decision", ruling="dismiss", reason="fine")

    assert (page.status_code, "stale_claim" in page.text) == (412, True)


async def test_notes_longer_turns_calling_and_putting_back(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await person.open("/console/")
        await person.send("/queues/reviewers/claim")
        noted = await person.send("/note", text="ask <b>the</b> linguist")
        longer = await person.send("/extend")
        called = await person.send("/escalate", reason="is this a threat?")
        back = await person.send("/release")

    assert "ask &lt;b&gt;the&lt;/b&gt; linguist" in noted.text
    assert "Yours for a whole turn again" in longer.text
    assert "On-call was asked" in called.text
    assert "Put back" in back.text
    assert (await counter.claim("rolf")).status_code == 200


async def test_an_empty_queue_says_so(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "rita") as person:
        await person.open("/console/")
        await counter.claim("rolf")
        page = await person.send("/queues/reviewers/claim")

    assert "There is nothing for you in this queue" in page.text


async def test_a_review_in_other_hands_cannot_be_opened(counter: Counter) -> None:
    await counter.in_review()
    held = (await counter.claim("rolf")).json()["review_id"]
    async with browser(counter, "rita") as person:
        page = await person.open(f"/console/reviews/{held}")

    assert page.status_code == 412
    assert "CANARY" not in page.text


async def test_an_appeal_is_heard_on_the_same_page(counter: Counter) -> None:
    _, token = await counter.enforced()
    body = {"token": token, "reason": "<script>I was joking</script>"}
    await counter.ask(None, "POST", "/v1/appeals", json=body)
    await counter.appeal_heard()
    async with browser(counter, "rolf") as person:
        await person.open("/console/")
        review = await person.send("/queues/appeals/claim")
        told = await person.send("/decision", ruling="overturned", reason="it is a quote")
        await counter.delivered()
        done = await person.open(str(told.url))

    assert "&lt;script&gt;I was joking&lt;/script&gt;" in review.text
    assert "Overturn it" in review.text
    assert "Decided." in done.text


# -- what is shown ---------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_evidence_is_text_and_nothing_else(counter: Counter, payload: str) -> None:
    item = {
        "type": "message",
        "id": "<i>m</i>",
        "text": payload,
        "url": payload.replace("\x00", ""),
    }
    await counter.in_review(item=item, account={"id": "<u>u</u>"})
    async with browser(counter, "rita") as person:
        await person.open("/console/")
        page = await person.send("/queues/reviewers/claim")

    shown = OWN_SCRIPT.sub("", page.text)
    for active in ("<script", "<img", "<svg", "<style", "<i>", "<u>", 'href="javascript'):
        assert active not in shown
    for unseen in ("\u202e", "\u200b", "\x00", "\U000e0041"):
        assert unseen not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_what_the_eye_cannot_see_is_named() -> None:
    text = "a\u200bb\u202ec\n\td\x07é👩\u200d💻\u3164"

    pieces = [(piece.text, piece.unseen) for piece in revealed(text)]

    assert pieces == [
        ("a", False),
        ("U+200B", True),
        ("b", False),
        ("U+202E", True),
        ("c\n\td", False),
        ("U+0007", True),
        ("é👩\u200d💻", False),
        ("U+3164", True),
    ]


async def test_pages_bring_no_script_and_no_style_of_their_own(counter: Counter) -> None:
    templates = list((HERE / "templates").glob("*.html"))

    text = "".join(template.read_text(encoding="utf-8") for template in templates)
    text = OWN_SCRIPT.sub("", text)

    assert len(templates) >= 8
    for forbidden in (
        "<script",
        "style=",
        "<style",
        " onclick",
        "javascript:",
        "http://",
        "https://",
    ):
        assert forbidden not in text, forbidden


async def test_every_access_key_of_a_page_means_one_thing(counter: Counter) -> None:
    await counter.in_review()
    async with browser(counter, "lena") as person:
        home = await person.open("/console/")
        review = await person.send("/queues/reviewers/claim")

    for page in (home, review):
        keys = re.findall(r'accesskey="(.)"', page.text)
        assert len(keys) == len(set(keys)) > 2


async def test_the_style_sheet_is_served(counter: Counter) -> None:
    style = await counter.ask(None, "GET", "/console/style.css")
    mark = await counter.ask(None, "GET", "/console/mark.svg")

    assert style.headers["content-type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in style.text
    assert mark.headers["content-type"].startswith("image/svg+xml")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (5, "less than a minute"),
        (60, "1 minute"),
        (3_600 * 26 + 60, "1 day 2 hours"),
        (7_260, "2 hours 1 minute"),
    ],
)
def test_spans_are_said_in_words(seconds: int, said: str) -> None:
    assert ENGLISH.span(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("rule_3", "Rule 3 of the policy asks for a person."),
        (
            "rule_1:needs_two_people",
            "Rule 1 of the policy asks for a person. It calls for two people.",
        ),
        (
            "check_failed:profanity,vendor_moderation",
            "No usable answer came from: profanity, vendor moderation.",
        ),
        ("appeal", "The person concerned appealed."),
        ("something_new", "Something new."),
    ],
)
def test_a_reason_is_said_as_a_sentence(reason: str, said: str) -> None:
    assert ENGLISH.why(reason) == said


# -- on call ---------------------------------------------------------------------------------------


async def test_on_call_finds_a_case_and_where_it_is_told(counter: Counter) -> None:
    case_id = await counter.in_review()
    async with browser(counter, "otto") as person:
        listed = await person.open(f"/console/cases?harm={HARM}&stage=review")
        page = await person.open(f"/console/cases?case={case_id}")

    assert f'href="/console/cases/{case_id}"' in listed.text
    assert page.url.path == f"/console/cases/{case_id}"
    link = f"http://temporal.test/namespaces/default/workflows/case%2F{HARM}%2F{case_id}"
    assert link in page.text
    assert "review opened" in page.text
    assert "CANARY" not in page.text


async def test_on_call_pushes_a_blocked_case_and_takes_a_page(counter: Counter) -> None:
    case_id = await counter.in_review()
    await counter.store.cases.block(case_id, "platform")
    await counter.store.cases.write_down(case_id, "casework", "paged", reason="review_due")
    async with browser(counter, "otto") as person:
        page = await person.open(f"/console/cases/{case_id}")
        assert "Blocked on platform" in page.text
        retried = await person.send("/retry")
        taken = await person.send("/acknowledge")

    assert "being tried again" in retried.text
    assert "Nobody else is called" in taken.text
    assert counter.stories.told[-2:] == [
        ("retry", case_id),
        ("acknowledge", case_id, "review_due", "otto"),
    ]


async def test_a_lead_looks_and_does_not_push(counter: Counter) -> None:
    case_id = await counter.in_review()
    await counter.store.cases.block(case_id, "platform")
    async with browser(counter, "lena") as person:
        page = await person.open(f"/console/cases/{case_id}")

    assert "Blocked on platform" in page.text
    assert "Try again now" not in page.text


async def test_a_reviewer_has_no_list_of_cases(counter: Counter) -> None:
    case_id = await counter.in_review()
    async with browser(counter, "rita") as person:
        home = await person.open("/console/")
        listed = await person.open("/console/cases")
        case = await person.open(f"/console/cases/{case_id}")

    assert 'href="/console/cases"' not in home.text
    assert (listed.status_code, case.status_code) == (403, 403)


async def test_a_case_that_is_not_there_is_a_page_too(counter: Counter) -> None:
    async with browser(counter, "otto") as person:
        page = await person.open("/console/cases/none")

    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")


async def test_older_cases_are_a_link_away(counter: Counter) -> None:
    for n in range(51):
        counter.watch.passes(timedelta(seconds=1))
        await counter.report(detection_id=f"d-{n}", item={"type": "message", "id": f"m-{n}"})
    async with browser(counter, "otto") as person:
        first = await person.open("/console/cases?account=u-1")
        link = first.text.split('<p><a href="')[1].split('"')[0].replace("&amp;", "&")
        second = await person.open(link)

    assert second.text.count('scope="row"') == 1


async def test_the_runbook_has_a_place_for_every_page_we_send(counter: Counter) -> None:
    async with browser(counter, "otto") as person:
        page = await person.open("/console/runbook")

    for topic in ("a-case-is-blocked", "an-appeal-waits", "review_due", "appeal_due",
                  "asked_by_reviewer", "needs_human", "blocked_platform", "blocked_notices",
                  "blocked_storage", "story_ended_from_outside"):  # fmt: skip
        assert f'id="{topic}"' in page.text
