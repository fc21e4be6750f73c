"""A running inbox, and everybody who writes to it."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from integrations.http import Outbound, Reply, Request
from integrations.inbox.simulator import running
from integrations.mail.client import Mail
from integrations.mail.settings import MailSettings
from integrations.notice_webhook.client import NoticeWebhook
from integrations.notice_webhook.settings import NoticeWebhookSettings
from integrations.pagerduty.client import PagerDuty
from integrations.pagerduty.settings import PagerDutySettings
from integrations.slack.client import Slack
from integrations.slack.settings import SlackSettings

SECRET = "whsec_" + base64.b64encode(b"i" * 32).decode()
ODD = frozenset({HTTPStatus(code) for code in (400, 401, 404, 413, 422)})


@dataclass
class Town:
    """Whoever writes to the inbox at `url`, and a look at what it shows."""

    http: Outbound
    url: str
    smtp_port: int
    mail: Mail
    webhook: NoticeWebhook
    pager: PagerDuty
    slack: Slack

    async def get(self, path: str) -> Reply:
        return await self.http.get(Request(url=self.url + path, accepts=ODD))

    async def items(self, path: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = json.loads((await self.get(path)).body)["items"]
        return items

    async def post(self, path: str, body: object, **headers: str) -> Reply:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {"Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return await self.http.post(
            Request(url=self.url + path, content=content, headers=named, accepts=ODD)
        )

    def calling_through(self, http: Outbound) -> "Town":
        """The same for callers with other limits."""
        return town_at(http, int(self.url.rpartition(":")[2]), self.smtp_port)


def town_at(http: Outbound, port: int, smtp_port: int) -> Town:
    url = f"http://127.0.0.1:{port}"
    notices = NoticeWebhookSettings(url=f"{url}/notices", secret=SecretStr(SECRET))
    pages = PagerDutySettings(url=f"{url}/v2/enqueue", routing_key=SecretStr("k"))
    return Town(
        http=http,
        url=url,
        smtp_port=smtp_port,
        mail=Mail(MailSettings(smtp_url=SecretStr(f"smtp://127.0.0.1:{smtp_port}"))),
        webhook=NoticeWebhook(http, notices),
        pager=PagerDuty(http, pages),
        slack=Slack(http, SlackSettings(url=SecretStr(f"{url}/slack"))),
    )


@asynccontextmanager
async def open_town(folder: Path, secret: str | None = SECRET) -> AsyncIterator[Town]:
    async with running("127.0.0.1", 0, 0, folder, secret) as inbox, Outbound() as http:
        yield town_at(http, inbox.port, inbox.smtp_port)


class Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_data(self, data: str) -> None:
        self.text += data
