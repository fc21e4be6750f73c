"""Moments, spans, names and reasons as a page says them, in the language of the page."""

from collections.abc import Callable
from datetime import datetime, timedelta

from babel.dates import format_datetime
from babel.support import NullTranslations

from casework.errors import Told
from casework.queueing import Reason
from casework.ruling import Measure
from casework.snapshots import Stills
from gateway.console.texts import marked
from gateway.console.trail import FACTS
from gateway.problems import Refusal

_REASONS = {
    "undecidable": marked("The policy has no clear answer for these facts."),
    "appeal": marked("The person concerned appealed."),
    "recalled": marked("A recall undid what a machine had decided; somebody else claims the same."),
}
_SOON = timedelta(minutes=30)


def sentence(said: str) -> str:
    """An error's words as a sentence: they are written to follow a colon."""
    return f"{said[:1].upper()}{said[1:].rstrip('.')}." if said else ""


class Wording:
    def __init__(
        self, spoken: NullTranslations, clock: Callable[[], datetime], language: str = "en"
    ) -> None:
        self._ = spoken.gettext
        self._number = spoken.ngettext
        self._clock = clock
        self._locale = language.replace("-", "_")

    def words(self, name: object) -> str:
        """A stable name with spaces, translated where it is one of our own."""
        plain = str(name).replace("_", " ")
        return self._(plain) if plain else ""

    def because(self, refusal: Refusal) -> str:
        """Why something was refused. Words that translators do not have stay as they are."""
        said = self._(refusal.words)
        told = {name: self._told(value) for name, value in refusal.told.items()}
        return said % told if told else said

    def _told(self, value: Told) -> str:
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, tuple):
            return ", ".join(self.words(each) for each in value)
        return self.words(value) if isinstance(value, str) else str(value)

    def fact_named(self, name: str) -> str:
        """What a fact of the trail is called."""
        return self._(FACTS.get(name, name.replace("_", " ")))

    def reason(self, reason: Reason) -> str:
        said = self._(reason.text)
        return said if reason.number is None else said.format(number=f"{reason.number:,}")

    def measure(self, measure: Measure) -> str:
        kind = self.words(measure.kind)
        if not measure.lasts:
            return kind
        return self._("%(action)s for %(span)s") % {
            "action": kind,
            "span": self.span(measure.lasts),
        }

    def moment(self, then: datetime) -> str:
        said: str = format_datetime(then, "d MMM y, HH:mm 'UTC'", locale=self._locale)
        return said

    def hour(self, then: datetime) -> str:
        said: str = format_datetime(then, "HH:mm 'UTC'", locale=self._locale)
        return said

    def away(self, then: datetime) -> str:
        """`in 2 hours`, `3 days ago`."""
        now = self._clock()
        if then > now:
            return self._("in %(span)s") % {"span": self.span(then - now)}
        return self._("%(span)s ago") % {"span": self.span(now - then)}

    def waited(self, since: datetime) -> str:
        return self.span(self._clock() - since)

    def urgency(self, then: datetime) -> str:
        """A class for the style: `late`, `soon`, `calm`."""
        left = then - self._clock()
        if left <= timedelta():
            return "late"
        return "soon" if left < _SOON else "calm"

    def span(self, length: timedelta) -> str:
        """The two largest units: `2 days 3 hours`, `14 minutes`, `less than a minute`."""
        minutes = int(length.total_seconds()) // 60
        days, hours = divmod(minutes // 60, 24)
        said = [
            self._number("%(num)s day", "%(num)s days", days) % {"num": days} if days else "",
            self._number("%(num)s hour", "%(num)s hours", hours) % {"num": hours} if hours else "",
            self._number("%(num)s minute", "%(num)s minutes", minutes % 60) % {"num": minutes % 60}
            if minutes % 60
            else "",
        ]
        return " ".join([each for each in said if each][:2]) or self._("less than a minute")

    def sheet(self, video: Stills) -> str:
        """`12 stills of a video, 3:20 long, no sound`."""
        said = self._number(
            "%(num)s still of a video, %(length)s long, no sound",
            "%(num)s stills of a video, %(length)s long, no sound",
            video.shown,
        )
        return said % {"num": video.shown, "length": _clock(video.seconds)}

    def why(self, reason: str) -> str:
        """A ruling's stable word, as a sentence."""
        kind, _, rest = reason.partition(":")
        number = kind.removeprefix("rule_")
        if number.isdigit():
            asked = self._("Rule %(number)s of the policy asks for a person.") % {"number": number}
            also = self._("It calls for two people.") if rest == "needs_two_people" else ""
            return f"{asked} {also}".strip()
        if kind == "check_failed":
            checks = ", ".join(self.words(check) for check in rest.split(","))
            return self._("No usable answer came from: %(checks)s.") % {"checks": checks}
        if kind in _REASONS:
            return self._(_REASONS[kind])
        return f"{self.words(kind).capitalize()}."


def _clock(seconds: int) -> str:
    """`0:07`, `3:20`, `1:02:03`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
