"""The Step Functions operations by name: one literal table that says how each runs.

| how | what it means |
|---|---|
| Write | in the next batch of the writer; answered when that is committed |
| Read | on a committed snapshot, beside the writer |
| Wait | on the event loop: it waits for something, or needs a worker thread before it writes |

What is not in the table is not built; the door answers for it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from anyio import to_thread

from engine.api import (
    activities,
    aliases,
    definitions,
    executions,
    express,
    history,
    machine_views,
    map_runs,
    redrive,
    resources,
    state_machines,
    tags,
    task_tokens,
    test_state,
    versions,
)
from engine.api.resources import Request, Response
from engine.asl.model import MachineType
from engine.contract import Caller, Targets
from engine.runtime.protocol import EngineTransaction, ReadTransaction, Runtime

Handler = Callable[[Caller, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Write:
    """`payload`: the member of the request whose size counts towards the bytes of a batch. `savepoint` false: it
    changes things only through the transaction's verbs, so that there is nothing to undo when it is refused."""

    function: Callable[[EngineTransaction, Caller, Request], Response]
    payload: str | None = None
    savepoint: bool = True


@dataclass(frozen=True, slots=True)
class Read:
    function: Callable[[ReadTransaction, Caller, Request], Response]


@dataclass(frozen=True, slots=True)
class Wait:
    function: Callable[["Engine", Caller, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Engine:
    """What a waiting operation works with."""

    runtime: Runtime
    targets: Targets | None

    async def check(self, definition: str, machine_type: MachineType) -> str:
        """Its `variableReferences`; raises ServiceError InvalidDefinition."""
        return await to_thread.run_sync(definitions.check_definition, definition, machine_type, self.targets)


async def _create_state_machine(engine: Engine, caller: Caller, request: Request) -> Response:
    variables = await engine.check(request["definition"], request.get("type", definitions.STANDARD))
    write = partial(state_machines.create_state_machine, caller=caller, request=request, variables=variables)
    return _response(await engine.runtime.write(write, len(request["definition"])))


async def _update_state_machine(engine: Engine, caller: Caller, request: Request) -> Response:
    """A new definition is checked for the type that the machine has, which only the store knows."""
    state_machines.check_update(request)
    definition, checked = request.get("definition"), None
    if definition is not None:
        arn = request["stateMachineArn"]
        machine_type = (await engine.runtime.read(lambda tx: resources.active_machine(tx, caller, arn))).type
        checked = state_machines.Checked(machine_type, await engine.check(definition, machine_type))
    write = partial(state_machines.update_state_machine, caller=caller, request=request, checked=checked)
    return _response(await engine.runtime.write(write, len(definition or "")))


async def _validate_state_machine_definition(engine: Engine, caller: Caller, request: Request) -> Response:
    return await to_thread.run_sync(definitions.validate_state_machine_definition, request, engine.targets)


async def _get_activity_task(engine: Engine, caller: Caller, request: Request) -> Response:
    return await activities.get_activity_task(engine.runtime, caller, request)


async def _start_sync_execution(engine: Engine, caller: Caller, request: Request) -> Response:
    return await express.start_sync_execution(engine.runtime, caller, request)


async def _test_state(engine: Engine, caller: Caller, request: Request) -> Response:
    return await test_state.test_state(engine.runtime, engine.targets, caller, request)


OPERATIONS: Final[Mapping[str, Write | Read | Wait]] = {
    "CreateActivity": Write(activities.create_activity),
    "CreateStateMachine": Wait(_create_state_machine),
    "CreateStateMachineAlias": Write(aliases.create_state_machine_alias),
    "DeleteActivity": Write(activities.delete_activity),
    "DeleteStateMachine": Write(state_machines.delete_state_machine),
    "DeleteStateMachineAlias": Write(aliases.delete_state_machine_alias),
    "DeleteStateMachineVersion": Write(versions.delete_state_machine_version),
    "DescribeActivity": Read(activities.describe_activity),
    "DescribeExecution": Read(executions.describe_execution),
    "DescribeMapRun": Read(map_runs.describe_map_run),
    "DescribeStateMachine": Read(machine_views.describe_state_machine),
    "DescribeStateMachineAlias": Read(aliases.describe_state_machine_alias),
    "DescribeStateMachineForExecution": Read(machine_views.describe_state_machine_for_execution),
    "GetActivityTask": Wait(_get_activity_task),
    "GetExecutionHistory": Read(history.get_execution_history),
    "ListActivities": Read(activities.list_activities),
    "ListExecutions": Read(executions.list_executions),
    "ListMapRuns": Read(map_runs.list_map_runs),
    "ListStateMachineAliases": Read(aliases.list_state_machine_aliases),
    "ListStateMachineVersions": Read(versions.list_state_machine_versions),
    "ListStateMachines": Read(machine_views.list_state_machines),
    "ListTagsForResource": Read(tags.list_tags_for_resource),
    "PublishStateMachineVersion": Write(versions.publish_state_machine_version),
    "RedriveExecution": Write(redrive.redrive_execution, savepoint=False),
    "SendTaskFailure": Write(task_tokens.send_task_failure, payload="cause", savepoint=False),
    "SendTaskHeartbeat": Write(task_tokens.send_task_heartbeat, savepoint=False),
    "SendTaskSuccess": Write(task_tokens.send_task_success, payload="output", savepoint=False),
    "StartExecution": Write(executions.start_execution, payload="input", savepoint=False),
    "StartSyncExecution": Wait(_start_sync_execution),
    "StopExecution": Write(executions.stop_execution, payload="cause", savepoint=False),
    "TagResource": Write(tags.tag_resource),
    "TestState": Wait(_test_state),
    "UntagResource": Write(tags.untag_resource),
    "UpdateMapRun": Write(map_runs.update_map_run, savepoint=False),
    "UpdateStateMachine": Wait(_update_state_machine),
    "UpdateStateMachineAlias": Write(aliases.update_state_machine_alias),
    "ValidateStateMachineDefinition": Wait(_validate_state_machine_definition),
}


def build_handlers(runtime: Runtime, targets: Targets | None = None) -> dict[str, Handler]:
    """The operations over this runtime; `targets` says which service resources a definition may name.

    Requests have been checked against the service's model: members have the types, lengths and enums it gives them.
    """
    engine = Engine(runtime, targets)
    return {name: _handler(engine, operation) for name, operation in OPERATIONS.items()}


def _handler(engine: Engine, operation: Write | Read | Wait) -> Handler:
    if isinstance(operation, Write):
        return _writing(engine.runtime, operation)
    if isinstance(operation, Read):
        return _reading(engine.runtime, operation)
    return partial(operation.function, engine)


def _writing(runtime: Runtime, operation: Write) -> Handler:
    function, payload, savepoint = operation.function, operation.payload, operation.savepoint

    async def handle(caller: Caller, request: Request) -> Response:
        size = 0 if payload is None else len(request.get(payload) or "")
        return _response(await runtime.write(lambda tx: function(tx, caller, request), size, savepoint))

    return handle


def _reading(runtime: Runtime, operation: Read) -> Handler:
    function = operation.function

    async def handle(caller: Caller, request: Request) -> Response:
        return _response(await runtime.read(lambda tx: function(tx, caller, request)))

    return handle


def _response(value: Any) -> Response:
    assert isinstance(value, dict)
    return value
