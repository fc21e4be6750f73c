"""What on-call was called about: alerts in PagerDuty's format, and messages in a channel."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, JsonValue, model_validator

from casework.base import Model, Moment
from integrations.inbox.files import Files, name_for


class Step(StrEnum):
    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class Link(BaseModel):
    href: str
    text: str = ""


class Payload(BaseModel):
    summary: Annotated[str, Field(min_length=1, max_length=1_024)]
    source: Annotated[str, Field(min_length=1)]
    severity: Literal["critical", "error", "warning", "info"]
    custom_details: dict[str, JsonValue] = Field(default_factory=dict)


class Event(BaseModel):
    """Source: PagerDuty, Events API v2. What it would merely cut is refused here."""

    routing_key: Annotated[str, Field(min_length=1)]
    event_action: Step
    dedup_key: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    payload: Payload | None = None
    links: tuple[Link, ...] = ()

    @model_validator(mode="after")
    def _says_what_it_is_about(self) -> Self:
        if self.event_action is Step.TRIGGER and self.payload is None:
            raise ValueError("payload is missing")
        if self.event_action is not Step.TRIGGER and self.dedup_key is None:
            raise ValueError("dedup_key is missing")
        return self


class Past(Model):
    step: Step
    at: Moment


class PagerAlert(Model):
    """One alert by its key, as its last trigger described it, and all that happened to it."""

    via: Literal["pagerduty"] = "pagerduty"
    key: str
    status: Literal["triggered", "acknowledged", "resolved"]
    summary: str
    severity: str
    source: str
    details: dict[str, JsonValue]
    links: tuple[Link, ...]
    history: tuple[Past, ...]

    @property
    def last_at(self) -> datetime:
        return self.history[-1].at


class SlackMessage(BaseModel):
    """What an incoming webhook needs; blocks are kept as they come."""

    text: Annotated[str, Field(min_length=1)]
    blocks: tuple[dict[str, JsonValue], ...] = ()


class SlackPost(Model):
    via: Literal["slack"] = "slack"
    text: str
    blocks: tuple[dict[str, JsonValue], ...]
    at: Moment

    @property
    def last_at(self) -> datetime:
        return self.at


class Pages:
    """Keeps one file per alert and one per message."""

    def __init__(self, folder: Path) -> None:
        self._alert_files = Files(folder / "pages", ".json")
        self._post_files = Files(folder / "slack", ".json")
        self._alerts = {alert.key: alert for _, alert in self._alert_files.read(_alert)}
        self._posts = [post for _, post in self._post_files.read(_post)]

    def take_event(self, event: Event, at: datetime) -> str:
        """The key of the alert. What happens to an alert nobody knows is accepted, and lost."""
        key = event.dedup_key or name_for(f"{at.isoformat()}/{len(self._alerts)}")
        alert = _after(event, key, self._alerts.get(key), at)
        if alert is not None:
            self._alert_files.put(name_for(key), alert.model_dump_json().encode())
            self._alerts[key] = alert
        return key

    def take_post(self, message: SlackMessage, at: datetime) -> None:
        post = SlackPost(text=message.text, blocks=message.blocks, at=at)
        name = f"{at:%Y%m%dT%H%M%S%f}-{len(self._posts)}"
        self._post_files.put(name, post.model_dump_json().encode())
        self._posts.append(post)

    def newest_first(self) -> list[PagerAlert | SlackPost]:
        kept: list[PagerAlert | SlackPost] = [*self._alerts.values(), *self._posts]
        return sorted(kept, key=lambda page: page.last_at, reverse=True)


def _alert(_name: str, content: bytes) -> PagerAlert:
    return PagerAlert.model_validate_json(content)


def _post(_name: str, content: bytes) -> SlackPost:
    return SlackPost.model_validate_json(content)


def _after(event: Event, key: str, before: PagerAlert | None, at: datetime) -> PagerAlert | None:
    past = (*(before.history if before else ()), Past(step=event.event_action, at=at))
    if event.payload is not None and event.event_action is Step.TRIGGER:
        return PagerAlert(
            key=key,
            status="triggered",
            summary=event.payload.summary,
            severity=event.payload.severity,
            source=event.payload.source,
            details=event.payload.custom_details,
            links=event.links,
            history=past,
        )
    if before is None:
        return None
    resolved = event.event_action is Step.RESOLVE or before.status == "resolved"
    status = "resolved" if resolved else "acknowledged"
    return before.model_copy(update={"status": status, "history": past})
