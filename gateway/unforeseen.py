"""What nobody foresaw: written to the log by place, answered with a reference to it."""

import secrets
import traceback

import structlog

from gateway.problems import Problem, problem

_FRAMES = 8
_log = structlog.get_logger("gateway")


def reported(error: Exception) -> Problem:
    """Log where it happened. Messages may quote content, so the message is left out."""
    reference = secrets.token_hex(6)
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{frame.filename}:{frame.lineno}" for frame in frames]
    _log.error("unforeseen", reference=reference, kind=type(error).__name__, places=places)
    return problem(500, "internal", f"Something went wrong here; reference {reference}.")
