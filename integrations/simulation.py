"""What all simulators have in common: faults on demand, and a way to hang."""

from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from casework.base import Model

Mode = TypeVar("Mode", bound=StrEnum)


class FaultOrder(Model):
    """`next` is for how many requests; without it the fault stays until another order."""

    mode: str
    next: Annotated[int, Field(ge=1)] | None = None


class Faults(Generic[Mode]):
    """Which fault the next request meets. Every set of modes has a `none`."""

    def __init__(self, modes: type[Mode]) -> None:
        self._modes = modes
        self._mode = modes("none")
        self._left: int | None = None

    def switch(self, order: FaultOrder) -> FaultOrder:
        """Raises ValueError for a mode that does not exist."""
        self._mode, self._left = self._modes(order.mode), order.next
        return self.current

    @property
    def current(self) -> FaultOrder:
        return FaultOrder(mode=self._mode.value, next=self._left)

    def take(self) -> Mode:
        """The fault for this request; counts it."""
        mode = self._mode
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self._mode, self._left = self._modes("none"), None
        return mode

    def router(self) -> APIRouter:
        """`POST /simulator/faults` switches, `GET` shows."""
        router = APIRouter()
        router.add_api_route("/simulator/faults", self._switch_over_http, methods=["POST"])
        router.add_api_route("/simulator/faults", self._show_over_http, methods=["GET"])
        return router

    async def _switch_over_http(self, order: FaultOrder) -> FaultOrder:
        try:
            return self.switch(order)
        except ValueError:
            modes = ", ".join(mode.value for mode in self._modes)
            raise HTTPException(422, f"no such fault; there are: {modes}") from None

    async def _show_over_http(self) -> FaultOrder:
        return self.current


async def hang_until_gone(request: Request) -> None:
    """Returns when the caller hangs up, so that nothing is left waiting when the server stops."""
    await request.body()
    while (await request.receive())["type"] != "http.disconnect":
        continue


def broken_off() -> Response:
    """Promises more than it sends, so the server has to cut the connection."""
    return StreamingResponse(iter([b'{"id": "']), headers={"Content-Length": "1000"})


async def healthz() -> dict[str, str]:
    return {"status": "ok"}
