"""The tables that the engine began with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    _database()
    _machines()
    _executions()
    _map_runs()
    _work()
    _names()
    _outbox()


def _database() -> None:
    op.create_table(
        "meta",
        sa.Column("key", _NAME, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "shards",
        sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("owner", _NAME, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("acquired_ms", sa.BigInteger, nullable=False),
    )


def _machines() -> None:
    op.create_table(
        "machines",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("arn", _NAME, nullable=False, unique=True),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("type", _NAME, nullable=False),
        sa.Column("status", _NAME, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("last_version", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("machines_by_owner", "machines", ["account", "region", "arn"])
    _partial_index("machines_deleting", "machines", ["id"], "status = 'DELETING'")
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("machine", sa.Integer, nullable=False),
        sa.Column("revision_id", sa.Text),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("role_arn", sa.Text, nullable=False),
        sa.Column("logging", sa.Text, nullable=False),
        sa.Column("tracing", sa.Text, nullable=False),
        sa.Column("encryption", sa.Text, nullable=False),
        sa.Column("variables", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_revisions_machine", "revisions", ["machine"])
    _versions()


def _versions() -> None:
    op.create_table(
        "versions",
        sa.Column("machine", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("machine", "version"),
    )
    op.create_table(
        "aliases",
        sa.Column("machine", sa.Integer, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("routing", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("updated_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("machine", "name"),
    )


def _executions() -> None:
    op.create_table(
        "executions",
        sa.Column("key", _KEY, primary_key=True, autoincrement=False),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("arn", _NAME, nullable=False, unique=True),
        sa.Column("machine", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("status", _NAME, nullable=False),
        sa.Column("input", sa.Text, nullable=False),
        sa.Column("output", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("cause", sa.Text),
        sa.Column("start_ms", sa.BigInteger, nullable=False),
        sa.Column("stop_ms", sa.BigInteger),
        sa.Column("deadline_ms", sa.BigInteger, nullable=False),
        sa.Column("last_event", sa.Integer, nullable=False),
        sa.Column("next_branch", sa.Integer, nullable=False),
        sa.Column("trace_header", sa.Text),
        sa.Column("version", sa.Integer),
        sa.Column("alias", _NAME),
        sa.Column("awaited_by", sa.Text),
        sa.Column("map_run", sa.BigInteger),
        sa.Column("item", sa.Integer),
    )
    _partial_index("executions_by_machine", "executions", ["machine", "key"], "map_run IS NULL")
    _partial_index("executions_by_map_run", "executions", ["map_run", "key"], "map_run IS NOT NULL")
    _partial_index("executions_by_version", "executions", ["machine", "version", "key"], "version IS NOT NULL")
    _partial_index("executions_by_alias", "executions", ["machine", "alias", "key"], "alias IS NOT NULL")
    _partial_index("executions_running", "executions", ["machine", "key"], "status = 'RUNNING'")
    _partial_index(
        "executions_unsuccessful",
        "executions",
        ["machine", "status", "key"],
        "status IN ('FAILED', 'TIMED_OUT', 'ABORTED')",
    )
    _partial_index("executions_deadlines", "executions", ["deadline_ms", "key"], "status = 'RUNNING'")
    op.create_table(
        "history",
        sa.Column("execution", sa.BigInteger, nullable=False),
        sa.Column("first_event", sa.Integer, nullable=False),
        sa.Column("last_event", sa.Integer, nullable=False),
        sa.Column("page", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("execution", "first_event"),
    )


def _map_runs() -> None:
    op.create_table(
        "map_runs",
        sa.Column("key", _KEY, primary_key=True, autoincrement=False),
        sa.Column("arn", _NAME, nullable=False, unique=True),
        sa.Column("machine", sa.Integer, nullable=False),
        sa.Column("parent", sa.BigInteger, nullable=False),
        sa.Column("branch", sa.Integer, nullable=False),
        sa.Column("flow", sa.Integer, nullable=False),
        sa.Column("status", _NAME, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("concurrency", sa.Integer, nullable=False),
        sa.Column("tolerated_count", sa.Integer, nullable=False),
        sa.Column("tolerated_percentage", sa.Float, nullable=False),
        sa.Column("started", sa.Integer, nullable=False),
        sa.Column("succeeded", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("timed_out", sa.Integer, nullable=False),
        sa.Column("aborted", sa.Integer, nullable=False),
        sa.Column("result_bytes", sa.BigInteger, nullable=False),
        sa.Column("start_ms", sa.BigInteger, nullable=False),
        sa.Column("stop_ms", sa.BigInteger),
    )
    op.create_index("map_runs_by_parent", "map_runs", ["parent", "key"])
    op.create_index("map_runs_by_machine", "map_runs", ["machine", "key"])
    _partial_index("map_runs_open", "map_runs", ["key"], _MAP_RUN_OPEN)


_MAP_RUN_OPEN = "(status = 'RUNNING' OR started > succeeded + failed + timed_out + aborted)"


def _work() -> None:
    op.create_table(
        "branches",
        sa.Column("execution", sa.BigInteger, nullable=False),
        sa.Column("branch", sa.Integer, nullable=False),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("wake_ms", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("execution", "branch"),
    )
    _partial_index("branches_due", "branches", ["wake_ms", "execution", "branch"], "wake_ms IS NOT NULL")
    op.create_table(
        "tasks",
        sa.Column("execution", sa.BigInteger, nullable=False),
        sa.Column("branch", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("kind", _NAME, nullable=False),
        sa.Column("target", _NAME, nullable=False),
        sa.Column("status", _NAME, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("execution", "branch"),
    )
    _partial_index(
        "tasks_pending",
        "tasks",
        ["target", "created_ms", "execution", "branch"],
        "status = 'PENDING' AND kind = 'ACTIVITY'",
    )
    _partial_index("tasks_calls", "tasks", ["kind", "execution", "branch"], "kind <> 'ACTIVITY'")
    op.create_table(
        "express_starts",
        sa.Column("key", _KEY, primary_key=True, autoincrement=False),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("arn", _NAME, nullable=False),
        sa.Column("machine", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("input", sa.Text, nullable=False),
        sa.Column("start_ms", sa.BigInteger, nullable=False),
        sa.Column("trace_header", sa.Text),
        sa.Column("version", sa.Integer),
        sa.Column("alias", _NAME),
    )


def _names() -> None:
    op.create_table(
        "activities",
        sa.Column("arn", _NAME, primary_key=True),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("encryption", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("activities_by_owner", "activities", ["account", "region", "arn"])
    op.create_table(
        "tags",
        sa.Column("resource_arn", _NAME, nullable=False),
        sa.Column("key", _NAME, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("resource_arn", "key"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("kind", _NAME, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("due_ms", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_due", "outbox", ["due_ms", "id"])


def _partial_index(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
