"""The words of a formatted message, without its markup."""

import re
from html.parser import HTMLParser
from typing import Final

_BREAKS: Final = frozenset(
    {"p", "br", "div", "li", "blockquote", "pre", "tr", "hr", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_MENTION: Final = "https://matrix.to/"
_QUOTED: Final = re.compile(r"\A\s*<mx-reply>.*?</mx-reply>", re.DOTALL)


def read_markup(html: str, *, is_reply: bool) -> str:
    """What it shows, and where its links lead, as the words of a link may name another place.

    In a reply the message quoted first (`mx-reply`) is left out: clients hide it, and the words are
    somebody else's. Nothing else is, however it is tagged.
    """
    words = _Words()
    words.feed(_QUOTED.sub("", html) if is_reply else html)
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.said).splitlines())
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._leads_to: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            target = dict(attrs).get("href") or ""
            self._leads_to.append("" if target.startswith(_MENTION) else target)
        elif tag == "img":
            self.said.append(dict(attrs).get("alt") or "")
        elif tag in _BREAKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._leads_to:
            if target := self._leads_to.pop():
                self.said.append(f" {target} ")
        elif tag in _BREAKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def close(self) -> None:
        """Links that were never closed lead somewhere all the same."""
        super().close()
        for target in self._leads_to:
            self.said.append(f" {target} ")
