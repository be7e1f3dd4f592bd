"""The limits that an execution can run into, and the arithmetic of retries."""

from typing import Any

import pytest

from engine import limits
from engine.asl.model import Retrier
from engine.core.failure import delay_ms
from engine.core.signals import Resumed, Signal, Started, StopRequested, TaskSucceeded
from tests.core.player import Player, new_execution, redriven
from tests.core.wellformed import check_history

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
FULL = "The execution reached the maximum number of history events (25000)."

LOOP: dict[str, Any] = {
    "StartAt": "Again",
    "States": {
        "Again": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.stop", "BooleanEquals": True, "Next": "End"}],
            "Default": "Turn",
        },
        "Turn": {"Type": "Pass", "Next": "Again"},
        "End": {"Type": "Succeed"},
    },
}


def _run(definition: dict[str, Any], value: Any) -> tuple[Player, int]:
    """Run until nothing is READY any more; the player, and how many steps that took."""
    player = Player(new_execution(definition, value))
    steps = 1
    more = player.advance(Started()).more
    while more:
        assert player.execution.status == "RUNNING"
        more = player.advance(Resumed()).more
        steps += 1
    return player, steps


def test_event_25000_says_that_the_history_is_full() -> None:
    player, steps = _run(LOOP, {"stop": False})
    execution = player.execution
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "States.Runtime", FULL)
    assert len(player.events) == limits.HISTORY_EVENTS_MAX == 25_000
    last = player.events[-1]
    assert (last["type"], last["id"], last["previousEventId"]) == ("ExecutionFailed", 25_000, 24_999)
    assert steps == -(-25_000 // (2 * limits.TRANSITIONS_PER_STEP_MAX))  # a transition enters and leaves: two events


def test_a_full_history_ends_all_branches() -> None:
    waiting = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": FUNCTION, "End": True}}}
    branches = [waiting, LOOP]
    definition = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    player, _ = _run(definition, {"stop": False})
    assert player.execution.error == "States.Runtime" and player.execution.cause == FULL
    assert player.events[-1]["id"] == 25_000 and not player.execution.branches
    assert not player.advance(TaskSucceeded(1, 1, None)).accepted


def test_a_stop_that_no_longer_fits_ends_the_execution_all_the_same() -> None:
    """Its branches would be said to be aborted, and there is no room for that."""
    player = Player(new_execution(_WIDE, list(range(30))))
    player.advance(Started())
    player.execution.last_event = 24_990
    assert player.advance(StopRequested(None, None)).accepted
    assert player.execution.status == "FAILED" and player.execution.last_event == 25_000
    assert player.events[-1]["type"] == "ExecutionFailed" and not player.execution.branches


@pytest.mark.parametrize("left", [0, 1, 2, 3, 6])
def test_a_redrive_near_the_end_of_a_history(left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """ExecutionRedriven and one more event have to fit; where the history is full in the middle it ends as any does."""
    waits = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": True}}}
    each = {"Type": "Map", "ItemsPath": "$", "ItemProcessor": waits, "End": True}
    player = Player(new_execution({"StartAt": "M", "States": {"M": each}}, [1, 2, 3]))
    player.advance(Started())
    stopped = player.execution.last_event + 8  # an abort and its iteration for each item, the Map's, the execution's
    monkeypatch.setattr(limits, "HISTORY_EVENTS_MAX", stopped + 2 + left)
    monkeypatch.setattr(limits, "REDRIVE_HISTORY_EVENTS_MAX", stopped)
    player.advance(StopRequested(None, None))
    assert player.execution.last_event == stopped and player.execution.remains
    assert player.advance(redriven(player.execution)).accepted
    full = left < 3  # three iterations begin again
    assert player.execution.status == ("FAILED" if full else "RUNNING")
    if full:
        assert player.events[-1]["id"] == limits.HISTORY_EVENTS_MAX and not player.execution.remains
    else:
        check_history(player.events, "RUNNING")


_WIDE: dict[str, Any] = {
    "StartAt": "M",
    "States": {
        "M": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": FUNCTION, "End": True}}},
            "End": True,
        }
    },
}


@pytest.mark.parametrize(
    ("concurrency", "expected"), [(None, 40), (0, 40), (1, 1), (2, 2), (39, 39), (40, 40), (41, 40), (1_000, 40)]
)
def test_a_map_runs_at_most_forty_iterations_at_once(concurrency: int | None, expected: int) -> None:
    state = _WIDE["States"]["M"] | ({} if concurrency is None else {"MaxConcurrency": concurrency})
    player = Player(new_execution({"StartAt": "M", "States": {"M": state}}, list(range(100))))
    under_way = [effect.branch for effect in player.advance(Started()).effects]
    most = len(under_way)
    while under_way:
        branch = under_way.pop(0)
        effects = player.advance(TaskSucceeded(branch, 1, branch)).effects
        under_way += [effect.branch for effect in effects if type(effect).__name__ == "CallService"]
        most = max(most, len(under_way))
    assert most == expected
    assert player.execution.output_text == str(list(range(1, 101))).replace(" ", "")
    check_history(player.events, "SUCCEEDED")


def test_a_step_stops_after_a_slice_and_the_next_goes_on() -> None:
    player = Player(new_execution(LOOP, {"stop": False}))
    made = player.advance(Started())
    assert made.more and made.touched == {0}
    entered = [event for event in made.events if event["type"].endswith("StateEntered")]
    assert len(entered) == limits.TRANSITIONS_PER_STEP_MAX == 400
    made = player.advance(Resumed())
    assert made.more and made.events[0]["id"] == 802 and made.events[0]["previousEventId"] == 801


def test_branches_take_turns_within_a_slice() -> None:
    """A loop does not keep its sibling waiting."""
    definition = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [LOOP, _LOOP_TWO], "End": True}}}
    player = Player(new_execution(definition, {"stop": False}))
    made = player.advance(Started())
    names = [event["stateEnteredEventDetails"]["name"] for event in made.events if "stateEnteredEventDetails" in event]
    assert {"Turn", "Turn2"} <= set(names)
    assert abs(names.count("Turn") - names.count("Turn2")) <= 32


