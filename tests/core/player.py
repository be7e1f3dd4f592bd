"""Plays a script of signals to one execution as the shell would, naming branches by their state, and holds every step
against what must be true of any.

A script is a list of steps with one verb each:

    {"start": true} {"resume": true} {"stop": {"error": ..., "cause": ...}} {"deadline": true} {"redrive": true}
    {"succeed": STATE, "output": ...} {"fail": STATE, "error": ..., "cause": ...} {"submit": STATE, "output": ...}
    {"take": STATE, "worker": ...} {"beat": STATE} {"timer": STATE, "at": MS}

STATE is the name of the state that a branch is in, or NAME#2 for the third branch in it that is not done. `branch` and
`attempt` name others than the current one, `due` another time than the branch waits for. `time` moves the clock to MS
after the start before the step; a `timer` moves it to when the branch wakes, which must be `at`. `stale` says that the
signal is to be refused. An `output` of "@1000" is a text of so many characters, and a long text is shown so.
"""

import json
import random
from dataclasses import dataclass, field
from typing import Any

from engine.asl.compiler import compile_machine
from engine.core.effects import CallService, CancelTask, Effect
from engine.core.execution import Branch, Execution, Phase
from engine.core.interpreter import advance
from engine.core.remains import read_remains, remains_texts
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
from engine.jsontext import dumps
from engine.moment import Moment

START_MS = 1_800_000_000_000
SEED = 42
MACHINE_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
EXECUTION_ARN = "arn:aws:states:us-east-1:123456789012:execution:m:e"


@dataclass(frozen=True, slots=True)
class World:
    """Knows every activity but those that are called `missing`."""

    def task_token(self, branch: int, attempt: int) -> str:
        return f"token-{branch}-{attempt}"

    def activity_exists(self, arn: str) -> bool:
        return not arn.endswith(":missing")


def new_execution(definition: dict[str, Any], value: Any) -> Execution:
    machine = compile_machine(json.dumps(definition))
    seconds = machine.timeout_seconds or 31_536_000
    return Execution(
        arn=EXECUTION_ARN,
        name="e",
        machine=machine,
        machine_arn=MACHINE_ARN,
        machine_name="m",
        role_arn="arn:aws:iam::123456789012:role/r",
        input=value,
        input_text=dumps(value),
        start_ms=START_MS,
        deadline_ms=START_MS + seconds * 1000,
    )


@dataclass(slots=True)
class Player:
    execution: Execution
    now_ms: int = START_MS
    source: random.Random = field(default_factory=lambda: random.Random(SEED))
    events: list[dict[str, Any]] = field(default_factory=list)

    def play(self, step: dict[str, Any]) -> Step:
        """Advance by one step of a script."""
        self.now_ms = max(self.now_ms, START_MS + step.get("time", 0))
        return self.advance(self.signal(step))

    def advance(self, signal: Signal) -> Step:
        first = self.execution.last_event + 1
        made = advance(self.execution, signal, Moment(self.now_ms, self.source), World())
        assert [event["id"] for event in made.events] == list(range(first, self.execution.last_event + 1))
        assert all(event["timestamp"] == self.now_ms / 1000 for event in made.events)
        assert not made.touched & made.removed
        assert made.touched <= set(self.execution.branches)
        if not made.accepted:
            assert not (made.events or made.effects or made.touched or made.removed), "a stale signal changed something"
        self.events += made.events
        return made

    def signal(self, step: dict[str, Any]) -> Signal:
        verb = next(name for name in _VERBS if name in step)
        made: Signal = _VERBS[verb](self, step, step[verb])
        return made

    def branch_in(self, name: str) -> Branch:
        """The branch whose current state has this name; NAME#1 is the second one."""
        state, _, position = name.partition("#")
        branches = [branch for _, branch in sorted(self.execution.branches.items()) if branch.phase is not Phase.DONE]
        found = [branch for branch in branches if branch.state == state]
        assert found, f"no branch is in {state}: {[branch.state for branch in self.execution.branches.values()]}"
        return found[int(position or 0)]


