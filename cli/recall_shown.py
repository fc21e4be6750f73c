"""A recall as one reads it on a terminal."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any


def row_of(told: dict[str, Any]) -> list[Any]:
    progress = told["progress"]
    over = progress["done"] + progress["needs_human"] + progress["skipped"]
    return [
        told["recall_id"],
        told["state"],
        filter_of(told["filter"]),
        progress["items"],
        over,
        told["planned_by"],
        told["planned_at"],
    ]


def plan_of(told: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    counts = told["counts"]
    yield "recall", told["recall_id"]
    yield "state", f"{told['state']} (expired)" if told["expired"] else told["state"]
    yield "filter", filter_of(told["filter"])
    if told["matches_everything"]:
        yield "careful", "matches everything that was done automatically"
    yield "cases", counts["cases"]
    yield "of them open", counts["open_cases"]
    yield "of them borderline", f"{counts['borderline']} (undone, and put before people)"
    for each in counts["actions"]:
        yield f"actions: {each['kind']}", f"{each['count']} {each['state']} ({each['harm']})"
    yield "accounts", counts["accounts"]
    yield "statements to correct", counts["statements"]
    yield "statements to withdraw", counts["undelivered"]
    yield "strikes to withdraw", counts["strikes"]
    for each in counts["left_out"]:
        yield "left out", f"{each['count']} {each['why']}"
    yield "pace", f"{told['pace']} cases a minute: about {_spoken(told['takes_s'])}"
    yield "digest", told["digest"]
    yield "approved by", ", ".join(yes["by"] for yes in told["approvals"]) or "nobody yet"
    yield "until", told["expires_at"]
    yield "progress", _progress(told["progress"])
    for each in told["sample_cases"]:
        yield "sample", each["url"]
    for each in told["not_undone"]:
        yield "for people", each["url"]


def report_of(told: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in told.items():
        if name == "filter":
            yield name, filter_of(value)
        elif name == "left_out":
            yield name, ", ".join(f"{each['count']} {each['why']}" for each in value)
        elif name == "not_undone":
            yield name, ", ".join(f"{each['case_id']} ({each['note']})" for each in value)
        elif isinstance(value, list):
            yield name, ", ".join(map(str, value))
        else:
            yield name, value


def filter_of(named: dict[str, Any]) -> str:
    given = (f"{name}={value}" for name, value in named.items() if value is not None)
    return ", ".join(given) or "everything"


def _progress(progress: dict[str, int]) -> str:
    said = (f"{progress[name]} {name}" for name in progress if name != "items" and progress[name])
    return ", ".join(said)


def _spoken(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
