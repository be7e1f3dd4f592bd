"""What SNS keeps.

A topic's `sequence` is the number of the last message of a FIFO topic. `attributes` are those that were set, as a JSON
object. What a message says is in `sns_archive` and `sns_outgoing` only (and in the engine's outbox, until it is
delivered); `sealed` says whether the keyring holds its key.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

metadata = sa.MetaData()

topics = sa.Table(
    "sns_topics",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("arn", _NAME, nullable=False, unique=True),
    sa.Column("account", _NAME, nullable=False),
    sa.Column("region", _NAME, nullable=False),
    sa.Column("name", _NAME, nullable=False),
    sa.Column("fifo", sa.Integer, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("attributes", sa.Text, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("deleted", sa.BigInteger, nullable=False),  # subscriptions that were ended
    sa.Column("archive_since_ms", sa.BigInteger),
    sa.Index("sns_topics_of_account", "account", "region", "name"),
    sqlite_autoincrement=True,
)

subscriptions = sa.Table(
    "sns_subscriptions",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("topic", sa.BigInteger, nullable=False),  # -> sns_topics.id
    sa.Column("arn", _NAME, nullable=False, unique=True),
    sa.Column("topic_arn", _NAME, nullable=False),
    sa.Column("protocol", _NAME, nullable=False),
    sa.Column("endpoint", _NAME, nullable=False),
    sa.Column("owner", _NAME, nullable=False),  # an account
    sa.Column("region", _NAME, nullable=False),
    sa.Column("attributes", sa.Text, nullable=False),
    sa.Column("pending", sa.Integer, nullable=False),
    sa.Column("authenticated", sa.Integer, nullable=False),  # ConfirmationWasAuthenticated
    sa.Column("guarded", sa.Integer, nullable=False),  # AuthenticateOnUnsubscribe
    sa.Column("base_url", sa.Text, nullable=False),  # of this server, as the subscriber knows it
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("topic", "protocol", "endpoint", name="sns_subscriptions_endpoint"),
    sa.Index("sns_subscriptions_of_topic", "topic", "id"),
    sa.Index("sns_subscriptions_of_owner", "owner", "region", "id"),
    sqlite_autoincrement=True,
)

tokens = sa.Table(
    "sns_tokens",
    metadata,
    sa.Column("token", _NAME, primary_key=True),
    sa.Column("topic_arn", _NAME, nullable=False),
    sa.Column("subscription_arn", _NAME, nullable=False),
    sa.Column("protocol", _NAME, nullable=False),
    sa.Column("endpoint", _NAME, nullable=False),
    sa.Column("owner", _NAME, nullable=False),
    sa.Column("attributes", sa.Text, nullable=False),
    sa.Column("base_url", sa.Text, nullable=False),
    sa.Column("expires_ms", sa.BigInteger, nullable=False),
    sa.Index("sns_tokens_expire", "expires_ms"),
    sa.Index("sns_tokens_of_subscription", "subscription_arn"),
)

deduplications = sa.Table(
    "sns_deduplications",
    metadata,
    sa.Column("topic", sa.BigInteger, primary_key=True),
    sa.Column("scope", _NAME, primary_key=True),  # a message group, or empty
    sa.Column("name", _NAME, primary_key=True),  # the MessageDeduplicationId
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("expires_ms", sa.BigInteger, nullable=False),
    sa.Index("sns_deduplications_expire", "expires_ms"),
)

signing = sa.Table(
    "sns_signing",
    metadata,
    sa.Column("name", _NAME, primary_key=True),  # of the certificate's file
    sa.Column("private_key", sa.LargeBinary, nullable=False),  # PEM
    sa.Column("sealed", sa.Integer, nullable=False),
    sa.Column("certificate", sa.Text, nullable=False),  # PEM
)

archive = sa.Table(
    "sns_archive",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("topic", sa.BigInteger, nullable=False),
    sa.Column("time_ms", sa.BigInteger, nullable=False),
    sa.Column("sealed", sa.Integer, nullable=False),
    sa.Column("message", sa.LargeBinary, nullable=False),
    sa.Index("sns_archive_of_topic", "topic", "id"),
    sa.Index("sns_archive_by_time", "topic", "time_ms"),
    sqlite_autoincrement=True,
)

replays = sa.Table(
    "sns_replays",
    metadata,
    sa.Column("subscription", sa.BigInteger, primary_key=True),
    sa.Column("topic", sa.BigInteger, nullable=False),
    sa.Column("next_id", sa.BigInteger, nullable=False),  # of the archive
    sa.Column("from_ms", sa.BigInteger, nullable=False),
    sa.Column("until_ms", sa.BigInteger, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
)

applications = sa.Table(
    "sns_applications",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("arn", _NAME, nullable=False, unique=True),
    sa.Column("account", _NAME, nullable=False),
    sa.Column("region", _NAME, nullable=False),
    sa.Column("attributes", sa.LargeBinary, nullable=False),  # JSON; with credentials, so sealed when it can be
    sa.Column("sealed", sa.Integer, nullable=False),
    sa.Index("sns_applications_of_account", "account", "region", "arn"),
    sqlite_autoincrement=True,
)

endpoints = sa.Table(
    "sns_endpoints",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("application", sa.BigInteger, nullable=False),  # -> sns_applications.id
    sa.Column("arn", _NAME, nullable=False, unique=True),
    sa.Column("token", _NAME, nullable=False),
    sa.Column("attributes", sa.Text, nullable=False),
    sa.UniqueConstraint("application", "token", name="sns_endpoints_token"),
    sa.Index("sns_endpoints_of_application", "application", "id"),
    sqlite_autoincrement=True,
)

sms_attributes = sa.Table(
    "sns_sms_attributes",
    metadata,
    sa.Column("account", _NAME, primary_key=True),
    sa.Column("region", _NAME, primary_key=True),
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

numbers = sa.Table(
    "sns_numbers",
    metadata,
    sa.Column("account", _NAME, primary_key=True),
    sa.Column("region", _NAME, primary_key=True),
    sa.Column("list", _NAME, primary_key=True),  # `sandbox` or `opted-out`
    sa.Column("number", _NAME, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),  # a one-time password, as a digest
    sa.Column("time_ms", sa.BigInteger, nullable=False),
)

outgoing = sa.Table(
    "sns_outgoing",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("account", _NAME, nullable=False),
    sa.Column("region", _NAME, nullable=False),
    sa.Column("kind", _NAME, nullable=False),  # `sms` or `application`; `email` of times without SES
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("time_ms", sa.BigInteger, nullable=False),
    sa.Column("sealed", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # JSON
    sa.Index("sns_outgoing_by_time", "time_ms"),
    sqlite_autoincrement=True,
)

protections = sa.Table(
    "sns_protections",
    metadata,
    sa.Column("topic", sa.BigInteger, primary_key=True, autoincrement=False),  # -> sns_topics.id
    sa.Column("policy", sa.Text, nullable=False),  # a data protection policy, as it was set
)

remains = sa.Table(
    "sns_remains",
    metadata,
    sa.Column("topic", sa.BigInteger, primary_key=True),  # whose archive is to be removed,
    sa.Column("until_ms", sa.BigInteger, nullable=False),  # as far as it was written until then
)
