"""What happens in one commit: ends and redrives of the same execution, whoever comes first."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine import limits
from engine.api.definitions import check_definition
from engine.api.executions import describe_execution, start_execution, stop_execution
from engine.api.redrive import redrive_execution
from engine.api.state_machines import create_state_machine
from engine.contract import Caller
from engine.core.execution import Branch
from engine.core.remains import read_remains, remains_texts
from engine.runtime import redriving
from engine.runtime.after import AfterCommit
from engine.runtime.kernel import Answer, Kernel, Request
from engine.runtime.map_run_happenings import continue_map_run, stop_children
from engine.runtime.redriven_children import can_go_on
from engine.store import redrives
from engine.store.database import Database, open_database
from engine.store.failed_children import FailedChildRow
from engine.store.leases import acquire
from engine.store.upgrade import upgrade
from tests.map_runs.machines import WAIT, distributed, only_map
from tests.redrive.machines import chain, flow
from tests.runtime.engine import FakeActions
from tests.virtual_clock import VirtualClock

CALLER = Caller("000000000000", "us-east-1")
ROLE = "arn:aws:iam::000000000000:role/r"
NOW = 1_800_000_000_000
WAITS = chain(("P", {"Type": "Parallel", "Branches": [flow("W", {"Type": "Wait", "Seconds": 60})]}))


class Bench:
    """A kernel, and operations by name, each batch as it is given."""

    def __init__(self, database: Database, kernel: Kernel, clock: VirtualClock):
        self.database, self.kernel, self.clock = database, kernel, clock

    def batch(self, *asked: tuple[Any, dict[str, Any]]) -> tuple[list[Any], AfterCommit]:
        """The values; an error is raised."""
        requests = [
            Request(partial(operation, caller=CALLER, request=given), savepoint=False) for operation, given in asked
        ]
        answers, after = self.kernel.process(requests)
        return [_value(answer) for answer in answers], after

    def started(self, definition: str, given: Any = None) -> str:
        create = partial(create_state_machine, variables=check_definition(definition, "STANDARD", None))
        made, _ = self.batch((create, {"name": f"m{id(definition)}", "definition": definition, "roleArn": ROLE}))
        text = json.dumps(given if given is not None else {})
        begun, after = self.batch((start_execution, {"stateMachineArn": made[0]["stateMachineArn"], "input": text}))
        self.follow(after)
        return str(begun[0]["executionArn"])

    def follow(self, after: AfterCommit) -> None:
        """What was left to next batches, until nothing is."""
        while after.map_runs or after.map_runs_over:
            more = AfterCommit()
            for waiting in after.map_runs:
                more.add(self.kernel.process([Request(continue_map_run(*waiting))])[1])
            for key in after.map_runs_over:
                more.add(self.kernel.process([Request(stop_children(key))])[1])
            after = more

    def shown(self, arn: str) -> dict[str, Any]:
        ((found,), _) = self.batch((describe_execution, {"executionArn": arn}))
        return dict(found)

    def count(self, table: str) -> int:
        with self.database.reader() as connection:
            return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def _value(answer: Answer) -> Any:
    if answer.error is not None:
        raise answer.error
    return answer.value


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with open_database(f"sqlite:///{tmp_path}/x.db", durable=False) as database:
        upgrade(database)
        clock = VirtualClock(NOW, Random(0))
        lease = acquire(database, NOW)
        yield Bench(database, Kernel(database, lease, FakeActions([]), clock, batch_seconds=float("inf")), clock)
        lease.release()


def test_a_stop_and_a_redrive_in_one_commit(bench: Bench) -> None:
    arn = bench.started(WAITS)
    named = {"executionArn": arn}
    bench.batch(
        (stop_execution, named), (redrive_execution, named), (stop_execution, named), (redrive_execution, named)
    )
    assert bench.count("remains") == 0 and bench.count("branches") == 2
    shown = bench.shown(arn)
    assert (shown["status"], shown["redriveCount"]) == ("RUNNING", 2)
    bench.batch((stop_execution, named))
    assert (bench.count("remains"), bench.count("branches")) == (1, 0)
    bench.batch((redrive_execution, named), (stop_execution, named))
    assert (bench.count("remains"), bench.count("branches")) == (1, 0)
    assert bench.shown(arn)["redriveCount"] == 3


def test_a_start_an_end_and_a_redrive_in_one_commit(bench: Bench) -> None:
    bench.started(WAITS)
    machine = f"arn:aws:states:us-east-1:000000000000:stateMachine:m{id(WAITS)}"
    named = {"executionArn": machine.replace(":stateMachine:", ":execution:") + ":e"}
    start = {"stateMachineArn": machine, "name": "e", "input": "{}"}
    bench.batch((start_execution, start), (stop_execution, named), (redrive_execution, named))
    assert bench.shown(named["executionArn"])["status"] == "RUNNING"
    assert (bench.count("remains"), bench.count("branches")) == (0, 4)


def test_a_map_run_is_stopped_and_redriven_in_one_commit(bench: Bench) -> None:
    count = limits.MAP_RUN_STOPS_PER_BATCH_MAX + 10
    arn = bench.started(only_map(distributed(WAIT)), list(range(count)))
    named = {"executionArn": arn}
    _, after = bench.batch((stop_execution, named), (redrive_execution, named))
    bench.follow(after)
    with bench.database.reader() as connection:
        run = connection.exec_driver_sql("SELECT * FROM map_runs").mappings().one()
        statuses = dict(
            tuple(row)
            for row in connection.exec_driver_sql(
                "SELECT status, count(*) FROM executions WHERE map_run IS NOT NULL GROUP BY status"
            )
        )
    assert statuses == {"RUNNING": count}
    assert (run["status"], run["started"], run["aborted"], run["pending_redrive"]) == ("RUNNING", count, 0, 0)


def test_what_can_be_redriven_no_more_is_forgotten(bench: Bench) -> None:
    arns = [bench.started(WAITS)]
    bench.batch((stop_execution, {"executionArn": arns[0]}))
    bench.clock.advance_to(NOW + limits.REDRIVE_SECONDS_MAX * 1000 - 1)
    assert bench.shown(arns[0])["redriveStatus"] == "REDRIVABLE"
    bench.kernel.process([Request(redriving.forget_expired)])
    assert bench.count("remains") == 1
    bench.clock.advance_to(NOW + limits.REDRIVE_SECONDS_MAX * 1000)
    bench.kernel.process([Request(redriving.forget_expired)])
    assert bench.count("remains") == 0
    assert bench.shown(arns[0])["redriveStatusReason"] == "Execution redrivable period exceeded"


def test_an_execution_of_which_nothing_is_left_is_too_old(bench: Bench) -> None:
    """One that ended before this server kept what a redrive needs."""
    arn = bench.started(WAITS)
    bench.batch((stop_execution, {"executionArn": arn}))
    with bench.database.writer.transaction() as connection:
        redrives.forget_expired(connection, 2**62, 10)
    text = "Execution was started before the launch of RedriveExecution"
    assert bench.shown(arn)["redriveStatusReason"] == text
    with pytest.raises(Exception, match=text):
        bench.batch((redrive_execution, {"executionArn": arn}))


@pytest.mark.parametrize(("sizes", "parts"), [([10, 10], 1), ([10, 99], 2), ([200, 5, 5], 2), ([200] * 3, 3)])
def test_large_remains_are_kept_in_parts(sizes: list[int], parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMAINS_TEXT_CHARS", 180)
    branches = [
        Branch(number, None, 0, 0, "S", "x" * size, json.dumps("x" * size), 1) for number, size in enumerate(sizes)
    ]
    texts = remains_texts(branches)
    assert len(texts) == parts
    assert [remnant.branch for remnant in read_remains(texts)] == branches


YEAR, WINDOW = limits.EXECUTION_SECONDS_MAX * 1000, limits.REDRIVE_SECONDS_MAX * 1000
STANDARD, EXPRESS = "arn:aws:states:r:a:execution:m/l:n", "arn:aws:states:r:a:express:m/l:n:u"
FAILED = FailedChildRow(1, STANDARD, "FAILED", NOW - 10, NOW - 5, 7, kept=True)


@pytest.mark.parametrize(
    ("changes", "can"),
    [
        ({}, True),
        ({"kept": False}, False),
        ({"last_event": limits.REDRIVE_HISTORY_EVENTS_MAX}, True),
        ({"last_event": limits.REDRIVE_HISTORY_EVENTS_MAX + 1}, False),
        ({"stop_ms": NOW - WINDOW + 1}, True),
        ({"stop_ms": NOW - WINDOW}, False),
        ({"start_ms": NOW - YEAR + 1}, True),
        ({"start_ms": NOW - YEAR}, False),
        ({"arn": EXPRESS, "kept": False, "stop_ms": NOW - WINDOW}, True),
    ],
)
def test_which_children_go_on(changes: dict[str, Any], can: bool) -> None:
    assert can_go_on(replace(FAILED, **changes), NOW) is can
