"""Legal duties as they are on record, and as a deployment may have its own."""

from datetime import date
from pathlib import Path

import pytest

from casework.duties import WARNING_FIRST
from casework.errors import PolicyMistake
from casework.unions import EUROPEAN_UNION
from storage import duty_files

TODAY = date(2026, 11, 27)


def test_the_european_union_wants_a_warning_before_a_suspension() -> None:
    duties = duty_files.shipped()

    [europe] = [place for place in duties.places if place.place == "eu"]
    [warning] = [duty for duty in europe.duties if duty.name == WARNING_FIRST]
    assert warning.in_force == date(2024, 2, 17)
    assert warning.law
    assert warning.source
    assert warning.checked
    assert europe.members - {"EU"} == EUROPEAN_UNION.members
    assert len(EUROPEAN_UNION.members) == 27
    assert duties.want_a_warning_first("FR", TODAY)
    assert not duties.want_a_warning_first("GB", TODAY)


def test_a_deployment_s_own_files_count_instead(tmp_path: Path) -> None:
    (tmp_path / "jurisdictions").mkdir()
    (tmp_path / "jurisdictions" / "xx.yaml").write_text("place: xx\nentries: []\n", "utf-8")

    assert not duty_files.load(tmp_path).want_a_warning_first("DE", TODAY)


def test_without_own_files_the_shipped_ones_count(tmp_path: Path) -> None:
    assert duty_files.load(tmp_path) == duty_files.shipped()


@pytest.mark.parametrize(
    "written", ["- a list", "place: [", "place: xx\nmembers: [Germany]", "place: xx\nduty: []"]
)
def test_a_file_that_is_not_understood_is_refused_with_its_name(
    tmp_path: Path, written: str
) -> None:
    (tmp_path / "jurisdictions").mkdir()
    (tmp_path / "jurisdictions" / "xx.yaml").write_text(written, "utf-8")

    with pytest.raises(PolicyMistake, match=r"xx\.yaml"):
        duty_files.load(tmp_path)
