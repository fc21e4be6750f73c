"""How a page is made: one set of templates, everything escaped, nothing from anywhere else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from casework.ruling import Measure
from gateway.console import texts
from gateway.console.evidence import views
from gateway.console.revealed import revealed
from gateway.console.sessions import SignedIn
from gateway.who import DESK, OVERSIGHT

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
_REASONS = {
    "undecidable": "The policy has no clear answer for these facts.",
    "appeal": "The person concerned appealed.",
    "recalled": "A recall undid what a machine had decided; somebody else claims the same.",
}
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


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
        clock = self._clock
        environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        spoken = texts.texts_in(language, self._locale)
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            spoken.gettext, spoken.ngettext, newstyle=True
        )
        environment.globals.update(language=language, direction=texts.direction(language))
        environment.filters.update(
            translated=spoken.gettext,
            moment=_moment,
            words=_words,
            revealed=revealed,
            views=views,
            measure=_measure,
            why=why,
            away=lambda then: away(then, clock()),
            waited=lambda then: span(clock() - then),
            urgency=lambda then: urgency(then, clock()),
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
                may_oversee=who is not None and who.person.role in OVERSIGHT,
                here=request.url.path,
            )
        )
        csp = CSP if who else WITHOUT_SCRIPTS
        headers = {
            "Content-Security-Policy": csp,
            "Content-Language": language,
            "Vary": "Accept-Language",
        }
        return HTMLResponse(page, status, headers)


def pages_of(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages


def away(then: datetime, now: datetime) -> str:
    """`in 2 hours`, `3 days ago`."""
    return f"in {span(then - now)}" if then > now else f"{span(now - then)} ago"


def span(length: timedelta) -> str:
    """The two largest units: `2 days 3 hours`, `14 minutes`, `less than a minute`."""
    left = int(length.total_seconds())
    said: list[str] = []
    for seconds, unit in _UNITS:
        number, left = divmod(left, seconds)
        if number:
            said.append(f"{number} {unit}{'s' if number > 1 else ''}")
    return " ".join(said[:2]) or "less than a minute"


def urgency(then: datetime, now: datetime) -> str:
    if then <= now:
        return "late"
    return "soon" if then - now < timedelta(minutes=30) else "calm"


def why(reason: str) -> str:
    """A ruling's stable word, as a sentence."""
    kind, _, rest = reason.partition(":")
    number = kind.removeprefix("rule_")
    if number.isdigit():
        also = " It calls for two people." if rest == "needs_two_people" else ""
        return f"Rule {number} of the policy asks for a person.{also}"
    if kind == "check_failed":
        return f"No usable answer came from: {_words(rest).replace(',', ', ')}."
    return _REASONS.get(kind, f"{_words(kind).capitalize()}.")


def _moment(then: datetime) -> str:
    return then.strftime("%-d %b %Y, %H:%M UTC")


def _words(name: object) -> str:
    return str(name).replace("_", " ")


def _measure(measure: Measure) -> str:
    lasting = f" for {span(measure.lasts)}" if measure.lasts else ""
    return f"{_words(measure.kind)}{lasting}"
