"""Every definition in valid/ compiles, without a warning unless it means to have one, and as the model says."""

import json
from pathlib import Path

import jsonschema
import pytest
from referencing import Registry, Resource

from engine.asl.compiler import compile_machine, validate
from engine.asl.model import (
    ChoiceState,
    FailState,
    Flow,
    FunctionResource,
    MachineType,
    MapState,
    ParallelState,
    Pattern,
    ServiceResource,
    TaskState,
    WaitState,
)

FOLDER = Path(__file__).parent / "valid"
FILES = sorted(FOLDER.glob("*.asl.json"))
SCHEMAS = Path(__file__).parents[2] / "schemas"


def _read(name: str) -> str:
    return (FOLDER / f"{name}.asl.json").read_text()


def _machine_type(file: Path) -> MachineType:
    return "EXPRESS" if file.name.startswith("express") else "STANDARD"


def _targets(flow: Flow) -> set[str]:
    targets = {flow.start_at}
    for state in flow.states.values():
        targets |= {state.next} if state.next else set()
        if isinstance(state, ChoiceState):
            targets |= {rule.next for rule in state.choices} | ({state.default} if state.default else set())
        if isinstance(state, TaskState | ParallelState | MapState):
            targets |= {catcher.next for catcher in state.catch}
    return targets


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_compiles(file: Path) -> None:
    text = file.read_text()
    assert validate(text, _machine_type(file)) == []
    machine = compile_machine(text, _machine_type(file))
    assert [flow.id for flow in machine.flows] == list(range(len(machine.flows)))
    for flow in machine.flows:
        assert _targets(flow) == set(flow.states)


def test_there_are_enough() -> None:
    assert len(FILES) >= 40


@pytest.fixture(scope="module")
def plain_validator() -> jsonschema.Draft202012Validator:
    """The schema files as anyone else would use them: the standard validator and a registry of the files."""
    documents = [json.loads(file.read_text()) for file in sorted(SCHEMAS.glob("*.json"))]
    registry = Registry().with_resources((found["$id"], Resource.from_contents(found)) for found in documents)
    for found in documents:
        jsonschema.Draft202012Validator.check_schema(found)
    machine = next(found for found in documents if found["$id"].endswith("/machine.json"))
    return jsonschema.Draft202012Validator(machine, registry=registry)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_schema_files_alone_accept_it(file: Path, plain_validator: jsonschema.Draft202012Validator) -> None:
    assert list(plain_validator.iter_errors(json.loads(file.read_text()))) == []


def test_the_schema_files_alone_refuse(plain_validator: jsonschema.Draft202012Validator) -> None:
    wrong = {"StartAt": "A", "States": {"A": {"Type": "Map", "End": True, "ItemProcessor": {"StartAt": "B"}}}}
    assert [error.message for error in plain_validator.iter_errors(wrong)] == ["'States' is a required property"]


def test_defaults_of_the_language() -> None:
    state = compile_machine(_read("empty_retry_and_catch")).root.states["A"]
    assert isinstance(state, TaskState)
    assert state.resource == FunctionResource("arn:aws:lambda:us-east-1:123456789012:function:f")
    assert state.input_path is not None and state.input_path.whole
    assert state.result_path is not None and state.result_path.whole
    assert (state.next, state.retry, state.catch, state.timeout_seconds) == (None, (), (), None)


def test_retriers_and_catchers() -> None:
    state = compile_machine(_read("retry_all_fields")).root.states["Try"]
    assert isinstance(state, TaskState)
    first, second, third = state.retry
    assert (first.interval_seconds, first.max_attempts, first.backoff_rate) == (0, 99_999_999, 1.0)
    assert (first.max_delay_seconds, first.full_jitter) == (60, True)
    assert (second.interval_seconds, second.max_attempts, second.full_jitter) == (1, 0, False)
    assert (third.max_attempts, third.backoff_rate, third.max_delay_seconds) == (3, 1.5, None)
    assert state.catch[0].result_path is None
    assert state.catch[1].error_equals == ("States.ALL",)


def test_resources() -> None:
    machine = compile_machine(_read("lambda_in_other_partitions"))
    last = machine.root.states["IsoB"]
    assert isinstance(last, TaskState)
    assert last.resource == ServiceResource(
        "arn:aws-iso-b:states:::sqs:sendMessage", "sqs", "sendMessage", Pattern.REQUEST_RESPONSE
    )
    sdk = compile_machine(_read("sdk_calls")).root.states["Ddb"]
    assert isinstance(sdk, TaskState) and isinstance(sdk.resource, ServiceResource)
    assert (sdk.resource.resource_type, sdk.resource.resource) == ("aws-sdk:dynamodb", "putItem.waitForTaskToken")


def test_flows_are_numbered_as_they_are_named() -> None:
    machine = compile_machine(_read("parallel_in_parallel"))
    assert [list(flow.states) for flow in machine.flows] == [["Outer"], ["Inner"], ["Leaf 1"], ["Leaf 2"]]
    outer = machine.root.states["Outer"]
    assert isinstance(outer, ParallelState) and outer.branches[0] is machine.flows[1]


def test_waits_fails_and_maps() -> None:
    waits = compile_machine(_read("waits")).root.states
    timestamp = waits["Timestamp"]
    assert isinstance(timestamp, WaitState) and timestamp.timestamp == 1_457_900_940_123
    fails = compile_machine(_read("fail_forms")).root.states
    empty = fails["Empty"]
    assert isinstance(empty, FailState) and (empty.error, empty.cause) == (None, None)
    old = compile_machine(_read("map_iterator")).root.states["Validate-All"]
    assert isinstance(old, MapState) and old.item_selector is not None and old.max_concurrency == 0


def test_machine_fields() -> None:
    assert compile_machine(_read("version_and_timeout")).timeout_seconds == 3600
    assert compile_machine(_read("hello")).timeout_seconds is None


def test_variable_references() -> None:
    """Which variables a state refers to, whatever it assigns; states that refer to none are left out."""
    assert compile_machine(_read("variables")).variable_references == {
        "Pause": ("limits",),
        "Pick": ("limits", "order"),
        "Each": ("dear", "limits"),
        "One": ("dear", "order"),
    }
    assert compile_machine(_read("jsonata_forms")).variable_references == {
        "Call": ("limit",),
        "Pick": ("limit", "tags"),
        "Both": ("tags",),
        "Left": ("limit",),
        "Each": ("limit", "tags"),
        "One": ("limit",),
        "Stop": ("failed",),
    }
    assert compile_machine(_read("hello")).variable_references == {}
