"""Every operation of the service, called by boto3: its success, and each error that the model documents for it.

One table of successes and one of refusals; what cannot be provoked over the wire is named with the reason. The client
refuses an answer that lacks a required member or holds one that the model does not know.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from tests.api.client import Api, refusal
from tests.api.machines import FAIL, OTHER_PASS, PASS, ROLE, WAIT, activity_task
from tests.map_runs.machines import WAIT as WAIT_STATES
from tests.map_runs.machines import distributed, only_map

MODEL = ServiceModel(Loader().load_service_model("stepfunctions", "service-2"), "stepfunctions")
UNKNOWN_MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:unknown"
UNKNOWN_EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:unknown:e"
UNKNOWN_ACTIVITY = "arn:aws:states:us-east-1:000000000000:activity:unknown"
UNKNOWN_RUN = "arn:aws:states:us-east-1:000000000000:mapRun:unknown/Each:00000000-0000-0000-0000-000000000000"
TAGS = [{"key": f"key-{number}", "value": ""} for number in range(51)]
KMS = {"type": "CUSTOMER_MANAGED_KMS_KEY"}


class World:
    """What the calls are about; each thing is made when a call first asks for it."""

    def __init__(self, api: Api):
        self.api = api
        self._made: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _THINGS[name](self, self.api)
        return self._made[name]


def _deleting(world: World, api: Api) -> str:
    """A machine that is being deleted for as long as its execution runs."""
    arn = api.machine(WAIT)
    api.start_execution(stateMachineArn=arn)
    api.delete_state_machine(stateMachineArn=arn)
    return arn


def _deleting_alias(world: World, api: Api) -> str:
    arn = api.machine(WAIT, publish=True)
    api.start_execution(stateMachineArn=arn)
    routes = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    alias = api.create_state_machine_alias(name="going", routingConfiguration=routes)["stateMachineAliasArn"]
    api.delete_state_machine(stateMachineArn=arn)
    return str(alias)


def _ran(definition: str) -> Callable[[World, Api], str]:
    def run(world: World, api: Api) -> str:
        arn: str = api.start_execution(stateMachineArn=api.machine(definition))["executionArn"]
        api.ended(arn)
        return arn

    return run


def _map_run(world: World, api: Api) -> str:
    execution = world.mapping
    runs = api.until(lambda: api.list_map_runs(executionArn=execution)["mapRuns"], bool)
    return str(runs[0]["mapRunArn"])


def _token(world: World, api: Api) -> str:
    """The token of a task that a worker has just claimed."""
    activity = api.create_activity(name=api.name())["activityArn"]
    api.start_execution(stateMachineArn=api.machine(activity_task(activity)))
    return str(api.get_activity_task(activityArn=activity)["taskToken"])


def _spent_token(world: World, api: Api) -> str:
    token = _token(world, api)
    api.send_task_success(taskToken=token, output="{}")
    return token


def _alias(world: World, api: Api) -> str:
    made = api.create_state_machine_alias(name=api.name(), routingConfiguration=routes(world))
    return str(made["stateMachineAliasArn"])


_THINGS: dict[str, Callable[[World, Api], Any]] = {
    "machine": lambda world, api: api.machine(PASS),
    "express": lambda world, api: api.machine(PASS, type="EXPRESS"),
    "versioned": lambda world, api: api.machine(PASS, publish=True),
    "deleting": _deleting,
    "deleting_alias": _deleting_alias,
    "activity": lambda world, api: api.create_activity(name=api.name())["activityArn"],
    "succeeded": _ran(PASS),
    "failed": _ran(FAIL),
    "running": lambda world, api: api.start_execution(stateMachineArn=api.machine(WAIT))["executionArn"],
    "mapping": lambda world, api: api.start_execution(
        stateMachineArn=api.machine(only_map(distributed(WAIT_STATES))), input="[1, 2]"
    )["executionArn"],
    "map_run": _map_run,
    "spent_token": _spent_token,
    "alias": _alias,
}


def routes(world: World) -> list[dict[str, Any]]:
    return [{"stateMachineVersionArn": f"{world.versioned}:1", "weight": 100}]


def new(world: World, **others: Any) -> dict[str, Any]:
    """What makes a machine."""
    return {"name": world.api.name(), "definition": PASS, "roleArn": ROLE} | others


def published(world: World) -> str:
    """A machine with two versions, of which nothing routes to the first."""
    arn = world.api.machine(PASS, publish=True)
    world.api.update_state_machine(stateMachineArn=arn, definition=OTHER_PASS, publish=True)
    return arn


Given = Callable[[World], dict[str, Any]]

# operation -> the parameters of a call that succeeds
SUCCESSES: dict[str, Given] = {
    "create_activity": lambda w: {"name": w.api.name(), "tags": TAGS[:2]},
    "create_state_machine": lambda w: new(w, publish=True, tags=TAGS[:2]),
    "create_state_machine_alias": lambda w: {"name": w.api.name(), "routingConfiguration": routes(w)},
    "delete_activity": lambda w: {"activityArn": w.api.create_activity(name=w.api.name())["activityArn"]},
    "delete_state_machine": lambda w: {"stateMachineArn": w.api.machine(PASS)},
    "delete_state_machine_alias": lambda w: {"stateMachineAliasArn": _alias(w, w.api)},
    "delete_state_machine_version": lambda w: {"stateMachineVersionArn": published(w) + ":1"},
    "describe_activity": lambda w: {"activityArn": w.activity},
    "describe_execution": lambda w: {"executionArn": w.succeeded},
    "describe_map_run": lambda w: {"mapRunArn": w.map_run},
    "describe_state_machine": lambda w: {"stateMachineArn": w.machine},
    "describe_state_machine_alias": lambda w: {"stateMachineAliasArn": w.alias},
    "describe_state_machine_for_execution": lambda w: {"executionArn": w.succeeded},
    "get_activity_task": lambda w: {"activityArn": _offered(w)},
    "get_execution_history": lambda w: {"executionArn": w.succeeded},
    "list_activities": lambda w: {"maxResults": 1},
    "list_executions": lambda w: {"stateMachineArn": w.machine},
    "list_map_runs": lambda w: {"executionArn": w.mapping},
    "list_state_machine_aliases": lambda w: {"stateMachineArn": w.versioned},
    "list_state_machine_versions": lambda w: {"stateMachineArn": w.versioned},
    "list_state_machines": lambda w: {"maxResults": 1},
    "list_tags_for_resource": lambda w: {"resourceArn": w.activity},
    "publish_state_machine_version": lambda w: {"stateMachineArn": w.api.machine(PASS)},
    "redrive_execution": lambda w: {"executionArn": _ran(FAIL)(w, w.api)},
    "send_task_failure": lambda w: {"taskToken": _token(w, w.api), "error": "E", "cause": "C"},
    "send_task_heartbeat": lambda w: {"taskToken": _token(w, w.api)},
    "send_task_success": lambda w: {"taskToken": _token(w, w.api), "output": "{}"},
    "start_execution": lambda w: {"stateMachineArn": w.machine},
    "start_sync_execution": lambda w: {"stateMachineArn": w.express},
    "stop_execution": lambda w: {
        "executionArn": w.api.start_execution(stateMachineArn=w.api.machine(WAIT))["executionArn"]
    },
    "tag_resource": lambda w: {"resourceArn": w.activity, "tags": TAGS[:1]},
    "test_state": lambda w: {
        "definition": '{"Type": "Pass", "End": true}',
        "roleArn": ROLE,
        "inspectionLevel": "DEBUG",
    },
    "untag_resource": lambda w: {"resourceArn": w.activity, "tagKeys": ["key-9"]},
    "update_map_run": lambda w: {"mapRunArn": w.map_run, "maxConcurrency": 5},
    "update_state_machine": lambda w: {
        "stateMachineArn": w.api.machine(PASS),
        "definition": OTHER_PASS,
        "publish": True,
    },
    "update_state_machine_alias": lambda w: {"stateMachineAliasArn": w.alias, "description": "new"},
    "validate_state_machine_definition": lambda w: {"definition": '{"States": {}}'},
}


def _offered(world: World) -> str:
    """An activity that has a task."""
    activity: str = world.api.create_activity(name=world.api.name())["activityArn"]
    world.api.start_execution(stateMachineArn=world.api.machine(activity_task(activity)))
    return activity


BAD_ARN = "arn:aws:states:us-east-1:000000000000:nothing:n"
HALF_LOGGED = {"level": "ALL", "destinations": []}

# operation -> error -> the parameters of a call that gets it
REFUSALS: dict[str, dict[str, Given]] = {
    "create_activity": {
        "InvalidName": lambda w: {"name": "a b"},
        "TooManyTags": lambda w: {"name": w.api.name(), "tags": TAGS},
        "InvalidEncryptionConfiguration": lambda w: {"name": w.api.name(), "encryptionConfiguration": KMS},
    },
    "create_state_machine": {
        "InvalidArn": lambda w: new(w, roleArn="role"),
        "InvalidDefinition": lambda w: new(w, definition="{}"),
        "InvalidName": lambda w: new(w, name="a b"),
        "InvalidLoggingConfiguration": lambda w: new(w, loggingConfiguration=HALF_LOGGED),
        "InvalidTracingConfiguration": lambda w: new(w, tracingConfiguration={"enabled": True}),
        "StateMachineAlreadyExists": lambda w: new(w, name=w.machine.rpartition(":")[2], definition=OTHER_PASS),
        "StateMachineDeleting": lambda w: new(w, name=w.deleting.rpartition(":")[2]),
        "TooManyTags": lambda w: new(w, tags=TAGS),
        "ValidationException": lambda w: new(w, versionDescription="without publish"),
        "InvalidEncryptionConfiguration": lambda w: new(w, encryptionConfiguration=KMS),
    },
    "create_state_machine_alias": {
        "InvalidArn": lambda w: {"name": "a", "routingConfiguration": [{"stateMachineVersionArn": "v", "weight": 100}]},
        "ValidationException": lambda w: {"name": "a", "routingConfiguration": routes(w) * 2},
        "StateMachineDeleting": lambda w: {
            "name": "other",
            "routingConfiguration": [
                {"stateMachineVersionArn": w.deleting_alias.rpartition(":")[0] + ":1", "weight": 100}
            ],
        },
        "ResourceNotFound": lambda w: {
            "name": "a",
            "routingConfiguration": [{"stateMachineVersionArn": f"{w.versioned}:99", "weight": 100}],
        },
        "ConflictException": lambda w: {
            "name": w.alias.rpartition(":")[2],
            "description": "another",
            "routingConfiguration": routes(w),
        },
    },
    "delete_activity": {"InvalidArn": lambda w: {"activityArn": BAD_ARN}},
    "delete_state_machine": {
        "InvalidArn": lambda w: {"stateMachineArn": BAD_ARN},
        "ValidationException": lambda w: {"stateMachineArn": ""},
    },
    "delete_state_machine_alias": {
        "ValidationException": lambda w: {"stateMachineAliasArn": ""},
        "InvalidArn": lambda w: {"stateMachineAliasArn": BAD_ARN},
        "ResourceNotFound": lambda w: {"stateMachineAliasArn": f"{w.versioned}:missing"},
    },
    "delete_state_machine_version": {
        "ValidationException": lambda w: {"stateMachineVersionArn": ""},
        "InvalidArn": lambda w: {"stateMachineVersionArn": BAD_ARN},
        "ConflictException": lambda w: {"stateMachineVersionArn": w.alias and f"{w.versioned}:1"},
    },
    "describe_activity": {
        "ActivityDoesNotExist": lambda w: {"activityArn": UNKNOWN_ACTIVITY},
        "InvalidArn": lambda w: {"activityArn": BAD_ARN},
    },
    "describe_execution": {
        "ExecutionDoesNotExist": lambda w: {"executionArn": UNKNOWN_EXECUTION},
        "InvalidArn": lambda w: {"executionArn": BAD_ARN},
    },
    "describe_map_run": {
        "ResourceNotFound": lambda w: {"mapRunArn": UNKNOWN_RUN},
        "InvalidArn": lambda w: {"mapRunArn": BAD_ARN},
    },
    "describe_state_machine": {
        "InvalidArn": lambda w: {"stateMachineArn": BAD_ARN},
        "StateMachineDoesNotExist": lambda w: {"stateMachineArn": UNKNOWN_MACHINE},
    },
    "describe_state_machine_alias": {
        "ValidationException": lambda w: {"stateMachineAliasArn": ""},
        "InvalidArn": lambda w: {"stateMachineAliasArn": BAD_ARN},
        "ResourceNotFound": lambda w: {"stateMachineAliasArn": f"{w.versioned}:missing"},
    },
    "describe_state_machine_for_execution": {
        "ExecutionDoesNotExist": lambda w: {"executionArn": UNKNOWN_EXECUTION},
        "InvalidArn": lambda w: {"executionArn": BAD_ARN},
    },
    "get_activity_task": {
        "ActivityDoesNotExist": lambda w: {"activityArn": UNKNOWN_ACTIVITY},
        "InvalidArn": lambda w: {"activityArn": BAD_ARN},
    },
    "get_execution_history": {
        "ExecutionDoesNotExist": lambda w: {"executionArn": UNKNOWN_EXECUTION},
        "InvalidArn": lambda w: {"executionArn": BAD_ARN},
        "InvalidToken": lambda w: {"executionArn": w.succeeded, "nextToken": "x"},
    },
    "list_activities": {"InvalidToken": lambda w: {"nextToken": "x"}},
    "list_executions": {
        "InvalidArn": lambda w: {"stateMachineArn": BAD_ARN},
        "InvalidToken": lambda w: {"stateMachineArn": w.machine, "nextToken": "x"},
        "StateMachineDoesNotExist": lambda w: {"stateMachineArn": UNKNOWN_MACHINE},
        "StateMachineTypeNotSupported": lambda w: {"stateMachineArn": w.express},
        "ValidationException": lambda w: {},
        "ResourceNotFound": lambda w: {"mapRunArn": UNKNOWN_RUN},
    },
    "list_map_runs": {
        "ExecutionDoesNotExist": lambda w: {"executionArn": UNKNOWN_EXECUTION},
        "InvalidArn": lambda w: {"executionArn": BAD_ARN},
        "InvalidToken": lambda w: {"executionArn": w.mapping, "nextToken": "x"},
    },
    "list_state_machine_aliases": {
        "InvalidArn": lambda w: {"stateMachineArn": BAD_ARN},
        "InvalidToken": lambda w: {"stateMachineArn": w.versioned, "nextToken": "x"},
        "StateMachineDeleting": lambda w: {"stateMachineArn": w.deleting},
        "StateMachineDoesNotExist": lambda w: {"stateMachineArn": UNKNOWN_MACHINE},
    },
    "list_state_machine_versions": {
        "ValidationException": lambda w: {"stateMachineArn": ""},
        "InvalidArn": lambda w: {"stateMachineArn": BAD_ARN},
        "InvalidToken": lambda w: {"stateMachineArn": w.versioned, "nextToken": "x"},
    },
    "list_state_machines": {"InvalidToken": lambda w: {"nextToken": "x"}},
    "list_tags_for_resource": {
        "InvalidArn": lambda w: {"resourceArn": BAD_ARN},
        "ResourceNotFound": lambda w: {"resourceArn": UNKNOWN_ACTIVITY},
    },
    "publish_state_machine_version": {
        "ValidationException": lambda w: {"stateMachineArn": ""},
        "StateMachineDeleting": lambda w: {"stateMachineArn": w.deleting},
        "StateMachineDoesNotExist": lambda w: {"stateMachineArn": UNKNOWN_MACHINE},
        "ConflictException": lambda w: {"stateMachineArn": w.machine, "revisionId": "another"},
        "InvalidArn": lambda w: {"stateMachineArn": BAD_ARN},
    },
    "redrive_execution": {
        "ExecutionDoesNotExist": lambda w: {"executionArn": UNKNOWN_EXECUTION},
        "ExecutionNotRedrivable": lambda w: {"executionArn": w.succeeded},
        "InvalidArn": lambda w: {"executionArn": BAD_ARN},
        "ValidationException": lambda w: {"executionArn": w.failed, "clientToken": ""},
    },
    "send_task_failure": {
        "InvalidToken": lambda w: {"taskToken": "x"},
        "TaskTimedOut": lambda w: {"taskToken": w.spent_token},
    },
    "send_task_heartbeat": {
        "InvalidToken": lambda w: {"taskToken": "x"},
        "TaskTimedOut": lambda w: {"taskToken": w.spent_token},
    },
    "send_task_success": {
        "InvalidOutput": lambda w: {"taskToken": w.spent_token, "output": "{"},
        "InvalidToken": lambda w: {"taskToken": "x", "output": "{}"},
        "TaskTimedOut": lambda w: {"taskToken": w.spent_token, "output": "{}"},
    },
    "start_execution": {
        "ExecutionAlreadyExists": lambda w: {
            "stateMachineArn": w.succeeded.replace(":execution:", ":stateMachine:").rpartition(":")[0],
            "name": w.succeeded.rpartition(":")[2],
        },
        "InvalidArn": lambda w: {"stateMachineArn": BAD_ARN},
        "InvalidExecutionInput": lambda w: {"stateMachineArn": w.machine, "input": "{"},
        "InvalidName": lambda w: {"stateMachineArn": w.machine, "name": "a b"},
        "StateMachineDoesNotExist": lambda w: {"stateMachineArn": UNKNOWN_MACHINE},
        "StateMachineDeleting": lambda w: {"stateMachineArn": w.deleting},
        "ValidationException": lambda w: {"stateMachineArn": ""},
    },
    "start_sync_execution": {
        "InvalidArn": lambda w: {"stateMachineArn": BAD_ARN},
        "InvalidExecutionInput": lambda w: {"stateMachineArn": w.express, "input": "{"},
        "InvalidName": lambda w: {"stateMachineArn": w.express, "name": "a b"},
        "StateMachineDoesNotExist": lambda w: {"stateMachineArn": UNKNOWN_MACHINE},
        "StateMachineTypeNotSupported": lambda w: {"stateMachineArn": w.machine},
    },
    "stop_execution": {
        "ExecutionDoesNotExist": lambda w: {"executionArn": UNKNOWN_EXECUTION},
        "InvalidArn": lambda w: {"executionArn": BAD_ARN},
        "ValidationException": lambda w: {"executionArn": ""},
    },
    "tag_resource": {
        "InvalidArn": lambda w: {"resourceArn": BAD_ARN, "tags": TAGS[:1]},
        "ResourceNotFound": lambda w: {"resourceArn": UNKNOWN_ACTIVITY, "tags": TAGS[:1]},
        "TooManyTags": lambda w: {"resourceArn": w.activity, "tags": TAGS},
    },
    "test_state": {
        "InvalidArn": lambda w: {"definition": '{"Type": "Pass", "End": true}', "roleArn": "role"},
        "InvalidDefinition": lambda w: {"definition": '{"Type": "Nothing"}', "roleArn": ROLE},
        "InvalidExecutionInput": lambda w: {"definition": '{"Type": "Pass", "End": true}', "input": "{"},
        "ValidationException": lambda w: {"definition": ""},
    },
    "untag_resource": {
        "InvalidArn": lambda w: {"resourceArn": BAD_ARN, "tagKeys": ["k"]},
        "ResourceNotFound": lambda w: {"resourceArn": UNKNOWN_ACTIVITY, "tagKeys": ["k"]},
    },
    "update_map_run": {
        "ResourceNotFound": lambda w: {"mapRunArn": UNKNOWN_RUN, "maxConcurrency": 1},
        "InvalidArn": lambda w: {"mapRunArn": BAD_ARN, "maxConcurrency": 1},
        "ValidationException": lambda w: {"mapRunArn": w.map_run, "maxConcurrency": -1},
    },
    "update_state_machine": {
        "InvalidArn": lambda w: {"stateMachineArn": BAD_ARN, "definition": PASS},
        "InvalidDefinition": lambda w: {"stateMachineArn": w.machine, "definition": "{}"},
        "InvalidLoggingConfiguration": lambda w: {"stateMachineArn": w.machine, "loggingConfiguration": HALF_LOGGED},
        "InvalidTracingConfiguration": lambda w: {
            "stateMachineArn": w.machine,
            "tracingConfiguration": {"enabled": True},
        },
        "MissingRequiredParameter": lambda w: {"stateMachineArn": w.machine},
        "StateMachineDeleting": lambda w: {"stateMachineArn": w.deleting, "definition": PASS},
        "StateMachineDoesNotExist": lambda w: {"stateMachineArn": UNKNOWN_MACHINE, "definition": PASS},
        "ValidationException": lambda w: {"stateMachineArn": w.machine, "definition": PASS, "versionDescription": "d"},
        "InvalidEncryptionConfiguration": lambda w: {"stateMachineArn": w.machine, "encryptionConfiguration": KMS},
    },
    "update_state_machine_alias": {
        "ValidationException": lambda w: {"stateMachineAliasArn": w.alias},
        "InvalidArn": lambda w: {"stateMachineAliasArn": BAD_ARN, "description": "d"},
        "ResourceNotFound": lambda w: {"stateMachineAliasArn": f"{w.versioned}:missing", "description": "d"},
        "StateMachineDeleting": lambda w: {"stateMachineAliasArn": w.deleting_alias, "description": "d"},
    },
    "validate_state_machine_definition": {"ValidationException": lambda w: {"definition": ""}},
}

LOWERED = "a limit too high for a call: tests/api/test_limits.py, test_versions.py and test_aliases.py lower it"
NO_KEYS = "keys of KMS are refused as InvalidEncryptionConfiguration, so none can be denied, invalid or throttled"
# error -> why no call of the operations that are not in the table gets it; `operation.error`: of this one
UNREACHABLE = {
    "KmsAccessDeniedException": NO_KEYS,
    "KmsInvalidStateException": NO_KEYS,
    "KmsThrottlingException": NO_KEYS,
    "ActivityLimitExceeded": LOWERED,
    "ActivityWorkerLimitExceeded": LOWERED,
    "StateMachineLimitExceeded": LOWERED,
    "ServiceQuotaExceededException": LOWERED,
    "ExecutionLimitExceeded": "open executions are not limited",
    "ConflictException": "two calls that race: the writer makes one after the other; tests/api/test_limits.py has one",
    "ActivityAlreadyExists": "for another encryption configuration, of which there is but one",
    "create_state_machine_alias.InvalidName": "the model's pattern refuses it first, as a ValidationException",
    "create_state_machine.StateMachineTypeNotSupported": "both types are supported",
    "start_sync_execution.StateMachineDeleting": "an Express machine is deleted at once",
    "list_state_machine_aliases.ResourceNotFound": "a machine that is missing is StateMachineDoesNotExist",
    "TaskDoesNotExist": "AWS answers TaskTimedOut for a task that is gone (recorded), and InvalidToken for no token",
}


REFUSED = [(operation, error) for operation, errors in REFUSALS.items() for error in errors]


@pytest.fixture(scope="module")
def world(api: Api) -> Iterator[World]:
    yield World(api)


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")


def test_the_tables_name_every_operation_and_every_error() -> None:
    operations = {_snake(name): MODEL.operation_model(name) for name in MODEL.operation_names}
    assert set(SUCCESSES) == set(operations)
    for name, operation in operations.items():
        documented = {shape.name for shape in operation.error_shapes}
        provoked = set(REFUSALS.get(name, {}))
        assert provoked <= documented, name
        left = {error for error in documented - provoked if error not in UNREACHABLE}
        assert {f"{name}.{error}" for error in left} <= set(UNREACHABLE), name


@pytest.mark.parametrize("operation", sorted(SUCCESSES))
def test_it_succeeds(world: World, operation: str) -> None:
    answer = getattr(world.api, operation)(**SUCCESSES[operation](world))
    shape = MODEL.operation_model(
        next(name for name in MODEL.operation_names if _snake(name) == operation)
    ).output_shape
    assert set(answer) >= set(shape.required_members if shape is not None else ())


@pytest.mark.parametrize(("operation", "error"), REFUSED)
def test_it_is_refused(world: World, operation: str, error: str) -> None:
    code, message = refusal(getattr(world.api, operation), **REFUSALS[operation][error](world))
    assert code == error, message
    assert message
