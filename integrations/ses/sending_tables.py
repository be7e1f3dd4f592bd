"""What sending keeps beside mails: configuration sets, suppressed addresses, the facts of mails that are followed."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from integrations.ses.tables import metadata

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

configuration_sets = sa.Table(
    "ses_configuration_sets",
    metadata,
    sa.Column("account", _NAME, primary_key=True),
    sa.Column("region", _NAME, primary_key=True),
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),  # JSON: its options and its event destinations
    sa.Column("created_ms", sa.BigInteger, nullable=False),
)

suppressed = sa.Table(
    "ses_suppressed",
    metadata,
    sa.Column("account", _NAME, primary_key=True),
    sa.Column("region", _NAME, primary_key=True),
    sa.Column("address", _NAME, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("updated_ms", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.Text),  # of the mail that it bounced, or was complained of; None: put by a request
    sa.Column("feedback_id", sa.Text),
)

# Mails whose opening, links and unsubscribing are told of, for as long as that may come.
tracked = sa.Table(
    "ses_tracked",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("account", _NAME, nullable=False),
    sa.Column("region", _NAME, nullable=False),
    sa.Column("message_id", _NAME, nullable=False),
    sa.Column("time_ms", sa.BigInteger, nullable=False),
    sa.Column("sealed", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # JSON: its Facts
    sa.Index("ses_tracked_by_message_id", "message_id"),
    sa.Index("ses_tracked_by_time", "time_ms"),
    sqlite_autoincrement=True,
)
