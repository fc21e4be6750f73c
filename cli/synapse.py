"""A real Synapse on this machine, in an environment of its own, for the demo and the tests.

Synapse is under the AGPL and has dependencies of its own: `make synapse` puts it into
`.venv-synapse` from `deploy/synapse.lock`, and it is only ever run, never imported.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr, TypeAdapter

import casework
from casework.errors import Permanent
from cli import private_files
from integrations.matrix.homeserver import (
    Homeserver,
    Secrets,
    configuration,
    log_configuration,
)
from workers import probes
from workers.supervisor import Program, Supervisor

ENVIRONMENT = Path(casework.__file__).parent.parent / ".venv-synapse"
READY_WITHIN_S = 90.0
"""Alone on two cores it takes about a tenth of this."""
_STOPS_WITHIN_S = 5.0
_SECRETS = TypeAdapter(dict[str, str])


class NotInstalled(Permanent):
    """There is no Synapse on this machine; `make synapse` installs it."""

    code = "not_installed"


def interpreter(environment: Path = ENVIRONMENT) -> Path:
    """The Python that has Synapse.

    Raises:
        NotInstalled: it was never installed here, or not to the end.
    """
    if not (environment / ".installed").exists():
        raise NotInstalled("Synapse is not installed: run `make synapse`")
    return environment / "bin" / "python"


def prepare(folder: Path) -> Homeserver:
    """Write the configuration of a homeserver whose data is in `folder`, on a free port.

    Repeating keeps its secrets, and with them its accounts, rooms and tokens.
    """
    (folder / "media").mkdir(parents=True, exist_ok=True, mode=0o700)
    secrets = _secrets_of(folder)
    [port] = probes.free_ports(1)
    homeserver = Homeserver(folder=folder, port=port, registration=secrets.registration)
    private_files.write(homeserver.config_file, configuration(homeserver, secrets))
    private_files.write(folder / "log.yaml", log_configuration())
    return homeserver


def program(homeserver: Homeserver) -> Program:
    """How to run it, for a supervisor.

    Raises:
        NotInstalled: see `interpreter`.
    """
    config = str(homeserver.config_file)

    async def ready() -> bool:
        return await probes.status(f"{homeserver.url}/health") == 200

    return Program(
        name="synapse",
        command=(str(interpreter()), "-m", "synapse.app.homeserver", "--config-path", config),
        log=homeserver.folder / "synapse.log",
        ready=ready,
        stop_within_s=_STOPS_WITHIN_S,
    )


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Homeserver]:
    """A homeserver that is up, and stopped at the end of the block.

    Raises:
        NotInstalled: see `interpreter`.
        StartFailed: when it does not come up; names its log.
    """
    supervisor = Supervisor(lambda _line: None, lambda: None)
    homeserver = prepare(folder)
    await supervisor.start(program(homeserver))
    try:
        await supervisor.until_ready(READY_WITHIN_S)
        yield homeserver
    finally:
        await supervisor.stop([["synapse"]])


def _secrets_of(folder: Path) -> Secrets:
    file = folder / "secrets.json"
    if not file.exists():
        fresh = {name: value.get_secret_value() for name, value in Secrets.fresh()}
        private_files.write(file, _SECRETS.dump_json(fresh, indent=2).decode())
    kept = _SECRETS.validate_json(file.read_bytes())
    return Secrets.model_validate({name: SecretStr(value) for name, value in kept.items()})
