"""What SQS keeps.

    sqs_queues 1 -- 1 sqs_bins 1 -- n sqs_messages        sqs_bins 1 -- n sqs_groups (FIFO)

A queue's messages stand in a bin. To purge or delete a queue is to give its bin up: `dropped_ms` is set, the queue gets
a new bin, and the upkeep empties the old one a bounded number of messages at a time. `messages` of a bin counts them.

A message is one row; `key` grows with each message of the server, so it is the order in which they came, and a FIFO
queue's sequence number. `visible_ms` is when it may be received: now, after a delay, or when it was received and not
deleted. `lane` is the message group in a FIFO queue, `tenant` that of a standard ("fair") queue.

A group of a FIFO queue is a row while it has messages. `ready_ms` is when the next of them may be received: later than
now while one of them is in flight. So the groups that are blocked cost a receiver nothing, however many they are.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_HAS_LANE, _HAS_TENANT = sa.text("lane IS NOT NULL"), sa.text("tenant IS NOT NULL")

metadata = sa.MetaData()

queues = sa.Table(
    "sqs_queues",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("account", _NAME, nullable=False),
    sa.Column("region", _NAME, nullable=False),
    sa.Column("name", _NAME, nullable=False),
    sa.Column("arn", _NAME, nullable=False),
    sa.Column("fifo", sa.Integer, nullable=False),  # 0 or 1
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("modified_ms", sa.BigInteger, nullable=False),
    sa.Column("attributes", sa.Text, nullable=False),  # those that were set: a JSON object
    sa.Column("tags", sa.Text, nullable=False),  # a JSON object
    sa.Column("bin", sa.BigInteger, nullable=False),  # -> sqs_bins.id
    sa.Column("purged_ms", sa.BigInteger),
    sa.Column("dead_letter_arn", _NAME),  # of its RedrivePolicy
    sa.UniqueConstraint("account", "region", "name", name="sqs_queues_name"),
    sa.Index("sqs_queues_sources", "dead_letter_arn", "name"),
    sqlite_autoincrement=True,
)

deleted = sa.Table(
    "sqs_deleted",
    metadata,
    sa.Column("account", _NAME, primary_key=True),
    sa.Column("region", _NAME, primary_key=True),
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("deleted_ms", sa.BigInteger, nullable=False, index=True),
)

bins = sa.Table(
    "sqs_bins",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("messages", sa.BigInteger, nullable=False),
    sa.Column("dropped_ms", sa.BigInteger, index=True),
    sqlite_autoincrement=True,
)

messages = sa.Table(
    "sqs_messages",
    metadata,
    sa.Column("key", _KEY, primary_key=True, autoincrement=False),
    sa.Column("bin", sa.BigInteger, nullable=False),
    sa.Column("visible_ms", sa.BigInteger, nullable=False),
    sa.Column("received", sa.Integer, nullable=False),  # how often
    sa.Column("first_ms", sa.BigInteger),  # when first
    sa.Column("sent_ms", sa.BigInteger, nullable=False),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("body", sa.Text),  # None: sealed
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("lane", _NAME),
    sa.Column("tenant", _NAME),
    sa.Column("extra", sa.Text),  # what few messages have, a JSON object
    sa.Index("sqs_messages_next", "bin", "visible_ms", "received"),
    sa.Index("sqs_messages_oldest", "bin", "sent_ms"),
    sa.Index("sqs_messages_lane", "bin", "lane", "key", sqlite_where=_HAS_LANE, postgresql_where=_HAS_LANE),
    sa.Index(
        "sqs_messages_tenant", "bin", "tenant", "visible_ms", sqlite_where=_HAS_TENANT, postgresql_where=_HAS_TENANT
    ),
)

groups = sa.Table(
    "sqs_groups",
    metadata,
    sa.Column("bin", sa.BigInteger, primary_key=True),
    sa.Column("lane", _NAME, primary_key=True),
    sa.Column("ready_ms", sa.BigInteger, nullable=False),
    sa.Index("sqs_groups_ready", "bin", "ready_ms"),
)

duplicates = sa.Table(
    "sqs_duplicates",
    metadata,
    sa.Column("queue", sa.BigInteger, primary_key=True),
    sa.Column("lane", _NAME, primary_key=True),  # empty where ids count for the whole queue
    sa.Column("deduplication_id", _NAME, primary_key=True),
    sa.Column("until_ms", sa.BigInteger, nullable=False, index=True),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("key", sa.BigInteger, nullable=False),
)

attempts = sa.Table(
    "sqs_attempts",
    metadata,
    sa.Column("bin", sa.BigInteger, primary_key=True),
    sa.Column("attempt_id", _NAME, primary_key=True),
    sa.Column("until_ms", sa.BigInteger, nullable=False, index=True),
    sa.Column("receipts", sa.Text, nullable=False),  # [[key, received, visible_ms], ..]
)

moves = sa.Table(
    "sqs_moves",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("handle", _NAME, nullable=False, unique=True),
    sa.Column("source_arn", _NAME, nullable=False),
    sa.Column("target_arn", _NAME),  # None: where each message came from
    sa.Column("account", _NAME, nullable=False),
    sa.Column("region", _NAME, nullable=False),
    sa.Column("rate", sa.Integer),  # messages a second at most
    sa.Column("status", _NAME, nullable=False),
    sa.Column("active", sa.Integer),  # 1, or None when it is over
    sa.Column("started_ms", sa.BigInteger, nullable=False),
    sa.Column("moved", sa.BigInteger, nullable=False),
    sa.Column("to_move", sa.BigInteger, nullable=False),  # when it began
    sa.Column("until_key", sa.BigInteger, nullable=False),  # messages that come later stay
    sa.Column("reason", sa.Text),  # why it failed
    sa.Index("sqs_moves_source", "source_arn", "id"),
    sa.Index("sqs_moves_active", "active", "account", "region"),
    sqlite_autoincrement=True,
)
