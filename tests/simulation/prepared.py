"""A database with the machines, made once and copied for each seed; and small limits, so that short runs meet them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine import limits
from engine.api.activities import create_activity
from engine.api.definitions import check_definition
from engine.api.state_machines import create_state_machine
from engine.asl.compiler import compile_machine
from engine.runtime import directory, recovery
from engine.runtime.kernel import Kernel, Request
from engine.store.database import open_database
from engine.store.leases import acquire
from engine.store.upgrade import upgrade
from tests.simulation.ledger import Ledger, metadata
from tests.simulation.machines import KINDS, ROLE, definition_text
from tests.simulation.simulation import START_MS
from tests.simulation.world import CALLER
from tests.virtual_clock import VirtualClock


def prepare(path: Path) -> None:
    """Make the database that every seed begins with."""
    clock = VirtualClock(START_MS - 1_000, Random(0))
    with open_database(f"sqlite:///{path}", durable=False) as database:
        upgrade(database)
        with database.writer.transaction() as connection:
            metadata.create_all(connection)
        lease = acquire(database, clock.epoch_ms)
        kernel = Kernel(database, lease, Ledger(Random(0), 0.0), clock, batch_seconds=float("inf"))
        machines = [
            {"name": name, "definition": definition_text(name), "roleArn": ROLE, "type": kind.type}
            for name, kind in KINDS.items()
        ]
        requests = [_creation(wanted) for wanted in machines]
        requests.append(Request(lambda tx: create_activity(tx, CALLER, {"name": "work"})))
        answers, _ = kernel.process(requests)
        assert all(answer.error is None for answer in answers), answers
        lease.release()


def _creation(wanted: dict[str, Any]) -> Request:
    variables = check_definition(wanted["definition"], wanted["type"], None)
    return Request(partial(create_state_machine, caller=CALLER, request=wanted, variables=variables))


def copy(prepared: Path, folder: Path) -> Path:
    path = folder / "simulated.db"
    for leftover in folder.glob("simulated.db*"):
        leftover.unlink()
    shutil.copyfile(prepared, path)
    return path


@contextmanager
def small_limits() -> Iterator[pytest.MonkeyPatch]:
    """Slices, pages and horizons that a short run reaches; each definition is compiled once for all seeds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "TRANSITIONS_PER_STEP_MAX", 8)
        patch.setattr(limits, "TIMER_HORIZON_SECONDS", 10)
        patch.setattr(limits, "PURGED_PER_BATCH_MAX", 1)
        patch.setattr(limits, "LOCAL_CALLS_PER_STEP_MAX", 2)
        patch.setattr(limits, "NESTED_SIGNALS_PER_BATCH_MAX", 2)
        patch.setattr(limits, "LOCAL_CALLS_PER_BATCH_MAX", 5)
        patch.setattr(limits, "MAP_RUN_STARTS_PER_BATCH_MAX", 2)
        patch.setattr(limits, "MAP_RUN_STOPS_PER_BATCH_MAX", 2)
        patch.setattr(limits, "RESULT_ROWS_READ", 2)
        patch.setattr(limits, "RESULT_FILE_BYTES_MAX", 1_000)
        patch.setattr(recovery, "PAGE_ROWS", 2)
        patch.setattr(directory, "compile_machine", cache(compile_machine))
        yield patch
