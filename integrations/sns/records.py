"""What goes out by ways that this server has not (telephone, push): durable records that can be read back.

Sealed when a master key is configured. The newest `limits.SNS_RECORDS_MAX` are kept.
"""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from engine import limits
from engine.contract import Transaction
from engine.store.freetext import original, stored
from integrations.sns.tables import outgoing

_BOUND_TO = b"sns outgoing "

_ADD = insert(outgoing)
_LIST = (
    select(outgoing)
    .where(outgoing.c.account == bindparam("of_account"), outgoing.c.region == bindparam("of_region"))
    .where(outgoing.c.kind == bindparam("of_kind"), outgoing.c.id > bindparam("after"))
    .order_by(outgoing.c.id)
    .limit(bindparam("limit"))
)
_NEWEST = select(func.max(outgoing.c.id))
_OLD = select(outgoing.c.id).where(outgoing.c.id <= bindparam("last")).limit(limits.SNS_SWEEP_ROWS)
_DELETE = delete(outgoing).where(outgoing.c.id.in_(bindparam("old", expanding=True)))


@dataclass(frozen=True, slots=True)
class Record:
    """`content`: what was to be sent, as the webhook would have got it."""

    id: int
    address: str
    message_id: str
    time_ms: int
    content: dict[str, Any]


def add(
    tx: Transaction, account: str, region: str, kind: str, address: str, message_id: str, content: dict[str, Any]
) -> None:
    """`kind`: sms, email or application."""
    text = orjson.dumps(content)
    sealed = tx.keys.configured
    row = {
        "account": account,
        "region": region,
        "kind": kind,
        "address": stored(address),
        "message_id": message_id,
        "time_ms": tx.moment.epoch_ms,
        "sealed": int(sealed),
        "content": tx.keys.seal(text, _BOUND_TO + message_id.encode()) if sealed else text,
    }
    tx.connection.execute(_ADD, row)


def listed(tx: Transaction, account: str, region: str, kind: str, after: int = 0) -> list[Record]:
    """A page, the oldest first."""
    asked = {"of_account": account, "of_region": region, "of_kind": kind, "after": after, "limit": limits.SNS_PAGE_MAX}
    found = []
    for row in tx.connection.execute(_LIST, asked):
        text = tx.keys.open(row.content, _BOUND_TO + row.message_id.encode()) if row.sealed else row.content
        found.append(Record(row.id, original(row.address), row.message_id, row.time_ms, orjson.loads(text)))
    return found


def sweep(connection: Connection) -> bool:
    """Remove those beyond the bound; True: there may be more."""
    newest = connection.execute(_NEWEST).scalar_one_or_none() or 0
    old = list(connection.execute(_OLD, {"last": newest - limits.SNS_RECORDS_MAX}).scalars())
    if old:
        connection.execute(_DELETE, {"old": old})
    return len(old) == limits.SNS_SWEEP_ROWS
