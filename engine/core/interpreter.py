"""The interpreter: (execution, signal, moment) -> events, effects, touched branches. Sans IO, and the same for Standard
and Express executions, local runs and the simulation.

    advance -> take(signal) -> [branches made READY] -> enter(state) -> leave(state) -> ... -> every branch rests

A branch runs until it rests; after a slice of transitions another one has its turn, and after
`limits.TRANSITIONS_PER_STEP_MAX`, or `limits.STEP_WORK_MAX` of costly expressions, the step ends with branches READY,
to be resumed in the next commit, so that a tight loop starves nobody.

What a signal means stands in taking.py, what entering a state does in entering.py, what an error does in guarding.py.
"""

from engine import limits
from engine.core import children, history
from engine.core.entering import enter
from engine.core.execution import Branch, Execution, Phase
from engine.core.failure import fail_state
from engine.core.guarding import guard
from engine.core.run import HistoryFull, Run, Step, World
from engine.core.signals import Redriven, Signal
from engine.core.taking import SIGNALS
from engine.moment import Moment

TRANSITIONS_PER_TURN = 32  # of one branch, before another one has its turn


def advance(execution: Execution, signal: Signal, moment: Moment, world: World) -> Step:
    """Take note of a signal and run every branch until it rests. Changes `execution`."""
    run = Run(execution, moment, world)
    if execution.status != "RUNNING" and not isinstance(signal, Redriven):
        return run.step(accepted=False)
    try:
        accepted = SIGNALS[type(signal)](run, signal)
        if accepted:
            _drain(run)
    except HistoryFull:
        accepted = True
        _end_full(run)
    return run.step(accepted)


# ---- the work list ----


def _drain(run: Run) -> None:
    execution = run.execution
    while True:
        if run.ended_children:
            _take_note_of_child(run)
        elif execution.ready and not run.exhausted:
            branch = execution.branches.get(execution.ready.popleft())
            if branch is not None and branch.phase is Phase.READY:
                _take_turn(run, branch)
        else:
            return


def _take_turn(run: Run, branch: Branch) -> None:
    """Run a branch for a slice of transitions, or until it rests."""
    ready = run.execution.ready
    for _ in range(TRANSITIONS_PER_TURN):
        run.transitions += 1
        guard(run, branch, enter)
        # A branch that goes on has just been put at the end of the list; as long as its slice lasts it stays in front.
        if not ready or ready[-1] != branch.id or branch.phase is not Phase.READY or run.ended_children:
            return
        if run.exhausted:
            return
        ready.pop()
    ready.append(branch.id)


def _take_note_of_child(run: Run) -> None:
    ended = run.ended_children.popleft()
    child = ended.child
    parent = run.execution.branches.get(child.parent) if child.parent is not None else None
    if parent is None or parent.join is None or parent.join.children.get(child.index) != child.id:
        return  # the parent has failed meanwhile and has let go of its children
    if ended.failed:
        children.failed(run, parent, child)
        guard(run, parent, lambda run, branch: fail_state(run, branch, ended.error, ended.cause))
    else:
        guard(run, parent, lambda run, branch: children.done(run, branch, child))


def _end_full(run: Run) -> None:
    """The history holds no more events: the one that is left says so and ends the execution."""
    execution = run.execution
    root = execution.branches[0]
    root.previous_event = execution.last_event
    cause = f"The execution reached the maximum number of history events ({limits.HISTORY_EVENTS_MAX})."
    run.end("FAILED", "ExecutionFailed", root, history.failure("States.Runtime", cause))
