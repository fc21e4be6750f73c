"""Files with secrets in them: for the owner's eyes alone, and never half written."""

import os
from pathlib import Path

OWNER_ALONE = 0o600


def write(path: Path, text: str, mode: int = OWNER_ALONE) -> None:
    """Replace the file whole, so that a reader sees the old text or the new one."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    file = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ALONE)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(text + "\n")
        out.flush()
        os.fsync(out.fileno())
        os.fchmod(out.fileno(), mode)
    half.replace(path)
