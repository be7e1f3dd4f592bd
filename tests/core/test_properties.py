"""Random machines under random scripts of signals: what is true of every execution.

Each runs twice side by side: once in memory, and once from the rows that the journal would have written, restored
before every step. Whatever a row leaves out would show as another future.
"""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import limits
from engine.core.execution import Branch, Execution, Phase
from engine.core.run import Step
from engine.core.signals import (
    ActivityStarted,
    DeadlineReached,
    Heartbeat,
    Redriven,
    Resumed,
    Signal,
    Started,
    StopRequested,
    TaskFailed,
    TaskSubmitted,
    TaskSucceeded,
    TimerFired,
)
from engine.core.snapshot import freeze, relink, restore
from tests.core.player import Player, new_execution, redriven
from tests.core.random_machines import ERRORS, INPUT, MachineMaker
from tests.core.wellformed import check_history

STEPS_MAX = 80
PROPERTY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(slots=True)
class Script:
    """Chooses the next signal: mostly one that is expected, now and then one that is stale or comes from outside."""

    source: random.Random
    player: Player
    given: list[Signal] = field(default_factory=list)

    def next(self) -> Signal:
        execution, chance = self.player.execution, self.source.random()
        if self.given and chance < 0.15:
            return self.source.choice(self.given)
        if chance < 0.17:
            return StopRequested("Stopped", None)
        signal = Resumed() if execution.ready and self.source.random() < 0.7 else self._of_branch()
        self.given.append(signal)
        return signal

    def _of_branch(self) -> Signal:
        waiting = [branch for branch in self.player.execution.branches.values() if branch.wake_ms is not None]
        working = [branch for branch in self.player.execution.branches.values() if branch.phase is Phase.TASK]
        if working and (not waiting or self.source.random() < 0.6):
            return self._of_task(self.source.choice(working))
        if waiting:
            return self._of_timer(min(waiting, key=lambda branch: (branch.wake_ms, branch.id)))
        self.player.now_ms = max(self.player.now_ms, self.player.execution.deadline_ms)
        return DeadlineReached()

    def _of_timer(self, branch: Branch) -> Signal:
        assert branch.wake_ms is not None
        if self.player.execution.deadline_ms <= branch.wake_ms:
            self.player.now_ms = max(self.player.now_ms, self.player.execution.deadline_ms)
            return DeadlineReached()
        self.player.now_ms = max(self.player.now_ms, branch.wake_ms)
        return TimerFired(branch.id, branch.wake_ms)

    def _of_task(self, branch: Branch) -> Signal:
        self.player.now_ms += self.source.choice([0, 0, 700])
        attempt = branch.attempt - (self.source.random() < 0.1)
        kinds: list[Signal] = [
            TaskSucceeded(branch.id, attempt, {"y": branch.id}),
            TaskFailed(branch.id, attempt, self.source.choice([*ERRORS, None]), "why"),
            Heartbeat(branch.id, attempt),
            ActivityStarted(branch.id, attempt, "w"),
            TaskSubmitted(branch.id, attempt, {"sent": True}),
        ]
        return self.source.choice(kinds[:2] * 3 + kinds[2:4] + (kinds[4:] if not branch.started else []))


@dataclass(slots=True)
class Rows:
    """What the store would have of an execution: rows of branches, changed only where a step says so."""

    bodies: dict[int, tuple[int | None, str]] = field(default_factory=dict)

    def write(self, execution: Execution, made: Step) -> None:
        for branch_id in made.removed:
            self.bodies.pop(branch_id, None)
        for branch_id in made.touched:
            branch = execution.branches[branch_id]
            self.bodies[branch_id] = (branch.wake_ms, freeze(branch))

    def read(self, execution: Execution) -> None:
        """Put what the rows say in the place of what is in memory."""
        execution.branches = {key: restore(key, *self.bodies[key]) for key in sorted(self.bodies)}
        execution.ready.clear()
        relink(execution)


@dataclass(slots=True)
class SideBySide:
    """One execution in memory, the same from its rows."""

    memory: Player
    stored: Player
    rows: Rows = field(default_factory=Rows)

    def advance(self, signal: Signal) -> Step:
        made = self.memory.advance(signal)
        self.stored.now_ms = self.memory.now_ms
        if not isinstance(signal, Started):
            self.rows.read(self.stored.execution)
        if isinstance(signal, Redriven):  # branches are changed: each has its own
            signal = redriven(self.stored.execution)
        again = self.stored.advance(signal)
        assert again == made, "the execution from the store went another way"
        self.rows.write(self.stored.execution, again)
        self._compare_rows()
        return made

    def _compare_rows(self) -> None:
        kept = {branch.id: (branch.wake_ms, freeze(branch)) for branch in self.memory.execution.branches.values()}
        assert self.rows.bodies == kept, "a row is out of date: its branch was changed and not touched"


def _play(definition: dict[str, Any], source: random.Random) -> SideBySide:
    pair = SideBySide(Player(new_execution(definition, INPUT)), Player(new_execution(definition, INPUT)))
    script = Script(source, pair.memory)
    made = pair.advance(Started())
    for _ in range(STEPS_MAX):
        execution = pair.memory.execution
        check_history(pair.memory.events, execution.status)
        assert made.more == bool(execution.ready)
        if execution.status == "RUNNING":
            made = pair.advance(script.next())
        elif execution.remains and source.random() < 0.7:
            made = _redrive(pair)
        else:
            break
    return pair


def _redrive(pair: SideBySide) -> Step:
    """Tasks that ran before have attempts of their own; what had succeeded is not there to fail again."""
    execution = pair.memory.execution
    before = {branch.id: branch for branch in execution.remains}
    made = pair.advance(redriven(execution))
    assert made.accepted and made.touched <= set(execution.branches)
    for branch in execution.branches.values():
        if branch.phase is Phase.TASK and branch.id in before:
            assert branch.attempt == before[branch.id].attempt + 1, "an old answer could be taken for a new one"
            assert not any(branch.retries)
    return made


def _check_end(pair: SideBySide) -> None:
    """An execution that has ended has no branches and takes no signal any more."""
    execution = pair.memory.execution
    if execution.status == "RUNNING":
        assert pair.advance(StopRequested(None, None)).accepted
    assert bool(execution.remains) == (execution.status != "SUCCEEDED")
    assert execution.stop_ms is not None and not execution.branches and not execution.ready and not pair.rows.bodies
    for signal in (Resumed(), DeadlineReached(), StopRequested(None, None), TimerFired(0, 0), TaskSucceeded(0, 1, 1)):
        assert not pair.memory.advance(signal).accepted
    check_history(pair.memory.events, execution.status)


@PROPERTY
@given(st.integers(0, 2**32))
def test_any_machine_from_memory_and_from_its_rows(seed: int) -> None:
    source = random.Random(seed)
    _check_end(_play(MachineMaker(source).machine(), source))


@PROPERTY
@given(st.integers(0, 2**32), st.integers(1, 9))
def test_any_machine_in_slices(seed: int, slice_size: int) -> None:
    """However few transitions a step may have, every execution goes on to its end, one Resumed after the other."""
    source = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "TRANSITIONS_PER_STEP_MAX", slice_size)
        player = Player(new_execution(MachineMaker(source).machine(), INPUT))
        script = Script(source, player)
        made = player.advance(Started())
        while player.execution.status == "RUNNING" and len(player.events) < 2_000:
            entered = [event for event in made.events if event["type"].endswith("StateEntered")]
            assert len(entered) <= slice_size
            made = player.advance(script.next())
        check_history(player.events, player.execution.status)
