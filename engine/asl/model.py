"""The compiled state machine: what a definition becomes once it is read, and all that the interpreter sees of it.

Everything is parsed: paths, templates, expressions, Choice rules and resources are compiled values; no raw JSON is left
but for the constant `Result` of a Pass. A Machine is immutable and shared by all its executions.

A Flow is one `States` block: the machine's own, a Parallel branch, a Map's item processor. Flows are numbered in the
order in which the definition names them, so that a stored branch of an execution can name the flow it runs in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from engine.items.request import Format
from engine.query.path import Path
from engine.query.scope import Scope
from engine.query.template import Template

MachineType = Literal["STANDARD", "EXPRESS"]

# A number or a time of a state: constant, at a path (a field `...Path`), or the value of an expression (JSONata).
Number = int | Path | Template


class Pattern(Enum):
    """How a Task waits for the service it calls; the value is the resource's suffix."""

    REQUEST_RESPONSE = ""
    SYNC = ".sync"
    SYNC_2 = ".sync:2"
    WAIT_FOR_TASK_TOKEN = ".waitForTaskToken"


@dataclass(frozen=True, slots=True)
class FunctionResource:
    """A Lambda function's own ARN as Resource."""

    arn: str


@dataclass(frozen=True, slots=True)
class ActivityResource:
    arn: str


@dataclass(frozen=True, slots=True)
class ServiceResource:
    """`arn:aws:states:::sqs:sendMessage.waitForTaskToken`: service `sqs`, action `sendMessage`.

    `arn:aws:states:::aws-sdk:sqs:sendMessage`: `sdk` is true, service and action as above.
    """

    arn: str
    service: str
    action: str
    pattern: Pattern
    sdk: bool = False

    @property
    def resource_type(self) -> str:
        """`resourceType` in the history: `sqs`, `aws-sdk:sqs`."""
        return f"aws-sdk:{self.service}" if self.sdk else self.service

    @property
    def resource(self) -> str:
        """`resource` in the history: `sendMessage.waitForTaskToken`."""
        return self.action + self.pattern.value


Resource = FunctionResource | ActivityResource | ServiceResource


@dataclass(frozen=True, slots=True)
class Retrier:
    error_equals: tuple[str, ...]
    interval_seconds: int = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_seconds: int | None = None
    full_jitter: bool = False


@dataclass(frozen=True, slots=True)
class Catcher:
    """`result_path` None: the error output is discarded. `output`: what becomes of it in JSONata."""

    error_equals: tuple[str, ...]
    next: str
    result_path: Path | None
    assign: Template | None = None
    output: Template | None = None


@dataclass(frozen=True, slots=True)
class ChoiceRule:
    """`matches` raises StateError where a path that it needs is missing or an expression fails.

    `assign` and `output` take the place of the state's own; `assign` None: nothing is assigned.
    """

    matches: Callable[[Scope], bool]
    next: str
    assign: Template | None = None
    output: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What every state has. `input_path` or `output_path` None (JSON null): an empty object takes the place.

    `next` None: the state ends its flow. A `jsonata` state has `$` for all its paths; `output` None: its output is its
    result, or its input where it has none. `assign` renders an object: names of variables and their values.
    """

    name: str
    input_path: Path | None
    output_path: Path | None
    next: str | None = None
    jsonata: bool = False
    assign: Template | None = None
    output: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassState(State):
    parameters: Template | None = None
    has_result: bool = False
    result: Any = None
    result_path: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceState(State):
    choices: tuple[ChoiceRule, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitState(State):
    """Exactly one of the two is set. A constant `timestamp` is in epoch milliseconds."""

    seconds: Number | None = None
    timestamp: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SucceedState(State):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class FailState(State):
    """`error` and `cause`: a constant, or a template of one value (a path, an intrinsic, an expression), or None."""

    error: str | Template | None = None
    cause: str | Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryingState(State):
    """What Task, Parallel and Map share. `result_path` None: the result is discarded."""

    result_selector: Template | None = None
    result_path: Path | None
    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState(RetryingState):
    resource: Resource
    parameters: Template | None = None
    timeout_seconds: Number | None = None
    heartbeat_seconds: Number | None = None
    credentials: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelState(RetryingState):
    branches: tuple["Flow", ...]
    parameters: Template | None = None


@dataclass(frozen=True, slots=True)
class ItemReader:
    """Where a distributed Map has its items from. `arguments`: which object, or, where it `lists`, which ones.

    `format` None: descriptions of objects. `manifest`: S3_INVENTORY or ATHENA_DATA.
    """

    lists: bool
    arguments: Template | None
    format: Format | None
    manifest: str | None = None
    max_items: Number | None = None


@dataclass(frozen=True, slots=True)
class ItemBatcher:
    """Groups of a distributed Map's items. `batch_input`: what each group comes with."""

    max_items: Number | None
    max_bytes: Number | None
    batch_input: Template | None


@dataclass(frozen=True, slots=True)
class ResultWriter:
    """What a distributed Map does with its children's results. `arguments` give Bucket and Prefix; None: the results
    are the state's output. `output_type`: JSON or JSONL; `transformation`: NONE, COMPACT or FLATTEN.
    """

    arguments: Template | None
    output_type: str
    transformation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MapState(RetryingState):
    """`items` None: the input is what is iterated over. `max_concurrency` 0: as many as the engine allows (40 for an
    inline Map). The tolerances are a distributed Map's: an inline one evaluates them, as AWS does, and tolerates no
    failure.
    """

    item_processor: "Flow"
    items: Path | Template | None
    item_selector: Template | None = None
    max_concurrency: Number = 0
    tolerated_failure_count: Number | None = None
    tolerated_failure_percentage: Number | float | None = None
    distributed: bool = False
    express: bool = False  # the children of a distributed Map are Express executions
    label: str | None = None
    item_reader: ItemReader | None = None
    item_batcher: ItemBatcher | None = None
    result_writer: ResultWriter | None = None


AnyState = PassState | ChoiceState | WaitState | SucceedState | FailState | TaskState | ParallelState | MapState


@dataclass(frozen=True, slots=True)
class Flow:
    """One `States` block. `id` is its place in Machine.flows; the machine's own is 0."""

    id: int
    start_at: str
    states: Mapping[str, AnyState]


@dataclass(frozen=True, slots=True)
class Machine:
    """A compiled definition. `variable_references`: state -> the variables that it refers to, where there are any."""

    flows: tuple[Flow, ...]
    timeout_seconds: int | None = None
    variable_references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def root(self) -> Flow:
        return self.flows[0]

    @property
    def distributed(self) -> bool:
        """Whether a Map in it has executions for children."""
        states = (state for flow in self.flows for state in flow.states.values())
        return any(isinstance(state, MapState) and state.distributed for state in states)
