"""The plugin's fixture, used as users use it: time that is moved, and what becomes due on the way."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from statewright_pytest import Statewright

pytest_plugins = ["statewright_pytest"]

TASK = "arn:aws:states:::lambda:invoke"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:{}"


def machine(*states: dict[str, Any]) -> dict[str, Any]:
    """The states one after the other, named A, B, ..."""
    names = [chr(ord("A") + number) for number in range(len(states))]
    followed = [{"Next": name} for name in names[1:]] + [{"End": True}]
    return {
        "StartAt": "A",
        "States": {name: {**state, **more} for name, state, more in zip(names, states, followed, strict=True)},
    }


def wait(seconds: int) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": seconds}


def function(name: str, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": FUNCTION.format(name), **more}


def times(execution: Any, kind: str) -> list[timedelta]:
    events = execution.history
    return [event["timestamp"] - events[0]["timestamp"] for event in events if event["type"] == kind]


def test_the_clock_stands_and_is_moved(statewright: Statewright) -> None:
    before = statewright.now
    assert statewright.now == before
    assert statewright.advance(days=30, hours=1, minutes=2, seconds=3.5) == before + timedelta(
        days=30, hours=1, minutes=2, seconds=3.5
    )
    target = before + timedelta(days=400)
    assert statewright.advance(to=target) == target
    with pytest.raises(AssertionError, match="does not go back"):
        statewright.advance(to=datetime(2020, 1, 1, tzinfo=UTC))


def test_each_wait_ends_at_its_time(statewright: Statewright) -> None:
    execution = statewright.run(statewright.create(machine(wait(86_400 * 10), wait(61), wait(86_400 * 10))))
    assert execution.states == ["A"]
    statewright.advance(days=10)
    assert execution.states == ["A", "B"]
    statewright.advance(days=30)
    assert execution.status == "SUCCEEDED"
    day = timedelta(days=1)
    assert times(execution, "WaitStateExited") == [
        10 * day,
        10 * day + timedelta(seconds=61),
        20 * day + timedelta(seconds=61),
    ]


def test_timers_of_several_executions_fire_in_order(statewright: Statewright) -> None:
    seen = statewright.function("note")(lambda event: event)
    waiting = statewright.create(
        machine({"Type": "Wait", "SecondsPath": "$.seconds"}, function("note"), wait(100), function("note"))
    )
    for seconds in (350, 20, 7_000, 20):
        statewright.start(waiting, {"seconds": seconds})
    statewright.advance(days=1)
    assert [event["seconds"] for event in seen.calls] == [20, 20, 20, 20, 350, 350, 7_000, 7_000]


def test_a_polling_loop_makes_its_steps(statewright: Statewright) -> None:
    looks = statewright.function("look")(lambda event: {"done": len(looks.calls) > 48})
    poll = machine(wait(3_600), function("look"), {"Type": "Choice"}, {"Type": "Succeed"})
    del poll["States"]["C"]["Next"], poll["States"]["D"]["End"]
    poll["States"]["C"] |= {"Choices": [{"Variable": "$.done", "BooleanEquals": True, "Next": "D"}], "Default": "A"}
    execution = statewright.run(statewright.create(poll))
    statewright.advance(days=1)
    assert (execution.status, len(looks.calls)) == ("RUNNING", 24)
    statewright.advance(days=2)
    assert (execution.status, len(looks.calls)) == ("SUCCEEDED", 49)


def test_a_slow_function_takes_its_time_on_the_clock(statewright: Statewright) -> None:
    statewright.function("slow", takes=90)(lambda event: "done")
    patient = statewright.run(statewright.create(machine(function("slow", TimeoutSeconds=91))))
    hasty = statewright.run(statewright.create(machine(function("slow", TimeoutSeconds=60))))
    statewright.advance(seconds=89)
    assert (patient.status, hasty.status, hasty.error) == ("RUNNING", "FAILED", "States.Timeout")
    statewright.advance(seconds=1)
    assert patient.output == "done"
    assert times(patient, "LambdaFunctionSucceeded") == [timedelta(seconds=90)]


def test_a_function_has_so_long_as_it_has(statewright: Statewright) -> None:
    statewright.function("hung", takes=10**6, timeout=20)(lambda event: "never")
    execution = statewright.run(statewright.create(machine(function("hung"))))
    statewright.advance(seconds=20)
    assert (execution.status, execution.error) == ("FAILED", "Sandbox.Timedout")
    assert times(execution, "LambdaFunctionFailed") == [timedelta(seconds=20)]


def test_heartbeats_and_time_outs_of_tokens(statewright: Statewright) -> None:
    token = {"Type": "Task", "Resource": TASK + ".waitForTaskToken", "TimeoutSeconds": 1_000, "HeartbeatSeconds": 60}
    asks = {**token, "Parameters": {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}}}
    statewright.function("ask")(lambda event: {})
    lively = statewright.run(statewright.create(machine(asks)))
    [task] = statewright.waiting
    assert (task.execution_arn, task.state) == (lively.arn, "A")
    for _ in range(5):
        statewright.advance(seconds=59)
        task.heartbeat()
    assert lively.status == "RUNNING"
    statewright.advance(seconds=60)
    assert (lively.status, lively.error) == ("FAILED", "States.HeartbeatTimeout")
    assert statewright.waiting == []


def test_an_execution_times_out(statewright: Statewright) -> None:
    execution = statewright.run(statewright.create({**machine(wait(500)), "TimeoutSeconds": 400}))
    statewright.advance(seconds=399)
    assert execution.status == "RUNNING"
    statewright.advance(seconds=1)
    assert execution.status == "TIMED_OUT"


def test_a_synchronous_express_execution_moves_the_clock_itself(statewright: Statewright) -> None:
    statewright.function("slow", takes=30)(lambda event: {"slow": True})
    other = statewright.run(statewright.create(machine(wait(100))))
    express = statewright.create(machine(wait(90), function("slow"), wait(5)), express=True)
    before = statewright.now
    ended = statewright.run_express(express)
    assert (ended.status, ended.output) == ("SUCCEEDED", {"slow": True})
    assert statewright.now - before == timedelta(seconds=125)
    assert times(other, "WaitStateExited") == [timedelta(seconds=100)]


def test_a_task_that_runs_an_express_execution(statewright: Statewright) -> None:
    statewright.function("slow", takes=30)(lambda event: {"slow": True})
    express = statewright.create(machine(wait(90), function("slow"), wait(5)), express=True)
    calls = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:startSyncExecution"}
    nested = machine({**calls, "Parameters": {"StateMachineArn": express.arn}, "OutputPath": "$.Output"}, wait(10))
    execution = statewright.run(statewright.create(nested))
    statewright.advance(seconds=89)
    assert execution.states == ["A"]
    assert statewright.now - execution.history[0]["timestamp"] == timedelta(seconds=89)
    statewright.advance(seconds=46)
    assert execution.output == '{"slow":true}'
    assert times(execution, "TaskSucceeded") == [timedelta(seconds=125)]


def test_an_asynchronous_express_execution_waits_for_the_clock(statewright: Statewright) -> None:
    seen = statewright.function("note")(lambda event: event)
    statewright.start(statewright.create(machine(wait(200), function("note")), express=True))
    statewright.advance(seconds=199)
    assert seen.calls == []
    statewright.advance(seconds=1)
    assert seen.calls == [{}]


def test_a_worker_waits_for_a_task_until_the_clock_says_otherwise(statewright: Statewright) -> None:
    client = statewright.client("stepfunctions")
    arn = client.create_activity(name="work")["activityArn"]
    answers: list[dict[str, Any]] = []
    worker = threading.Thread(target=lambda: answers.append(client.get_activity_task(activityArn=arn)))
    worker.start()
    while "statewright_polling_workers 1" not in _metrics(statewright):
        pass
    statewright.advance(seconds=59)
    assert worker.is_alive()
    statewright.advance(seconds=1)
    worker.join(20)
    assert "taskToken" not in answers[0]


def _metrics(statewright: Statewright) -> str:
    from urllib.request import urlopen

    with urlopen(f"{statewright.url}/metrics", timeout=20) as answer:
        return str(answer.read().decode())


def test_the_clock_can_run(statewright: Statewright) -> None:
    execution = statewright.run(statewright.create(machine(wait(86_401))))
    statewright.advance(days=1)
    assert execution.status == "RUNNING"
    statewright.run_clock()
    ended = threading.Event()
    statewright.function("end")(lambda event: ended.set())
    statewright.start(statewright.create(machine(wait(1), function("end"))))
    assert ended.wait(20)
    statewright.run_clock(False)
    statewright.settle()
    assert execution.status == "SUCCEEDED"


@pytest.mark.parametrize("children", ["STANDARD", "EXPRESS"])
def test_children_of_a_distributed_map_wait_on_the_clock(statewright: Statewright, children: str) -> None:
    seen = statewright.function("note", takes=5)(lambda event: event)
    inner = machine(wait(60), function("note")) | {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": children}
    }
    inner["States"] = {f"In{name}": state for name, state in inner["States"].items()}
    inner["StartAt"], inner["States"]["InA"]["Next"] = "InA", "InB"
    execution = statewright.run(
        statewright.create(machine({"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": inner})), [1, 2, 3]
    )
    statewright.advance(seconds=64)
    assert (execution.status, len(seen.calls)) == ("RUNNING", 2)
    statewright.advance(seconds=65)
    assert (execution.status, len(seen.calls)) == ("RUNNING", 3)
    statewright.advance(seconds=1)
    assert execution.output == [1, 2, 3]
