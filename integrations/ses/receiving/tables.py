"""What the SMTP ports and receiving keep: a certificate, rule sets, IP address filters, mails with work to do."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from integrations.ses.tables import identities, metadata

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

certificates = sa.Table(
    "ses_certificates",
    metadata,
    sa.Column("name", sa.Text(), primary_key=True),
    sa.Column("certificate", sa.Text, nullable=False),
    sa.Column("private_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.Integer, nullable=False),
)

rule_sets = sa.Table(
    "ses_rule_sets",
    metadata,
    sa.Column("account", _NAME, primary_key=True),
    sa.Column("region", _NAME, primary_key=True),
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("active", sa.Integer, nullable=False),
    sa.Column("rules", sa.Text, nullable=False),  # JSON: a list of ReceiptRule, in order
    sa.Column("created_ms", sa.BigInteger, nullable=False),
)

filters = sa.Table(
    "ses_receipt_filters",
    metadata,
    sa.Column("account", _NAME, primary_key=True),
    sa.Column("region", _NAME, primary_key=True),
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("policy", _NAME, nullable=False),
    sa.Column("cidr", _NAME, nullable=False),
)

# A mail that was received stays until its last action is done.
received = sa.Table(
    "ses_received",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("account", _NAME, nullable=False),
    sa.Column("region", _NAME, nullable=False),
    sa.Column("message_id", _NAME, nullable=False),
    sa.Column("time_ms", sa.BigInteger, nullable=False),
    sa.Column("due_ms", sa.BigInteger, nullable=False),  # when its next action is to be tried
    sa.Column("failures", sa.Integer, nullable=False),  # of that action
    sa.Column("plan", sa.Text, nullable=False),  # JSON: who sent it to whom, the actions, how far they are
    sa.Column("sealed", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # the mail
    sa.Index("ses_received_by_time", "due_ms", "id"),
    sqlite_autoincrement=True,
)

# What SendBounce needs of a mail, for a day.
bounceable = sa.Table(
    "ses_bounceable",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("account", _NAME, nullable=False),
    sa.Column("region", _NAME, nullable=False),
    sa.Column("message_id", _NAME, nullable=False),
    sa.Column("time_ms", sa.BigInteger, nullable=False),
    sa.Column("sealed", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # JSON: who sent it to whom, and its header
    sa.Index("ses_bounceable_by_message_id", "message_id"),
    sa.Index("ses_bounceable_by_time", "time_ms"),
    sqlite_autoincrement=True,
)

sa.Index("ses_identities_by_name", identities.c.name)
