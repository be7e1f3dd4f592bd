"""What SES keeps: identities, templates, how an account may send, what it sent, and the mails of the built-in inbox."""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from integrations.ses.receiving.migrations import add_bounceable, add_certificates, add_receiving
from integrations.ses.record_migrations import add_records
from integrations.ses.sending_migrations import add_events, add_tracked

if TYPE_CHECKING:
    from alembic.operations import Operations

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

metadata = sa.MetaData()

identities = sa.Table(
    "ses_identities",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("account", _NAME, nullable=False),
    sa.Column("region", _NAME, nullable=False),
    sa.Column("name", _NAME, nullable=False),  # an address or a domain
    sa.Column("verified", sa.Integer, nullable=False),
    sa.Column("token", _NAME, nullable=False),  # of the link in the verification mail, or of the TXT record
    sa.Column("dkim", _NAME, nullable=False),  # a domain's three tokens, with spaces between
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("notifications", sa.Text),  # JSON: the topics that are told of its mails; None: as none was asked for
    sa.UniqueConstraint("account", "region", "name", name="ses_identities_name"),
    sa.UniqueConstraint("token", name="ses_identities_token"),
    sqlite_autoincrement=True,
)

templates = sa.Table(
    "ses_templates",
    metadata,
    sa.Column("account", _NAME, primary_key=True),
    sa.Column("region", _NAME, primary_key=True),
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),  # JSON: subject, text, html
    sa.Column("created_ms", sa.BigInteger, nullable=False),
)

accounts = sa.Table(
    "ses_accounts",
    metadata,
    sa.Column("account", _NAME, primary_key=True),
    sa.Column("region", _NAME, primary_key=True),
    sa.Column("paused", sa.Integer, nullable=False),
    sa.Column("granted_by", sa.Text),  # who let it out of the sandbox, and when; None: nobody
    sa.Column("granted_ms", sa.BigInteger),
    sa.Column("second_ms", sa.BigInteger, nullable=False),  # when the second began that `second_count` counts
    sa.Column("second_count", sa.BigInteger, nullable=False),
    sa.Column("revoked_ms", sa.BigInteger),  # when it was put back into the sandbox; None: it was not
    sa.Column("suppressed", sa.Text),  # the reasons of its suppression list, with spaces; None: both
)

traffic = sa.Table(
    "ses_traffic",
    metadata,
    sa.Column("account", _NAME, primary_key=True),
    sa.Column("region", _NAME, primary_key=True),
    sa.Column("slot_ms", sa.BigInteger, primary_key=True, autoincrement=False),  # a quarter of an hour
    sa.Column("attempts", sa.BigInteger, nullable=False),  # recipients
    sa.Column("counted", sa.BigInteger, nullable=False),  # of them, those towards the daily quota
    sa.Column("bounces", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("complaints", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("rejects", sa.BigInteger, nullable=False, server_default="0"),
    sa.Index("ses_traffic_by_time", "slot_ms"),
)

mails = sa.Table(
    "ses_mails",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("account", _NAME, nullable=False),
    sa.Column("region", _NAME, nullable=False),
    sa.Column("message_id", _NAME, nullable=False),
    sa.Column("time_ms", sa.BigInteger, nullable=False),
    sa.Column("sealed", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # JSON
    sa.Column("states", sa.Text),  # what became of it, a word for each recipient
    sa.Index("ses_mails_of_account", "account", "region", "id"),
    sa.Index("ses_mails_by_message_id", "message_id"),
    sqlite_autoincrement=True,
)


def _ground(op: "Operations") -> None:
    op.create_table(
        "ses_identities",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("verified", sa.Integer, nullable=False),
        sa.Column("token", _NAME, nullable=False),
        sa.Column("dkim", _NAME, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("account", "region", "name", name="ses_identities_name"),
        sa.UniqueConstraint("token", name="ses_identities_token"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "ses_templates",
        sa.Column("account", _NAME, primary_key=True),
        sa.Column("region", _NAME, primary_key=True),
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
    )
    _sending(op)


def _sending(op: "Operations") -> None:
    op.create_table(
        "ses_accounts",
        sa.Column("account", _NAME, primary_key=True),
        sa.Column("region", _NAME, primary_key=True),
        sa.Column("paused", sa.Integer, nullable=False),
        sa.Column("granted_by", sa.Text),
        sa.Column("granted_ms", sa.BigInteger),
        sa.Column("second_ms", sa.BigInteger, nullable=False),
        sa.Column("second_count", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "ses_traffic",
        sa.Column("account", _NAME, primary_key=True),
        sa.Column("region", _NAME, primary_key=True),
        sa.Column("slot_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("counted", sa.BigInteger, nullable=False),
    )
    op.create_index("ses_traffic_by_time", "ses_traffic", ["slot_ms"])
    op.create_table(
        "ses_mails",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("message_id", _NAME, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ses_mails_of_account", "ses_mails", ["account", "region", "id"])
    op.create_index("ses_mails_by_message_id", "ses_mails", ["message_id"])


MIGRATIONS = (_ground, add_certificates, add_records, add_events, add_receiving, add_bounceable, add_tracked)
