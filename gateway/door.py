"""The door every /v1 call comes through, in this order: who, how often, how much, whether again."""

import hashlib
import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from casework.errors import Malformed
from casework.records import Person
from casework.words import Role
from gateway.doors import doors_of
from gateway.problems import answer, problem_of
from gateway.rates import Rates
from gateway.reading import CappedRequest, refuse_unprintable
from gateway.who import bearer_token, demand
from storage.idempotency import Stored

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_KEY = re.compile(r"^[\x20-\x7e]{1,255}$")
_KEPT_HEADERS = ("location", "etag", "content-type")


class Gate(APIRoute):
    """Lets in who may come in, and leaves the body to the route."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def enter(request: Request) -> Response:
            await self.admit(request)
            return await inner(request)

        return enter

    async def admit(self, request: Request) -> Person:
        """Who calls.

        Raises:
            Unauthenticated, Forbidden, TooMany, Malformed.
        """
        doors = doors_of(request)
        says = self.openapi_extra or {}
        person = await doors.store.staff.authenticate(bearer_token(request))
        demand(person, frozenset(Role(role) for role in says["x-roles"]))
        quota = says["x-quota"]
        rates: Rates = request.app.state.rates
        rates.count(person.id, quota, getattr(doors.settings.quotas, quota))
        refuse_unprintable(request)
        request.state.caller = person
        return person


class Door(Gate):
    """As Gate, and reads the body within its caps, and answers a repeated POST as it did before."""

    def get_route_handler(self) -> Handler:
        inner = APIRoute.get_route_handler(self)

        async def enter(request: Request) -> Response:
            person = await self.admit(request)
            capped = CappedRequest(request.scope, request.receive, doors_of(request).settings)
            try:
                if request.method != "POST":
                    return await inner(capped)
                await capped.read()
                return await self.once(capped, person.id, inner)
            except OverflowError as error:
                return answer(problem_of(error))

        return enter

    async def once(self, request: CappedRequest, caller: str, inner: Handler) -> Response:
        """Answer, or repeat what this caller was answered under this Idempotency-Key.

        Only successes are kept: a refusal is raised and changed nothing, so it may be asked again.
        """
        key = idempotency_key(request)
        if key is None:
            return await inner(request)
        books = doors_of(request).store.idempotency
        digest = await _digest(request)
        stored = await books.remember(caller, key, digest)
        if stored is not None:
            return await self.again(request, stored)
        kept = False
        try:
            response = await inner(request)
            worth = self.worth_keeping(response)
            if worth is not None:
                await books.keep(caller, key, digest, worth.status, worth.body, worth.headers)
                kept = True
        finally:
            if not kept:
                await books.drop(caller, key)
        return response

    def worth_keeping(self, response: Response) -> Stored | None:
        """What to remember of an answer for its repetition; None to forget it."""
        headers = {name: value for name, value in response.headers.items() if name in _KEPT_HEADERS}
        return Stored(status=response.status_code, headers=headers, body=bytes(response.body))

    async def again(self, request: Request, stored: Stored) -> Response:  # noqa: ARG002
        """The answer to a repetition; a route that kept less than its answer makes it anew."""
        return replay(stored)


def idempotency_key(request: Request) -> str | None:
    """Raises Malformed for one that is empty, long or not printable ASCII."""
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.match(key):
        raise Malformed("an Idempotency-Key is 1 to 255 printable ASCII characters")
    return key


def replay(stored: Stored) -> Response:
    headers = stored.headers | {"Idempotent-Replay": "true"}
    return Response(stored.body, stored.status, headers)


async def _digest(request: CappedRequest) -> bytes:
    asked = f"{request.method}\0{request.url.path}\0{request.url.query}\0".encode()
    return hashlib.sha256(asked + await request.body()).digest()
