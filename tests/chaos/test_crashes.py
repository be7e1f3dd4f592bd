"""One kill at a chosen moment: while a function works at a call."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from engine.store.database import open_database
from engine.store.tables import executions, express_starts, tasks
from tests.chaos.client import PATIENCE_SECONDS, Client
from tests.chaos.functions import Functions
from tests.chaos.machines import invoke, machine
from tests.chaos.proof import check_history
from tests.chaos.server import Server
from tests.chaos.storm import ROLE

CAUGHT = {"Catch": [{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.lost", "Next": "Over"}]}


@pytest.fixture
def started(server: Server) -> Server:
    server.start()
    return server


def _machine(client: Client, function: str, kind: str = "STANDARD") -> str:
    definition = machine(("Call", invoke(function) | CAUGHT), ("Over", {"Type": "Pass"}))
    made = client.call(
        "create_state_machine", name=function, definition=json.dumps(definition), roleArn=ROLE, type=kind
    )
    return str(made["stateMachineArn"])


def _kill_in_call(started: Server, functions: Functions, client: Client, machine_arn: str) -> str:
    """Start an execution, kill the server while its function works, and start it again."""
    begun = client.call("start_execution", stateMachineArn=machine_arn, input='{"n": 7}')
    assert functions.held.acquire(timeout=PATIENCE_SECONDS)
    started.kill()
    functions.release.set()
    started.start()
    return str(begun["executionArn"])


def _types(events: list[dict[str, Any]], part: str) -> list[str]:
    return [event["type"] for event in events if event["type"].startswith(part)]


def test_a_call_without_an_answer_is_sent_again_with_its_key(
    started: Server, functions: Functions, client: Client
) -> None:
    execution = _kill_in_call(started, functions, client, _machine(client, "hold"))
    shown = client.until_ended(execution)
    assert shown["status"] == "SUCCEEDED"
    (numbers,) = functions.deliveries.values()
    assert json.loads(shown["output"]) == {"n": 7, "result": {"value": 7, "delivery": numbers[1]}}
    assert len(numbers) == 2
    events = client.history(execution)
    check_history(events)
    tasks = [kind for kind in _types(events, "Task") if not kind.startswith("TaskState")]
    assert tasks == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]


def test_a_call_at_most_once_fails_its_task_instead(started: Server, functions: Functions, client: Client) -> None:
    execution = _kill_in_call(started, functions, client, _machine(client, "hold_once"))
    shown = client.until_ended(execution)
    assert shown["status"] == "SUCCEEDED"
    lost = json.loads(shown["output"])["lost"]
    assert lost["Error"] == "States.TaskFailed"
    assert "at_most_once" in lost["Cause"]
    assert [len(numbers) for numbers in functions.deliveries.values()] == [1]


def test_an_acknowledged_express_execution_runs_again(started: Server, functions: Functions, client: Client) -> None:
    _kill_in_call(started, functions, client, _machine(client, "hold", "EXPRESS"))
    assert functions.held.acquire(timeout=PATIENCE_SECONDS), "it did not run again"
    (numbers,) = functions.deliveries.values()
    assert len(numbers) == 2
    _until_no_express_is_left(started.db)
    assert started.stop() == 0
    started.start()  # it has ended, so it does not run a third time
    client.call("list_state_machines")
    assert started.stop() == 0
    assert len(numbers) == 2


def test_a_state_under_test_can_be_tested_again(started: Server, functions: Functions, client: Client) -> None:
    """TestState keeps nothing: a kill leaves its caller without an answer, and the store without a trace."""
    state = json.dumps(invoke("hold") | {"End": True})
    with ThreadPoolExecutor(1) as caller:
        tested = caller.submit(client.call, "test_state", definition=state, roleArn=ROLE, input='{"n": 7}')
        assert functions.held.acquire(timeout=PATIENCE_SECONDS)
        started.kill()
        functions.release.set()
        started.start()
        answer = tested.result(PATIENCE_SECONDS)
    assert answer["status"] == "SUCCEEDED"
    assert json.loads(answer["output"])["result"]["value"] == 7
    assert sum(len(numbers) for numbers in functions.deliveries.values()) == 2
    assert started.stop() == 0
    with open_database(started.db) as database, database.reader() as connection:
        assert not connection.execute(select(executions.c.key)).all()
        assert not connection.execute(select(tasks.c.execution)).all()


def _until_no_express_is_left(db: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    with open_database(db) as database:
        while True:
            with database.reader() as connection:
                left = connection.execute(select(express_starts.c.name)).all()
            if not left:
                return
            assert time.monotonic() < deadline, left
            time.sleep(0.02)
