"""Opens and resolves alerts over the Events API, version 2."""

from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Final, Literal

from pydantic import BaseModel

from casework.errors import Nonsense
from casework.ports import Alert
from casework.words import Severity
from integrations.http import Outbound, Request
from integrations.pagerduty.settings import PagerDutySettings

LONGEST_KEY: Final = 255
LONGEST_SUMMARY: Final = 1_024

_SEVERITIES: Final[Mapping[Severity, str]] = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
}


class _Details(BaseModel):
    case_id: str
    harm: str
    rung: int


class _Payload(BaseModel):
    summary: str
    source: str
    severity: str
    custom_details: _Details


class _Link(BaseModel):
    href: str
    text: str


class _Event(BaseModel):
    routing_key: str
    event_action: Literal["trigger", "resolve"]
    dedup_key: str
    payload: _Payload | None = None
    links: tuple[_Link, ...] | None = None


class PagerDuty:
    """Paging or resolving again with the same key changes one alert and opens no other.

    Both raise:
        Unavailable: on a timeout, a 5xx, or a 429, with the wait it names.
        TurnedDown: on a 400 (the event is not valid) and any other refusal.
        Nonsense: on a success other than 202; whoever answered that, it was not PagerDuty.

    Source: PagerDuty, Events API v2, "Send an event".
    """

    def __init__(self, http: Outbound, settings: PagerDutySettings) -> None:
        self._http = http
        self._settings = settings

    @property
    def name(self) -> str:
        return "pagerduty"

    async def page(self, alert: Alert) -> None:
        payload = _Payload(
            summary=_shortened(alert.summary or alert.key),
            source=self._settings.source,
            severity=_SEVERITIES[alert.severity],
            custom_details=_Details(case_id=alert.case_id, harm=alert.harm, rung=alert.rung),
        )
        links = ((alert.link, "Case"), (alert.runbook, "Runbook"))
        await self._send(
            _Event(
                routing_key=self._settings.routing_key.get_secret_value(),
                event_action="trigger",
                dedup_key=dedup_key(alert.key),
                payload=payload,
                links=tuple(_Link(href=href, text=text) for href, text in links if href),
            )
        )

    async def resolve(self, key: str) -> None:
        await self._send(
            _Event(
                routing_key=self._settings.routing_key.get_secret_value(),
                event_action="resolve",
                dedup_key=dedup_key(key),
            )
        )

    async def _send(self, event: _Event) -> None:
        reply = await self._http.post_json(Request(url=self._settings.url), event)
        if reply.status != HTTPStatus.ACCEPTED:
            raise Nonsense(f"the pager answered {reply.status} instead of 202")


def dedup_key(key: str) -> str:
    """The key itself, or the SHA-256 of one too long."""
    if len(key) <= LONGEST_KEY:
        return key
    return f"sha256/{sha256(key.encode()).hexdigest()}"


def _shortened(summary: str) -> str:
    if len(summary) <= LONGEST_SUMMARY:
        return summary
    return summary[: LONGEST_SUMMARY - 1] + "…"