_LOOP_TWO: dict[str, Any] = {
    "StartAt": "Turn2",
    "States": {"Turn2": {"Type": "Pass", "Next": "Again2"}, "Again2": {"Type": "Pass", "Next": "Turn2"}},
}
_LOOP_TWO["States"]["Again2"] = {
    "Type": "Choice",
    "Choices": [{"Variable": "$.stop", "BooleanEquals": True, "Next": "End2"}],
    "Default": "Turn2",
}
_LOOP_TWO["States"]["End2"] = {"Type": "Succeed"}


def test_a_task_between_two_attempts_is_aborted_also_while_it_waits_for_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "TRANSITIONS_PER_STEP_MAX", 1)
    task = _TASK["States"]["T"] | {"Retry": [{"ErrorEquals": ["E"]}]}
    branches = [LOOP, {"StartAt": "T", "States": {"T": task}}]
    definition = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    player = Player(new_execution(definition, {"stop": False}))
    player.advance(Started())
    while player.branch_in("T").attempt == 0:
        player.advance(Resumed())
    player.play({"fail": "T", "error": "E"})
    player.play({"timer": "T", "at": 1_000})
    assert player.branch_in("T").phase == "READY", "it waits for its turn"
    player.play({"stop": {}})
    assert "TaskStateAborted" in [event["type"] for event in player.events]
    check_history(player.events, "ABORTED")


def test_nothing_to_resume_is_stale() -> None:
    player = Player(new_execution(_WIDE, [1]))
    player.advance(Started())
    assert not player.advance(Resumed()).accepted


