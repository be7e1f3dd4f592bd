"""Requests that nobody should send: whatever the members hold, the answer is AWS's kind, never a 500.

Each begins as a good request; then members are replaced, added or dropped: by values of the shape that the service's
model gives them, with texts that hurt (control characters, ARNs of almost the right form), or by anything at all.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StructureShape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.api.operations import OPERATIONS
from tests.api.client import Api
from tests.api.machines import PASS, ROLE, WAIT, activity_task

MODEL = ServiceModel(Loader().load_service_model("stepfunctions", "service-2"), "stepfunctions")
BASE = "arn:aws:states:us-east-1:000000000000"
MACHINE, EXPRESS, EXECUTION, ACTIVITY = (
    f"{BASE}:stateMachine:bad-input",
    f"{BASE}:stateMachine:bad-input-express",
    f"{BASE}:execution:bad-input:waits",
    f"{BASE}:activity:bad-input",
)
_CHILD = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}
_PROCESSOR = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **_CHILD}
_WAITING_MAP = json.dumps({"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": _PROCESSOR, "End": True}}})
ROUTES = [{"stateMachineVersionArn": f"{MACHINE}:1", "weight": 100}]
UNKNOWN_ACTIVITY = f"{BASE}:activity:never-made"

# Deletions name what is not there, so that the others keep what they need; GetActivityTask would wait for a task.
GOOD: dict[str, dict[str, Any]] = {
    "CreateActivity": {"name": "bad-input"},
    "CreateStateMachine": {"name": "bad-input", "definition": WAIT, "roleArn": ROLE},
    "CreateStateMachineAlias": {"name": "short-lived", "routingConfiguration": ROUTES},
    "DeleteActivity": {"activityArn": UNKNOWN_ACTIVITY},
    "DeleteStateMachine": {"stateMachineArn": f"{BASE}:stateMachine:never-made"},
    "DeleteStateMachineAlias": {"stateMachineAliasArn": f"{MACHINE}:short-lived"},
    "DeleteStateMachineVersion": {"stateMachineVersionArn": f"{MACHINE}:77"},
    "DescribeActivity": {"activityArn": ACTIVITY},
    "DescribeExecution": {"executionArn": EXECUTION},
    "DescribeMapRun": {},  # gets the Map Run that waits
    "DescribeStateMachine": {"stateMachineArn": MACHINE},
    "DescribeStateMachineAlias": {"stateMachineAliasArn": f"{MACHINE}:PROD"},
    "DescribeStateMachineForExecution": {"executionArn": EXECUTION},
    "GetActivityTask": {"activityArn": UNKNOWN_ACTIVITY},
    "GetExecutionHistory": {"executionArn": EXECUTION},
    "ListActivities": {},
    "ListExecutions": {"stateMachineArn": MACHINE},
    "ListMapRuns": {"executionArn": EXECUTION},
    "ListStateMachineAliases": {"stateMachineArn": MACHINE},
    "ListStateMachineVersions": {"stateMachineArn": MACHINE},
    "ListStateMachines": {},
    "ListTagsForResource": {"resourceArn": MACHINE},
    "PublishStateMachineVersion": {"stateMachineArn": MACHINE},
    "SendTaskFailure": {},  # gets the token of a task that waits
    "SendTaskHeartbeat": {},
    "SendTaskSuccess": {"output": "{}"},
    "RedriveExecution": {},  # gets an execution that has failed
    "StartExecution": {"stateMachineArn": EXPRESS, "input": "{}"},
    "StartSyncExecution": {"stateMachineArn": EXPRESS, "input": "{}"},
    "StopExecution": {"executionArn": EXECUTION},
    "TagResource": {"resourceArn": MACHINE, "tags": [{"key": "k", "value": "v"}]},
    "TestState": {"definition": '{"Type": "Succeed"}', "roleArn": ROLE},
    "UntagResource": {"resourceArn": ACTIVITY, "tagKeys": ["k"]},
    "UpdateMapRun": {"maxConcurrency": 1},
    "UpdateStateMachine": {"stateMachineArn": EXPRESS, "definition": PASS},
    "UpdateStateMachineAlias": {"stateMachineAliasArn": f"{MACHINE}:PROD", "description": "d"},
    "ValidateStateMachineDefinition": {"definition": PASS},
}

_TEXTS = st.sampled_from(
    [
        "",
        " ",
        "{}",
        "null",
        "\x00",
        "a\x00b",
        "\x1a0",
        "\ufffe",
        '"\ud800"',
        "ü" * 80,
        "[" * 10_000,
        "x" * 3_000,
        "9" * 400,
        '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}',
        '{"StartAt":"A\\u0000","States":{"A\\u0000":{"Type":"Pass","Result":12345678901234567890123,"End":true}}}',
        f"{BASE}:stateMachine:bad-input\x00",
        f"{BASE}:stateMachine:bad-input:1",
        f"{BASE}:stateMachine:bad-input/l",
        f"{BASE}:execution:bad-input:\x00",
        f"{BASE}:express:bad-input:n:u",
        UNKNOWN_ACTIVITY,
    ]
) | st.text(max_size=90)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=5,
)


def _values(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of about this shape."""
    if isinstance(shape, StructureShape):
        return st.fixed_dictionaries({}, optional={name: _values(member) for name, member in shape.members.items()})
    if isinstance(shape, ListShape):
        return st.lists(_values(shape.member), max_size=3)
    if shape.type_name == "string":
        enum = getattr(shape, "enum", None)
        return st.sampled_from(enum) if enum else _TEXTS
    if shape.type_name == "boolean":
        return st.booleans()
    return st.integers(-1, 1001) | st.integers()


