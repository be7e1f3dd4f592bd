"""TestState: one state, run in memory by the interpreter that runs every execution, with a recorder on it.

A state under test is the only one of a machine of its own; the test ends when it is left, has failed, or would be tried
again. A Task without a mock is really called: a built-in service in a transaction that is committed, the rest over the
network.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine import limits
from engine.asl.compiler import LONE_STATE
from engine.asl.model import AnyState, Flow, Machine, MapState, ParallelState
from engine.contract import Actions, Caller, HttpTrace, RemoteCaller
from engine.core.execution import Execution
from engine.core.inspection import Inspection, Mock
from engine.core.mocked import first_item
from engine.errors import ServiceError
from engine.runtime.clock import Clock
from engine.runtime.ephemeral import EphemeralRun, Timekeeper
from engine.runtime.loading import new_execution
from engine.runtime.state_test_handlers import handlers_around
from engine.runtime.tasks_in_memory import Return, TasksInMemory, Throw, Tracer
from engine.runtime.transaction import Operation
from engine.runtime.waiting import Waiting


@dataclass(frozen=True, slots=True)
class StateTest:
    """What is asked for. `mock` None: the state does its work; `context` None: the test's own context object.
    `around`: the Maps and Parallels that the state is within, the innermost first.
    """

    state: AnyState
    input_text: str
    role_arn: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] | None = None
    around: tuple[MapState | ParallelState, ...] = ()
    mock: Return | Throw | None = None
    retries_made: int = 0
    iterations_failed: int = 0
    reader_data: str | None = None
    reveal_secrets: bool = False


@dataclass(frozen=True, slots=True)
class StateTestResult:
    """How it went. `data`, `numbers`: by the members of InspectionData, as values. `trace`: an HTTP Task's exchange."""

    status: str
    output: str | None
    error: str | None
    cause: str | None
    next_state: str | None
    data: Mapping[str, Any]
    numbers: Mapping[str, int | float]
    variables: Mapping[str, Any]
    error_details: Mapping[str, int]
    trace: HttpTrace | None


@dataclass(frozen=True, slots=True)
class StateTests:
    """Runs tests. `post`: an operation in the next batch of the writer."""

    actions: Actions
    callers: Mapping[str, RemoteCaller]
    clock: Clock
    waiting: Waiting
    post: Callable[[Operation], Awaitable[Any]]
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(limits.STATE_TESTS_MAX))

    async def run(self, caller: Caller, test: StateTest) -> StateTestResult:
        """Raises ServiceError ThrottlingException where as many are under way as may be."""
        if self.slots.locked():
            raise ServiceError("ThrottlingException", "Rate exceeded")
        async with self.slots:
            found = await self._run(caller, test)
            if found.status != "FAILED":
                return found
            for handlers in handlers_around(test, found):
                handled = await self._run(caller, handlers)
                if handled.status != "FAILED":
                    return replace(handled, data=found.data, numbers=found.numbers, trace=found.trace)
            return found

    async def _run(self, caller: Caller, test: StateTest) -> StateTestResult:
        clock = Timekeeper(self.clock, waiting=self.waiting, held_up=True)
        execution = _execution(caller, test, clock)
        mocks = None if test.mock is None else _SameAnswer(test.mock)
        tracer = Tracer(test.reveal_secrets)
        tasks = TasksInMemory(execution, clock, self.actions, self.callers, self.post, mocks, tracer)
        await EphemeralRun(execution, clock, tasks.answer).run()
        assert execution.inspection is not None
        _check_iterations(execution.inspection)
        return _result(execution, execution.inspection, tracer.trace)


def _check_iterations(seen: Inspection) -> None:
    """Documented: mapIterationFailureCount "cannot exceed the number of items in the input". The text is ours."""
    if seen.iterations is not None and seen.iterations_failed > seen.iterations:
        failed, items = seen.iterations_failed, seen.iterations
        raise ServiceError(
            "ValidationException", f"mapIterationFailureCount cannot exceed the number of items: {failed} of {items}"
        )


@dataclass(frozen=True, slots=True)
class _SameAnswer:
    """The mock of a test, whatever state and attempt asks."""

    mock: Return | Throw

    def answer(self, state_name: str, retry_count: int) -> Return | Throw:
        return self.mock


def _execution(caller: Caller, test: StateTest, clock: Timekeeper) -> Execution:
    """An execution of the state alone; AWS names its machine and itself by chance, and has both Express."""
    moment = clock.moment()
    name = moment.uuid()
    state = replace(test.state, name=LONE_STATE)
    execution = new_execution(
        arn=caller.arn("states", f"express:{moment.uuid()}:{name}"),
        name=name,
        machine=Machine((Flow(0, LONE_STATE, {LONE_STATE: state}),)),
        role_arn=test.role_arn or "",
        input_text=test.input_text,
        start_ms=moment.epoch_ms,
        deadline_ms=moment.epoch_ms + limits.TEST_STATE_SECONDS_MAX * 1000,
        express=True,
    )
    execution.inspection = Inspection(
        role_arn=test.role_arn,
        variables=test.variables,
        context=test.context,
        map_item=next((first_item(one, execution.input) for one in test.around if isinstance(one, MapState)), None),
        mock=_mock(test.mock),
        retries_made=test.retries_made,
        iterations_failed=test.iterations_failed,
        reader_data=test.reader_data,
    )
    return execution


def _mock(mock: Return | Throw | None) -> Mock | None:
    if isinstance(mock, Throw):
        return Mock(error=mock.error, cause=mock.cause)
    return None if mock is None else Mock(result=mock.value)


def _result(execution: Execution, seen: Inspection, trace: HttpTrace | None) -> StateTestResult:
    succeeded = execution.status == "SUCCEEDED"
    caught = succeeded and seen.catch_index is not None
    retriable = not succeeded and seen.backoff_ms is not None
    status = "RETRIABLE" if retriable else "CAUGHT_ERROR" if caught else "SUCCEEDED" if succeeded else "FAILED"
    details = {
        "catchIndex": seen.catch_index if caught else None,
        "retryIndex": seen.retry_index,
        "retryBackoffIntervalSeconds": seen.backoff_ms // 1000 if retriable and seen.backoff_ms is not None else None,
    }
    return StateTestResult(
        status=status,
        output=execution.output_text,
        error=seen.error if caught else execution.error,
        cause=seen.cause if caught else execution.cause,
        next_state=seen.next_state,
        data=seen.data,
        numbers=seen.numbers,
        variables=seen.variables,
        error_details={name: value for name, value in details.items() if value is not None},
        trace=trace,
    )
