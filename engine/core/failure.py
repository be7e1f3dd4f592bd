"""Retry and Catch, for Task, Parallel and Map alike: what happens to a state that failed.

A retrier that matches decides alone: when its attempts are used up, the others are not asked. Then the first catcher
that matches. Else the failure goes up: to the Parallel or Map around the branch, or to the execution.
Source: ASL specification, "Errors"; AWS Step Functions, "Handling errors".
"""

from collections.abc import Sequence

from engine import limits
from engine.asl.model import Catcher, MapState, ParallelState, Retrier, RetryingState, TaskState
from engine.core import children, distributed, history, variables
from engine.core.context import error_scope
from engine.core.dataflow import output_text
from engine.core.execution import Branch, Phase
from engine.core.run import ChildEnded, Run
from engine.core.transition import leave
from engine.query.result_path import put

TIMEOUTS = frozenset({"States.Timeout", "States.HeartbeatTimeout"})
NEVER_HANDLED = frozenset({"States.Runtime"})
NOT_BY_ALL = frozenset({"States.DataLimitExceeded"})


def matches(error_equals: Sequence[str], error: str | None) -> bool:
    """Whether a Retry's or Catch's ErrorEquals takes an error of this name."""
    if error in NEVER_HANDLED:
        return False
    return any(_matches_one(pattern, error) for pattern in error_equals)


def _matches_one(pattern: str, error: str | None) -> bool:
    if pattern == "States.ALL":
        return error not in NOT_BY_ALL
    if pattern == "States.TaskFailed":
        return error not in TIMEOUTS and error not in NOT_BY_ALL
    if pattern == "States.Timeout":
        return error in TIMEOUTS
    return pattern == error


def fail_state(run: Run, branch: Branch, error: str | None, cause: str | None, *, evaluating: bool = False) -> None:
    """The branch's current state failed; `evaluating`: an expression of it did, perhaps before it began its work."""
    state = run.state_of(branch)
    began = branch.join is not None
    if began:
        distributed.fail(run, branch, error, cause)
        children.discard(run, branch)
    if run.execution.inspection is not None:
        run.execution.inspection.failed(error, cause)
    if isinstance(state, TaskState | ParallelState | MapState):
        if retry(run, branch, state, error):
            if run.execution.inspection is not None:
                fail_branch(run, branch, error, cause)  # a test ends before the next attempt
            return
        if began or (evaluating and isinstance(state, MapState)):
            run.emit(branch, "MapStateFailed" if isinstance(state, MapState) else "ParallelStateFailed")
        if catch(run, branch, state, error, cause):
            return
    fail_branch(run, branch, error, cause)


def retry(run: Run, branch: Branch, state: RetryingState, error: str | None) -> bool:
    inspection = run.execution.inspection
    for position, retrier in enumerate(state.retry):
        if matches(retrier.error_equals, error):
            used = branch.retries[position]
            if inspection is not None:
                inspection.retry_index, used = position, inspection.retries_made
            if used >= retrier.max_attempts:
                return False
            counts = list(branch.retries)
            counts[position] += 1
            branch.retries = tuple(counts)
            wait_ms = delay_ms(retrier, used, run.moment.random())
            run.rest(branch, Phase.RETRYING, run.now_ms + wait_ms)
            branch.timeout_ms = branch.heartbeat_ms = branch.fallen = None
            if inspection is not None:
                inspection.backoff_ms = wait_ms
            return True
    return False


def delay_ms(retrier: Retrier, used: int, chance: float) -> int:
    """How long to wait before the next attempt when `used` of the retrier's were made; `chance` is in [0, 1)."""
    try:
        seconds = retrier.interval_seconds * retrier.backoff_rate**used
    except OverflowError:
        seconds = float("inf")
    seconds = min(seconds, retrier.max_delay_seconds or limits.MAX_DELAY_SECONDS_MAX)
    return int(seconds * 1000 * (chance if retrier.full_jitter else 1))


def catch(run: Run, branch: Branch, state: RetryingState, error: str | None, cause: str | None) -> bool:
    catcher = next((found for found in state.catch if matches(found.error_equals, error)), None)
    if catcher is None:
        return False
    if run.execution.inspection is not None:
        run.execution.inspection.catch_index = state.catch.index(catcher)
    error_output = {"Error": error or "", "Cause": cause or ""}
    assigned = None
    if catcher.assign is not None or catcher.output is not None:
        scope = error_scope(run.execution, branch, state, run.moment, error_output)
        output = (
            _caught_output(branch, catcher, error_output) if catcher.output is None else catcher.output.render(scope)
        )
        assigned = None if catcher.assign is None else variables.evaluate(catcher.assign, scope, state.name)
    else:
        output = _caught_output(branch, catcher, error_output)
    leave(run, branch, state, output, output_text(branch, output, state.name), catcher.next, assigned)
    return True


def _caught_output(branch: Branch, catcher: Catcher, error_output: dict[str, str]) -> object:
    """What comes of an error without Output: the error output at ResultPath, which in JSONata is always `$`."""
    if catcher.result_path is None:
        return branch.input
    return put(branch.input, catcher.result_path, error_output)


def fail_branch(run: Run, branch: Branch, error: str | None, cause: str | None) -> None:
    """Nothing in the branch handles the failure: the Parallel or Map around it fails, or the execution."""
    branch.failure = error or ""
    if branch.parent is None:
        run.end("FAILED", "ExecutionFailed", branch, history.failure(error, cause))
        return
    if branch.phase is Phase.TASK:
        run.cancel_task(branch)
    run.put_variables_away(branch)
    run.rest(branch, Phase.DONE)
    run.ended_children.append(ChildEnded(branch, True, error, cause))
