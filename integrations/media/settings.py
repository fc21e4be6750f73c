import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_NAME = r"(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?"
_HOST = re.compile(rf"{_NAME}|\[[0-9a-f:]+\]:[0-9]{{1,5}}")


def _a_host(entry: str) -> str:
    if not _HOST.fullmatch(entry.lower()):
        raise ValueError("a host is a name, `*.` and a name, or a name with a port")
    return entry.lower()


Host = Annotated[str, AfterValidator(_a_host)]


class MediaSettings(BaseSettings):
    """Where pictures may be fetched from, and what one may cost.

    `hosts` is everything: an address elsewhere is never gone to. A plain name, or `*.name` for all
    below it, is reached on the usual ports and only at public addresses. With a port behind it, an
    entry stands for exactly that host and port, also inside one's own network.
    """

    model_config = SettingsConfigDict(env_prefix="CASEWORK_MEDIA_", frozen=True, extra="ignore")

    hosts: tuple[Host, ...] = ()
    limit_bytes: Annotated[int, Field(ge=1_000, le=100_000_000)] = 20_000_000
    deadline: Annotated[timedelta, Field(gt=timedelta(), le=timedelta(minutes=5))] = timedelta(
        seconds=30
    )
