"""Leaving a state: its Exited event, then the next state or the end of the branch."""

from typing import Any

from engine.asl.model import (
    ChoiceState,
    FailState,
    MapState,
    ParallelState,
    PassState,
    State,
    SucceedState,
    TaskState,
    WaitState,
)
from engine.core import history, variables
from engine.core.execution import Branch, Phase
from engine.core.run import ChildEnded, Run
from engine.core.variables import Assigned

# The state's word in the history: PassStateEntered, PassStateExited.
KINDS: dict[type[Any], str] = {
    PassState: "Pass",
    TaskState: "Task",
    ChoiceState: "Choice",
    WaitState: "Wait",
    SucceedState: "Succeed",
    FailState: "Fail",
    ParallelState: "Parallel",
    MapState: "Map",
}
ENTERED_EVENTS = {kind: f"{word}StateEntered" for kind, word in KINDS.items()}
EXITED_EVENTS = {kind: f"{word}StateExited" for kind, word in KINDS.items()}


def leave(
    run: Run,
    branch: Branch,
    state: State,
    output: Any,
    text: str,
    next_state: str | None,
    assigned: Assigned | None = None,
) -> None:
    """Exit `state` with `output` (whose JSON is `text`) and go on to `next_state`, or end the branch at None."""
    details = history.exited(state.name, text)
    if assigned is not None:
        variables.keep(run.execution, branch, assigned)
        details |= history.assigned(assigned.texts)
    run.emit(branch, EXITED_EVENTS[type(state)], details)
    branch.join = branch.fallen = None
    if run.execution.inspection is not None:
        run.execution.inspection.left(next_state, variables.visible(run.execution, branch))
        next_state = None  # a test ends here
    if next_state is not None:
        branch.state = next_state
        branch.input = output
        branch.input_text = text
        branch.entered_event = 0
        run.make_ready(branch)
    elif branch.parent is None:
        run.end("SUCCEEDED", "ExecutionSucceeded", branch, {"output": text, "outputDetails": history.NOT_TRUNCATED})
    else:
        branch.input, branch.input_text = output, text
        if branch.variables is not None:
            variables.forget(run.execution, branch)
        run.rest(branch, Phase.DONE)
        run.ended_children.append(ChildEnded(branch, failed=False))
