"""Which of the inbox's doors are out of order, and for how long."""

from enum import StrEnum
from typing import Annotated

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field

from casework.base import Model
from integrations.simulation import FaultOrder, Faults


class SmtpFault(StrEnum):
    """`down` hangs up on every connection, `tempfail` answers 451, `reject` 550."""

    NONE = "none"
    DOWN = "down"
    TEMPFAIL = "tempfail"
    REJECT = "reject"


class HttpFault(StrEnum):
    """`error` answers 503, `hang` nothing."""

    NONE = "none"
    ERROR = "error"
    HANG = "hang"


class InboxFaultOrder(Model):
    """Doors that are not named stay as they are; `next` is for how many calls at each one named."""

    smtp: SmtpFault | None = None
    webhook: HttpFault | None = None
    pagerduty: HttpFault | None = None
    slack: HttpFault | None = None
    next: Annotated[int, Field(ge=1)] | None = None


class InboxFaultState(Model):
    smtp: FaultOrder
    webhook: FaultOrder
    pagerduty: FaultOrder
    slack: FaultOrder


class Doors:
    """Not kept over a restart: a new process works."""

    def __init__(self) -> None:
        self.smtp = Faults(SmtpFault)
        self.webhook = Faults(HttpFault)
        self.pagerduty = Faults(HttpFault)
        self.slack = Faults(HttpFault)

    def switch(self, order: InboxFaultOrder) -> InboxFaultState:
        if order.smtp:
            self.smtp.switch(FaultOrder(mode=order.smtp, next=order.next))
        for door, mode in (
            (self.webhook, order.webhook),
            (self.pagerduty, order.pagerduty),
            (self.slack, order.slack),
        ):
            if mode:
                door.switch(FaultOrder(mode=mode, next=order.next))
        return self.state

    @property
    def state(self) -> InboxFaultState:
        return InboxFaultState(
            smtp=self.smtp.current,
            webhook=self.webhook.current,
            pagerduty=self.pagerduty.current,
            slack=self.slack.current,
        )


async def odd_answer(door: Faults[HttpFault], request: Request) -> Response | None:
    """What a door out of order answers; None from one in order."""
    fault = door.take()
    if fault is HttpFault.NONE:
        return None
    if fault is HttpFault.HANG:
        await _until_gone(request)
    return PlainTextResponse("out of order", status_code=503)


async def _until_gone(request: Request) -> None:
    await request.body()
    while (await request.receive())["type"] != "http.disconnect":
        continue
