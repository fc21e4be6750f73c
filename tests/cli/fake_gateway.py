"""A gateway on a real port that answers what it was told to, and remembers what it was asked."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, str]
    token: str
    body: bytes


@dataclass(frozen=True)
class Says:
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def problem(status: int, code: str, detail: str = "no", **headers: str) -> Says:
    return Says(status, {"code": code, "detail": detail}, headers)


def accepted(asked: Asked) -> Says:
    name = json.loads(asked.body)["detection_id"]
    body = {"case_id": f"case-{name}", "detection_id": name, "status": "accepted"}
    return Says(202, body)


Answering = Callable[[Asked], Says]


class FakeGateway:
    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self._answers: dict[tuple[str, str], list[Answering]] = defaultdict(list)

    def on(self, method: str, path: str, *answers: Says | Answering) -> None:
        """From now on answer with these in turn, the last one for ever."""
        self._answers[(method, path)].clear()
        for says in answers:
            fixed = (lambda _asked, says=says: says) if isinstance(says, Says) else says
            self._answers[(method, path)].append(fixed)

    def answer(self, asked: Asked) -> Says:
        self.asked.append(asked)
        answers = self._answers[(asked.method, asked.path)]
        if not answers:
            return problem(404, "not_found", "there is no such thing")
        return (answers.pop(0) if len(answers) > 1 else answers[0])(asked)


@contextmanager
def serving() -> Iterator[FakeGateway]:
    gateway = FakeGateway()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _respond(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            says = gateway.answer(
                Asked(
                    method=self.command,
                    path=parts.path,
                    query={name: values[0] for name, values in parse_qs(parts.query).items()},
                    token=self.headers.get("Authorization", "").removeprefix("Bearer "),
                    body=self.rfile.read(length),
                )
            )
            content = b"" if says.body is None else json.dumps(says.body).encode()
            self.send_response(says.status)
            for name, value in says.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _respond  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A caller that went away is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
