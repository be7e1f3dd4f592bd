"""The migrations of SQS. A released one never changes; what is new is appended."""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from alembic.operations import Operations

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_HAS_LANE, _HAS_TENANT = sa.text("lane IS NOT NULL"), sa.text("tenant IS NOT NULL")


def _ground(op: "Operations") -> None:
    _queues(op)
    _bins(op)
    _messages(op)
    _ids(op)
    _moves(op)


def _queues(op: "Operations") -> None:
    op.create_table(
        "sqs_queues",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("arn", _NAME, nullable=False),
        sa.Column("fifo", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("modified_ms", sa.BigInteger, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("bin", sa.BigInteger, nullable=False),
        sa.Column("purged_ms", sa.BigInteger),
        sa.Column("dead_letter_arn", _NAME),
        sa.UniqueConstraint("account", "region", "name", name="sqs_queues_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("sqs_queues_sources", "sqs_queues", ["dead_letter_arn", "name"])
    op.create_table(
        "sqs_deleted",
        sa.Column("account", _NAME, primary_key=True),
        sa.Column("region", _NAME, primary_key=True),
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("deleted_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_sqs_deleted_deleted_ms", "sqs_deleted", ["deleted_ms"])


def _bins(op: "Operations") -> None:
    op.create_table(
        "sqs_bins",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("messages", sa.BigInteger, nullable=False),
        sa.Column("dropped_ms", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sqs_bins_dropped_ms", "sqs_bins", ["dropped_ms"])


def _messages(op: "Operations") -> None:
    op.create_table(
        "sqs_messages",
        sa.Column("key", _KEY, primary_key=True, autoincrement=False),
        sa.Column("bin", sa.BigInteger, nullable=False),
        sa.Column("visible_ms", sa.BigInteger, nullable=False),
        sa.Column("received", sa.Integer, nullable=False),
        sa.Column("first_ms", sa.BigInteger),
        sa.Column("sent_ms", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("lane", _NAME),
        sa.Column("tenant", _NAME),
        sa.Column("extra", sa.Text),
    )
    op.create_index(
        "sqs_messages_lane", "sqs_messages", ["bin", "lane", "key"], sqlite_where=_HAS_LANE, postgresql_where=_HAS_LANE
    )
    op.create_index("sqs_messages_next", "sqs_messages", ["bin", "visible_ms", "received"])
    op.create_index("sqs_messages_oldest", "sqs_messages", ["bin", "sent_ms"])
    op.create_index(
        "sqs_messages_tenant",
        "sqs_messages",
        ["bin", "tenant", "visible_ms"],
        sqlite_where=_HAS_TENANT,
        postgresql_where=_HAS_TENANT,
    )
    op.create_table(
        "sqs_groups",
        sa.Column("bin", sa.BigInteger, primary_key=True),
        sa.Column("lane", _NAME, primary_key=True),
        sa.Column("ready_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("sqs_groups_ready", "sqs_groups", ["bin", "ready_ms"])


def _ids(op: "Operations") -> None:
    op.create_table(
        "sqs_duplicates",
        sa.Column("queue", sa.BigInteger, primary_key=True),
        sa.Column("lane", _NAME, primary_key=True),
        sa.Column("deduplication_id", _NAME, primary_key=True),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("key", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_sqs_duplicates_until_ms", "sqs_duplicates", ["until_ms"])
    op.create_table(
        "sqs_attempts",
        sa.Column("bin", sa.BigInteger, primary_key=True),
        sa.Column("attempt_id", _NAME, primary_key=True),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.Column("receipts", sa.Text, nullable=False),
    )
    op.create_index("ix_sqs_attempts_until_ms", "sqs_attempts", ["until_ms"])


def _moves(op: "Operations") -> None:
    op.create_table(
        "sqs_moves",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("handle", _NAME, nullable=False, unique=True),
        sa.Column("source_arn", _NAME, nullable=False),
        sa.Column("target_arn", _NAME),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("rate", sa.Integer),
        sa.Column("status", _NAME, nullable=False),
        sa.Column("active", sa.Integer),
        sa.Column("started_ms", sa.BigInteger, nullable=False),
        sa.Column("moved", sa.BigInteger, nullable=False),
        sa.Column("to_move", sa.BigInteger, nullable=False),
        sa.Column("until_key", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("sqs_moves_active", "sqs_moves", ["active", "account", "region"])
    op.create_index("sqs_moves_source", "sqs_moves", ["source_arn", "id"])


MIGRATIONS = (_ground,)
