"""Express children that begin anew: where the last run of one still ends, and where it was stopped."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from engine.contract import Recorded
from engine.core.execution import Execution
from engine.runtime.express_child import ExpressChild
from engine.runtime.express_children import ExpressChildren
from tests.api.client import Api
from tests.map_runs.machines import distributed, only_map

CHILD = ExpressChild(7, "arn", "n", "{}", 1, 2, 0, 1, 3, "{}", "role", "{}")


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_child_that_is_started_while_it_ends_runs_again(anyio_backend: str) -> None:
    runs: list[asyncio.Event] = []
    begun, ended = asyncio.Semaphore(0), asyncio.Semaphore(0)

    async def run(child: ExpressChild) -> tuple[Execution, Recorded | None]:
        runs.append(asyncio.Event())
        begun.release()
        await runs[-1].wait()
        raise RuntimeError("its end does not matter here")

    async def read(operation: Callable[..., Any]) -> list[ExpressChild]:
        return [CHILD]

    async def post(operation: Any) -> None:
        ended.release()

    children = ExpressChildren(run, read, post)
    children.start([CHILD.key])
    await begun.acquire()
    children.start([CHILD.key])  # its Map Run was redriven in the commit that took its end
    runs[0].set()
    await ended.acquire()
    await begun.acquire()
    assert len(runs) == 2
    runs[1].set()
    await ended.acquire()
    await children.close()
    assert len(runs) == 2


def test_children_that_were_stopped_begin_anew(api: Api) -> None:
    states = {"Only": {"Type": "Wait", "SecondsPath": "$.s", "End": True}}
    mode = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    processor = {"ProcessorConfig": mode, "StartAt": "Only", "States": states}
    machine = api.machine(only_map(distributed(states, ItemProcessor=processor)))
    items = [{"n": number, "s": 1} for number in range(5)]
    execution = api.start_execution(stateMachineArn=machine, input=json.dumps(items))["executionArn"]
    api.stop_execution(executionArn=execution)
    run = api.list_map_runs(executionArn=execution)["mapRuns"][0]["mapRunArn"]
    stopped = api.list_executions(mapRunArn=run)["executions"]
    assert {child["status"] for child in stopped} == {"ABORTED"}
    shown = api.describe_execution(executionArn=stopped[0]["executionArn"])
    assert shown["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
    api.redrive_execution(executionArn=execution)
    ended = api.ended(execution)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", items)
    children = api.list_executions(mapRunArn=run)["executions"]
    assert [child["executionArn"] for child in children] == [child["executionArn"] for child in stopped]
    assert {(child["status"], child["redriveCount"]) for child in children} == {("SUCCEEDED", 0)}
    shown = api.describe_map_run(mapRunArn=run)
    assert (shown["redriveCount"], shown["executionCounts"]["succeeded"]) == (1, 5)
