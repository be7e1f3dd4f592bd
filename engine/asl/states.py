"""Compiles a state by its type: one function for each of the eight, in one table.

Each gets the fields of a state whose JSON has passed the type's schema, and the compiler for what is nested in it. The
transition targets are checked elsewhere (engine.asl.reachability).
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from engine.asl.choice import compile_rule
from engine.asl.fields import Fields
from engine.asl.findings import UNSUPPORTED_INTEGRATION
from engine.asl.item_batcher import compile_batcher
from engine.asl.item_reader import compile_reader
from engine.asl.model import (
    AnyState,
    ChoiceState,
    FailState,
    Flow,
    MapState,
    ParallelState,
    PassState,
    SucceedState,
    TaskState,
    WaitState,
)
from engine.asl.result_writer import compile_writer
from engine.asl.retry import compile_catch, compile_retry
from engine.asl.tasks import TaskRules
from engine.asl.warnings import warn_paths_in_constants, warn_static_result
from engine.query.path import WHOLE, Path
from engine.query.template import Template


class Nested(Protocol):
    """What a state asks of the compiler: its inner flows, and what is allowed for its resource."""

    @property
    def tasks(self) -> TaskRules: ...

    @property
    def tested(self) -> bool:
        """The machine is only there for TestState: no Map of it ever runs its children."""

    def flow(self, value: Any, schema: str, location: str, express: bool = False) -> Flow | None:
        """A Parallel branch or a Map's processor; None after a finding. `express`: it runs as Express executions."""


