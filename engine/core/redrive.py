"""Redrive: an execution that ended without success goes on from the states that did not succeed.

| what a branch was doing | what it does on a redrive |
|---|---|
| in a Task, a Choice, a Wait, a Pass | does it again, with the same input; it is not entered again |
| in a Fail state | enters it again, and fails again |
| about to enter a state | enters it |
| over children of an inline Map or a Parallel | the children that did not succeed are redriven, the others joined |
| over a Map Run that failed or was aborted | the run goes on: its children that did not succeed, those not yet begun |
| over any of these, failed by States.DataLimitExceeded | begins anew, children that succeeded included |
| over a Map Run, failed by States.Runtime, or after it had succeeded | begins anew, with a new run |

Retries count from 0, timeouts from now; attempts go on counting, so that an answer to an old one stays stale.
Source: AWS Step Functions, "Restarting state machine executions with redrive". That page does not say how events chain:
here ExecutionRedriven follows the execution's last event, and a branch goes on from its own.
"""

from engine import limits
from engine.asl.model import FailState
from engine.core import children, distributed
from engine.core.execution import Branch, Execution, Join, Phase
from engine.core.remains import UNSUCCESSFUL
from engine.core.run import Run
from engine.core.signals import Redriven
from engine.core.snapshot import relink

_RERUN_WHOLE = "States.DataLimitExceeded"
_NEW_MAP_RUN = frozenset({_RERUN_WHOLE, "States.Runtime"})
_MAP_RUN_ENDS = frozenset({"FAILED", "ABORTED"})


def rise(run: Run, signal: Redriven) -> list[Branch] | None:
    """Take an execution up again: the branches whose children are to go on, the innermost first; None: it cannot be."""
    execution = run.execution
    if execution.status not in UNSUCCESSFUL or not signal.branches:
        return None
    _reopen(execution, run.now_ms)
    execution.branches = {branch.id: branch for branch in sorted(signal.branches, key=lambda branch: branch.id)}
    run.touched.update(execution.branches)
    relink(execution)
    execution.ready.clear()
    root = execution.branches[0]
    root.previous_event = execution.last_event
    run.emit(root, "ExecutionRedriven", {"redriveCount": execution.redrive_count})
    joining: list[Branch] = []
    _wake(run, root, joining)
    return joining[::-1]


def _reopen(execution: Execution, now_ms: int) -> None:
    execution.status = "RUNNING"
    execution.output_text = execution.error = execution.cause = execution.stop_ms = None
    execution.redrive_count += 1
    execution.redrive_ms = now_ms
    execution.remains = []
    of_its_own = execution.machine.timeout_seconds if execution.root_flow == 0 else None
    seconds = min(of_its_own or limits.EXECUTION_SECONDS_MAX, limits.EXECUTION_SECONDS_MAX)
    longest_ms = execution.start_ms + limits.EXECUTION_SECONDS_MAX * 1000
    execution.deadline_ms = min(now_ms + seconds * 1000, longest_ms)


def _wake(run: Run, branch: Branch, joining: list[Branch]) -> None:
    """Let a branch that did not succeed go on, and with it those below it."""
    failure, branch.failure = branch.failure, None
    branch.retries = (0,) * len(branch.retries)
    if branch.join is None:
        if isinstance(run.state_of(branch), FailState):
            branch.entered_event = 0
        run.make_ready(branch)
    elif _begins_anew(branch.join, failure):
        children.discard(run, branch)
        branch.fallen = None
        run.make_ready(branch)
    elif branch.join.map_run is not None:
        joining.append(branch)
        run.rest(branch, Phase.JOINING)
    else:
        _wake_children(run, branch, joining)


def _begins_anew(join: Join, failure: str | None) -> bool:
    if join.map_run is None:
        return failure == _RERUN_WHOLE
    return failure in _NEW_MAP_RUN or join.map_run.status not in _MAP_RUN_ENDS


def _wake_children(run: Run, branch: Branch, joining: list[Branch]) -> None:
    assert branch.join is not None
    joining.append(branch)
    branch.join.running = 0
    run.rest(branch, Phase.JOINING)
    for child in list(run.children(branch)):
        if child.phase is not Phase.DONE or child.failure is not None:
            children.begin_again(run, branch, child)
            _wake(run, child, joining)


def go_on(run: Run, branch: Branch) -> None:
    """A Parallel or Map whose children are redriven; raises StateError where its state fails at once."""
    if branch.join is not None and branch.join.map_run is not None:
        distributed.redrive(run, branch)
    else:
        children.go_on(run, branch)
