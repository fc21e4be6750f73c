"""Writes down every text of the pages for translators: `python -m gateway.console.extract`.

What is written is `locale/casework.pot`: the texts marked in templates and code, and the words that
stored names become when they are shown. A translation of it, compiled, is
`locale/<language>/LC_MESSAGES/casework.mo`.
"""

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

import casework
import gateway
from gateway.console.extract_refusals import refusals
from gateway.console.texts import DOMAIN, LOCALE
from gateway.console.trail import KINDS
from gateway.problems import UNKNOWN, codes

_HOME = Path(gateway.__file__).parent
_METHODS = [("console/templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {"console/templates/**.html": {"newstyle_gettext": "true"}}
_KEYWORDS = {
    "marked": None,
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "_number": (1, 2),
}


def pot() -> bytes:
    """The template of all translations, the same for the same texts."""
    catalog = Catalog(
        project="Casework",
        charset="utf-8",
        creation_date=datetime(2026, 1, 1, tzinfo=UTC),
        revision_date=datetime(2026, 1, 1, tzinfo=UTC),
        fuzzy=False,
    )
    for _, _, message, comments, context in sorted(_marked(), key=lambda found: str(found[2])):
        catalog.add(message, auto_comments=comments, context=context)
    for word in sorted(_names()):
        if word not in catalog:
            catalog.add(word)
    written = io.BytesIO()
    write_po(written, catalog, no_location=True, sort_output=True, width=100)
    return written.getvalue()


def _marked() -> Iterable[tuple[str, int, str | tuple[str, ...], list[str], str | None]]:
    yield from extract_from_dir(
        _HOME, _METHODS, options_map=_OPTIONS, keywords=_KEYWORDS, strip_comment_tags=True
    )
    yield from extract_from_dir(
        Path(casework.__file__).parent, [("**.py", "python")], keywords={"marked": None}
    )


def _names() -> set[str]:
    """The words of our own that are stored as names, and what is said of problems."""
    named = {each.value.replace("_", " ") for kind in KINDS for each in kind}
    titles = {title for _, title in codes().values()}
    unknown = {HTTPStatus(status).description for status in UNKNOWN}
    return named | titles | unknown | refusals()


def main() -> None:
    LOCALE.mkdir(exist_ok=True)
    (LOCALE / f"{DOMAIN}.pot").write_bytes(pot())


if __name__ == "__main__":
    main()
