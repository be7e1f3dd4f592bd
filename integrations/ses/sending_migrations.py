"""The migrations of sending: configuration sets, suppressed addresses, and what became of mails. A released one never
changes; what is new is appended to `tables.MIGRATIONS`."""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from alembic.operations import Operations

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def add_events(op: "Operations") -> None:
    op.create_table(
        "ses_configuration_sets",
        sa.Column("account", _NAME, primary_key=True),
        sa.Column("region", _NAME, primary_key=True),
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "ses_suppressed",
        sa.Column("account", _NAME, primary_key=True),
        sa.Column("region", _NAME, primary_key=True),
        sa.Column("address", _NAME, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("updated_ms", sa.BigInteger, nullable=False),
        sa.Column("message_id", sa.Text),
        sa.Column("feedback_id", sa.Text),
    )
    op.add_column("ses_identities", sa.Column("notifications", sa.Text))
    op.add_column("ses_accounts", sa.Column("revoked_ms", sa.BigInteger))
    op.add_column("ses_accounts", sa.Column("suppressed", sa.Text))
    for name in ("bounces", "complaints", "rejects"):
        op.add_column("ses_traffic", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("ses_mails", sa.Column("states", sa.Text))


def add_tracked(op: "Operations") -> None:
    op.create_table(
        "ses_tracked",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("message_id", _NAME, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ses_tracked_by_message_id", "ses_tracked", ["message_id"])
    op.create_index("ses_tracked_by_time", "ses_tracked", ["time_ms"])