@pytest.mark.parametrize(
    ("size", "status"), [(262_142, "SUCCEEDED"), (262_143, "FAILED")], ids=["as much as fits", "one byte more"]
)
@pytest.mark.parametrize("letter", ["x", "é"])
def test_a_result_of_256_kib_counted_in_utf8(size: int, status: str, letter: str) -> None:
    wide = len(letter.encode())
    text = letter * (size // wide) + "x" * (size % wide)
    player = Player(new_execution(_TASK, {}))
    player.advance(Started())
    player.advance(TaskSucceeded(0, 1, text))
    assert player.execution.status == status
    assert player.execution.error == (None if status == "SUCCEEDED" else "States.DataLimitExceeded")


_TASK: dict[str, Any] = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": FUNCTION, "End": True}}}


def test_parameters_over_256_kib_are_refused_before_the_call() -> None:
    state = _TASK["States"]["T"] | {"Parameters": {"a.$": "$", "b.$": "$"}}
    player = Player(new_execution({"StartAt": "T", "States": {"T": state}}, "x" * 200_000))
    made = player.advance(Started())
    assert not made.effects and player.execution.error == "States.DataLimitExceeded"
    assert player.execution.cause is not None and "provided parameters with a size exceeding" in player.execution.cause


@pytest.mark.parametrize(
    ("retrier", "used", "chance", "expected_ms"),
    [
        (Retrier((), interval_seconds=1, backoff_rate=2.0), 0, 0.5, 1_000),
        (Retrier((), interval_seconds=3, backoff_rate=2.0), 4, 0.5, 48_000),
        (Retrier((), interval_seconds=3, backoff_rate=1.0), 1_000, 0.5, 3_000),
        (Retrier((), interval_seconds=3, backoff_rate=2.0, max_delay_seconds=10), 4, 0.5, 10_000),
        (Retrier((), interval_seconds=10, full_jitter=True), 0, 0.25, 2_500),
        (Retrier((), interval_seconds=10, full_jitter=True), 0, 0.0, 0),
        (Retrier((), interval_seconds=10, max_delay_seconds=12, full_jitter=True), 3, 0.5, 6_000),
        (Retrier((), backoff_rate=1e8), 99_999_999, 0.5, limits.MAX_DELAY_SECONDS_MAX * 1_000),
        (Retrier((), interval_seconds=99_999_999), 60, 0.5, limits.MAX_DELAY_SECONDS_MAX * 1_000),
    ],
)
def test_delay(retrier: Retrier, used: int, chance: float, expected_ms: int) -> None:
    assert delay_ms(retrier, used, chance) == expected_ms


def test_an_ended_execution_takes_no_signal() -> None:
    player = Player(new_execution(_TASK, {}))
    player.advance(Started())
    player.advance(TaskSucceeded(0, 1, 1))
    signals: list[Signal] = [Resumed(), StopRequested("E", "c"), TaskSucceeded(0, 1, 2), Started()]
    assert not any(player.advance(signal).accepted for signal in signals)
    assert player.execution.output_text == "1"


COSTLY = "{% $count($map([1..20000], function($x) { $x * 2 })) %}"  # 123,000 of work


def _computing(*outputs: Any) -> dict[str, Any]:
    """A chain of Pass states with these outputs."""
    states = {
        f"Pass{number}": {"Type": "Pass", "Output": output, "Next": f"Pass{number + 1}"}
        for number, output in enumerate(outputs)
    }
    end = {f"Pass{len(outputs)}": {"Type": "Succeed"}}
    return {"QueryLanguage": "JSONata", "StartAt": "Pass0", "States": states | end}


@pytest.mark.parametrize(("states", "wanted"), [(3, 1), (5, 2), (9, 3)])
def test_a_step_ends_early_where_expressions_cost_much(states: int, wanted: int) -> None:
    player, steps = _run(_computing(*[COSTLY] * states), {})
    assert (player.execution.status, player.execution.output_text) == ("SUCCEEDED", "20000")
    assert steps == wanted


def test_the_expressions_of_a_state_are_bounded_together() -> None:
    player, _ = _run(_computing([COSTLY] * 1_000), {})
    assert (player.execution.status, player.execution.error) == ("FAILED", "States.QueryEvaluationError")
    assert "time" in (player.execution.cause or "")


def test_what_one_state_has_spent_the_next_one_has_again() -> None:
    player, _ = _run(_computing([COSTLY] * 20, [COSTLY] * 20), {})
    assert player.execution.status == "SUCCEEDED"


def test_the_paths_of_a_state_are_bounded_together() -> None:
    """A regular expression over 100 texts of 200 characters, in 100 fields."""
    costly = "$.items[?(@.a =~ /.*x.*y.*z/)]"
    value = {"items": [{"a": "x" * 200} for _ in range(100)]}

    def machine(fields: int) -> dict[str, Any]:
        state = {"Type": "Pass", "Parameters": {f"p{number}.$": costly for number in range(fields)}, "End": True}
        return {"StartAt": "P", "States": {"P": state}}

    player, _ = _run(machine(5), value)
    assert player.execution.status == "SUCCEEDED", player.execution.cause
    player, _ = _run(machine(100), value)
    assert (player.execution.status, player.execution.error) == ("FAILED", "States.Runtime")
    assert "too much data to compare" in (player.execution.cause or "")
