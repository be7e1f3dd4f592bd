"""What the engine's tables gained with redrive and the readers and writers of the distributed Map."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """One function for each aggregate that changes, as in the first migration."""
    _keys()
    _map_runs()
    _redrives()


def _keys() -> None:
    op.create_table(
        "data_keys",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("master", _NAME, nullable=False),
        sa.Column("alone", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_index("data_keys_by_master", "data_keys", ["master", "id"])


def _map_runs() -> None:
    op.add_column("map_runs", sa.Column("express", sa.Integer, nullable=False, server_default="0"))
    op.add_column("map_runs", sa.Column("writer", sa.Text))
    op.add_column("map_runs", sa.Column("results_written", sa.Integer, nullable=False, server_default="0"))
    op.add_column("map_runs", sa.Column("items_total", sa.Integer))
    for count in ("items_started", "items_succeeded", "items_failed", "items_timed_out", "items_aborted"):
        op.add_column("map_runs", sa.Column(count, sa.Integer, nullable=False, server_default="0"))
    op.add_column("map_runs", sa.Column("reading", sa.Integer, nullable=False, server_default="0"))
    op.add_column("map_runs", sa.Column("cursor", sa.Text))
    op.add_column("map_runs", sa.Column("consumed", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "result_exports",
        sa.Column("map_run", _KEY, primary_key=True, autoincrement=False),
        sa.Column("pending", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
    )


def _redrives() -> None:
    op.add_column("executions", sa.Column("redrive_count", sa.Integer, nullable=False, server_default="0"))
    op.add_column("executions", sa.Column("redrive_ms", sa.BigInteger))
    op.add_column("executions", sa.Column("redrive_due", sa.Integer))
    for name, columns, condition in (
        ("executions_redriven", ["machine", "key"], "redrive_ms IS NOT NULL AND map_run IS NULL"),
        (
            "executions_of_map_run_failed",
            ["map_run", "key"],
            "map_run IS NOT NULL AND status IN ('FAILED', 'TIMED_OUT', 'ABORTED')",
        ),
        ("executions_redrive_due", ["map_run", "key"], "redrive_due IS NOT NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, "executions", columns, sqlite_where=where, postgresql_where=where)
    op.add_column("map_runs", sa.Column("redrive_count", sa.Integer, nullable=False, server_default="0"))
    op.add_column("map_runs", sa.Column("redrive_ms", sa.BigInteger))
    op.add_column("map_runs", sa.Column("marked_after", sa.BigInteger))
    op.add_column("map_runs", sa.Column("pending_redrive", sa.Integer, nullable=False, server_default="0"))
    op.add_column("map_runs", sa.Column("pending_items", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "remains",
        sa.Column("execution", sa.BigInteger, nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("expires_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("execution", "part"),
    )
    op.create_index("remains_expiring", "remains", ["expires_ms"])
    op.create_table(
        "redrive_tokens",
        sa.Column("execution", sa.BigInteger, nullable=False),
        sa.Column("token", _NAME, nullable=False),
        sa.Column("redrive_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("execution", "token"),
    )
    op.create_index("redrive_tokens_by_time", "redrive_tokens", ["redrive_ms"])
