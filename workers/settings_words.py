"""Settings as text: for a child process, and for whoever has to mend one."""

import json
from typing import Any

from pydantic import SecretStr, ValidationError

from workers.secret_files import PREFIX


def as_text(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | dict):
        return json.dumps(value)
    return str(value)


def in_one_line(error: ValidationError) -> str:
    problems = []
    for problem in error.errors(include_url=False, include_input=False):
        name = "".join(str(part) for part in problem["loc"][:1])
        message = problem["msg"].removeprefix("Value error, ")
        problems.append(f"{PREFIX}{name.upper()}: {message}" if name else message)
    return "; ".join(problems)