def redriven(execution: Execution) -> Redriven:
    """The signal that takes up an execution that has ended: from the texts that the store would have."""
    texts = remains_texts(execution.remains)
    return Redriven(tuple(remnant.branch for remnant in read_remains(texts)))


def _task_of(player: Player, step: dict[str, Any], name: str) -> tuple[int, int]:
    if "branch" in step:
        return step["branch"], step["attempt"]
    branch = player.branch_in(name)
    return branch.id, step.get("attempt", branch.attempt)


def _output(step: dict[str, Any]) -> Any:
    output = step.get("output")
    if isinstance(output, str) and output.startswith("@"):
        return "x" * int(output[1:])
    return output


def _timer(player: Player, step: dict[str, Any], name: str) -> Signal:
    branch = player.branch_in(name)
    if "due" in step:
        return TimerFired(branch.id, START_MS + step["due"])
    assert branch.wake_ms is not None, f"{name} waits for no timer"
    assert branch.wake_ms - START_MS == step["at"]
    player.now_ms = max(player.now_ms, branch.wake_ms)
    return TimerFired(branch.id, branch.wake_ms)


_VERBS: dict[str, Any] = {
    "start": lambda player, step, _: Started(),
    "resume": lambda player, step, _: Resumed(),
    "stop": lambda player, step, why: StopRequested(why.get("error"), why.get("cause")),
    "deadline": lambda player, step, _: DeadlineReached(),
    "redrive": lambda player, step, _: redriven(player.execution),
    "succeed": lambda player, step, name: TaskSucceeded(*_task_of(player, step, name), _output(step)),
    "fail": lambda player, step, name: TaskFailed(*_task_of(player, step, name), step.get("error"), step.get("cause")),
    "submit": lambda player, step, name: TaskSubmitted(*_task_of(player, step, name), _output(step)),
    "take": lambda player, step, name: ActivityStarted(*_task_of(player, step, name), step.get("worker")),
    "beat": lambda player, step, name: Heartbeat(*_task_of(player, step, name)),
    "timer": _timer,
}


# ---- what came out, as a case file says it ----


def effect_text(effect: Effect) -> str:
    """`CallService 0/1 {"x":1}`: what, branch/attempt, with what."""
    where = f"{type(effect).__name__} {effect.branch}/{effect.attempt}"
    if isinstance(effect, CancelTask):
        return where
    if not isinstance(effect, CallService):
        return f"{where} {effect.activity_arn.rpartition(':')[2]} {effect.input_text}"
    more = "" if effect.timeout_ms is None else f" until {effect.timeout_ms - START_MS}"
    more += "" if effect.task_token is None else f" token {effect.task_token}"
    more += "" if effect.retry_count == 0 else f" retry {effect.retry_count}"
    return f"{where} {dumps(effect.parameters)}{more}"


def step_report(made: Step) -> dict[str, Any]:
    """What a step says of a step beside its events; what is empty is left out."""
    found = {
        "effects": [effect_text(effect) for effect in made.effects],
        "touched": sorted(made.touched),
        "removed": sorted(made.removed),
        "more": made.more,
    }
    return {name: value for name, value in found.items() if value}


def history_report(events: list[dict[str, Any]]) -> list[list[Any]]:
    """[id, previousEventId, type, details]; details without the `truncated: false` that every payload carries."""
    return [_event_report(event) for event in events]


def _event_report(event: dict[str, Any]) -> list[Any]:
    report = [event["id"], event["previousEventId"], event["type"]]
    details = next((value for name, value in event.items() if name.endswith("EventDetails")), None)
    if details is not None:
        marks = {name: value for name, value in details.items() if name in ("inputDetails", "outputDetails")}
        assert all(value == {"truncated": False} for value in marks.values())
        assert {name.removesuffix("Details") for name in marks} <= set(details)
        report.append({name: shown(value) for name, value in details.items() if name not in marks})
    return report


def shown(value: Any) -> Any:
    """A value of a case file; a long text is not worth reading."""
    return f"@{len(value)}" if isinstance(value, str) and len(value) > LONG_CHARS else value


LONG_CHARS = 2_000
