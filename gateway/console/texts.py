"""The language of a page. Texts are English in templates and code, marked for translation.

In a template: `{{ _("Take the next") }}`, or `{% trans %}...{% endtrans %}` around variables. In
code, `marked("...")` where a text is written and `translated` where it is shown. A translation is
`locale/<language>/LC_MESSAGES/casework.mo`, made of `locale/casework.pot`.
"""

from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import negotiate_locale
from babel.support import NullTranslations, Translations

LOCALE = Path(__file__).parent / "locale"
SPOKEN = "en"
DOMAIN = "casework"


def marked(text: str) -> str:
    """The text itself; it is looked up where it is shown."""
    return text


def wanted(accept_language: str, folder: Path = LOCALE) -> str:
    """The language to speak to a browser that sent this Accept-Language header."""
    asked = sorted(
        (_weighed(part) for part in accept_language[:500].split(",") if part.strip()),
        key=lambda pair: -pair[1],
    )
    spoken = [SPOKEN, *sorted(each.name for each in folder.glob("*") if each.is_dir())]
    return negotiate_locale([tag for tag, _ in asked], spoken, sep="-") or SPOKEN


@cache
def texts_in(language: str, folder: Path = LOCALE) -> NullTranslations:
    return Translations.load(folder, [language], DOMAIN)


def direction(language: str) -> str:
    """`ltr` or `rtl`."""
    try:
        return Locale.parse(language, sep="-").text_direction
    except (UnknownLocaleError, ValueError):
        return "ltr"


def _weighed(part: str) -> tuple[str, float]:
    tag, _, weight = part.strip().partition(";q=")
    try:
        return tag.strip(), float(weight or 1)
    except ValueError:
        return tag.strip(), 0.0
