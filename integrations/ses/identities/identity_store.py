"""Identities in the database. A name is stored as `addresses.identity_name` has it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from engine.contract import Caller
from engine.store import tags
from engine.store.freetext import stored
from integrations.ses.identities import policy_store, trait_store
from integrations.ses.tables import identities


@dataclass(frozen=True, slots=True)
class Identity:
    """`dkim`: the three tokens of a domain that asked for them, with spaces between; else empty."""

    id: int
    account: str
    region: str
    name: str
    verified: bool
    token: str
    dkim: str
    created_ms: int

    @property
    def is_domain(self) -> bool:
        return "@" not in self.name


_COLUMNS = [identities.c[member.name] for member in fields(Identity)]
_OWNED = (identities.c.account == bindparam("of_account"), identities.c.region == bindparam("of_region"))
_NAMED = select(*_COLUMNS).where(*_OWNED, identities.c.name.in_(bindparam("names", expanding=True)))
_BY_TOKEN = select(*_COLUMNS).where(identities.c.token == bindparam("of_token"))
_PAGE = (
    select(*_COLUMNS)
    .where(*_OWNED, identities.c.id > bindparam("after"))
    .order_by(identities.c.id)
    .limit(bindparam("limit"))
)
_ADDRESSES = _PAGE.where(identities.c.name.contains("@"))
_DOMAINS = _PAGE.where(~identities.c.name.contains("@"))
_COUNT = select(func.count()).select_from(identities).where(*_OWNED)
_ADD = insert(identities)
_THIS = identities.c.id == bindparam("identity_id")
_WITH_IDS = select(*_COLUMNS).where(identities.c.id.in_(bindparam("ids", expanding=True)))
_SET_VERIFIED = update(identities).where(_THIS).values(verified=bindparam("is_verified"))
_VERIFY = update(identities).where(_THIS).values(verified=1)
_SET_DKIM = update(identities).where(_THIS).values(dkim=bindparam("tokens"))
_DELETE = delete(identities).where(_THIS)


def _owner(caller: Caller) -> dict[str, Any]:
    return {"of_account": caller.account, "of_region": caller.region}


def named(connection: Connection, caller: Caller, names: Sequence[str]) -> dict[str, Identity]:
    """Those of the names that there are."""
    if not names:
        return {}
    rows = connection.execute(_NAMED, {**_owner(caller), "names": list(names)})
    return {row.name: _read(row) for row in rows}


def _read(row: Any) -> Identity:
    return Identity(**{**row._asdict(), "verified": bool(row.verified)})


def by_token(connection: Connection, token: str) -> Identity | None:
    row = connection.execute(_BY_TOKEN, {"of_token": stored(token)}).one_or_none()
    return None if row is None else _read(row)


def page(connection: Connection, caller: Caller, kind: str | None, after: int, limit: int) -> list[Identity]:
    """`kind`: EmailAddress, Domain or None; the oldest first."""
    statement = {"EmailAddress": _ADDRESSES, "Domain": _DOMAINS}.get(kind or "", _PAGE)
    return [_read(row) for row in connection.execute(statement, {**_owner(caller), "after": after, "limit": limit})]


def count(connection: Connection, caller: Caller) -> int:
    return int(connection.execute(_COUNT, _owner(caller)).scalar_one())


def add(connection: Connection, caller: Caller, name: str, token: str, dkim: str, now_ms: int) -> None:
    row = {"account": caller.account, "region": caller.region, "name": name, "verified": 0, "token": token}
    connection.execute(_ADD, {**row, "dkim": dkim, "created_ms": now_ms})


def verify(connection: Connection, identity: Identity) -> None:
    connection.execute(_VERIFY, {"identity_id": identity.id})


def with_ids(connection: Connection, ids: Sequence[int]) -> dict[int, Identity]:
    """Those that there are."""
    rows = connection.execute(_WITH_IDS, {"ids": list(ids)}) if ids else ()
    return {row.id: _read(row) for row in rows}


def set_verified(connection: Connection, identity: Identity, verified: bool) -> None:
    connection.execute(_SET_VERIFIED, {"identity_id": identity.id, "is_verified": int(verified)})


def set_dkim(connection: Connection, identity: Identity, tokens: str) -> None:
    connection.execute(_SET_DKIM, {"identity_id": identity.id, "tokens": tokens})


def remove(connection: Connection, caller: Caller, name: str) -> bool:
    """With its policies, its traits and its tags."""
    found = named(connection, caller, [name]).get(name)
    if found is None:
        return False
    policy_store.remove_all(connection, found.id)
    trait_store.remove(connection, found.id)
    tags.delete_resource(connection, caller.arn("ses", f"identity/{name}"))
    connection.execute(_DELETE, {"identity_id": found.id})
    return True
