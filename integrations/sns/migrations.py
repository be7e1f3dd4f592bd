"""The migrations of SNS. A released one never changes; what is new is appended."""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from alembic.operations import Operations

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _topics(op: "Operations") -> None:
    op.create_table(
        "sns_topics",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("arn", _NAME, nullable=False, unique=True),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("fifo", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.BigInteger, nullable=False),
        sa.Column("archive_since_ms", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("sns_topics_of_account", "sns_topics", ["account", "region", "name"])


def _subscriptions(op: "Operations") -> None:
    op.create_table(
        "sns_subscriptions",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("topic", sa.BigInteger, nullable=False),
        sa.Column("arn", _NAME, nullable=False, unique=True),
        sa.Column("topic_arn", _NAME, nullable=False),
        sa.Column("protocol", _NAME, nullable=False),
        sa.Column("endpoint", _NAME, nullable=False),
        sa.Column("owner", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("pending", sa.Integer, nullable=False),
        sa.Column("authenticated", sa.Integer, nullable=False),
        sa.Column("guarded", sa.Integer, nullable=False),
        sa.Column("base_url", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("topic", "protocol", "endpoint", name="sns_subscriptions_endpoint"),
        sqlite_autoincrement=True,
    )
    op.create_index("sns_subscriptions_of_topic", "sns_subscriptions", ["topic", "id"])
    op.create_index("sns_subscriptions_of_owner", "sns_subscriptions", ["owner", "region", "id"])


def _tokens(op: "Operations") -> None:
    op.create_table(
        "sns_tokens",
        sa.Column("token", _NAME, primary_key=True),
        sa.Column("topic_arn", _NAME, nullable=False),
        sa.Column("subscription_arn", _NAME, nullable=False),
        sa.Column("protocol", _NAME, nullable=False),
        sa.Column("endpoint", _NAME, nullable=False),
        sa.Column("owner", _NAME, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("base_url", sa.Text, nullable=False),
        sa.Column("expires_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("sns_tokens_expire", "sns_tokens", ["expires_ms"])
    op.create_index("sns_tokens_of_subscription", "sns_tokens", ["subscription_arn"])


def _deduplications(op: "Operations") -> None:
    op.create_table(
        "sns_deduplications",
        sa.Column("topic", sa.BigInteger, primary_key=True),
        sa.Column("scope", _NAME, primary_key=True),
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("expires_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("sns_deduplications_expire", "sns_deduplications", ["expires_ms"])


def _signing(op: "Operations") -> None:
    op.create_table(
        "sns_signing",
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("private_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.Integer, nullable=False),
        sa.Column("certificate", sa.Text, nullable=False),
    )


def _archive(op: "Operations") -> None:
    op.create_table(
        "sns_archive",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("topic", sa.BigInteger, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.Integer, nullable=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("sns_archive_of_topic", "sns_archive", ["topic", "id"])
    op.create_index("sns_archive_by_time", "sns_archive", ["topic", "time_ms"])


def _replays(op: "Operations") -> None:
    op.create_table(
        "sns_replays",
        sa.Column("subscription", sa.BigInteger, primary_key=True),
        sa.Column("topic", sa.BigInteger, nullable=False),
        sa.Column("next_id", sa.BigInteger, nullable=False),
        sa.Column("from_ms", sa.BigInteger, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
    )


def _applications(op: "Operations") -> None:
    op.create_table(
        "sns_applications",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("arn", _NAME, nullable=False, unique=True),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("attributes", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("sns_applications_of_account", "sns_applications", ["account", "region", "arn"])


def _endpoints(op: "Operations") -> None:
    op.create_table(
        "sns_endpoints",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("application", sa.BigInteger, nullable=False),
        sa.Column("arn", _NAME, nullable=False, unique=True),
        sa.Column("token", _NAME, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.UniqueConstraint("application", "token", name="sns_endpoints_token"),
        sqlite_autoincrement=True,
    )
    op.create_index("sns_endpoints_of_application", "sns_endpoints", ["application", "id"])


def _sms_attributes(op: "Operations") -> None:
    op.create_table(
        "sns_sms_attributes",
        sa.Column("account", _NAME, primary_key=True),
        sa.Column("region", _NAME, primary_key=True),
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def _numbers(op: "Operations") -> None:
    op.create_table(
        "sns_numbers",
        sa.Column("account", _NAME, primary_key=True),
        sa.Column("region", _NAME, primary_key=True),
        sa.Column("list", _NAME, primary_key=True),
        sa.Column("number", _NAME, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
    )


def _outgoing(op: "Operations") -> None:
    op.create_table(
        "sns_outgoing",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("kind", _NAME, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("sns_outgoing_by_time", "sns_outgoing", ["time_ms"])


def _remains(op: "Operations") -> None:
    op.create_table(
        "sns_remains",
        sa.Column("topic", sa.BigInteger, primary_key=True),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
    )


def _ground(op: "Operations") -> None:
    _topics(op)
    _subscriptions(op)
    _tokens(op)
    _deduplications(op)
    _signing(op)
    _archive(op)
    _replays(op)
    _applications(op)
    _endpoints(op)
    _sms_attributes(op)
    _numbers(op)
    _outgoing(op)
    _remains(op)


def _protections(op: "Operations") -> None:
    op.create_table(
        "sns_protections",
        sa.Column("topic", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("policy", sa.Text, nullable=False),
    )


MIGRATIONS = (_ground, _protections)
