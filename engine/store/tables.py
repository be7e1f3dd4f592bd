"""The tables of the engine. Each aggregate has a statement module of its own beside this file; the migrations create
what stands here (a test compares the two).

An execution is named by its ARN outside and by its `key` inside: a 63-bit integer that grows with time, with the
shard in its lowest bits, so that rows are appended and a page of executions in the order of their start needs no sort.
Times are epoch milliseconds. Structured values are JSON text.

Two types differ between the back ends. `Key` is the rowid itself on SQLite, which only a column called INTEGER can be.
`Name` compares bytes on Postgres as SQLite does, whatever the locale of the database: pages of names have one order.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects import postgresql

Key = BigInteger().with_variant(Integer(), "sqlite")
Name = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

metadata = MetaData()


def _where(condition: str) -> dict[str, Any]:
    """Of an index over the rows for which this holds, alike on both back ends."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


# Facts about the database itself: the key that signs task tokens.
meta = Table(
    "meta",
    metadata,
    Column("key", Name, primary_key=True),
    Column("value", Text, nullable=False),
)

# Who may write for a shard. The epoch grows with each acquisition; a commit whose epoch is not the row's is refused.
shards = Table(
    "shards",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("owner", Name, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("acquired_ms", BigInteger, nullable=False),
)

# A state machine as it is now. What its executions run is the revision that was current when they started.
machines = Table(
    "machines",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("arn", Name, nullable=False, unique=True),
    Column("account", Name, nullable=False),
    Column("region", Name, nullable=False),
    Column("name", Name, nullable=False),
    Column("type", Name, nullable=False),  # STANDARD, EXPRESS
    Column("status", Name, nullable=False),  # ACTIVE, DELETING
    Column("revision", Integer, nullable=False),  # -> revisions.id
    Column("last_version", Integer, nullable=False),  # the highest number that a version of it ever had
    Column("created_ms", BigInteger, nullable=False),
    Index("machines_by_owner", "account", "region", "arn"),
    Index("machines_deleting", "id", **_where("status = 'DELETING'")),
    sqlite_autoincrement=True,
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("machine", Integer, nullable=False, index=True),  # -> machines.id
    Column("revision_id", Text),  # None for the one that the machine was created with, as on AWS
    Column("definition", Text, nullable=False),
    Column("role_arn", Text, nullable=False),
    Column("logging", Text, nullable=False),
    Column("tracing", Text, nullable=False),
    Column("encryption", Text, nullable=False),
    Column("variables", Text, nullable=False),  # which ones each state refers to, as Describe shows it
    Column("created_ms", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

# A published revision, by a number that is never used again.
versions = Table(
    "versions",
    metadata,
    Column("machine", Integer, nullable=False),  # -> machines.id
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),  # -> revisions.id
    Column("description", Text),
    Column("created_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("machine", "version"),
)

# A name for one or two versions of a machine. `routing`: [[version, weight], ...] as JSON.
aliases = Table(
    "aliases",
    metadata,
    Column("machine", Integer, nullable=False),  # -> machines.id
    Column("name", Name, nullable=False),
    Column("description", Text),
    Column("routing", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("machine", "name"),
)

executions = Table(
    "executions",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("shard", Integer, nullable=False),
    Column("arn", Name, nullable=False, unique=True),
    Column("machine", Integer, nullable=False),  # -> machines.id
    Column("revision", Integer, nullable=False),  # -> revisions.id
    Column("name", Name, nullable=False),
    Column("status", Name, nullable=False),
    Column("input", Text, nullable=False),
    Column("output", Text),
    Column("error", Text),
    Column("cause", Text),
    Column("start_ms", BigInteger, nullable=False),
    Column("stop_ms", BigInteger),
    Column("deadline_ms", BigInteger, nullable=False),
    Column("last_event", Integer, nullable=False),  # the id of the newest event
    Column("next_branch", Integer, nullable=False),  # the id that the next branch gets
    Column("trace_header", Text),
    Column("version", Integer),  # of the machine, where the start named one, or an alias of one
    Column("alias", Name),  # where the start named one
    Column("awaited_by", Text),  # the tokens of the Tasks that wait for its end, with spaces between them
    Column("map_run", BigInteger),  # -> map_runs.key, of a child of a distributed Map
    Column("item", Integer),  # its place among that run's children
    Column("redrive_count", Integer, nullable=False, server_default="0"),
    Column("redrive_ms", BigInteger),  # when it was redriven last
    Column("redrive_due", Integer),  # of a child: the redrive of its Map Run that it waits for, or has waited for
    Index("executions_by_machine", "machine", "key", **_where("map_run IS NULL")),
    Index("executions_by_map_run", "map_run", "key", **_where("map_run IS NOT NULL")),
    Index(
        "executions_of_map_run_failed",
        "map_run",
        "key",
        **_where("map_run IS NOT NULL AND status IN ('FAILED', 'TIMED_OUT', 'ABORTED')"),
    ),
    Index("executions_redrive_due", "map_run", "key", **_where("redrive_due IS NOT NULL")),
    Index("executions_by_version", "machine", "version", "key", **_where("version IS NOT NULL")),
    Index("executions_by_alias", "machine", "alias", "key", **_where("alias IS NOT NULL")),
    Index("executions_running", "machine", "key", **_where("status = 'RUNNING'")),
    Index(
        "executions_unsuccessful",
        "machine",
        "status",
        "key",
        **_where("status IN ('FAILED', 'TIMED_OUT', 'ABORTED')"),
    ),
    Index("executions_redriven", "machine", "key", **_where("redrive_ms IS NOT NULL AND map_run IS NULL")),
    Index("executions_deadlines", "deadline_ms", "key", **_where("status = 'RUNNING'")),
)

# The runs of distributed Maps, and how far their children are.
MAP_RUN_OPEN = "(status = 'RUNNING' OR started > succeeded + failed + timed_out + aborted)"
map_runs = Table(
    "map_runs",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("arn", Name, nullable=False, unique=True),
    Column("machine", Integer, nullable=False),  # -> machines.id
    Column("parent", BigInteger, nullable=False),  # -> executions.key
    Column("branch", Integer, nullable=False),  # of the parent
    Column("flow", Integer, nullable=False),  # what its children run
    Column("status", Name, nullable=False),  # RUNNING, SUCCEEDED, FAILED, ABORTED
    Column("total", Integer, nullable=False),
    Column("concurrency", Integer, nullable=False),
    Column("tolerated_count", Integer, nullable=False),
    Column("tolerated_percentage", Float, nullable=False),
    Column("started", Integer, nullable=False),
    Column("succeeded", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("timed_out", Integer, nullable=False),
    Column("aborted", Integer, nullable=False),
    Column("result_bytes", BigInteger, nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("stop_ms", BigInteger),
    Column("express", Integer, nullable=False, server_default="0"),  # 1: its children are Express executions
    Column("writer", Text),  # where its results go and in which form, as JSON; engine.core.result_writer
    Column("results_written", Integer, nullable=False, server_default="0"),  # children, by the ResultWriter
    Column("items_total", Integer),  # of a run with an ItemBatcher; else a child is an item
    Column("items_started", Integer, nullable=False, server_default="0"),
    Column("items_succeeded", Integer, nullable=False, server_default="0"),
    Column("items_failed", Integer, nullable=False, server_default="0"),
    Column("items_timed_out", Integer, nullable=False, server_default="0"),
    Column("items_aborted", Integer, nullable=False, server_default="0"),
    Column("reading", Integer, nullable=False, server_default="0"),  # 1: its ItemReader may have more
    Column("cursor", Text),  # the page of the ItemReader with the first item that is in no child; engine.items
    Column("consumed", Integer, nullable=False, server_default="0"),  # items of that page that are in children
    Column("redrive_count", Integer, nullable=False, server_default="0"),
    Column("redrive_ms", BigInteger),  # when it was redriven last
    Column("marked_after", BigInteger),  # while it is found out which children are redriven: the last key looked at
    Column("pending_redrive", Integer, nullable=False, server_default="0"),  # children that wait for their redrive
    Column("pending_items", Integer, nullable=False, server_default="0"),  # and the items in them
    Index("map_runs_by_parent", "parent", "key"),
    Index("map_runs_by_machine", "machine", "key"),
    Index("map_runs_open", "key", **_where(MAP_RUN_OPEN)),
)

# Map Runs whose results are to be written, or are being written: the row goes in the commit that says they are.
# `pending`: the inputs of the children that will never begin, as a JSON array of texts.
result_exports = Table(
    "result_exports",
    metadata,
    Column("map_run", Key, primary_key=True, autoincrement=False),  # -> map_runs.key
    Column("pending", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)

# The history: one row for each execution and commit, a page of events rendered as a JSON array in the shape of the
# wire. (A table WITHOUT ROWID measured half as fast here: such rows are too long for it.)
history = Table(
    "history",
    metadata,
    Column("execution", BigInteger, nullable=False),
    Column("first_event", Integer, nullable=False),
    Column("last_event", Integer, nullable=False),
    Column("page", LargeBinary, nullable=False),
    PrimaryKeyConstraint("execution", "first_event"),
)

# A line of control at rest: the root, a branch of a Parallel, an iteration of a Map. `body` is its state as JSON.
branches = Table(
    "branches",
    metadata,
    Column("execution", BigInteger, nullable=False),
    Column("branch", Integer, nullable=False),
    Column("shard", Integer, nullable=False),
    Column("wake_ms", BigInteger),  # when its timer is due, if it has one
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("execution", "branch"),
    Index("branches_due", "wake_ms", "execution", "branch", **_where("wake_ms IS NOT NULL")),
)

# What is left of an execution that ended without success, and what a redrive goes on from: its branches, as JSON in one
# or more parts. `expires_ms`: when it can be redriven no more.
remains = Table(
    "remains",
    metadata,
    Column("execution", BigInteger, nullable=False),
    Column("part", Integer, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("execution", "part"),
    Index("remains_expiring", "expires_ms"),
)

# The client tokens that executions were redriven with of late.
redrive_tokens = Table(
    "redrive_tokens",
    metadata,
    Column("execution", BigInteger, nullable=False),
    Column("token", Name, nullable=False),
    Column("redrive_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("execution", "token"),
    Index("redrive_tokens_by_time", "redrive_ms"),
)

# Work that others do for a branch: a remote call that is to be sent (again after a crash), a task of an activity, an
# execution that is awaited. `branch` -1: what is asked of the execution itself.
tasks = Table(
    "tasks",
    metadata,
    Column("execution", BigInteger, nullable=False),
    Column("branch", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("shard", Integer, nullable=False),
    Column("kind", Name, nullable=False),  # REMOTE, LOCAL, ACTIVITY, NESTED, ANSWER, STOP
    Column("target", Name, nullable=False),  # the activity's ARN; else the service called
    Column("status", Name, nullable=False),  # PENDING, STARTED
    Column("payload", Text, nullable=False),  # the activity's input; the call as JSON; the child's key; its outcome
    Column("created_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("execution", "branch"),
    Index(
        "tasks_pending",
        "target",
        "created_ms",
        "execution",
        "branch",
        **_where("status = 'PENDING' AND kind = 'ACTIVITY'"),
    ),
    Index("tasks_calls", "kind", "execution", "branch", **_where("kind <> 'ACTIVITY'")),
)

activities = Table(
    "activities",
    metadata,
    Column("arn", Name, primary_key=True),
    Column("account", Name, nullable=False),
    Column("region", Name, nullable=False),
    Column("name", Name, nullable=False),
    Column("encryption", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Index("activities_by_owner", "account", "region", "arn"),
)

tags = Table(
    "tags",
    metadata,
    Column("resource_arn", Name, nullable=False),
    Column("key", Name, nullable=False),
    Column("value", Text, nullable=False),
    Column("position", Integer, nullable=False),  # the order in which they were set
    PrimaryKeyConstraint("resource_arn", "key"),
)

# Asynchronous Express executions that were acknowledged and have not ended: run again after a crash.
express_starts = Table(
    "express_starts",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("shard", Integer, nullable=False),
    Column("arn", Name, nullable=False),
    Column("machine", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("name", Name, nullable=False),
    Column("input", Text, nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("trace_header", Text),
    Column("version", Integer),
    Column("alias", Name),
)

# The keys that seal values at rest, each wrapped by the master key (engine.store.keyring).
data_keys = Table(
    "data_keys",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("master", Name, nullable=False),  # the id of the master key that wraps it
    Column("alone", Integer, nullable=False),  # 1: it seals a single value
    Column("created_ms", BigInteger, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Index("data_keys_by_master", "master", "id"),
)

# Deliveries that leave the process, written in the commit that causes them and removed when they have been made.
# `due_ms`: when the next attempt is to be made.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", Name, nullable=False),
    Column("payload", Text, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Index("outbox_due", "due_ms", "id"),
    sqlite_autoincrement=True,
)
