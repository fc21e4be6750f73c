"""A vendor in OpenAI's format, to run beside a demo or a test. Judges by `scorer`."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from integrations.openai_moderation.scorer import score
from integrations.simulation import Faults, hang_until_gone, healthz

FLAGGED_FROM = 0.5


class VendorSimulatorSettings(BaseSettings):
    """With a `key`, any other bearer is refused; without one, nobody is."""

    model_config = SettingsConfigDict(
        env_prefix="CASEWORK_SIM_VENDOR_", frozen=True, extra="forbid"
    )

    key: SecretStr | None = None
    retry_after: Annotated[int, Field(ge=0)] = 1
    """Seconds, told with a 429."""


class VendorFault(StrEnum):
    NONE = "none"
    RATE_LIMIT = "rate_limit"
    ERROR = "error"
    HANG = "hang"
    NONSENSE = "nonsense"
    NAN = "nan"
    EMPTY = "empty"
    HTML = "html"
    REDIRECT = "redirect"


class _Part(BaseModel):
    type: Literal["text", "image_url"]
    text: str = ""


class _Asked(BaseModel):
    input: str | list[str] | list[_Part]
    model: str = "omni-moderation-latest"

    def texts(self) -> list[str]:
        """One result per string; parts are judged together."""
        if isinstance(self.input, str):
            return [self.input]
        parts = [part for part in self.input if isinstance(part, _Part)]
        if parts:
            return [" ".join(part.text for part in parts)]
        return [text for text in self.input if isinstance(text, str)]


class _Result(BaseModel):
    flagged: bool
    categories: dict[str, bool]
    category_scores: dict[str, float]
    category_applied_input_types: dict[str, list[str]]


class _Answer(BaseModel):
    id: str
    model: str
    results: list[_Result]


def app(settings: VendorSimulatorSettings) -> FastAPI:
    vendor = _Vendor(settings)
    served = FastAPI(title="Simulated moderation vendor", docs_url=None, redoc_url=None)
    served.add_api_route("/v1/moderations", vendor.moderate, methods=["POST"])
    served.add_api_route("/healthz", healthz, methods=["GET"])
    served.include_router(vendor.faults.router())
    served.add_exception_handler(RequestValidationError, _malformed)
    return served


class _Vendor:
    def __init__(self, settings: VendorSimulatorSettings) -> None:
        self._settings = settings
        self.faults = Faults(VendorFault)

    async def moderate(self, asked: _Asked, request: Request) -> Response:
        if not self._knows(request.headers.get("authorization", "")):
            return _refusal(401, "Incorrect API key provided.", "invalid_request_error")
        odd = await self._at_fault(self.faults.take(), request)
        return odd or JSONResponse(_answer(asked).model_dump())

    def _knows(self, authorization: str) -> bool:
        key = self._settings.key
        if key is None:
            return True
        expected = f"Bearer {key.get_secret_value()}"
        return secrets.compare_digest(authorization.encode(), expected.encode())

    async def _at_fault(self, fault: VendorFault, request: Request) -> Response | None:
        if fault is VendorFault.NONE:
            return None
        if fault is VendorFault.HANG:
            await hang_until_gone(request)
        if fault is VendorFault.RATE_LIMIT:
            refusal = _refusal(429, "Rate limit reached for requests", "requests")
            refusal.headers["Retry-After"] = str(self._settings.retry_after)
            return refusal
        return _ODD[fault]()


def _odd_scores(written: str) -> Response:
    body = (
        f'{{"id":"modr-0","model":"m","results":[{{"flagged":true,"category_scores":{written}}}]}}'
    )
    return Response(body, media_type="application/json")


_ODD: Final[Mapping[VendorFault, Callable[[], Response]]] = {
    VendorFault.ERROR: lambda: _refusal(500, "The server had an error.", "server_error"),
    VendorFault.NONSENSE: lambda: _odd_scores('{"harassment":"very","weather":0.4}'),
    VendorFault.NAN: lambda: _odd_scores('{"harassment":NaN,"hate":NaN}'),
    VendorFault.EMPTY: lambda: Response(b"", media_type="application/json"),
    VendorFault.HTML: lambda: HTMLResponse("<h1>Please verify that you are human</h1>"),
    VendorFault.HANG: lambda: Response(status_code=504),
    VendorFault.REDIRECT: lambda: RedirectResponse("http://127.0.0.1:9/internal", 302),
}


def _answer(asked: _Asked) -> _Answer:
    digest = hashlib.sha256(repr(asked.input).encode("utf-8", "replace")).hexdigest()
    return _Answer(
        id=f"modr-{digest[:24]}",
        model=_release(asked.model),
        results=[_result(text) for text in asked.texts()],
    )


def _result(text: str) -> _Result:
    scores = score(text)
    categories = {name: value >= FLAGGED_FROM for name, value in scores.items()}
    return _Result(
        flagged=any(categories.values()),
        categories=categories,
        category_scores=scores,
        category_applied_input_types={name: ["text"] for name in scores},
    )


def _release(asked: str) -> str:
    """Like the vendor, answer with the release behind the name that was asked for."""
    return "omni-moderation-sim-1" if asked.endswith("-latest") else asked


def _refusal(status: int, message: str, kind: str) -> JSONResponse:
    error = {"message": message, "type": kind, "param": None, "code": None}
    return JSONResponse({"error": error}, status_code=status)


async def _malformed(_request: Request, _error: Exception) -> Response:
    return _refusal(400, "Invalid request body.", "invalid_request_error")
