"""Posts a message for every page. A channel cannot ring; it is for those who look."""

from typing import Final, Literal
from urllib.parse import quote

from pydantic import BaseModel

from casework.errors import Nonsense
from casework.ports import Alert
from integrations.http import Outbound, Request
from integrations.slack.settings import SlackSettings

LONGEST: Final = 500
"""Characters of ours in one place. Escaped they are at most 2,500; Slack takes 3,000 (section
block, `text`)."""

_IN_URLS = "!#$%&'()*+,/:;=?@[]~"
"""Left as they are in a link; what ends one in Slack's markup (`|`, `>`) is quoted."""


class _Text(BaseModel):
    """`verbatim` keeps Slack from making links and mentions of what only looks like them."""

    type: Literal["mrkdwn"] = "mrkdwn"
    text: str
    verbatim: bool = True


class _Section(BaseModel):
    type: Literal["section"] = "section"
    text: _Text


class _Context(BaseModel):
    type: Literal["context"] = "context"
    elements: tuple[_Text, ...]


class _Message(BaseModel):
    """`text` is what a notification shows, `blocks` what the channel does."""

    text: str
    blocks: tuple[_Section | _Context, ...]


class Slack:
    """Slack knows no key for what is one alert, so paging again posts again.

    Both raise:
        Unavailable: on a timeout, a 5xx, or a 429, with the wait it names.
        TurnedDown: on any other refusal: the webhook or its channel is no more.
        Nonsense: on a success whose body is not exactly `ok`.

    Source: Slack, "Sending messages using incoming webhooks", "Formatting message text".
    """

    def __init__(self, http: Outbound, settings: SlackSettings) -> None:
        self._http = http
        self._settings = settings

    @property
    def name(self) -> str:
        return "slack"

    async def page(self, alert: Alert) -> None:
        severity, summary = alert.severity.value, _escaped(alert.summary or alert.key)
        links = ((alert.link, "Case"), (alert.runbook, "Runbook"))
        facts = [
            f"Harm: {_escaped(alert.harm)}",
            f"Rung: {alert.rung}",
            *(_link(href, text) for href, text in links if href),
        ]
        await self._post(
            _Message(
                text=f"[{severity}] {summary}",
                blocks=(
                    _Section(text=_Text(text=f":rotating_light: *{severity}* {summary}")),
                    _Context(elements=tuple(_Text(text=fact) for fact in facts)),
                ),
            )
        )

    async def resolve(self, key: str) -> None:
        told = f"Resolved: {_escaped(key)}"
        block = _Section(text=_Text(text=f":white_check_mark: {told}"))
        await self._post(_Message(text=told, blocks=(block,)))

    async def _post(self, message: _Message) -> None:
        request = Request(url=self._settings.url.get_secret_value())
        reply = await self._http.post_json(request, message)
        if reply.body != b"ok":
            raise Nonsense("the channel answered something other than ok")


def _escaped(text: str) -> str:
    """Without it, `<!channel>` in a summary would call everybody."""
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _link(href: str, text: str) -> str:
    return f"<{quote(href, safe=_IN_URLS).replace('&', '&amp;')}|{text}>"
