"""The tables of receiving_tables.py, as they came about. What has landed never changes."""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from alembic.operations import Operations

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def add_certificates(op: "Operations") -> None:
    op.create_table(
        "ses_certificates",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("certificate", sa.Text, nullable=False),
        sa.Column("private_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.Integer, nullable=False),
    )


def add_receiving(op: "Operations") -> None:
    op.create_table(
        "ses_rule_sets",
        sa.Column("account", _NAME, primary_key=True),
        sa.Column("region", _NAME, primary_key=True),
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("active", sa.Integer, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "ses_receipt_filters",
        sa.Column("account", _NAME, primary_key=True),
        sa.Column("region", _NAME, primary_key=True),
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("policy", _NAME, nullable=False),
        sa.Column("cidr", _NAME, nullable=False),
    )
    op.create_table(
        "ses_received",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("message_id", _NAME, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("due_ms", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("sealed", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ses_received_by_time", "ses_received", ["due_ms", "id"])
    op.create_index("ses_identities_by_name", "ses_identities", ["name"])


def add_bounceable(op: "Operations") -> None:
    op.create_table(
        "ses_bounceable",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("message_id", _NAME, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ses_bounceable_by_message_id", "ses_bounceable", ["message_id"])
    op.create_index("ses_bounceable_by_time", "ses_bounceable", ["time_ms"])
