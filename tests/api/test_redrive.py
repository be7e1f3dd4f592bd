"""redriveStatus and its reasons, at their boundaries."""

from dataclasses import replace

import pytest

from engine import limits
from engine.api.redrive import redrive_status
from engine.store.rows import ExecutionRow, MachineRow
from tests.store.builders import execution

START = 1_700_000_000_000
STOP = START + 1000
WINDOW = limits.REDRIVE_SECONDS_MAX * 1000
YEAR = limits.EXECUTION_SECONDS_MAX * 1000

MACHINE = MachineRow(7, "m", "a", "r", "m", "STANDARD", "ACTIVE", 1, None, "{}", "role", "{}", "{}", "{}", START, START)
FAILED = ExecutionRow(
    **execution(1, 7, status="FAILED", start_ms=START, stop_ms=STOP, deadline_ms=START + YEAR, last_event=5)
)

# execution, machine, now, reason
CASES: list[tuple[ExecutionRow, MachineRow | None, int, str | None]] = [
    (FAILED, MACHINE, STOP, None),
    (replace(FAILED, status="TIMED_OUT"), MACHINE, STOP, None),
    (replace(FAILED, status="ABORTED"), MACHINE, STOP, None),
    (
        replace(FAILED, status="RUNNING", stop_ms=None),
        MACHINE,
        STOP,
        "Execution is RUNNING and cannot be redriven",
    ),
    (replace(FAILED, status="SUCCEEDED"), MACHINE, STOP, "Execution is SUCCEEDED and cannot be redriven"),
    (FAILED, None, STOP, "State machine is in DELETING status"),
    (FAILED, replace(MACHINE, id=8), STOP, "State machine is in DELETING status"),
    (FAILED, replace(MACHINE, status="DELETING"), STOP, "State machine is in DELETING status"),
    (replace(FAILED, last_event=24_998), MACHINE, STOP, None),
    (replace(FAILED, last_event=24_999), MACHINE, STOP, "Execution history event limit exceeded"),
    (FAILED, MACHINE, STOP + WINDOW - 1, None),
    (FAILED, MACHINE, STOP + WINDOW, "Execution redrivable period exceeded"),
    (replace(FAILED, stop_ms=START + YEAR - 2), MACHINE, START + YEAR - 1, None),
    (
        replace(FAILED, stop_ms=START + YEAR - 2),
        MACHINE,
        START + YEAR,
        "Execution has exceeded the max execution time",
    ),
]


@pytest.mark.parametrize(("row", "machine", "now_ms", "reason"), CASES)
def test_reasons(row: ExecutionRow, machine: MachineRow | None, now_ms: int, reason: str | None) -> None:
    status = "REDRIVABLE" if reason is None else "NOT_REDRIVABLE"
    assert redrive_status(row, machine, now_ms) == (status, reason)
