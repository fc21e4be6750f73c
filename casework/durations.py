"""Spans of time as law and policies write them: ISO 8601, calendar months included."""

import calendar
import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_serializer,
    model_validator,
)

# More digits than this cannot be meant, and would overflow the calendar.
_N = "[0-9]{1,6}"
_ISO = re.compile(
    rf"P(?=.)(?:(?P<years>{_N})Y)?(?:(?P<months>{_N})M)?(?:(?P<weeks>{_N})W)?(?:(?P<days>{_N})D)?"
    rf"(?:T(?=.)(?:(?P<hours>{_N})H)?(?:(?P<minutes>{_N})M)?(?:(?P<seconds>{_N})S)?)?"
)
_CENTURY = timedelta(days=36_525)


def _written_out(value: Any) -> Any:
    if isinstance(value, timedelta) or (isinstance(value, str) and value.startswith("P")):
        return value
    raise ValueError("not an ISO 8601 duration (write P7D or PT4H)")


Span = Annotated[timedelta, BeforeValidator(_written_out), Field(le=_CENTURY)]
"""A span without calendar months. A bare number is refused: 7 what?"""


class Period(BaseModel):
    """A span that may count calendar months: `P6M` from 31 August ends on 28 February.

    Written and read as an ISO 8601 string. A month that has no such day ends on its last day,
    as Regulation (EEC, Euratom) 1182/71 art. 3(2)(c) counts periods.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    months: Annotated[int, Field(ge=0, le=1_200)] = 0
    span: Annotated[timedelta, Field(ge=timedelta(), le=_CENTURY)] = timedelta()

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return cls._parse(value)
        return value

    @classmethod
    def _parse(cls, text: str) -> dict[str, Any]:
        match = _ISO.fullmatch(text)
        if match is None:
            raise ValueError(f"not an ISO 8601 duration: {text!r} (write P6M, P7D or PT4H)")
        part = {name: int(number or 0) for name, number in match.groupdict().items()}
        months = part.pop("years") * 12 + part.pop("months")
        return {"months": months, "span": timedelta(**part)}

    @model_serializer
    def _to_text(self) -> str:
        return str(self)

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls.model_validate(text)

    def after(self, moment: datetime) -> datetime:
        """The moment at which this period, begun at `moment`, is over."""
        month = moment.month - 1 + self.months
        year, month = moment.year + month // 12, month % 12 + 1
        day = min(moment.day, calendar.monthrange(year, month)[1])
        return moment.replace(year=year, month=month, day=day) + self.span

    def __str__(self) -> str:
        days, rest = divmod(int(self.span.total_seconds()), 86_400)
        hours, rest = divmod(rest, 3_600)
        minutes, seconds = divmod(rest, 60)
        date = _joined((self.months, "M"), (days, "D"))
        time = _joined((hours, "H"), (minutes, "M"), (seconds, "S"))
        return f"P{date}" + (f"T{time}" if time else "") if date or time else "PT0S"


def _joined(*parts: tuple[int, str]) -> str:
    return "".join(f"{number}{letter}" for number, letter in parts if number)
