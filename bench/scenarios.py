"""What is measured, one function each. Every execution that counts is verified to have SUCCEEDED."""

import json
import time
from dataclasses import dataclass
from typing import Any

from bench.client import TARGET_PREFIX, Load
from bench.processes import Service, load

ROLE = "arn:aws:iam::000000000000:role/bench"
DRAIN_SECONDS_MAX = 120
FILL_SECONDS = 2.0
FILL_ROUNDS_MAX = 30
FULL_GROWTH_BYTES = 1_048_576
LOOP_LAPS = 5_900  # four events a lap, below the history's limit of 25,000
LOOP_TRANSITIONS = 2 * LOOP_LAPS + 2


@dataclass(frozen=True, slots=True)
class Round:
    """One measurement under load: per second, and what the server spent."""

    per_second: float
    cpu_seconds_each: float
    server_cpu_share: float  # of one core
    client_cpu_share: float


def five_passes() -> dict[str, Any]:
    """Five Pass states in a row, each with a little work."""
    states: dict[str, Any] = {
        f"P{number}": {"Type": "Pass", "Result": {"step": number}, "ResultPath": "$.at", "Next": f"P{number + 1}"}
        for number in range(1, 5)
    }
    states["P5"] = {"Type": "Pass", "Parameters": {"id.$": "$.id", "done": True}, "End": True}
    return {"StartAt": "P1", "States": states}


def choice_loop() -> dict[str, Any]:
    return {
        "StartAt": "Begin",
        "States": {
            "Begin": {"Type": "Pass", "Result": {"lap": 0}, "Next": "More?"},
            "More?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.lap", "NumericLessThan": LOOP_LAPS, "Next": "Lap"}],
                "Default": "Done",
            },
            "Lap": {"Type": "Pass", "Parameters": {"lap.$": "States.MathAdd($.lap, 1)"}, "Next": "More?"},
            "Done": {"Type": "Succeed"},
        },
    }


def sleeper() -> dict[str, Any]:
    return {"StartAt": "Sleep", "States": {"Sleep": {"Type": "Wait", "Seconds": 86_400, "End": True}}}


def echo_round(echo: Service, seconds: float, concurrency: int) -> Round:
    """Requests per second of the bare echo, with a body like StartExecution's."""
    body = start_body("arn:aws:states:us-east-1:000000000000:stateMachine:bench")
    cpu = echo.cpu_seconds()
    result = load(Load(port=echo.port, body=body, seconds=seconds, concurrency=concurrency))
    if result.failed:
        raise RuntimeError(f"the echo failed: {result.first_failure}")
    spent = echo.cpu_seconds() - cpu
    return Round(
        result.answered / result.seconds,
        spent / result.answered,
        spent / result.seconds,
        result.cpu_seconds / result.seconds,
    )


def execution_round(
    server: Service, name: str, seconds: float, concurrency: int, definition: dict[str, Any] | None = None
) -> Round:
    """Executions per second, from the first StartExecution until none is running any more."""
    arn = create(server, name, definition or five_passes())
    cpu, began = server.cpu_seconds(), time.perf_counter()
    result = load(
        Load(
            port=server.port,
            body=start_body(arn),
            target=TARGET_PREFIX + "StartExecution",
            seconds=seconds,
            concurrency=concurrency,
        )
    )
    if result.failed:
        raise RuntimeError(f"{result.failed} of {result.answered} starts failed: {result.first_failure}")
    drained = time.perf_counter()
    await_none_running(server, arn)
    drain_seconds = time.perf_counter() - drained
    spent, whole = server.cpu_seconds() - cpu, time.perf_counter() - began
    succeeded = count(server, arn, "SUCCEEDED")
    if succeeded != result.answered:
        raise RuntimeError(f"{result.answered} executions were acknowledged, but {succeeded} SUCCEEDED")
    # The client's start as a process is not the server's time: its own clock counts, plus the drain.
    return Round(
        result.answered / (result.seconds + drain_seconds),
        spent / result.answered,
        spent / whole,
        result.cpu_seconds / result.seconds,
    )


def lone_loop(server: Service, name: str) -> float:
    """Transitions per second of one execution alone, from its start to the answer that says it has ended."""
    arn = create(server, name, choice_loop())
    began = time.perf_counter()
    execution = server.call("StartExecution", stateMachineArn=arn, input="{}")["executionArn"]
    deadline = time.monotonic() + DRAIN_SECONDS_MAX
    while (found := server.call("DescribeExecution", executionArn=execution))["status"] == "RUNNING":
        if time.monotonic() > deadline:
            raise RuntimeError("the loop did not end")
        time.sleep(0.005)
    seconds = time.perf_counter() - began
    if found["status"] != "SUCCEEDED":
        raise RuntimeError(f"the loop ended {found['status']}: {found.get('error')}: {found.get('cause')}")
    return LOOP_TRANSITIONS / seconds


def fill_caches(server: Service, concurrency: int) -> None:
    """Runs executions until the server's memory has stopped growing.

    The store keeps pages of its database in memory, up to a bound (64 MiB), whatever the rows on them are. Until it is
    full each new row seems to cost memory; what a sleeping execution costs shows only afterwards.
    """
    for number in range(FILL_ROUNDS_MAX):
        before = server.rss_bytes()
        execution_round(server, f"fill-{number}", FILL_SECONDS, concurrency)
        if server.rss_bytes() - before < FULL_GROWTH_BYTES:
            return
    raise RuntimeError(f"the server's memory still grows after {FILL_ROUNDS_MAX} rounds of {FILL_SECONDS:g} s")


def sleeping_bytes_each(server: Service, executions: int, concurrency: int) -> float:
    """Resident memory that one sleeping execution adds, over `executions` of them."""
    arn = create(server, "sleepers", sleeper())
    before = server.rss_bytes()
    result = load(
        Load(
            port=server.port,
            body=start_body(arn),
            target=TARGET_PREFIX + "StartExecution",
            requests=executions,
            concurrency=concurrency,
        )
    )
    if result.failed or result.answered != executions:
        raise RuntimeError(f"only {result.answered - result.failed} sleepers started: {result.first_failure}")
    time.sleep(2)  # let what was only buffered go
    if (asleep := count(server, arn, "RUNNING")) != executions:
        raise RuntimeError(f"{executions} executions were acknowledged, but {asleep} are RUNNING")
    return (server.rss_bytes() - before) / executions


def create(server: Service, name: str, definition: dict[str, Any]) -> str:
    answer = server.call("CreateStateMachine", name=name, definition=json.dumps(definition), roleArn=ROLE)
    arn: str = answer["stateMachineArn"]
    return arn


def start_body(arn: str) -> str:
    return json.dumps({"stateMachineArn": arn, "input": json.dumps({"id": 1, "customer": "Ada", "lines": [1, 2, 3]})})


def await_none_running(server: Service, arn: str) -> None:
    deadline = time.monotonic() + DRAIN_SECONDS_MAX
    while server.call("ListExecutions", stateMachineArn=arn, statusFilter="RUNNING", maxResults=1)["executions"]:
        if time.monotonic() > deadline:
            raise RuntimeError("executions were still running at the end")
        time.sleep(0.005)


def count(server: Service, arn: str, status: str) -> int:
    found = 0
    parameters: dict[str, Any] = {"stateMachineArn": arn, "statusFilter": status, "maxResults": 1000}
    while True:
        page = server.call("ListExecutions", **parameters)
        found += len(page["executions"])
        if not page.get("nextToken"):
            return found
        parameters["nextToken"] = page["nextToken"]
