"""`casework media`, against a gateway that answers what it is told to."""

import json

from tests.cli.fake_gateway import FakeGateway, Says, problem
from tests.cli.terminal import Terminal

PAGE = {"looked_at": 500, "asked_again": 3, "next": "p-1"}
LAST = {"looked_at": 20, "asked_again": 1, "next": None}


def test_all_that_was_refused_is_gone_through(casework: Terminal, gateway: FakeGateway) -> None:
    gateway.on("POST", "/v1/media/again", Says(200, PAGE), Says(200, LAST))

    came = casework("media", "again", "--host", "cdn.example", "--url", gateway.url, "--token", "t")

    assert [json.loads(asked.body) for asked in gateway.asked] == [
        {"host": "cdn.example", "after": ""},
        {"host": "cdn.example", "after": "p-1"},
    ]
    assert came.out == "4 of 520 refused lead there: asked again\n"


def test_a_refusal_ends_it(casework: Terminal, gateway: FakeGateway) -> None:
    gateway.on("POST", "/v1/media/again", problem(403, "forbidden"))

    came = casework("media", "again", "--host", "cdn.example", "--url", gateway.url, "--token", "t")

    assert came.code == 1
