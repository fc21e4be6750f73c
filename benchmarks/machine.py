"""On what it was measured: sizes and versions, never names or places."""

import os
import platform
from importlib.metadata import version

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client

from benchmarks.databases import Engine
from casework.base import Model


class Machine(Model):
    """`load` is how many processes wanted a core in the minute before, on average."""

    system: str
    cores: int
    load: float
    python: str
    casework: str
    temporalio: str
    temporal_server: str
    database: Engine


async def this_machine(client: Client, engine: Engine, load: float) -> Machine:
    info = await client.workflow_service.get_system_info(GetSystemInfoRequest())
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        cores=len(os.sched_getaffinity(0)),
        load=round(load, 2),
        python=platform.python_version(),
        casework=version("casework"),
        temporalio=version("temporalio"),
        temporal_server=info.server_version,
        database=engine,
    )
