"""SMS attributes and lists of telephone numbers in the database: the sandbox's, and those that opted out."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from engine.store.statements import delete_row, upsert_row
from integrations.sns.tables import numbers, sms_attributes

SANDBOX, OPTED_OUT = "sandbox", "opted-out"


@dataclass(frozen=True, slots=True)
class Number:
    """`code`: the digest of a one-time password, empty where none is awaited."""

    number: str
    status: str
    code: str
    time_ms: int


_COLUMNS = (numbers.c.number, numbers.c.status, numbers.c.code, numbers.c.time_ms)
_OF = (
    numbers.c.account == bindparam("of_account"),
    numbers.c.region == bindparam("of_region"),
    numbers.c.list == bindparam("of_list"),
)
_FIND = select(*_COLUMNS).where(*_OF, numbers.c.number == bindparam("digits"))
_LIST = (
    select(*_COLUMNS)
    .where(*_OF, numbers.c.number > bindparam("after"))
    .order_by(numbers.c.number)
    .limit(bindparam("limit"))
)
_COUNT = select(func.count()).select_from(numbers).where(*_OF)
_PUT = upsert_row(numbers)
_DELETE = delete_row(numbers)
_ATTRIBUTES = select(sms_attributes.c.name, sms_attributes.c.value).where(
    sms_attributes.c.account == bindparam("of_account"), sms_attributes.c.region == bindparam("of_region")
)
_PUT_ATTRIBUTE = upsert_row(sms_attributes)
_DELETE_ATTRIBUTE = delete_row(sms_attributes)

Owner = tuple[str, str]  # account, region


def _owned(owner: Owner, of_list: str) -> dict[str, str]:
    return {"of_account": owner[0], "of_region": owner[1], "of_list": of_list}


def find(connection: Connection, owner: Owner, of_list: str, number: str) -> Number | None:
    row = connection.execute(_FIND, {**_owned(owner, of_list), "digits": number}).one_or_none()
    return None if row is None else Number(*row)


def listed(connection: Connection, owner: Owner, of_list: str, after: str, limit: int) -> list[Number]:
    asked = {**_owned(owner, of_list), "after": after, "limit": limit}
    return [Number(*row) for row in connection.execute(_LIST, asked)]


def count(connection: Connection, owner: Owner, of_list: str) -> int:
    return int(connection.execute(_COUNT, _owned(owner, of_list)).scalar_one())


def put(connection: Connection, owner: Owner, of_list: str, number: Number) -> None:
    row = {"account": owner[0], "region": owner[1], "list": of_list, "number": number.number}
    _PUT.one(connection, {**row, "status": number.status, "code": number.code, "time_ms": number.time_ms})


def remove(connection: Connection, owner: Owner, of_list: str, number: str) -> None:
    _DELETE.one(connection, {"account": owner[0], "region": owner[1], "list": of_list, "number": number})


def attributes(connection: Connection, owner: Owner) -> dict[str, str]:
    asked = {"of_account": owner[0], "of_region": owner[1]}
    return {row[0]: row[1] for row in connection.execute(_ATTRIBUTES, asked)}


def put_attribute(connection: Connection, owner: Owner, name: str, value: str) -> None:
    """An empty value takes it away."""
    row = {"account": owner[0], "region": owner[1], "name": name, "value": value}
    if value:
        _PUT_ATTRIBUTE.one(connection, row)
    else:
        _DELETE_ATTRIBUTE.one(connection, row)
