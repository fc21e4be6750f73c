"""Which countries a union of countries is made of. Data, with the day and where it was read.

Here and not beside the policies: a deployment's own files there say whose law it keeps, and a
country lies where it lies all the same.
"""

from collections.abc import Iterable
from datetime import date

from casework.base import Model


class Union(Model):
    """`in_force` is the first day on which these were its members, as ISO 3166-1 codes."""

    code: str
    members: frozenset[str]
    in_force: date
    law: str
    source: str
    checked: date


EUROPEAN_UNION = Union(
    code="EU",
    members=frozenset({
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
        "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }),
    in_force=date(2020, 2, 1),
    law="Treaty on European Union, Art. 52(1), and Art. 50 as it ended the United Kingdom's part",
    source="https://docs.ted.europa.eu/eforms/latest/reference/code-lists/eu-country.html",
    checked=date(2026, 11, 27),
)  # fmt: skip
"""Read in a stored copy, code list 20230915-0. A territory with a code of its own is not in it."""


def with_members(places: Iterable[str]) -> frozenset[str]:
    """These places, and the countries of a union that is among them."""
    named = frozenset(places)
    return named | EUROPEAN_UNION.members if EUROPEAN_UNION.code in named else named
