"""Suppressed addresses in the database. The list of an account does not tell upper from lower case."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from engine.contract import Caller
from engine.store.freetext import original, stored
from engine.store.statements import upsert_row
from integrations.ses.sending_tables import suppressed


@dataclass(frozen=True, slots=True)
class Suppressed:
    """`message_id`, `feedback_id`: of the mail that it bounced or was complained of."""

    address: str
    reason: str
    updated_ms: int
    message_id: str | None = None
    feedback_id: str | None = None


_OWNED = (suppressed.c.account == bindparam("of_account"), suppressed.c.region == bindparam("of_region"))
_AMONG = select(suppressed).where(*_OWNED, suppressed.c.address.in_(bindparam("addresses", expanding=True)))
_PAGE = (
    select(suppressed)
    .where(*_OWNED, suppressed.c.address > bindparam("after"))
    .where(suppressed.c.reason.in_(bindparam("reasons", expanding=True)))
    .where(suppressed.c.updated_ms >= bindparam("from_ms"), suppressed.c.updated_ms < bindparam("until_ms"))
    .order_by(suppressed.c.address)
    .limit(bindparam("limit"))
)
_PUT = upsert_row(suppressed)
_DELETE = delete(suppressed).where(*_OWNED, suppressed.c.address == bindparam("of_address"))


def _owner(caller: Caller) -> dict[str, Any]:
    return {"of_account": caller.account, "of_region": caller.region}


def _key(address: str) -> str:
    return stored(address.lower())


def _read(row: Any) -> Suppressed:
    return Suppressed(original(row.address), row.reason, row.updated_ms, row.message_id, row.feedback_id)


def among(connection: Connection, caller: Caller, addresses: Sequence[str]) -> dict[str, Suppressed]:
    """Those of the addresses that are suppressed, by the address as it is asked for."""
    if not addresses:
        return {}
    keys = {address: _key(address) for address in addresses}
    rows = connection.execute(_AMONG, {**_owner(caller), "addresses": sorted(set(keys.values()))})
    found = {row.address: _read(row) for row in rows}
    return {address: found[key] for address, key in keys.items() if key in found}


def page(
    connection: Connection,
    caller: Caller,
    reasons: Sequence[str],
    between_ms: tuple[int, int],
    after: str,
    limit: int,
) -> list[Suppressed]:
    """In the order of addresses."""
    asked = {**_owner(caller), "reasons": list(reasons), "after": stored(after), "limit": limit}
    rows = connection.execute(_PAGE, {**asked, "from_ms": between_ms[0], "until_ms": between_ms[1]})
    return [_read(row) for row in rows]


def put(connection: Connection, caller: Caller, found: Suppressed) -> None:
    row = {
        "account": caller.account,
        "region": caller.region,
        "address": _key(found.address),
        "reason": found.reason,
        "updated_ms": found.updated_ms,
        "message_id": found.message_id,
        "feedback_id": found.feedback_id,
    }
    _PUT.one(connection, row)


def remove(connection: Connection, caller: Caller, address: str) -> bool:
    return connection.execute(_DELETE, {**_owner(caller), "of_address": _key(address)}).rowcount > 0
