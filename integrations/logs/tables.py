"""What CloudWatch Logs keeps, and the migrations that make it.

An event is one row; `id` grows with each event that is taken in, so that (time, id) is the order in which events are
read, of a stream as of a whole group. A group that is deleted leaves its events and streams behind, named in
`log_remains`, for the upkeep to remove a bounded number at a time; its name is free at once.
"""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from alembic.operations import Operations

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

metadata = sa.MetaData()

groups = sa.Table(
    "log_groups",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("account", _NAME, nullable=False),
    sa.Column("region", _NAME, nullable=False),
    sa.Column("name", _NAME, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("retention_days", sa.Integer),
    sa.Column("protected", sa.Integer, nullable=False),  # against deletion: 0 or 1
    sa.UniqueConstraint("account", "region", "name", name="log_groups_name"),
    sqlite_autoincrement=True,
)

streams = sa.Table(
    "log_streams",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("log_group", sa.BigInteger, nullable=False),  # -> log_groups.id
    sa.Column("name", _NAME, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("first_ms", sa.BigInteger),  # of its events
    sa.Column("last_ms", sa.BigInteger),
    sa.Column("ingested_ms", sa.BigInteger),
    sa.Column("size", sa.BigInteger, nullable=False),  # bytes of its events
    sa.UniqueConstraint("log_group", "name", name="log_streams_name"),
    sqlite_autoincrement=True,
)

events = sa.Table(
    "log_events",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("log_group", sa.BigInteger, nullable=False),
    sa.Column("stream", sa.BigInteger, nullable=False),  # -> log_streams.id
    sa.Column("time_ms", sa.BigInteger, nullable=False),
    sa.Column("ingested_ms", sa.BigInteger, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),  # bytes of the message
    sa.Column("message", sa.Text, nullable=False),
    sa.Index("log_events_of_group", "log_group", "time_ms", "id"),
    sa.Index("log_events_of_stream", "stream", "time_ms", "id"),
    sqlite_autoincrement=True,
)

remains = sa.Table(
    "log_remains",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("log_group", sa.BigInteger, nullable=False),
    sa.Column("stream", sa.BigInteger),  # None: all of the group
    sqlite_autoincrement=True,
)


def _ground(op: "Operations") -> None:
    op.create_table(
        "log_groups",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("retention_days", sa.Integer),
        sa.Column("protected", sa.Integer, nullable=False),
        sa.UniqueConstraint("account", "region", "name", name="log_groups_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "log_streams",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("log_group", sa.BigInteger, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("first_ms", sa.BigInteger),
        sa.Column("last_ms", sa.BigInteger),
        sa.Column("ingested_ms", sa.BigInteger),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("log_group", "name", name="log_streams_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "log_events",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("log_group", sa.BigInteger, nullable=False),
        sa.Column("stream", sa.BigInteger, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("ingested_ms", sa.BigInteger, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("log_events_of_group", "log_events", ["log_group", "time_ms", "id"])
    op.create_index("log_events_of_stream", "log_events", ["stream", "time_ms", "id"])
    op.create_table(
        "log_remains",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("log_group", sa.BigInteger, nullable=False),
        sa.Column("stream", sa.BigInteger),
        sqlite_autoincrement=True,
    )


MIGRATIONS = (_ground,)
