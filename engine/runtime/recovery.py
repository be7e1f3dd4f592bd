"""What the store still has to do: read at a start, and, for the timers, again and again.

Its cost is that of the work that is open, never that of the history.
"""

from collections.abc import Iterator

from sqlalchemy import Connection

from engine.runtime.after import DEADLINE, DueCall, ExpressStart
from engine.runtime.calls import read_job
from engine.runtime.nesting import ANSWER, STOP
from engine.runtime.timers import Timer
from engine.store import branches, executions, express_starts, machines, map_runs, result_exports, tasks
from engine.store.database import Database
from engine.store.rows import MapRunRow, TaskRow

PAGE_ROWS = 1_000


def due_timers(connection: Connection, after_ms: int, until_ms: int, limit: int) -> list[Timer]:
    """Timers of branches and deadlines of executions later than `after_ms`, up to `until_ms`, the earliest first."""
    waking = [(wake_ms, key, branch) for key, branch, wake_ms in branches.due(connection, after_ms, until_ms, limit)]
    ending = [
        (deadline_ms, key, DEADLINE)
        for key, deadline_ms in executions.due_deadlines(connection, until_ms, limit, (after_ms, 2**63 - 1))
    ]
    return sorted(waking + ending)[:limit]


def unanswered_calls(database: Database) -> Iterator[DueCall]:
    """Remote calls that were written down and not answered: they may have been sent, or have started a job."""
    for row in _tasks(database, "REMOTE"):
        call, job = read_job(row.payload)
        yield DueCall(row.execution, row.branch, row.attempt, call, again=True, job=job)


def local_calls(database: Database) -> Iterator[tuple[int, int, int]]:
    """Calls to built-in services that were put off to a next batch."""
    for row in _tasks(database, "LOCAL"):
        yield row.execution, row.branch, row.attempt


def answers_left(database: Database) -> Iterator[tuple[int, int, int]]:
    """Tasks that were not yet told how the execution ended that they await."""
    for row in _tasks(database, ANSWER):
        yield row.execution, row.branch, row.attempt


def unwanted_children(database: Database) -> Iterator[int]:
    """Executions that are to be stopped because their Task is over."""
    for row in _tasks(database, STOP):
        yield row.execution


def open_map_runs(database: Database) -> Iterator[MapRunRow]:
    """Map Runs that may start more children, or that are over and have children to stop."""
    after = 0
    while True:
        with database.reader() as connection:
            page = map_runs.open_page(connection, after, PAGE_ROWS)
        yield from page
        if len(page) < PAGE_ROWS:
            return
        after = page[-1].key


def results_to_write(database: Database) -> Iterator[int]:
    """Map Runs whose results are not written, or were not known to be."""
    after = 0
    while True:
        with database.reader() as connection:
            page = result_exports.runs_page(connection, after, PAGE_ROWS)
        yield from page
        if len(page) < PAGE_ROWS:
            return
        after = page[-1]


def express_children_left(database: Database, run: MapRunRow) -> Iterator[list[int]]:
    """The keys of a Map Run's Express children that have begun and not ended, a page at a time."""
    before: int | None = None
    while run.express:
        with database.reader() as connection:
            page = executions.running_children(connection, run.key, before, PAGE_ROWS)
        yield page
        if len(page) < PAGE_ROWS:
            return
        before = page[-1]


def _tasks(database: Database, kind: str) -> Iterator[TaskRow]:
    after: tuple[int, int] | None = None
    while True:
        with database.reader() as connection:
            page = tasks.of_kind_page(connection, kind, after, PAGE_ROWS)
        yield from page
        if len(page) < PAGE_ROWS:
            return
        after = (page[-1].execution, page[-1].branch)


def express_starts_left(database: Database) -> Iterator[ExpressStart]:
    """Asynchronous Express executions that were acknowledged and did not end."""
    after: int | None = None
    while True:
        with database.reader() as connection:
            page = express_starts.all_page(connection, after, PAGE_ROWS)
            revisions = {row.revision: machines.revision(connection, row.revision) for row in page}
        for row in page:
            revision = revisions[row.revision]
            if revision is not None:  # its machine is deleted: nothing is left to run
                yield ExpressStart(
                    row.key,
                    row.arn,
                    row.name,
                    revision.role_arn,
                    row.revision,
                    revision.definition,
                    row.input,
                    row.version,
                    row.alias,
                    revision.logging,
                )
        if len(page) < PAGE_ROWS:
            return
        after = page[-1].key
