"""Step Functions as Tasks call it: `states:startExecution` in all its ways of waiting, and `aws-sdk:sfn:*`.

| resource | performed |
|---|---|
| `states:startExecution`, also `.waitForTaskToken` | in the transaction of the execution that calls |
| `states:startExecution.sync`, `.sync:2` | in it too; the Task then awaits the child's end (engine.runtime.nesting) |
| `aws-sdk:sfn:` and an operation that writes | in it too |
| `aws-sdk:sfn:` and one that reads or waits | after the commit, when it sees what that has made (nested_calls) |

So what a Task starts, stops or answers, it starts, stops or answers exactly once.
"""

from collections.abc import Mapping
from email.utils import formatdate
from functools import cache
from typing import Any, cast

from engine import limits
from engine.api import executions
from engine.api.operations import OPERATIONS, Write
from engine.asl.model import Pattern
from engine.contract import Call, Caller, Integration, LocalAction, Operation, OperationFunction, Transaction
from engine.errors import InvariantError, ServiceError, StateError
from engine.jsontext import dumps, loads, size_bytes
from engine.runtime.protocol import EngineTransaction
from engine.sdk.results import with_metadata
from engine.sdk.translation import Translation, translation
from engine.store.rows import ExecutionRow

SERVICE = "stepfunctions"  # botocore's name
OPTIMISED = "states"
_JOB = (Pattern.SYNC, Pattern.SYNC_2)
_PARSED = ("Input", "Output")  # what `.sync:2` gives as JSON instead of text


def nested_actions() -> Integration:
    """The optimised integration."""
    return Integration(OPTIMISED, {"startExecution": LocalAction(_start_execution, frozenset(Pattern), _ended)})


def local_operations() -> Mapping[str, Operation]:
    """What `aws-sdk:sfn:` Tasks do inside the transaction."""
    return {
        # the engine's own transaction is what they get
        name: Operation(cast(OperationFunction, operation.function), checks_first=not operation.savepoint)
        for name, operation in OPERATIONS.items()
        if isinstance(operation, Write)
    }


def operations_outside() -> frozenset[str]:
    return frozenset(OPERATIONS) - frozenset(local_operations())


@cache
def _starting() -> Translation:
    return translation(SERVICE, "StartExecution", OPTIMISED)


@cache
def _describing() -> Translation:
    return translation(SERVICE, "DescribeExecution", OPTIMISED)


def _start_execution(tx: Transaction, caller: Caller, call: Call) -> dict[str, Any]:
    engine = cast(EngineTransaction, tx)
    request_id = tx.moment.uuid()
    request = _starting().request(call.parameters, request_id)
    try:
        answer = executions.start_execution(engine, caller, request, awaited=call.pattern in _JOB)
    except ServiceError as error:
        raise _starting().failure(error, request_id) from None
    if call.pattern in _JOB:
        if call.task_token is None:
            raise InvariantError(f"{call.resource} waits and has no token")
        engine.await_execution(answer["executionArn"], call.task_token)
    result = _starting().result(answer)
    return _in_order(with_metadata(result, 200, _headers(answer, tx.moment.epoch_ms, request_id), request_id))


def _headers(answer: dict[str, Any], now_ms: int, request_id: str) -> dict[str, str]:
    """Of the HTTP answer that would have been."""
    return {
        "x-amzn-RequestId": request_id,
        "Connection": "keep-alive",
        "Content-Length": str(size_bytes(dumps(answer))),
        "Date": formatdate(now_ms / 1000, usegmt=True),
        "Content-Type": "application/x-amz-json-1.0",
    }


def _ended(tx: Transaction, pattern: Pattern, row: ExecutionRow) -> dict[str, Any]:
    """What a Task gets from the end of the execution that it awaits: its description."""
    described = _describing().result(executions.description(cast(EngineTransaction, tx), row))
    if row.status != "SUCCEEDED":
        raise StateError("States.TaskFailed", _failure_text(described))
    if pattern is Pattern.SYNC_2:
        described |= {name: loads(described[name]) for name in _PARSED}
    return _in_order(described)


def _failure_text(described: dict[str, Any]) -> str:
    """The description as a cause. AWS bounds causes; a text that was cut would be no JSON, so what is long goes first.

    The input goes as a whole, and says so; then the end of the child's own cause.
    """
    text = dumps(_in_order(described))
    if len(text) <= limits.CAUSE_CHARS_MAX:
        return text
    shorter = {name: value for name, value in described.items() if name != "Input"}
    shorter["InputDetails"] = {"Included": False}
    cause = str(shorter.get("Cause", ""))
    while len(text := dumps(_in_order(shorter))) > limits.CAUSE_CHARS_MAX and cause:
        cause = cause[: len(cause) // 2]  # its length as JSON depends on what is in it
        shorter["Cause"] = cause
    return text


def _in_order(result: dict[str, Any]) -> dict[str, Any]:
    """By name, as recorded."""
    return dict(sorted(result.items()))
