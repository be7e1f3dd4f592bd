"""What SES keeps about identities beside their names, and its records: lists, pools, templates of verification mails.

A record's content is JSON, by its kind; contacts are many, and have a table of their own.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from integrations.ses.tables import metadata

_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

policies = sa.Table(
    "ses_identity_policies",
    metadata,
    sa.Column("identity_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("document", sa.Text, nullable=False),
)

traits = sa.Table(
    "ses_identity_traits",
    metadata,
    sa.Column("identity_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("content", sa.Text, nullable=False),  # JSON: MAIL FROM, DKIM, where its link leads, what DNS said
    sa.Column("check_ms", sa.BigInteger),  # when DNS is asked next; None: it is not
    sa.Index("ses_identity_traits_due", "check_ms"),
)

records = sa.Table(
    "ses_records",
    metadata,
    sa.Column("account", _NAME, primary_key=True),
    sa.Column("region", _NAME, primary_key=True),
    sa.Column("kind", _NAME, primary_key=True),
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),  # JSON
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("updated_ms", sa.BigInteger, nullable=False),
)

contacts = sa.Table(
    "ses_contacts",
    metadata,
    sa.Column("account", _NAME, primary_key=True),
    sa.Column("region", _NAME, primary_key=True),
    sa.Column("list", _NAME, primary_key=True),
    sa.Column("address", _NAME, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),  # JSON: what it wants of which topics, and its attributes
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("updated_ms", sa.BigInteger, nullable=False),
)
