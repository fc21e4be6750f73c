"""What the doctor asks others: Temporal, the gateway, and everything that cases talk to."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from casework.errors import CaseworkError, Unavailable
from cli.diagnosis import Diagnosis, fail, ok, warn
from workers import probes
from workers.settings import Settings

if TYPE_CHECKING:
    from temporalio.client import Client

_DEFAULT_PORTS = {"http": 80, "https": 443, "smtp": 25, "smtps": 465}
_SKEW = timedelta(seconds=2)
_START = "start `casework up`, or this service"


async def examine(settings: Settings) -> list[Diagnosis]:
    """Everything at once; none of the questions changes anything that lasts."""
    temporal, *others = await asyncio.gather(
        _temporal(settings), _gateway(settings), *_reachable(settings)
    )
    return [*temporal, *(one for found in others for one in found)]


async def _temporal(settings: Settings) -> list[Diagnosis]:
    from storage.keys import Keyring
    from workers import client as temporal

    try:
        keyring = Keyring.load(settings.keyring_file)
        async with asyncio.timeout(10):
            client = await temporal.connect(settings, keyring)
    except TimeoutError:
        return [fail("temporal", f"{settings.temporal_address} does not answer", _START)]
    except CaseworkError as error:
        return [fail("temporal", str(error), _START)]
    found = [ok("temporal", f"{settings.temporal_address}, namespace {client.namespace}")]
    for question in (_attributes(client), _fairness(client), _pollers(client)):
        found += await _answered(question)
    return found


async def _answered(question: Awaitable[list[Diagnosis]]) -> list[Diagnosis]:
    from temporalio.service import RPCError

    try:
        async with asyncio.timeout(20):
            return await question
    except (RPCError, TimeoutError, Unavailable) as error:
        return [fail("temporal", f"a question went unanswered ({type(error).__name__})", _START)]


async def _attributes(client: "Client") -> list[Diagnosis]:
    from workers import client as temporal

    missing = await temporal.missing_search_attributes(client)
    if missing:
        said = f"missing: {', '.join(sorted(missing))}"
        return [fail("search attributes", said, "run `casework prepare`")]
    return [ok("search attributes", "all registered")]


async def _fairness(client: "Client") -> list[Diagnosis]:
    from workers import client as temporal

    if await temporal.fairness_works(client):
        return [ok("fairness", "a quiet detector overtakes a flooding one")]
    mend = "dynamic config: matching.autoEnableV2=true, matching.enableFairness=true"
    return [fail("fairness", "fairness keys are ignored", mend)]


async def _pollers(client: "Client") -> list[Diagnosis]:
    from workers.roles import Role, queues

    found = []
    for role in Role:
        for queue in queues(frozenset({role}), 1.0):
            asked = bool(queue.workflows)
            count = await _poller_count(client, queue.name, of_workflows=asked)
            mend = f"casework worker --role {role}"
            name = f"queue {queue.name}"
            found.append(ok(name, f"{count} pollers") if count else fail(name, "no worker", mend))
    return found


async def _poller_count(client: "Client", queue: str, *, of_workflows: bool) -> int:
    from temporalio.api.enums.v1 import TaskQueueType
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

    kind = (
        TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
        if of_workflows
        else TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
    )
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        )
    )
    return len(answer.pollers)


async def _gateway(settings: Settings) -> list[Diagnosis]:
    base = settings.public_url.rstrip("/")
    code = await probes.status(f"{base}/readyz", within_s=5)
    if code is None:
        return [fail("gateway", f"{base} does not answer", _START)]
    if code != 200:
        return [fail("gateway", f"not ready ({code})", f"see what {base}/readyz says")]
    return [ok("gateway", f"{base} is ready"), await _clock(base)]


async def _clock(base: str) -> Diagnosis:
    """Deadlines and strikes count from our clock, so it has to agree with the others'."""
    skew = await probes.clock_skew(f"{base}/healthz")
    if skew is None:
        return warn("clock", "the gateway names no time", "compare the clocks by hand")
    if abs(skew) > _SKEW:
        said = f"{skew.total_seconds():+.0f} s against the gateway"
        return fail("clock", said, "synchronise the clocks (NTP)")
    return ok("clock", "agrees with the gateway")


def _reachable(settings: Settings) -> list[Awaitable[list[Diagnosis]]]:
    slack = settings.slack_url.get_secret_value() if settings.slack_url else None
    asked = {
        "vendor moderation": settings.vendor_moderation_url,
        "platform": settings.platform_url,
        "mail": settings.smtp_url,
        "notice webhook": settings.notice_webhook_url,
        "pager": settings.pagerduty_url,
        "slack": slack,
        "traces": settings.otlp_endpoint,
    }
    found: list[Awaitable[list[Diagnosis]]] = []
    for name, url in asked.items():
        if url is not None:
            found.append(_listens(name, url))
    if settings.pagerduty_url is None and slack is None:
        found.append(_nobody_is_called())
    return found


async def _nobody_is_called() -> list[Diagnosis]:
    mend = "set CASEWORK_PAGERDUTY_URL or CASEWORK_SLACK_URL"
    return [fail("pager", "there is none: nobody is called before a deadline", mend)]


async def _listens(name: str, url: str) -> list[Diagnosis]:
    """Names the host and nothing else: addresses may hold secrets."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    if await probes.listens(host, port, within_s=5):
        return [ok(name, f"{host}:{port} listens")]
    return [fail(name, f"{host}:{port} does not listen", _START)]
