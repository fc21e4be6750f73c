"""`python -m benchmarks.desk`: from the key that decides to the next review on the screen.

A gateway in a process of its own, on a SQLite file, and a real browser before it. What is measured
is what a reviewer waits for: from the key's event to just after the frame in which the heading of
the next review was painted. Cases stay where they are: no Temporal answers here, as none is waited
for when a decision is handed in.
"""

import asyncio
import logging
import multiprocessing
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, cast

import httpx
import structlog
import typer
from playwright.async_api import Page, async_playwright

from activities.deciding import Deciding
from casework.errors import Unavailable
from casework.finding import Finding
from casework.orders import OpenCase, RuleOn
from casework.records import Person
from casework.words import Role
from cli import runner
from cli.listening import listen
from cli.tally import percentile
from gateway.app import build
from gateway.doors import Doors
from gateway.ports import Stories
from gateway.settings import GatewaySettings, Quotas
from storage import duty_files, policy_files, schema
from storage.appeal_links import AppealTokens
from storage.keys import Keyring
from storage.store import Store

HARM = "harassment"
POLICIES = Path(__file__).parent.parent / "policies"
PEOPLE = {"reviewer": Role.REVIEWER, "classifier": Role.DETECTOR}
_MANY = 1_000_000
_LAPS = """
window.laps = [];
let pressed = 0, shown = null;
const onKey = (event) => { if (event.key === "s") pressed = performance.now(); };
addEventListener("keydown", onKey, true);
const look = () => {
  const heading = document.getElementById("judged");
  if (!heading || heading === shown) return;
  shown = heading;
  if (!pressed) return;
  const from = pressed;
  pressed = 0;
  requestAnimationFrame(() => {
    const painted = new MessageChannel();
    painted.port1.onmessage = () => laps.push(performance.now() - from);
    painted.port2.postMessage(0);
  });
};
addEventListener("DOMContentLoaded", () => {
  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
});
"""
_ANSWERS = """
performance.getEntriesByType("resource")
  .filter((asked) => asked.name.endsWith("/decision"))
  .map((asked) => asked.responseEnd - asked.startTime)
"""


class Silent:
    """Stories that take detections and answer nobody."""

    async def detected(self, *_: Any) -> None:
        return None

    def __getattr__(self, _: str) -> Any:
        async def unavailable(*_: Any) -> None:
            raise Unavailable("no stories are told here")

        return unavailable


def main(
    decisions: Annotated[int, typer.Option(help="How many are made.", min=5, max=500)] = 60,
) -> None:
    """Print p50 and p95 of what a reviewer waits for, and of the server's share of it, in ms."""
    with tempfile.TemporaryDirectory() as folder:
        laps = runner.run(_measured(Path(folder), decisions))
    print(f"key to next review painted: {_said(laps.whole)} of {len(laps.whole)} decisions")
    print(f"of it until the server has answered: {_said(laps.server)}")


@dataclass(frozen=True)
class Laps:
    """In ms."""

    whole: list[float]
    server: list[float]


def _said(laps: list[float]) -> str:
    return ", ".join(f"p{part} {percentile(laps, part / 100):.0f} ms" for part in (50, 95, 100))


async def _measured(folder: Path, decisions: int) -> Laps:
    keyring = Keyring.made()
    url = f"sqlite:///{folder / 'casework.db'}"
    await schema.upgrade(url)
    port = _free_port()
    await _furnish(url, keyring, decisions + 5)
    context = multiprocessing.get_context("spawn")
    serving = context.Process(target=_serve, args=(url, keyring, port), daemon=True)
    serving.start()
    try:
        async with _screen(f"http://127.0.0.1:{port}") as page:
            return await _decide(page, decisions)
    finally:
        serving.terminate()
        serving.join()


async def _decide(page: Page, decisions: int) -> Laps:
    await page.keyboard.press("j")
    for _ in range(decisions):
        before = await page.inner_text("#judged", timeout=10_000)
        await page.keyboard.press("6")
        await page.keyboard.press("s")
        await page.wait_for_selector(f"#judged:not(:has-text('{before.split()[-1]}'))")
        await page.wait_for_timeout(200)
    return Laps(await page.evaluate("laps"), await page.evaluate(_ANSWERS))


@asynccontextmanager
async def _screen(address: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(viewport={"width": 1_440, "height": 900})
        await page.add_init_script(_LAPS)
        await _until_there(address)
        await page.goto(f"{address}/console/")
        await page.fill("#token", "reviewer")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("html.scripted nav")
        yield page
        await browser.close()


async def _until_there(address: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(200):
            try:
                await client.get(f"{address}/console/style.css")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return


async def _furnish(url: str, keyring: Keyring, reviews: int) -> None:
    """Policies, people, and reviews of a few accounts that wait."""
    store = Store.open(url, keyring)
    for file in policy_files.load(POLICIES):
        await store.policies.put(file.text, file.policy)
    for name, role in PEOPLE.items():
        await store.staff.add(Person(id=name, role=role), name)
    app = build(_doors(store, keyring, 80))
    deciding = Deciding(
        store.cases,
        store.reviews,
        store.policies,
        AppealTokens(keyring.tokens, "http://127.0.0.1"),
        duty_files.shipped(),
    )
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": "Bearer classifier"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=headers
    ) as client:
        for number in range(reviews):
            answer = await client.post("/v1/detections", json=_detection(number))
            await _to_review(store, deciding, answer.json()["case_id"])
    await store.close()


async def _to_review(store: Store, deciding: Deciding, case_id: str) -> None:
    policy = await store.policies.current(HARM)
    await store.cases.open(OpenCase(case_id=case_id, harm=HARM, run="run"), policy)
    scores = {"vendor_moderation": 0.7}
    await deciding.rule(
        RuleOn(
            case_id=case_id,
            round=1,
            policy_version=policy.version,
            findings=tuple(Finding(check=c, score=scores.get(c, 0.0)) for c in policy.checks),
            at=datetime.now(UTC),
        )
    )


def _detection(number: int) -> dict[str, Any]:
    text = f"{secrets.token_hex(12)} you will see what happens to people like you. " * 5
    return {
        "detection_id": f"d-{number}",
        "detector": {"name": "toxicity", "version": "2"},
        "harm": HARM,
        "item": {"type": "message", "id": f"m{number:04}", "text": text},
        "account": {"id": f"u-{number % 10}"},
        "score": 0.8,
        "channel": "classifier",
        "observed_at": datetime.now(UTC).isoformat(),
    }


def _doors(store: Store, keyring: Keyring, port: int) -> Doors:
    quotas = Quotas(detections=_MANY, reads=_MANY, writes=_MANY)
    address = f"http://127.0.0.1:{port}"
    settings = GatewaySettings(public_url=address, temporal_ui_url=address, quotas=quotas)
    return Doors(store, cast(Stories, Silent()), keyring, settings)


def _serve(url: str, keyring: Keyring, port: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    store = Store.open(url, keyring)
    app = build(_doors(store, keyring, port))
    runner.run(listen(app, "127.0.0.1", port))


def _free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])


if __name__ == "__main__":
    typer.run(main)
