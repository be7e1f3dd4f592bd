"""Who handles the error of a state under test that stands within Maps and Parallels: they do, as in an execution.

    the state fails -> the Map or Parallel around it fails -> its Retry, its Catch -> the next one around

A distributed Map goes on while it tolerates the failures; then its own error is the threshold's. Each of them is tried
as a Parallel without branches that fails with the error. A test does not know what their input is: its own stands for
it. Source: AWS Step Functions, "Testing state machines with TestState API", "Error propagation in Map
and Parallel states".
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.asl.compiler import LONE_STATE
from engine.asl.model import MapState, ParallelState
from engine.core.map_run import THRESHOLD_CAUSE, THRESHOLD_ERROR
from engine.query.path import WHOLE
from engine.runtime.tasks_in_memory import Throw

if TYPE_CHECKING:
    from engine.runtime.state_test import StateTest, StateTestResult


def handlers_around(test: "StateTest", failed: "StateTestResult") -> Iterator["StateTest"]:
    """The tests of what is around a state that failed, the innermost first, as far as the failure goes."""
    error, cause = failed.error or "", failed.cause
    # the retries that were made are those of the first retrier that takes the error
    retries = 0 if "retryIndex" in failed.error_details else test.retries_made
    for state in test.around:
        if isinstance(state, MapState) and state.distributed:
            if _tolerates(state, test.iterations_failed + 1):
                return
            error, cause = THRESHOLD_ERROR, THRESHOLD_CAUSE
        if state.retry or state.catch:
            mock = Throw(error, cause)
            yield replace(test, state=_handlers_of(state), around=(), mock=mock, retries_made=retries, reader_data=None)


def _tolerates(state: MapState, failures: int) -> bool:
    """Whether so many failed iterations are tolerated; a share of items that are not known, or a limit that the Map's
    input holds, is taken to be large enough.
    """
    count, percentage = state.tolerated_failure_count, state.tolerated_failure_percentage
    if isinstance(count, int) and not percentage:
        return failures <= count
    return bool(count or percentage)


def _handlers_of(state: MapState | ParallelState) -> ParallelState:
    return ParallelState(
        name=LONE_STATE,
        input_path=WHOLE,
        output_path=WHOLE,
        jsonata=state.jsonata,
        result_path=WHOLE,
        retry=state.retry,
        catch=state.catch,
        branches=(),
    )
