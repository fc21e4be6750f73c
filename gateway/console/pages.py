"""How a page is made: one set of templates, everything escaped, nothing from anywhere else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.console import texts
from gateway.console.evidence import not_shown, views
from gateway.console.revealed import in_order, revealed
from gateway.console.sessions import SignedIn
from gateway.console.trail import OWN_WORDS
from gateway.console.wording import Wording, sentence
from gateway.who import DESK, OVERSIGHT, QUALITY_READERS

HERE = Path(__file__).parent
CSP = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WITHOUT_SCRIPTS = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
"""For pages that strangers open: nothing on them needs a script."""
IS_SWAP = "hx-request"
"""The header of a request whose answer becomes part of a page that is open already."""


class Pages:
    def __init__(self, clock: Callable[[], datetime], locale: Path = texts.LOCALE) -> None:
        self._clock = clock
        self._locale = locale
        self._speaking: dict[str, Environment] = {}

    def _environment(self, language: str) -> Environment:
        if language not in self._speaking:
            self._speaking[language] = self._made(language)
        return self._speaking[language]

    def _made(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=in_order,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        spoken = texts.texts_in(language, self._locale)
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            spoken.gettext, spoken.ngettext, newstyle=True
        )
        environment.globals.update(
            language=language, direction=texts.direction(language), own_words=OWN_WORDS
        )
        said = Wording(spoken, self._clock, language)
        environment.filters.update(
            translated=lambda text: spoken.gettext(text) if text else "",
            moment=said.moment,
            hour=said.hour,
            words=said.words,
            revealed=revealed,
            views=views,
            not_shown=not_shown,
            sheet=said.sheet,
            because=said.because,
            fact_named=said.fact_named,
            measure=said.measure,
            reason=said.reason,
            why=said.why,
            away=said.away,
            waited=said.waited,
            lasting=lambda seconds: said.span(timedelta(seconds=seconds)),
            urgency=said.urgency,
            sentence=sentence,
        )
        return environment

    def show(
        self, request: Request, template: str, status: int = 200, **shown: Any
    ) -> HTMLResponse:
        """The page, with who is signed in, if anybody."""
        who: SignedIn | None = getattr(request.state, "signed_in", None)
        language = texts.wanted(request.headers.get("accept-language", ""), self._locale)
        page = (
            self._environment(language)
            .get_template(template)
            .render(
                shown,
                who=who.person if who else None,
                csrf=who.session.csrf if who else "",
                may_decide=who is not None and who.person.role in DESK,
                may_read_quality=who is not None and who.person.role in QUALITY_READERS,
                may_oversee=who is not None and who.person.role in OVERSIGHT,
                here=request.url.path,
                layout="swap.html" if is_swap(request) else "base.html",
            )
        )
        headers = {
            "Content-Security-Policy": CSP if who else WITHOUT_SCRIPTS,
            "Content-Language": language,
            "Vary": "Accept-Language, HX-Request",
        }
        return HTMLResponse(page, status, headers)


def pages_of(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages


def is_swap(request: Request) -> bool:
    return request.headers.get(IS_SWAP) == "true"
