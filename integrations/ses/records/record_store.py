"""Named records of an account and region: contact lists, pools of addresses, templates of verification mails."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from engine.contract import Caller
from engine.store.freetext import original, stored
from engine.store.statements import upsert_row
from integrations.ses.record_tables import records

CONTACT_LIST = "contact-list"
POOL = "dedicated-ip-pool"
VERIFICATION_TEMPLATE = "verification-template"
ACCOUNT_DETAILS = "account-details"  # one, without a name


@dataclass(frozen=True, slots=True)
class Record:
    """`content`: JSON, by its kind."""

    name: str
    content: dict[str, Any]
    created_ms: int
    updated_ms: int


_OF_KIND = (
    records.c.account == bindparam("of_account"),
    records.c.region == bindparam("of_region"),
    records.c.kind == bindparam("of_kind"),
)
_ONE = select(records).where(*_OF_KIND, records.c.name == bindparam("of_name"))
_PAGE = select(records).where(*_OF_KIND, records.c.name > bindparam("after")).order_by(records.c.name)
_COUNT = select(func.count()).select_from(records).where(*_OF_KIND)
_PUT = upsert_row(records)
_DELETE = delete(records).where(*_OF_KIND, records.c.name == bindparam("of_name"))


def _kind(caller: Caller, kind: str) -> dict[str, Any]:
    return {"of_account": caller.account, "of_region": caller.region, "of_kind": kind}


def find(connection: Connection, caller: Caller, kind: str, name: str) -> Record | None:
    row = connection.execute(_ONE, {**_kind(caller, kind), "of_name": stored(name)}).one_or_none()
    return None if row is None else _read(row)


def page(connection: Connection, caller: Caller, kind: str, after: str, limit: int) -> list[Record]:
    """By their names."""
    rows = connection.execute(_PAGE.limit(limit), {**_kind(caller, kind), "after": stored(after)})
    return [_read(row) for row in rows]


def _read(row: Any) -> Record:
    return Record(original(row.name), json.loads(row.content), row.created_ms, row.updated_ms)


def count(connection: Connection, caller: Caller, kind: str) -> int:
    return int(connection.execute(_COUNT, _kind(caller, kind)).scalar_one())


def put(connection: Connection, caller: Caller, kind: str, record: Record) -> None:
    row = {
        "account": caller.account,
        "region": caller.region,
        "kind": kind,
        "name": stored(record.name),
        "content": json.dumps(record.content),
        "created_ms": record.created_ms,
        "updated_ms": record.updated_ms,
    }
    _PUT.one(connection, row)


def remove(connection: Connection, caller: Caller, kind: str, name: str) -> bool:
    return connection.execute(_DELETE, {**_kind(caller, kind), "of_name": stored(name)}).rowcount > 0
