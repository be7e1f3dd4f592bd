"""The simulation is worth what it notices: with each of these faults built into the engine, some seed must fail."""

import logging
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.core import snapshot, taking
from engine.core.map_run import MapRun
from engine.core.run import Run
from engine.core.signals import TaskFailed, TaskSucceeded
from engine.runtime import calling, closing, journal, kernel, recovery, transaction
from engine.runtime.calling import Calling
from engine.runtime.directory import Directory
from engine.runtime.feeding import DueLocalCall
from engine.runtime.journal import Journal
from engine.runtime.kernel import Kernel
from engine.runtime.live import Live
from engine.runtime.map_runs import LateEnds
from engine.runtime.timers import NearTimers, Timer
from engine.store import branches, executions, failed_children, redrives
from tests.simulation.prepared import small_limits
from tests.simulation.run import failure, kept_seeds

SEEDS_MAX = 300

Patch = pytest.MonkeyPatch


def _takes_stale_answers(patch: Patch) -> None:
    handle = taking._task_signal

    def lenient(run: Run, signal: Any) -> bool:
        branch = run.execution.branches.get(signal.branch)
        return handle(run, signal if branch is None else replace(signal, attempt=branch.attempt))

    for kind in (TaskSucceeded, TaskFailed):
        patch.setitem(taking.SIGNALS, kind, lenient)


def _answers_before_it_has_committed(patch: Patch) -> None:
    """A lost batch is answered as if it had been written."""
    process = Kernel.process

    def hasty(self: Kernel, requests: Any) -> Any:
        answers, after = process(self, requests)
        return [kernel.Answer() for _ in answers] if after.lost else answers, after

    patch.setattr(Kernel, "process", hasty)


def _forgets_attempts(patch: Patch) -> None:
    patch.delitem(snapshot._MEMBERS, "attempt")


def _forgets_timeouts(patch: Patch) -> None:
    patch.delitem(snapshot._MEMBERS, "timeoutMs")


def _drops_what_is_armed_during_a_refill(patch: Patch) -> None:
    def arm(self: NearTimers, timers: list[Timer]) -> None:
        for timer in timers:
            if timer[0] <= self.horizon_ms:
                self._push(timer)

    patch.setattr(NearTimers, "arm", arm)


def _does_nothing(owner: Any, name: str) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(owner, name, lambda *args, **kwargs: None)


def _forgets(member: str, usual: Any) -> Callable[[Patch], None]:
    load = transaction.load_live

    def forget(*args: Any) -> Any:
        live = load(*args)
        setattr(live, member, copy(usual))
        return live

    return lambda patch: patch.setattr(transaction, "load_live", forget)


def _performs_again(patch: Patch) -> None:
    def perform_due(self: Calling, live: Live, due: DueLocalCall) -> None:
        self._perform(live, due.branch, due.attempt, due.call)

    patch.setattr(Calling, "perform_due", perform_due)


def _finds_nothing(name: str) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(recovery, name, lambda *args: [])


FAULTS: dict[str, Callable[[Patch], None]] = {
    "the journal writes no task": _does_nothing(Journal, "_flush_tasks"),
    "the journal forgets what it has written": _does_nothing(Journal, "settle"),
    "the rows of branches stay": _does_nothing(branches, "delete_many"),
    "answers to older attempts are taken": _takes_stale_answers,
    "a restored branch has forgotten its attempt": _forgets_attempts,
    "a restored branch has forgotten its timeout": _forgets_timeouts,
    "a lost batch stays in memory": _does_nothing(Kernel, "_forget"),
    "a lost batch is answered": _answers_before_it_has_committed,
    "an owner that was taken over may write": _does_nothing(kernel, "check_epochs"),
    "calls without an answer are not made again": _finds_nothing("unanswered_calls"),
    "calls that were put off are not made again": _finds_nothing("local_calls"),
    "ends that were to be told are not told after a start": _finds_nothing("answers_left"),
    "children that were to be stopped are not stopped after a start": _finds_nothing("unwanted_children"),
    "a restored execution has forgotten who awaits it": _forgets("awaited_by", ()),
    "a restored execution has forgotten its children": _forgets("children", {}),
    "a local call that was put off is made as often as it is asked for": _performs_again,
    "a call that has to wait is not written down": _does_nothing(Calling, "_wait"),
    "Express executions are not run again": _finds_nothing("express_starts_left"),
    "Map Runs are not taken up at a start": _finds_nothing("open_map_runs"),
    "Express children are not run again": _finds_nothing("express_children_left"),
    "results are not written after a start": _finds_nothing("results_to_write"),
    "the end of an Express child is taken twice": lambda patch: patch.setattr(
        executions, "status_of", lambda *_: "RUNNING"
    ),
    "ends that come late are not counted": _does_nothing(LateEnds, "flush"),
    "the row of a redriven execution is not written": _does_nothing(executions, "redrive_many"),
    "a redrive that is asked for again is another one": _does_nothing(redrives, "redriven_with"),
    "what is left of an execution outlives its redrive": _does_nothing(redrives, "delete_remains"),
    "children that are to be redriven are not marked": _does_nothing(failed_children, "mark"),
    "results are written while children run": lambda patch: patch.setattr(MapRun, "running", 0),
    "timers are not fetched from the store": _finds_nothing("due_timers"),
    "a timer that is armed during a refill is dropped": _drops_what_is_armed_during_a_refill,
    "timers are not asked for again after a lost batch": _does_nothing(NearTimers, "rewind"),
    "a call is made for a Task that waits no more": lambda patch: patch.setattr(calling, "is_over", lambda *_: False),
    "what a deleted machine leaves is not removed": _does_nothing(closing, "_remove_deleted_machines"),
    "a machine under deletion is forgotten at a start": _does_nothing(Directory, "reload"),
    "slices are not resumed at a start": lambda patch: patch.setattr(journal, "READY_AT", None),
    "a call that was cancelled in its batch is sent": lambda patch: patch.setattr(closing, "is_over", lambda *_: False),
}


@pytest.mark.parametrize("build_in", FAULTS.values(), ids=FAULTS.keys())
def test_some_seed_notices(
    prepared: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, build_in: Callable[[Patch], None]
) -> None:
    caplog.set_level(logging.CRITICAL + 1, "statewright")
    with small_limits() as patch:
        build_in(patch)
        seeds = dict.fromkeys([*kept_seeds(), *range(SEEDS_MAX)])
        noticed = any(failure(prepared, tmp_path, seed) is not None for seed in seeds)
    assert noticed, f"none of {SEEDS_MAX} seeds notices"
