"""What is told of how people judge: to leads by name, to others by alias, to oneself alone."""

from datetime import timedelta
from typing import Any

from casework.care import CareRules
from casework.rereviews import SETTLED_FOR
from tests.gateway.browser import browser
from tests.gateway.conftest import Opening
from tests.gateway.counter import SETTINGS, Counter
from workers.sampling import Sampling

SOON = SETTINGS.model_copy(update={"quality_at_least": 2})
GOLDEN = SETTINGS.model_copy(update={"care": CareRules(golden=1.0)})


def item(number: int) -> dict[str, Any]:
    words = f"words of number {number}"
    return {
        "detection_id": f"d-{number}",
        "item": {"type": "message", "id": f"m-{number}", "text": words},
        "account": {"id": f"u-{number}"},
    }


async def judged_twice(counter: Counter, *rulings: tuple[str, str]) -> list[str]:
    """Cases that Rita decided and Rolf, not knowing it, judged again."""
    cases = []
    for number, (first, _) in enumerate(rulings):
        cases.append(await counter.in_review(**item(number)))
        decided = await counter.decide("rita", await counter.claim("rita"), first)
        assert decided.status_code == 200, decided.text
    counter.watch.passes(SETTLED_FOR)
    await Sampling(counter.store, usual=1.0).draw()
    wanted = {case: second for case, (_, second) in zip(cases, rulings, strict=True)}
    for _ in rulings:
        claimed = await counter.claim("rolf")
        await counter.decide("rolf", claimed, wanted[claimed.json()["case_id"]])
    return cases


TWICE = (("enforce", "enforce"), ("enforce", "dismiss"), ("dismiss", "dismiss"))


async def test_a_lead_sees_agreement_by_policy_version_and_reviewer(opening: Opening) -> None:
    counter = opening(SOON)
    cases = await judged_twice(counter, *TWICE)

    seen = (await counter.ask("lena", "GET", "/v1/quality")).json()

    whole, version = seen["policies"]
    assert (whole["policy"], whole["version"]) == ("harassment", None)
    assert version["version"] is not None
    assert (whole["verdict"]["same"]["of"], whole["verdict"]["same"]["n"]) == (2, 3)
    assert whole["verdict"]["kappa"]["n"] == 3
    assert abs(whole["verdict"]["kappa"]["value"] - 0.4) < 1e-9
    assert whole["looks"] == {"answered": 3, "waiting": 0, "lapsed": 0}
    assert {each["reviewer"] for each in seen["reviewers"]} == {"rita", "rolf"}
    [difference] = seen["differences"]
    assert difference["case_id"] == cases[1]
    assert (difference["first"], difference["second"]) == ("enforce", "dismiss")


async def test_others_see_an_alias_and_only_what_is_in_their_scope(opening: Opening) -> None:
    counter = opening(SOON)
    await judged_twice(counter, *TWICE)

    auditor = await counter.ask("axel", "GET", "/v1/quality")
    elsewhere = (await counter.ask("hate-lead", "GET", "/v1/quality")).json()
    other = (await counter.ask("lena", "GET", "/v1/quality?policy=hate")).json()

    assert "rita" not in auditor.text
    assert all(r["reviewer"].startswith("Reviewer ") for r in auditor.json()["reviewers"])
    assert (elsewhere["policies"], elsewhere["reviewers"], elsewhere["differences"]) == ([], [], [])
    assert other["policies"] == []


async def test_few_cases_are_not_made_a_figure_of(counter: Counter) -> None:
    await judged_twice(counter, *TWICE)

    seen = (await counter.ask("lena", "GET", "/v1/quality")).json()

    kappa = seen["policies"][0]["verdict"]["kappa"]
    assert (kappa["n"], kappa["value"], kappa["too_few"]) == (3, None, True)
    assert seen["at_least"] == 20


async def test_a_reviewer_sees_their_own_figures_and_nobody_else_s(opening: Opening) -> None:
    counter = opening(SOON)
    await judged_twice(counter, *TWICE)

    mine = await counter.ask("rita", "GET", "/v1/quality/me")
    all_of_them = await counter.ask("rita", "GET", "/v1/quality")

    assert mine.json()["mine"]["verdict"]["same"]["n"] == 3
    assert "rolf" not in mine.text
    assert all_of_them.status_code == 403


