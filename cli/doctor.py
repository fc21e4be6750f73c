"""`casework doctor`: every dependency, port, key and flag, and the mend for what is wrong."""

from pathlib import Path

from casework.errors import CaseworkError
from cli import checkup_here, checkup_there, options, runner, show
from cli.data_dir import DataDir
from cli.diagnosis import Diagnosis, State, fail
from cli.here import settings_of
from workers.settings import Settings


def doctor(data: options.Data = options.DEFAULT_DATA, as_json: options.Json = False) -> None:
    """Examine this installation and what it talks to; exit code 1 when something fails.

    Looks at the deployment that CASEWORK_* describes, else at the one in --data.
    """
    found = runner.run(_examine(data))
    if as_json:
        show.as_json([one.model_dump(mode="json", exclude_defaults=True) for one in found])
    else:
        rows = [(one.state.value, one.name, one.said, one.mend or None) for one in found]
        show.table(("", "what", "found", "mend"), rows)
    failed = [one.name for one in found if one.state is State.FAIL]
    if failed:
        runner.fail(f"not well: {', '.join(failed)}")


async def _examine(data: Path) -> list[Diagnosis]:
    found = [checkup_here.python(), checkup_here.temporal_binary(), checkup_here.variables()]
    settings = _settings(data)
    if isinstance(settings, Diagnosis):
        return [*found, *checkup_here.ports(DataDir(data)), settings]
    found += checkup_here.folder(DataDir(data), settings)
    found += [checkup_here.keyring(settings), checkup_here.disk(settings)]
    found.append(await checkup_here.database(settings))
    return found + await checkup_there.examine(settings)


def _settings(data: Path) -> Settings | Diagnosis:
    try:
        return settings_of(data)
    except CaseworkError as error:
        return fail("settings", str(error), "set the variables, or start `casework up` once")
