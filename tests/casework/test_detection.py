"""What a detector may claim, and what is refused at once."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from casework.detection import AccountRef, Detection
from casework.words import Channel

CLAIM: dict[str, object] = {
    "detection_id": "det-1",
    "detector": {"name": "hive", "version": "2.1"},
    "harm": "hate",
    "item": {"type": "message", "id": "m-17", "text": "…"},
    "account": {"id": "a-4", "jurisdiction": "DE-BY"},
    "score": 0.93,
    "observed_at": "2026-03-02T12:00:00Z",
}
NAMED: dict[str, Callable[[object], dict[str, object]]] = {
    "detection_id": lambda name: {"detection_id": name},
    "detector.name": lambda name: {"detector": {"name": name, "version": "1"}},
    "detector.version": lambda name: {"detector": {"name": "hive", "version": name}},
    "item.type": lambda name: {"item": {"type": name, "id": "m-17"}},
    "item.id": lambda name: {"item": {"type": "message", "id": name}},
    "account.id": lambda name: {"account": {"id": name}},
}
"""Where strangers name things, and a claim with another name there."""


def claim(**changes: object) -> Detection:
    return Detection.model_validate({**CLAIM, **changes})


def refused(**changes: object) -> list[str]:
    """The places, dotted, that such a claim is refused for."""
    with pytest.raises(ValidationError) as caught:
        claim(**changes)
    return [".".join(map(str, error["loc"])) for error in caught.value.errors()]


def test_a_whole_claim_is_taken_as_it_was_made() -> None:
    media = [{"url": "https://cdn.example/1", "type": "image/png"}, "https://cdn.example/2"]

    taken = claim(
        channel="trusted_flagger",
        item={"type": "message", "id": "m-17", "media": media, "context": {"thread": [1, None]}},
        evidence={"labels": {"slur": 0.9}},
    )

    assert taken.channel is Channel.TRUSTED_FLAGGER
    assert taken.item.ref.model_dump() == {"type": "message", "id": "m-17"}
    assert Detection.model_validate_json(taken.model_dump_json()) == taken


def test_a_claim_without_a_channel_comes_from_a_classifier() -> None:
    assert claim().channel is Channel.CLASSIFIER


@pytest.mark.parametrize("score", [0, 1, 0.0, 1.0, 5e-324, -0.0, None])
def test_a_score_may_be_anything_from_zero_to_one_or_absent(score: float | None) -> None:
    assert claim(score=score).score == score


@pytest.mark.parametrize(
    "score",
    [
        *(float("nan"), float("inf"), -float("inf"), 1.0001, 1 + 2**-52, -0.1, -5e-324, 2, 10**400),
        *(True, False, "0.5", "nan", "", "high", [0.5], {"value": 0.5}),
    ],
)
def test_a_score_that_is_no_number_from_zero_to_one_is_refused(score: object) -> None:
    assert refused(score=score) == ["score"]


@pytest.mark.parametrize("score", ["NaN", "Infinity", "-Infinity", "1e999", "true", '"0.9"'])
def test_a_score_that_is_no_number_is_refused_in_json_too(score: str) -> None:
    body = json.dumps({**CLAIM, "score": "?"}).replace('"?"', score)

    with pytest.raises(ValidationError):
        Detection.model_validate_json(body)


def test_evidence_without_a_finite_number_is_refused() -> None:
    assert refused(evidence={"labels": [float("nan")]}) == ["evidence.labels.list.0.float"]


@pytest.mark.parametrize("moment", ["2026-03-02T12:00:00", "2026-03-02", "yesterday", "", None])
def test_a_moment_without_its_zone_is_refused(moment: str | None) -> None:
    assert refused(observed_at=moment) == ["observed_at"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_beyond_the_calendar_is_refused(moment: str) -> None:
    assert refused(observed_at=moment) == ["observed_at"]


@given(st.integers(0, 4_000_000_000), st.integers(-14 * 60, 14 * 60))
def test_every_moment_is_kept_in_utc(seconds: int, minutes: int) -> None:
    moment = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes)))

    kept = claim(observed_at=moment.isoformat()).observed_at

    assert kept == moment
    assert kept.tzinfo is UTC


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"severity": "high"}, "severity"),
        ({"detector": {"name": "h", "version": "1", "url": "x"}}, "detector.url"),
        ({"item": {"type": "message", "id": "1", "author": "x"}}, "item.author"),
        ({"account": {"id": "1", "email": "x"}}, "account.email"),
    ],
)
def test_an_unknown_key_is_refused_by_name(changes: dict[str, object], where: str) -> None:
    assert refused(**changes) == [where]


@pytest.mark.parametrize("missing", sorted(CLAIM.keys() - {"score"}))
def test_a_claim_with_a_part_missing_is_refused(missing: str) -> None:
    rest = {key: value for key, value in CLAIM.items() if key != missing}

    with pytest.raises(ValidationError, match=missing):
        Detection.model_validate(rest)


@pytest.mark.parametrize("where", NAMED)
@pytest.mark.parametrize(
    "name",
    [
        *("", "x" * 601, "a\nb", "a\n", "a\r\nBcc: b", "\t", "\x00", "\x1b[2J", "\x7f"),
        *("\x85", "\x9b2J", "a\u2028b", "a\u2029b", "\ud800"),
        *(17, None, True, ["a"], {"id": "a"}),
    ],
)
def test_a_name_that_is_long_or_that_terminals_obey_is_refused(where: str, name: object) -> None:
    assert refused(**NAMED[where](name)) == [where]


@pytest.mark.parametrize("where", sorted(NAMED.keys() - {"item.id", "account.id"}))
def test_what_is_no_platform_s_own_id_is_kept_shorter(where: str) -> None:
    assert refused(**NAMED[where]("x" * 201)) == [where]


@pytest.mark.parametrize("where", ["item.id", "account.id"])
def test_a_platform_s_id_may_be_as_long_as_matrix_makes_them(where: str) -> None:
    longest = f"!{'r' * 254}/${'e' * 254}"

    assert Detection.model_validate({**CLAIM, **NAMED[where](longest)}).harm == CLAIM["harm"]


@pytest.mark.parametrize(
    "name", ["x" * 200, "Ünïcode", "名前", "👩🏽‍🚒", "a b", "a/b?c=d#e", "';--"]
)
def test_a_name_may_be_any_text_on_a_line(name: str) -> None:
    assert claim(detection_id=name).detection_id == name


@pytest.mark.parametrize("harm", ["Hate", "hate-speech", "", "9lives", "h" * 64, "hate\n", "ha te"])
def test_a_harm_is_a_word_of_ours(harm: str) -> None:
    assert refused(harm=harm) == ["harm"]


@pytest.mark.parametrize("channel", ["", "CLASSIFIER", "police", None])
def test_a_channel_is_one_of_those_we_know(channel: str | None) -> None:
    assert refused(channel=channel) == ["channel"]


@pytest.mark.parametrize("place", ["D", "DEU", "de_by", "DE-", "DE-BAYE", "", "D\n"])
def test_a_jurisdiction_is_a_country_or_its_part(place: str) -> None:
    with pytest.raises(ValidationError):
        AccountRef(id="a", jurisdiction=place)


@pytest.mark.parametrize(
    "media",
    [
        [{"url": "https://x.example", "sha256": "A" * 64}],
        [{"url": "https://x.example", "sha256": "a" * 63}],
        [{"url": "https://x.example/" + "a" * 2_000}],
        ["https://x.example/" + "a" * 2_000],
        [{"type": "image/png"}],
        [{"url": "https://x.example", "bytes": "…"}],
        ["https://x.example", 5],
        "https://x.example",
    ],
)
def test_media_that_cannot_be_fetched_by_address_is_refused(media: object) -> None:
    places = refused(item={"type": "message", "id": "1", "media": media})

    assert all(place.startswith("item.media") for place in places)


def test_a_detection_cannot_be_changed() -> None:
    taken = claim()

    with pytest.raises(ValidationError):
        setattr(taken, "score", 0.1)  # noqa: B010 (the type checker refuses the plain way too)