async def test_an_overturned_appeal_counts_for_whoever_decided(counter: Counter) -> None:
    _, token = await counter.enforced()
    await counter.ask(None, "POST", "/v1/appeals", json={"token": token, "reason": "why me"})
    await counter.appeal_heard()
    await counter.appeal_answered("overturn")

    seen = (await counter.ask("lena", "GET", "/v1/quality")).json()

    [whole, _] = seen["policies"]
    assert (whole["appeals"]["of"], whole["appeals"]["n"]) == (1, 1)
    assert (whole["automated"]["of"], whole["automated"]["n"]) == (0, 0)
    assert [(r["reviewer"], r["appeals"]["of"]) for r in seen["reviewers"]] == [("rita", 1)]


async def test_a_golden_case_is_marked_answered_and_explained(opening: Opening) -> None:
    counter = opening(GOLDEN)
    case_id = await counter.in_review()
    await counter.decide("rita", await counter.claim("rita"), "dismiss")
    body = {"case_id": case_id, "ruling": "dismiss", "why": "it quotes the rule"}
    marked = await counter.ask("lena", "POST", "/v1/golden", json=body)
    again = await counter.ask("lena", "POST", "/v1/golden", json=body)
    await counter.in_review(**item(7))

    served = await counter.claim("rolf")
    answer = await counter.decide("rolf", served, "enforce")
    counter.watch.passes(timedelta(days=1))
    mine = (await counter.ask("rolf", "GET", "/v1/quality/me")).json()
    retired = await counter.ask("lena", "DELETE", f"/v1/golden/{marked.json()['golden_id']}")
    left = (await counter.ask("lena", "GET", "/v1/golden")).json()

    assert (marked.status_code, again.status_code) == (201, 409)
    assert (served.json()["case_id"], served.json()["hearing"]) == (case_id, "first")
    assert answer.json()["status"] == "final"
    [lesson] = mine["lessons"]
    assert (lesson["said"]["verdict"], lesson["right"]["verdict"]) == ("enforce", "dismiss")
    assert lesson["why"] == "it quotes the rule"
    assert (mine["mine"]["golden"]["of"], mine["mine"]["golden"]["n"]) == (0, 1)
    assert retired.json()["retired_at"] is not None
    assert left["items"] == []


async def test_what_cannot_be_golden_is_refused(counter: Counter) -> None:
    case_id = await counter.in_review()
    body = {"case_id": case_id, "ruling": "dismiss", "why": "w"}

    undecided = await counter.ask("lena", "POST", "/v1/golden", json=body)
    unknown = await counter.ask("lena", "POST", "/v1/golden", json=body | {"case_id": "0" * 32})
    elsewhere = await counter.ask("hate-lead", "POST", "/v1/golden", json=body)
    appeal = await counter.ask("lena", "POST", "/v1/golden", json=body | {"ruling": "upheld"})
    gone = await counter.ask("lena", "DELETE", "/v1/golden/g-0")

    assert [each.status_code for each in (undecided, unknown, elsewhere)] == [404, 404, 404]
    assert (appeal.status_code, gone.status_code) == (422, 404)


async def test_the_pages_show_the_same(opening: Opening) -> None:
    counter = opening(SOON)
    cases = await judged_twice(counter, *TWICE)

    async with browser(counter, "lena") as at:
        page = (await at.open("/console/quality")).text
        marked = (
            await at.send("/quality/golden", case_id=cases[0], ruling="enforce", why="<b>slur</b>")
        ).text
        retired = (await at.send("/retire")).text
    async with browser(counter, "rolf") as at:
        mine = (await at.open("/console/quality/me")).text
        refused = await at.open("/console/quality")
    async with browser(counter, "axel") as at:
        seen = (await at.open("/console/quality")).text

    assert "0.40" in page
    assert f"/console/cases/{cases[1]}" in page
    assert "&lt;b&gt;slur&lt;/b&gt;" in marked
    assert "It is served no more." in retired
    assert "67&nbsp;%" in mine
    assert refused.status_code == 403
    assert "rita" not in seen
    assert "Mark as golden" not in seen
