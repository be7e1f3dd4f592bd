"""Activities: names under which workers ask for tasks."""

from dataclasses import asdict

from sqlalchemy import Connection, bindparam, func, select

from engine.store.rows import ActivityRow
from engine.store.statements import delete_row, insert_row, row_columns
from engine.store.tables import activities

_INSERT = insert_row(activities)
_DELETE = delete_row(activities)
_ROW = select(*row_columns(activities, ActivityRow))
_OF_OWNER = (activities.c.account == bindparam("account"), activities.c.region == bindparam("region"))
_BY_ARN = _ROW.where(activities.c.arn == bindparam("arn"))
_PAGE = (
    _ROW.where(*_OF_OWNER, activities.c.arn > bindparam("after")).order_by(activities.c.arn).limit(bindparam("limit"))
)
_COUNT = select(func.count()).select_from(activities).where(*_OF_OWNER)


def insert(connection: Connection, row: ActivityRow) -> None:
    """An ARN that exists raises SQLAlchemy's IntegrityError: the caller asks `by_arn` first."""
    _INSERT.one(connection, asdict(row))


def delete(connection: Connection, arn: str) -> None:
    """Remove an activity; one that is not there is passed over. Its tags are the caller's."""
    _DELETE.one(connection, {"arn": arn})


def by_arn(connection: Connection, arn: str) -> ActivityRow | None:
    found = connection.execute(_BY_ARN, {"arn": arn}).one_or_none()
    return None if found is None else ActivityRow(*found)


def list_page(
    connection: Connection, account: str, region: str, after_arn: str | None, limit: int
) -> list[ActivityRow]:
    """At most `limit` activities of an account and region in the order of their ARNs, after `after_arn`."""
    values = {"account": account, "region": region, "after": after_arn or "", "limit": limit}
    return [ActivityRow(*row) for row in connection.execute(_PAGE, values)]


def count(connection: Connection, account: str, region: str) -> int:
    return int(connection.execute(_COUNT, {"account": account, "region": region}).scalar_one())
