"""The runbook as on-call reads it: the one in docs/, so that there is only one."""

import re
from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup

import casework

SOURCE = Path(casework.__file__).parent.parent / "docs" / "runbook.md"
_ELSEWHERE = re.compile(r"\[([^\]]+)\]\((?!#|https?://)[^)]+\)")
"""Links to other files of the repository, which the console does not serve."""


_READ_WITH_KEYS = '<pre tabindex="0">'
"""What may be wider than the page can be scrolled without a mouse."""


@lru_cache(maxsize=1)
def runbook() -> Markup:
    """The page's body. Its own HTML is kept, for the anchors that pages link to: it is ours."""
    text = _ELSEWHERE.sub(r"\1", SOURCE.read_text(encoding="utf-8"))
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    return Markup(page.replace("<pre>", _READ_WITH_KEYS))