def _changes(shape: StructureShape) -> st.SearchStrategy[dict[str, Any]]:
    """What to put in place of some members; dropped ones are None."""
    members = st.sampled_from(sorted(shape.members))
    return st.lists(members, max_size=2, unique=True).flatmap(
        lambda names: st.fixed_dictionaries(
            {name: st.one_of(*[_values(shape.members[name])] * 4, st.none(), _ANYTHING) for name in names}
        )
    )


@dataclass
class Target:
    """What the requests are sent to; it holds the things that GOOD names."""

    api: Api
    client: httpx.Client
    map_run: str

    def send(self, operation: str, changes: dict[str, Any]) -> httpx.Response:
        request = GOOD[operation] | self._made(operation)
        headers = {"x-amz-target": f"AWSStepFunctions.{operation}", "content-type": "application/x-amz-json-1.0"}
        content = json.dumps({name: value for name, value in (request | changes).items() if value is not None})
        return self.client.post("/", content=content, headers=headers)

    def _made(self, operation: str) -> dict[str, Any]:
        """Members that name what only a running execution has."""
        if operation.startswith("SendTask"):
            return {"taskToken": self._token()}
        if operation == "RedriveExecution":
            return {"executionArn": self._stopped()}
        return {"mapRunArn": self.map_run} if operation.endswith("eMapRun") else {}

    def _stopped(self) -> str:
        arn = str(self.api.start_execution(stateMachineArn=MACHINE)["executionArn"])
        self.api.stop_execution(executionArn=arn)
        return arn

    def _token(self) -> str:
        self.api.start_execution(stateMachineArn=f"{BASE}:stateMachine:bad-input-worker")
        return str(self.api.get_activity_task(activityArn=ACTIVITY)["taskToken"])


@pytest.fixture(scope="module")
def target(endpoint: str, api: Api) -> Iterator[Target]:
    api.create_activity(name="bad-input")
    for name, definition, machine_type in (
        ("bad-input", WAIT, "STANDARD"),
        ("bad-input-express", PASS, "EXPRESS"),
        ("bad-input-worker", activity_task(ACTIVITY), "STANDARD"),
        ("bad-input-map", _WAITING_MAP, "STANDARD"),
    ):
        api.create_state_machine(name=name, definition=definition, roleArn=ROLE, type=machine_type)
    api.publish_state_machine_version(stateMachineArn=MACHINE)
    api.create_state_machine_alias(name="PROD", routingConfiguration=ROUTES)
    api.start_execution(stateMachineArn=MACHINE, name="waits")
    mapping = api.start_execution(stateMachineArn=f"{BASE}:stateMachine:bad-input-map", input="[1]")["executionArn"]
    runs = api.until(lambda: api.list_map_runs(executionArn=mapping)["mapRuns"], bool)
    with httpx.Client(base_url=endpoint, timeout=20) as client:
        yield Target(api, client, runs[0]["mapRunArn"])


def test_every_operation_has_a_good_request(target: Target) -> None:
    assert set(GOOD) == set(OPERATIONS)
    for operation in GOOD:
        answer = target.send(operation, {})
        assert answer.status_code == 200 or operation == "GetActivityTask", answer.text


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_never_a_500(target: Target, name: str) -> None:
    shape = MODEL.operation_model(name).input_shape
    assert shape is not None

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_changes(shape))
    def check(changes: dict[str, Any]) -> None:
        answer = target.send(name, changes)
        assert answer.status_code < 500, answer.text
        body = answer.json()
        assert isinstance(body, dict)
        if answer.status_code != 200:
            assert body["__type"]
            assert body["message"]
            assert "Traceback" not in answer.text

    check()
