"""The rules a decision may rest on: told apart, found by their ids, and said to the account."""

from typing import Any

import pytest
from pydantic import ValidationError

from casework.grounds import Grounds
from casework.statement import statement_of_reasons
from tests.casework.made import case_file, decision, policy

LINK = "https://town.example/appeals/t0ken"


def ground(name: str, *under: dict[str, Any], **more: Any) -> dict[str, Any]:
    words = {"reference": f"Rules, {name}", "explanation": f"This is about {name}."}
    return {"id": name, "under": list(under), **words, **more}


def grounds(*under: dict[str, Any]) -> Grounds:
    return Grounds.model_validate(
        {"basis": "terms", "reference": "Rules", "explanation": "All of them.", "under": under}
    )


def test_whoever_names_none_means_the_policy_s_own() -> None:
    tree = grounds(ground("threat"))

    found = tree.named(None)

    assert found is not None
    assert (found.basis, found.reference) == ("terms", "Rules")


def test_one_below_another_is_found_and_stands_on_what_that_stands_on() -> None:
    tree = grounds(ground("crime", ground("threat", ground("murder")), basis="law"))

    found = tree.named("murder")

    assert found is not None
    assert (found.basis, found.reference) == ("law", "Rules, murder")


def test_one_that_does_not_exist_is_not_taken_for_another() -> None:
    assert grounds(ground("threat")).named("insult") is None


@pytest.mark.parametrize(
    ("under", "said"),
    [
        ([ground("a", ground("b", ground("c", ground("d"))))], "at most 3 deep"),
        ([ground("a", ground("b")), ground("b", reference="Another")], "an id of its own"),
        ([ground("a", reference="Rules")], "a reference of its own"),
        ([ground("a", reference="x"), ground("b", reference="x")], "a reference of its own"),
        ([ground("No Word")], "id"),
    ],
    ids=["too deep", "an id twice", "as the policy itself", "a reference twice", "no word"],
)
def test_grounds_that_could_be_mixed_up_are_refused(under: list[Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        grounds(*under)


def test_the_statement_names_the_ground_chosen_and_no_other() -> None:
    law = grounds(ground("threat", basis="law"))
    chosen = decision().model_copy(update={"grounds": "Rules, threat"})

    body = statement_of_reasons(chosen, policy(grounds=law), case_file(), LINK).body

    assert "We consider it illegal: Rules, threat." in body
    assert "This is about threat." in body
    assert "All of them." not in body
