"""Doing something for a branch, so that an error on the way fails its state.

The cause says which state, entered at which event, as AWS's does; where an expression failed, EvaluationFailed comes
first.
"""

from collections.abc import Callable

from engine.core import history
from engine.core.execution import Branch
from engine.core.failure import fail_branch, fail_state
from engine.core.run import Run
from engine.errors import PlainStateError, QueryEvaluationError, StateError


def guard(run: Run, branch: Branch, action: Callable[[Run, Branch], None]) -> None:
    """Do something for a branch; a StateError on the way fails the branch's state."""
    work = run.moment.work
    work.begin()
    try:
        action(run, branch)
    except StateError as error:
        cause = _say_evaluation_failed(run, branch, error)
        try:
            fail_state(run, branch, error.name, cause, evaluating=isinstance(error, QueryEvaluationError))
        except StateError as second:  # the handling itself failed: a Catch whose ResultPath does not fit
            fail_branch(run, branch, second.name, _say_evaluation_failed(run, branch, second))
    run.work += work.spent


def _say_evaluation_failed(run: Run, branch: Branch, error: StateError) -> str | None:
    """The cause of a failure; where an expression failed, the history says so first, once for each attempt."""
    cause = _located(branch, error)
    if isinstance(error, QueryEvaluationError):
        details = history.evaluation_failed(error.name, cause, error.location, branch.state)
        run.emit(branch, "EvaluationFailed", details)
    return cause


def _located(branch: Branch, error: StateError) -> str | None:
    if isinstance(error, PlainStateError) or error.cause is None:
        return error.cause
    where = f"An error occurred while executing the state '{branch.state}' "
    return f"{where}(entered at the event id #{branch.entered_event}). {error.cause}"
