"""Whether fairness keys do anything is found out by trying: a server without them is silent."""

from temporalio.testing import WorkflowEnvironment

from tests.town import FLAGS, binary
from workers.client import fairness_works

OPTION = "--dynamic-config-value"


async def test_a_server_with_our_flags_is_found_fair() -> None:
    env = await WorkflowEnvironment.start_local(
        dev_server_existing_path=binary("temporal"),
        dev_server_extra_args=list(FLAGS),
        dev_server_log_level="never",
    )
    async with env:
        fair = await fairness_works(env.client)

    assert fair


async def test_a_server_that_ignores_fairness_keys_is_found_out() -> None:
    partitions = [flag for flag in FLAGS if "Partitions" in flag]
    env = await WorkflowEnvironment.start_local(
        dev_server_existing_path=binary("temporal"),
        dev_server_extra_args=[part for flag in partitions for part in (OPTION, flag)],
        dev_server_log_level="never",
    )
    async with env:
        fair = await fairness_works(env.client)

    assert not fair
