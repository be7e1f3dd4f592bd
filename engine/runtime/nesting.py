"""Executions that wait for executions: the two threads between a `.sync` Task and its child.

| from | to | kept as | what goes along it |
|---|---|---|---|
| the Task | its child | a row of `tasks` of kind NESTED; Live.children | nobody waits any more: the child is stopped |
| the child | every Task that awaits it | `executions.awaited_by`; Live.awaited_by | it has ended: the Task's result |

Both are written in the commit that starts the child, and what goes along them takes effect in the commit that causes
it. That a batch may not be held up by any depth of nesting, only so much of it happens in one commit; the rest is
written down in it (kinds ANSWER and STOP) and done in the next.

Task tokens name the Tasks. One that has been answered otherwise meanwhile, or was given up, takes no note of its child.
"""

from dataclasses import dataclass
from typing import Any

from engine.asl.model import ServiceResource, TaskState
from engine.contract import LocalAction, Transaction
from engine.core.execution import Phase
from engine.core.signals import TaskFailed, TaskSucceeded
from engine.errors import InvariantError, StateError
from engine.jsontext import dumps, loads_own
from engine.runtime.directory import Directory
from engine.runtime.live import Live
from engine.runtime.loading import execution_row
from engine.runtime.tokens import TokenContent

ANSWER, STOP = "ANSWER", "STOP"  # kinds of tasks: what is left to the next batch
STOP_ROW = -1  # in place of a branch: the row asks for the execution itself

Answer = TaskSucceeded | TaskFailed


@dataclass(frozen=True, slots=True)
class ToldOfEnd:
    """Work of a batch: an execution has ended, and this Task awaits it."""

    token: str


@dataclass(frozen=True, slots=True)
class ChildUnwanted:
    """Work of a batch: the Task that managed this execution is over."""

    child: int  # its key


def awaited_resource(parent: Live, waiting: TokenContent) -> ServiceResource | None:
    """What the Task with this token called; None where it waits no more."""
    branch = parent.execution.branches.get(waiting.branch)
    if branch is None or branch.phase is not Phase.TASK or branch.attempt != waiting.attempt:
        return None
    state = parent.execution.machine.flows[branch.flow].states[branch.state]
    if not isinstance(state, TaskState) or not isinstance(state.resource, ServiceResource):
        raise InvariantError(f"{parent.execution.arn} awaits an execution in {branch.state}, which starts none")
    return state.resource


def outcome(
    tx: Transaction, directory: Directory, resource: ServiceResource, child: Live, waiting: TokenContent
) -> Answer:
    """What the end of its child means to a Task."""
    action = directory.action(resource)
    if not isinstance(action, LocalAction) or action.ended is None:
        raise InvariantError(f"{resource.arn} awaits an execution, and nothing says what its end means")
    try:
        output = action.ended(tx, resource.pattern, execution_row(child))
    except StateError as error:
        return TaskFailed(waiting.branch, waiting.attempt, error.name, error.cause)
    return TaskSucceeded(waiting.branch, waiting.attempt, output)


def stop_cause(parent_arn: str) -> str:
    """AWS's words for what it does to a job whose Task is over."""
    return f"The Task state in AWS Step Functions execution [{parent_arn}] which was managing this resource was aborted"


def answer_text(answer: Answer) -> str:
    """An answer as the store keeps it for the next batch."""
    if isinstance(answer, TaskSucceeded):
        return dumps({"output": answer.output})
    return dumps({"error": answer.error, "cause": answer.cause})


def read_answer(text: str, branch: int, attempt: int) -> Answer:
    values: dict[str, Any] = loads_own(text)
    if "output" in values:
        return TaskSucceeded(branch, attempt, values["output"])
    return TaskFailed(branch, attempt, values["error"], values["cause"])
