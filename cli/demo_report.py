"""The demo's last page: what became of everything, how long it took, what it cost."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from casework.identity import case_workflow
from casework.words import Stage
from cli import show
from cli.answers import CaseTold, Happened
from cli.api import Api
from cli.tally import (
    Cost,
    HarmTally,
    Summary,
    is_settled,
    mean_cost,
    percentile,
    tally,
    time_to_close,
)
from workers.temporal_server import TemporalUi

if TYPE_CHECKING:
    from cli.demo import Sent

_AT_ONCE = 8
_SAMPLE = 40
_NAMESPACE = "default"
Timelines = Mapping[str, Sequence[Happened]]


async def report(
    api: Api, sent: "Sequence[Sent]", cases: Mapping[str, CaseTold], urls: Mapping[str, str]
) -> Summary:
    """Read every case's timeline, and ask Temporal what a sample of them cost."""
    timelines = await _timelines(api, list(cases))
    times = {name: time_to_close(timelines[name]) for name in cases}
    seconds = [time.total_seconds() for time in times.values() if time is not None]
    ui = TemporalUi(urls["temporal_ui"], _NAMESPACE) if urls else None
    automatic = [cases[name] for name, time in times.items() if time is not None]
    reviewed = [case for case in cases.values() if case.stage is Stage.REVIEW]
    return Summary(
        rows=_rows(sent, cases, timelines),
        refused=sum(1 for one in sent if one.case_id is None),
        unaccounted=tuple(
            one.message.detection_id
            for one in sent
            if one.case_id and not is_settled(cases.get(one.case_id), one.message.detection_id)
        ),
        automatic=len(seconds),
        p50_s=percentile(seconds, 0.50),
        p99_s=percentile(seconds, 0.99),
        automatic_cost=await _cost(ui, automatic),
        review_cost=await _cost(ui, reviewed),
        links=_links(urls, list(cases.values()), ui),
    )


async def _timelines(api: Api, names: Sequence[str]) -> dict[str, list[Happened]]:
    lanes = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str) -> list[Happened]:
        async with lanes:
            answer = await api.get(f"/cases/{name}/timeline")
        return [Happened.model_validate(line) for line in answer["items"]]

    return dict(zip(names, await asyncio.gather(*map(one, names)), strict=True))


def _rows(
    sent: "Sequence[Sent]", cases: Mapping[str, CaseTold], timelines: Timelines
) -> tuple[HarmTally, ...]:
    detections: dict[str, list[str]] = defaultdict(list)
    theirs: dict[str, dict[str, CaseTold]] = defaultdict(dict)
    for one in sent:
        if one.case_id is not None:
            detections[one.message.harm].append(one.message.detection_id)
            theirs[one.message.harm][one.case_id] = cases[one.case_id]
    return tuple(
        tally(harm, names, theirs[harm].values(), timelines)
        for harm, names in sorted(detections.items())
    )


async def _cost(ui: TemporalUi | None, cases: Sequence[CaseTold]) -> Cost | None:
    if ui is None:
        return None
    sample = cases[:_SAMPLE]
    costs = [await ui.cost(case_workflow(case.harm, case.case_id)) for case in sample]
    return mean_cost([cost for cost in costs if cost is not None])


def _links(
    urls: Mapping[str, str], cases: Sequence[CaseTold], ui: TemporalUi | None
) -> dict[str, str]:
    if ui is None:
        return {}
    links = {"console": urls["console"], "temporal_ui": urls["temporal_ui"], "inbox": urls["inbox"]}
    waiting = next((case for case in cases if case.stage is Stage.REVIEW), None)
    closed = next((case for case in cases if case.stage is Stage.CLOSED), None)
    for name, case in (("in_review", waiting), ("closed", closed)):
        if case is not None:
            workflow = case_workflow(case.harm, case.case_id)
            links[f"a_case_{name}"] = f"{urls['console']}cases/{case.case_id}"
            links[f"its_workflow_{name}"] = ui.link(workflow)
    return links


def show_report(summary: Summary, *, as_json: bool) -> None:
    if as_json:
        show.as_json(summary.model_dump(mode="json") | {"total": summary.total.model_dump()})
        return
    names = list(HarmTally.model_fields)
    rows = [*summary.rows, summary.total]
    headings = [name.replace("_", " ") for name in names]
    show.table(headings, [[getattr(row, name) for name in names] for row in rows], title="Demo")
    show.pairs(
        [
            ("detections refused", summary.refused),
            ("not accounted for", len(summary.unaccounted)),
            ("automatic cases, acceptance to close", _times(summary)),
            ("an automatic case costs", _costs(summary.automatic_cost)),
            ("a case in review has cost so far", _costs(summary.review_cost)),
            *((name.replace("_", " "), link) for name, link in summary.links.items()),
        ]
    )
    for name in summary.unaccounted[:20]:
        show.say(f"not accounted for: {name}")


def _times(summary: Summary) -> str:
    if summary.p50_s is None or summary.p99_s is None:
        return "none closed"
    p50, p99 = summary.p50_s * 1000, summary.p99_s * 1000
    return f"{summary.automatic} cases, p50 {p50:.0f} ms, p99 {p99:.0f} ms"


def _costs(cost: Cost | None) -> str | None:
    if cost is None:
        return None
    return f"{cost.transitions} transitions, {cost.events} events (mean of {cost.cases})"
