"""What the doctor sees on this machine without asking anybody."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from casework.errors import CaseworkError
from cli.data_dir import DataDir, NotRunning
from cli.diagnosis import Diagnosis, fail, ok, warn
from workers import probes, temporal_server
from workers.secret_files import PREFIX, SECRETS
from workers.settings import Settings

_OLDEST_PYTHON = (3, 11)
_OURS = {"data", "url", "token", "reader_token"}
"""Variables of the command itself, not of a process."""
_PORTS = {"--port": 8080, "--temporal-port": 7233, "--ui-port": 8233}
_TIGHT, _FULL = 2 * 2**30, 200 * 2**20


def python() -> Diagnosis:
    said = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < _OLDEST_PYTHON:
        return fail("python", said, "install Python 3.11 or newer")
    return ok("python", said)


def temporal_binary() -> Diagnosis:
    try:
        return ok("temporal command", str(temporal_server.binary()))
    except CaseworkError as error:
        return warn("temporal command", str(error), "needed by `casework up` alone")


def variables() -> Diagnosis:
    """A misspelt variable is a setting that silently keeps its default."""
    known = {name.upper() for name in {*Settings.model_fields, *_OURS}}
    known |= {f"{name.upper()}_FILE" for name in SECRETS}
    unknown = sorted(
        name
        for name in os.environ
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known
    )
    if unknown:
        return warn("variables", f"unknown: {', '.join(unknown)}", "correct their names")
    return ok("variables", "every CASEWORK_* variable is known")


def folder(data: DataDir, settings: Settings) -> list[Diagnosis]:
    """The data directory and the ports of `casework up`; nothing for another deployment."""
    if settings.keyring_file.parent != data.path:
        return []
    return [_writable(data.path), *_private(data), *ports(data)]


def _writable(path: Path) -> Diagnosis:
    if os.access(path, os.W_OK | os.X_OK):
        return ok("data directory", str(path))
    return fail("data directory", f"{path} cannot be written", f"chown or chmod u+rwx {path}")


def _private(data: DataDir) -> Iterator[Diagnosis]:
    for path in (data.keyring_file, data.tokens_file, data.passwords_file):
        if not path.exists():
            yield fail(path.name, "missing", "start `casework up` once, or put the file back")
        elif stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield fail(path.name, "others may read it", f"chmod 600 {path}")
        else:
            yield ok(path.name, "readable by its owner alone")


def ports(data: DataDir) -> Iterator[Diagnosis]:
    try:
        data.running()
    except NotRunning:
        for flag, port in _PORTS.items():
            if probes.is_free(port):
                yield ok(f"port {port}", "free")
            else:
                yield warn(f"port {port}", "in use", f"start with another {flag}")
    else:
        yield ok("ports", "held by the running `casework up`")


def keyring(settings: Settings) -> Diagnosis:
    from storage.keys import Keyring

    try:
        Keyring.load(settings.keyring_file)
    except CaseworkError as error:
        return fail("keyring", str(error), "put the key file back; without it nothing is readable")
    return ok("keyring", str(settings.keyring_file))


async def database(settings: Settings) -> Diagnosis:
    from storage import schema

    try:
        await schema.check(settings.database_url)
    except CaseworkError as error:
        return fail("database", str(error), "see what it says")
    return ok("database", f"schema {schema.head()}")


def disk(settings: Settings) -> Diagnosis:
    place = settings.audit_checkpoints_file.parent
    free = shutil.disk_usage(place if place.exists() else Path.cwd()).free
    said = f"{free / 2**30:.1f} GiB free at {place}"
    if free < _FULL:
        return fail("disk", said, "make room now: a full disk stops every case")
    return warn("disk", said, "make room") if free < _TIGHT else ok("disk", said)
