"""A Coop to run beside a test: takes reports, and calls back as its moderators decide.

It fails in the ways that its documents and its source allow: no idempotency key, no id of a
delivery, deliveries that are repeated or never made.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, JsonValue

from integrations.coop.client import API_KEY
from integrations.coop.signing import SIGNATURE
from integrations.simulation import Faults, hang_until_gone, healthz


class CoopFault(StrEnum):
    NONE = "none"
    HANG = "hang"
    ERROR = "error"
    LOSE_ANSWER = "lose_answer"
    WRONG_KEY = "wrong_key"
    NONSENSE = "nonsense"


class _Item(BaseModel):
    id: str
    typeId: str  # noqa: N815
    data: dict[str, JsonValue]


class _Reported(BaseModel):
    reporter: dict[str, JsonValue]
    reportedAt: str  # noqa: N815
    reportedItem: _Item  # noqa: N815


@dataclass
class Signer:
    """Whoever holds the private key."""

    key: RSAPrivateKey = field(
        default_factory=lambda: generate_private_key(public_exponent=65_537, key_size=2_048)
    )

    @property
    def public_pem(self) -> str:
        public = self.key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def private_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @classmethod
    def of(cls, private_pem: str) -> "Signer":
        key = load_pem_private_key(private_pem.encode(), password=None)
        assert isinstance(key, RSAPrivateKey)  # as `private_pem` wrote it
        return cls(key)

    def headers(self, body: bytes) -> dict[str, str]:
        signature = self.key.sign(body, PKCS1v15(), SHA256())
        return {
            SIGNATURE: base64.b64encode(signature).decode(),
            "content-type": "application/json",
        }


class _Job(BaseModel):
    """A report as it is kept: each is a line of the file."""

    item: str
    report: str
    data: dict[str, JsonValue]


class CoopSimulator:
    """`jobs` are the items to decide, by id; a report of a known one adds to its job. With a file
    they outlive the process, as Coop's do."""

    def __init__(self, api_key: str, kept_in: Path | None = None) -> None:
        self.jobs: dict[str, list[str]] = {}
        self.items: dict[str, Mapping[str, JsonValue]] = {}
        self.faults = Faults(CoopFault)
        self._api_key = api_key
        self._file = kept_in
        if kept_in is not None and kept_in.exists():
            for line in kept_in.read_text(encoding="utf-8").splitlines():
                self._remember(_Job.model_validate_json(line))

    def app(self) -> FastAPI:
        served = FastAPI(title="Simulated Coop", docs_url=None, redoc_url=None)
        served.add_api_route("/api/v1/report", self.report, methods=["POST"])
        served.add_api_route("/healthz", healthz, methods=["GET"])
        served.include_router(self.faults.router())
        return served

    async def report(self, reported: _Reported, request: Request) -> Response:
        fault = self.faults.take()
        if fault is CoopFault.HANG:
            await hang_until_gone(request)
        known = secrets.compare_digest(request.headers.get(API_KEY, ""), self._api_key)
        if fault is CoopFault.WRONG_KEY or not known:
            return _refusal(401, "Invalid API Key")
        if fault is CoopFault.ERROR:
            return _refusal(500, "Unknown error")
        report_id = secrets.token_hex(8)
        item = reported.reportedItem
        self._keep(_Job(item=item.id, report=report_id, data=item.data))
        if fault is CoopFault.LOSE_ANSWER:
            return _refusal(500, "Unknown error")
        if fault is CoopFault.NONSENSE:
            return JSONResponse({}, status_code=201)
        return JSONResponse({"reportId": report_id}, status_code=201)

    def _keep(self, job: _Job) -> None:
        """Before it is answered: what was promised is not lost with the process."""
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(job.model_dump_json() + "\n")
        self._remember(job)

    def _remember(self, job: _Job) -> None:
        self.jobs.setdefault(job.item, []).append(job.report)
        self.items[job.item] = job.data


def action_body(reference: str, action: str, **others: Any) -> bytes:
    """What Coop posts when somebody acts on an item there."""
    told = {
        "item": {"id": reference, "typeId": "casework-review", "typeName": "Casework review"},
        "action": {"id": action},
        "policies": [],
        "rules": [],
        "custom": {},
        "actorEmail": "moderator@coop.example",
        "decisionReason": "seen by a moderator there",
    }
    kept = {name: value for name, value in (told | others).items() if value is not None}
    return json.dumps(kept).encode()


def _refusal(status: int, title: str) -> JSONResponse:
    return JSONResponse({"errors": [{"status": status, "title": title}]}, status_code=status)
