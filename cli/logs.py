"""Logs of a process: one JSON object a line on stderr, or readable lines on a terminal."""

import logging
import sys

import structlog
from structlog.typing import Processor

_QUIET = ("httpx", "httpcore", "uvicorn", "alembic", "sqlalchemy", "aiosqlite", "asyncio")
"""Libraries whose lines are only worth reading from a warning on. Request lines hold tokens."""


def configure(process: str) -> None:
    """Send all logging of this process through one formatter; `process` names it in every line."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[_named(process), *_rendered()]
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _rendered() -> list[Processor]:
    """The last steps. Tracebacks come without local variables: those may hold user content."""
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if sys.stderr.isatty():
        plain = structlog.dev.plain_traceback
        return [strip, structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    return [strip, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _named(process: str) -> Processor:
    def name(
        _logger: object, _method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        event["process"] = process
        return event

    return name