def _io(name: str, fields: Fields, knows: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What all states but Fail share. `Next` wins over `End: false`; a state that ends has None."""
    return {
        "name": name,
        "input_path": fields.path("InputPath"),
        "output_path": fields.path("OutputPath"),
        "next": fields.value.get("Next"),
        "jsonata": fields.jsonata,
        "assign": fields.assign(knows=knows),
        "output": fields.template("Output", knows=knows),
    }


def _template(fields: Fields, name: str) -> Template | None:
    if name in fields and not fields.jsonata:
        warn_paths_in_constants(fields.value[name], fields.at(name), fields.findings)
    return fields.template(name)


def _parameters(fields: Fields) -> Template | None:
    """What a Task or Parallel gives to its work."""
    return _template(fields, "Arguments" if fields.jsonata else "Parameters")


def _retrying(name: str, fields: Fields) -> dict[str, Any]:
    return {
        **_io(name, fields, knows=frozenset({"result"})),
        "result_selector": _template(fields, "ResultSelector"),
        "result_path": fields.result_path(),
        "retry": compile_retry(fields),
        "catch": compile_catch(fields),
    }


def _pass(name: str, fields: Fields, nested: Nested) -> PassState:
    if "Result" in fields:
        warn_static_result(fields.value["Result"], fields.at("Result"), fields.findings)
    return PassState(
        **_io(name, fields),
        parameters=_template(fields, "Parameters"),
        has_result="Result" in fields,
        result=fields.value.get("Result"),
        result_path=fields.result_path(),
    )


def _task(name: str, fields: Fields, nested: Nested) -> TaskState | None:
    shared = _retrying(name, fields)
    parameters = _parameters(fields)
    timeout_seconds = fields.number("TimeoutSeconds")
    heartbeat_seconds = fields.number("HeartbeatSeconds")
    credentials = _template(fields, "Credentials")
    resource = nested.tasks.resource(fields)
    if resource is None:
        return None
    return TaskState(
        **shared,
        resource=resource,
        parameters=parameters,
        timeout_seconds=timeout_seconds,
        heartbeat_seconds=heartbeat_seconds,
        credentials=credentials,
    )


def _choice(name: str, fields: Fields, nested: Nested) -> ChoiceState:
    rules = [
        compile_rule(fields.inner(f"Choices[{index}]", rule)) for index, rule in enumerate(fields.value["Choices"])
    ]
    return ChoiceState(
        **_io(name, fields),
        choices=tuple(rule for rule in rules if rule is not None),
        default=fields.value.get("Default"),
    )


def _wait(name: str, fields: Fields, nested: Nested) -> WaitState:
    return WaitState(
        **_io(name, fields),
        seconds=fields.number("Seconds"),
        timestamp=fields.time("Timestamp"),
    )


def _succeed(name: str, fields: Fields, nested: Nested) -> SucceedState:
    return SucceedState(**_io(name, fields))


def _fail(name: str, fields: Fields, nested: Nested) -> FailState:
    for field in () if fields.jsonata else ("Error", "Cause"):
        warn_paths_in_constants({field: fields.value.get(field)}, fields.location, fields.findings, "NO_PATH")
    return FailState(
        name=name,
        input_path=WHOLE,
        output_path=WHOLE,
        jsonata=fields.jsonata,
        error=fields.text("Error"),
        cause=fields.text("Cause"),
    )


def _parallel(name: str, fields: Fields, nested: Nested) -> ParallelState:
    branches = [
        nested.flow(branch, "branch.json", f"{fields.location}/Branches[{index}]")
        for index, branch in enumerate(fields.value["Branches"])
    ]
    return ParallelState(
        **_retrying(name, fields),
        branches=tuple(branch for branch in branches if branch is not None),
        parameters=_parameters(fields),
    )


# Fields of a Map that mean something in distributed mode only.
_DISTRIBUTED = (
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
)
_NOT_INLINE = "Field '{}' is not supported when Mode is not DISTRIBUTED"


def _map(name: str, fields: Fields, nested: Nested) -> MapState | None:
    key = "ItemProcessor" if "ItemProcessor" in fields else "Iterator"
    location = fields.at(key)
    config = _processor_config(fields.value[key])
    express = config.get("Mode") == "DISTRIBUTED" and config.get("ExecutionType") == "EXPRESS"
    processor = nested.flow(fields.value[key], "processor.json", location, express)
    distributed = _check_mode(fields, config, location, nested)
    item_reader = compile_reader(fields) if distributed and "ItemReader" in fields else None
    item_batcher = compile_batcher(fields) if distributed and "ItemBatcher" in fields else None
    result_writer = compile_writer(fields) if distributed and "ResultWriter" in fields else None
    state = _retrying(name, fields)
    items = _items(fields, distributed)
    item_selector = _template(fields, "ItemSelector" if "ItemSelector" in fields else "Parameters")
    max_concurrency = fields.number("MaxConcurrency", context=False)
    tolerated_failure_count = fields.number("ToleratedFailureCount")
    tolerated_failure_percentage = fields.number("ToleratedFailurePercentage")
    if processor is None:
        return None
    return MapState(
        **state,
        item_processor=processor,
        items=items,
        item_selector=item_selector,
        max_concurrency=0 if max_concurrency is None else max_concurrency,
        tolerated_failure_count=tolerated_failure_count,
        tolerated_failure_percentage=tolerated_failure_percentage,
        item_reader=item_reader,
        item_batcher=item_batcher,
        result_writer=result_writer,
        distributed=distributed,
        express=express,
        label=fields.value.get("Label"),
    )


def _items(fields: Fields, distributed: bool) -> Path | Template | None:
    """What a Map iterates over; None: its input, which in JSONPath is what the path `$` finds."""
    if not fields.jsonata:
        return fields.reference("ItemsPath") if "ItemsPath" in fields else WHOLE
    if isinstance(fields.value.get("Items"), str):
        return fields.expression("Items", "array or object" if distributed else "array")
    return fields.template("Items")


def _processor_config(processor: Any) -> Mapping[str, Any]:
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return config if isinstance(config, dict) else {}


def _check_mode(fields: Fields, config: Mapping[str, Any], location: str, nested: Nested) -> bool:
    """Whether the Map is distributed; findings for what it may not have."""
    at = f"{location}/ProcessorConfig"
    distributed = config.get("Mode") == "DISTRIBUTED"
    _check_distributed_fields(fields, distributed, nested)
    if not distributed and "ExecutionType" in config:
        fields.findings.schema("Field 'ExecutionType' is not supported", at)
    if not distributed or nested.tested:
        return distributed
    if nested.tasks.machine_type == "EXPRESS":
        fields.findings.schema("Mode DISTRIBUTED is not supported in EXPRESS state machines", f"{at}/Mode")
    elif "ExecutionType" not in config:
        fields.findings.schema("These fields are required: [ExecutionType]", at)
    return distributed


def _check_distributed_fields(fields: Fields, distributed: bool, nested: Nested) -> None:
    if distributed:
        _check_place_of_objects(fields, nested)
        return
    for field in _DISTRIBUTED:
        if field in fields:
            fields.findings.schema(_NOT_INLINE.format(field), fields.location)


def _check_place_of_objects(fields: Fields, nested: Nested) -> None:
    """What a Map reads from S3, and writes there, has a place on this server."""
    if nested.tasks.targets is None:
        return
    for field in ("ItemReader", "ResultWriter"):
        value = fields.value.get(field)
        if isinstance(value, dict) and "Resource" in value:
            config = value.get("ReaderConfig")
            problem = nested.tasks.targets.objects_problem(
                config.get("InputType") if isinstance(config, dict) else None
            )
            if problem is not None:
                fields.findings.error(UNSUPPORTED_INTEGRATION, problem, fields.at(field))


Compile = Callable[[str, Fields, Nested], AnyState | None]

STATE_TYPES: Mapping[str, Compile] = {
    "Task": _task,
    "Wait": _wait,
    "Pass": _pass,
    "Succeed": _succeed,
    "Fail": _fail,
    "Choice": _choice,
    "Parallel": _parallel,
    "Map": _map,
}
