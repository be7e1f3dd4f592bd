"""`statewright run`: a file to its end without a server, its exit status, its mocks."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.cli.main import main
from engine.cli.progress import Entered
from tests.cli.conftest import Golden, Invoke
from tests.cli.server import EXAMPLES, ROOT

CONFIG = ["--config", str(EXAMPLES / "statewright.toml")]
SAGA = str(EXAMPLES / "order-saga.asl.json")
MOCKS = str(EXAMPLES / "mocks" / "order-saga.mocks.json")
SAGA_INPUT = f"@{EXAMPLES}/inputs/order-saga.json"


def machine(**states: Any) -> str:
    return json.dumps({"StartAt": next(iter(states)), "States": states})


def write(name: str, text: str) -> str:
    Path(name).write_text(text)
    return name


def without_times(text: str) -> str:
    """The output with each offset as zero, and without how long it took."""
    text = re.sub(r"^( *\d+ +)\d+\.\d{3}s", r"\g<1>0.000s", text, flags=re.MULTILINE)
    return re.sub(r"^(SUCCEEDED in ).*$", r"\g<1>no time", text, flags=re.MULTILINE)


def test_history_and_output(invoke: Invoke, golden: Golden) -> None:
    result = invoke("run", str(EXAMPLES / "greeting.asl.json"), "--input", '{"name": "Ada", "hour": 9}')
    assert result.exit_code == 0
    golden("run-greeting.txt", without_times(result.stdout))


def test_a_definition_from_stdin(invoke: Invoke) -> None:
    result = invoke("run", "-", "--json", input=machine(A={"Type": "Pass", "Result": [1, None], "End": True}))
    assert (result.exit_code, json.loads(result.stdout)["output"]) == (0, [1, None])


def test_a_failed_execution_is_exit_1(invoke: Invoke) -> None:
    write("fails.asl.json", machine(A={"Type": "Fail", "Error": "Boom", "Cause": "bang"}))
    result = invoke("run", "fails.asl.json")
    assert (result.exit_code, result.stderr) == (1, "Error: FAILED: Boom: bang\n")
    result = invoke("run", "fails.asl.json", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Boom", "bang")
    assert "output" not in found


def test_waits_are_skipped(invoke: Invoke) -> None:
    write("sleeps.asl.json", machine(A={"Type": "Wait", "Seconds": 86_400, "Next": "B"}, B={"Type": "Succeed"}))
    result = invoke("run", "sleeps.asl.json", "--skip-waits", "--json")
    events = json.loads(result.stdout)["events"]
    assert events[-1]["timestamp"] - events[0]["timestamp"] >= 86_400


EXAMPLE_RUNS: list[tuple[str, Any, str, Any]] = [
    (
        "order-saga",
        json.loads((EXAMPLES / "inputs" / "order-saga.json").read_text()),
        "SUCCEEDED",
        {"orderId": "1001", "status": "COMPLETED", "amount": 26.75, "trackingNumber": "DE-1001"},
    ),
    (
        "order-saga",
        {"orderId": "2", "card": "visa", "address": {"country": "AQ"}, "lines": [{"sku": "SKU-PEN", "quantity": 4}]},
        "FAILED",
        "AddressNotServed",
    ),
    (
        "order-saga",
        {"orderId": "3", "card": "visa", "address": {"country": "DE"}, "lines": [{"sku": "SKU-SOLD-OUT"}]},
        "FAILED",
        "OutOfStock",
    ),
    (
        "order-lines",
        {"customer": "Ada", "lines": [{"sku": "SKU-MUG", "quantity": 2}, {"sku": "SKU-PEN", "quantity": 100}]},
        "SUCCEEDED",
        {
            "customer": "Ada",
            "lines": [
                {"sku": "SKU-MUG", "total": 25.0, "availableFrom": "Osaka"},
                {"sku": "SKU-PEN", "total": 157.5, "availableFrom": "Osaka"},
            ],
            "lineCount": 2,
            "total": 182.5,
        },
    ),
    (
        "cart-total",
        {
            "customer": "Ada",
            "lines": [{"sku": "MUG", "price": 12.5, "quantity": 2}, {"sku": "PEN", "price": 1, "quantity": 9}],
        },
        "SUCCEEDED",
        {
            "customer": "Ada",
            "lines": [{"number": 1, "sku": "MUG", "total": 25}, {"number": 2, "sku": "PEN", "total": 9}],
            "shipping": 4.9,
            "total": 38.9,
        },
    ),
    ("cart-total", {"customer": "Bob", "lines": []}, "FAILED", "EmptyCart"),
    ("poll-job", {"name": "nightly", "fails": True}, "FAILED", "JobFailed"),
    ("poll-job", {"name": "endless", "doneAfterLooks": 50}, "FAILED", "JobTooSlow"),
    (
        "human-approval",
        {"amount": 20, "purpose": "cable", "approver": "a@example.com"},
        "SUCCEEDED",
        {"status": "BOOKED", "amount": 20, "purpose": "cable"},
    ),
    ("human-approval", {"amount": 900, "purpose": "chair", "approver": "a@example.com"}, "FAILED", "NoAnswer"),
]


@pytest.mark.parametrize(("name", "value", "status", "outcome"), EXAMPLE_RUNS)
def test_examples(invoke: Invoke, name: str, value: Any, status: str, outcome: Any) -> None:
    file = str(EXAMPLES / f"{name}.asl.json")
    result = invoke("run", file, *CONFIG, "--skip-waits", "--json", "--input", json.dumps(value))
    found = json.loads(result.stdout)
    assert found["status"] == status
    assert found["output" if status == "SUCCEEDED" else "error"] == outcome


def test_what_waits_for_nobody_ends_and_says_so(invoke: Invoke) -> None:
    result = invoke("run", str(EXAMPLES / "call-lambda-callback.asl.json"), *CONFIG)
    assert result.exit_code == 1
    assert "It waits in 'Call Lambda' for an answer that nobody can send to a local run." in result.stderr


@pytest.mark.parametrize(("case", "status", "failed"), [("Completed", 0, 2), ("Declined", 1, 1)])
def test_mocks(invoke: Invoke, case: str, status: int, failed: int) -> None:
    mock = [f"{MOCKS}#{case}"]
    result = invoke("run", SAGA, "--input", SAGA_INPUT, "--skip-waits", "--json", "--mock", *mock)
    events = json.loads(result.stdout)["events"]
    assert result.exit_code == status
    assert sum(event["type"] == "TaskFailed" for event in events) == failed


def test_a_state_without_a_mock_is_really_called(invoke: Invoke) -> None:
    arguments = ["run", SAGA, *CONFIG, "--input", SAGA_INPUT, "--skip-waits", "--json"]
    result = invoke(*arguments, "--mock", MOCKS, "--test-case", "OnlyPaymentMocked")
    assert json.loads(result.stdout)["output"]["trackingNumber"] == "DE-1001"


def test_mocks_stand_for_services_that_are_not_built_in(invoke: Invoke) -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": {"TableName": "t"}}
    write("table.asl.json", machine(Get={**task, "Next": "Again"}, Again={**task, "End": True}))
    response = {"0": {"Return": {"Item": {"id": {"S": "1"}}}}}
    mocked = {"Both": {"Get": "Item", "Again": "Item"}, "One": {"Get": "Item"}}
    write(
        "m.json", json.dumps({"StateMachines": {"table": {"TestCases": mocked}}, "MockedResponses": {"Item": response}})
    )
    result = invoke("run", "table.asl.json", "--mock", "m.json#Both", "--json")
    assert json.loads(result.stdout)["output"] == {"Item": {"id": {"S": "1"}}}
    result = invoke("run", "table.asl.json", "--mock", "m.json#One", "--json")
    assert json.loads(result.stdout)["error"] == "States.Runtime"
    assert invoke("run", "table.asl.json").exit_code == 2


def test_visits_of_a_loop_get_the_next_answers(invoke: Invoke) -> None:
    mocked = {
        "StateMachines": {"poll-job": {"TestCases": {"Two": {"Submit job": "Job", "Look at job": "Looks"}}}},
        "MockedResponses": {
            "Job": {"0": {"Return": {"Payload": {"pollSeconds": 5}}}},
            "Looks": {
                "0": {"Return": {"Payload": {"status": "RUNNING", "looks": 1, "pollSeconds": 5}}},
                "1": {"Return": {"Payload": {"status": "SUCCEEDED", "looks": 2}}},
            },
        },
    }
    write("m.json", json.dumps(mocked))
    arguments = ["run", str(EXAMPLES / "poll-job.asl.json"), "--skip-waits", "--json", "--mock", "m.json"]
    assert json.loads(invoke(*arguments).stdout)["output"] == {"status": "SUCCEEDED", "looks": 2}


WRONG = [
    (["run", "nowhere.asl.json"], "nowhere.asl.json: No such file or directory"),
    (["run", "-", "--input", "-"], "Only one of FILE and --input can come from stdin."),
    (["run", SAGA, "--input", "{"], "--input is not JSON: "),
    (["run", SAGA, "--test-case", "A"], "--test-case goes with --mock."),
    (["run", SAGA, "--mock", f"{MOCKS}#A", "--test-case", "B"], "--mock names the test case 'A', --test-case 'B'."),
    (["run", SAGA, "--mock", f"{MOCKS}#A"], "has no test case 'A' (it has Completed, Declined, OnlyPaymentMocked)"),
    (["run", SAGA, "--name", "other", "--mock", MOCKS], "has no machine 'other' (it has order-saga)"),
    (["run", SAGA, "--input", json.dumps("x" * 262_143)], "--input is larger than 262144 bytes"),
    (["run", SAGA, "--config", "nowhere.toml"], "nowhere.toml: No such file or directory"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[row[1][:40] for row in WRONG])
def test_what_cannot_be_run_is_exit_2(invoke: Invoke, arguments: list[str], message: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_an_invalid_definition_is_shown_as_validate_shows_it(invoke: Invoke) -> None:
    write("bad.asl.json", machine(A={"Type": "Pass", "Next": "B"}))
    result = invoke("run", "bad.asl.json")
    assert result.exit_code == 2
    assert "bad.asl.json:1:" in result.stderr
    assert "ERROR MISSING_TRANSITION_TARGET Missing 'Next' target: B at /States/A/Next\n" in result.stderr
    assert result.stderr.endswith("Error: bad.asl.json is not a valid state machine.\n")


def test_progress_says_what_is_entered_now() -> None:
    entered = Entered()
    for kind, name in [("MapStateEntered", "M"), ("PassStateEntered", "A"), ("PassStateEntered", "A")]:
        entered.see({"type": kind, "stateEnteredEventDetails": {"name": name}})
    assert entered.text() == "M, A ×2 (3 events)"
    entered.see({"type": "PassStateExited", "stateExitedEventDetails": {"name": "A"}})
    entered.see({"type": "MapStateSucceeded"})
    assert entered.text() == "M, A (5 events)"


def test_what_needs_a_server_says_so(invoke: Invoke) -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {}, "End": True}
    result = invoke("run", "-", input=machine(A=task))
    assert result.exit_code == 1
    assert "arn:aws:states:::sqs:sendMessage is built into the server" in result.stderr
    assert "statewright serve" in result.stderr and "--mock" in result.stderr


@pytest.mark.parametrize(("encoding", "cut"), [("ascii", "…"), ("latin-1", "\\u2026"), ("utf-8", "…")])
def test_what_the_terminal_has_no_characters_for(monkeypatch: pytest.MonkeyPatch, encoding: str, cut: str) -> None:
    """Long inputs are cut with an ellipsis, which Latin-1 lacks too; what is printed as JSON stays JSON."""
    name = "Ä€😀" * 50

    def printed(*more: str) -> str:
        stdout = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stdout)
        given = json.dumps({"name": name, "hour": 9})
        with pytest.raises(SystemExit, match=r"^0$"):
            main(["run", str(EXAMPLES / "greeting.asl.json"), "--input", given, *more])
        stdout.flush()
        assert isinstance(stdout.buffer, io.BytesIO)
        return stdout.buffer.getvalue().decode(stdout.encoding)

    history, _, output = printed().partition("SUCCEEDED")
    assert cut in history
    assert json.loads(output.partition("\n")[2]) == {"greeting": f"Good morning, {name}!"}
    assert json.loads(printed("--json"))["output"] == {"greeting": f"Good morning, {name}!"}


def test_an_output_that_cannot_be_written() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "engine.cli.main", "graph", str(EXAMPLES / "greeting.asl.json")]
        ran = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert ran.returncode == 1
    assert ran.stderr == "Error: the output could not be written: No space left on device\n"
