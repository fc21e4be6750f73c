"""Settings as text: for a child process, and for whoever has to mend one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import SecretStr, TypeAdapter, ValidationError
from pydantic_settings import SettingsError

from workers.secret_files import PREFIX, SettingsMistake

_ANYTHING = TypeAdapter(Any)


def as_text(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | dict):
        return _ANYTHING.dump_json(value).decode()
    return str(value)


def in_one_line(error: ValidationError) -> str:
    problems = []
    for problem in error.errors(include_url=False, include_input=False):
        name = "".join(str(part) for part in problem["loc"][:1])
        message = problem["msg"].removeprefix("Value error, ")
        problems.append(f"{PREFIX}{name.upper()}: {message}" if name else message)
    return "; ".join(problems)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Raises SettingsMistake for what does not fit, naming the variables, never their values."""
    try:
        yield
    except ValidationError as error:
        raise SettingsMistake(in_one_line(error)) from None
    except SettingsError as error:  # names the field alone; what is wrong with it is its cause
        raise SettingsMistake(f"{error}: lists and maps are JSON") from None
