"""A unit test of a state machine: each test case of its mock file, and how the execution ends.

python -m pytest examples
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).resolve().parent


def run(test_case: str) -> tuple[int, dict[str, Any]]:
    """The exit status of `statewright run`, and what it says with `--json`."""
    command = [sys.executable, "-m", "engine.cli.main", "run", f"{EXAMPLES}/order-saga.asl.json"]
    command += ["--input", f"@{EXAMPLES}/inputs/order-saga.json", "--skip-waits", "--json"]
    command += ["--mock", f"{EXAMPLES}/mocks/order-saga.mocks.json#{test_case}"]
    done = subprocess.run(command, cwd=EXAMPLES, capture_output=True, text=True, timeout=60)
    return done.returncode, json.loads(done.stdout)


def test_a_busy_gateway_is_retried() -> None:
    status, result = run("Completed")
    assert status == 0
    assert result["output"] == {
        "orderId": "1001",
        "status": "COMPLETED",
        "amount": 26.75,
        "trackingNumber": "DE-mocked",
    }
    assert [event["type"] for event in result["events"]].count("TaskFailed") == 2


def test_a_declined_card_releases_the_stock() -> None:
    status, result = run("Declined")
    assert status == 1
    assert (result["status"], result["error"]) == ("FAILED", "CardDeclined")
    entered = [
        event["stateEnteredEventDetails"]["name"] for event in result["events"] if "stateEnteredEventDetails" in event
    ]
    assert entered == ["Reserve stock", "Charge card", "Release stock", "Order rejected"]
