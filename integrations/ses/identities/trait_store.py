"""What is known of identities beside their names, and which of them DNS is asked about next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, select

from engine.store.statements import upsert_row
from integrations.ses.record_tables import traits


@dataclass(frozen=True, slots=True)
class Traits:
    """`content`: members of JSON, by what they are about (`mail_from`, `dkim`, `link`, `dns`); each may be missing."""

    identity_id: int
    content: dict[str, Any] = field(default_factory=dict)
    check_ms: int | None = None


_OF = select(traits).where(traits.c.identity_id.in_(bindparam("ids", expanding=True)))
_DUE = (
    select(traits).where(traits.c.check_ms <= bindparam("now_ms")).order_by(traits.c.check_ms).limit(bindparam("limit"))
)
_PUT = upsert_row(traits)
_DELETE = delete(traits).where(traits.c.identity_id == bindparam("of_identity"))


def of_identities(connection: Connection, ids: Sequence[int]) -> dict[int, Traits]:
    """By identity; of each that is asked for."""
    rows = connection.execute(_OF, {"ids": list(ids)}) if ids else ()
    return {one: Traits(one) for one in ids} | {row.identity_id: _read(row) for row in rows}


def of_identity(connection: Connection, identity_id: int) -> Traits:
    return of_identities(connection, [identity_id])[identity_id]


def due(connection: Connection, now_ms: int, limit: int) -> list[Traits]:
    """The longest due first."""
    return [_read(row) for row in connection.execute(_DUE, {"now_ms": now_ms, "limit": limit})]


def _read(row: Any) -> Traits:
    return Traits(row.identity_id, orjson.loads(row.content), row.check_ms)


def put(connection: Connection, found: Traits) -> None:
    text = orjson.dumps(found.content).decode()
    _PUT.one(connection, {"identity_id": found.identity_id, "content": text, "check_ms": found.check_ms})


def remove(connection: Connection, identity_id: int) -> None:
    connection.execute(_DELETE, {"of_identity": identity_id})
