"""Receipt rule sets in the database: one row each, with its rules in order."""

from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from engine.contract import Caller
from engine.store.freetext import stored
from integrations.ses.receiving.tables import rule_sets
from integrations.ses.tables import identities


@dataclass(frozen=True, slots=True)
class RuleSet:
    name: str
    active: bool
    rules: list[dict[str, Any]]
    created_ms: int

    def with_rules(self, rules: list[dict[str, Any]]) -> "RuleSet":
        return replace(self, rules=rules)


_OWNED = (rule_sets.c.account == bindparam("of_account"), rule_sets.c.region == bindparam("of_region"))
_THIS = (*_OWNED, rule_sets.c.name == bindparam("of_name"))
_FIND = select(rule_sets).where(*_THIS)
_ACTIVE = select(rule_sets).where(*_OWNED, rule_sets.c.active == 1)
_PAGE = (
    select(rule_sets.c.name, rule_sets.c.created_ms)
    .where(*_OWNED, rule_sets.c.name > bindparam("after"))
    .order_by(rule_sets.c.name)
    .limit(bindparam("limit"))
)
_COUNT = select(func.count()).select_from(rule_sets).where(*_OWNED)
_ADD = insert(rule_sets)
_DELETE = delete(rule_sets).where(*_THIS)
_PUT_RULES = update(rule_sets).where(*_THIS).values(rules=bindparam("now_rules"))
_DEACTIVATE = update(rule_sets).where(*_OWNED).values(active=0)
_ACTIVATE = update(rule_sets).where(*_THIS).values(active=1)
# Who receives mail for any of some verified names.
_RECEIVERS = (
    select(identities.c.account, identities.c.region)
    .distinct()
    .join(
        rule_sets,
        (rule_sets.c.account == identities.c.account)
        & (rule_sets.c.region == identities.c.region)
        & (rule_sets.c.active == 1),
    )
    .where(identities.c.name.in_(bindparam("names", expanding=True)), identities.c.verified == 1)
    .order_by(identities.c.account, identities.c.region)
    .limit(bindparam("limit"))
)


def _owner(caller: Caller) -> dict[str, Any]:
    return {"of_account": caller.account, "of_region": caller.region}


def _read(row: Any) -> RuleSet:
    return RuleSet(row.name, bool(row.active), orjson.loads(row.rules), row.created_ms)


def find(connection: Connection, caller: Caller, name: str) -> RuleSet | None:
    row = connection.execute(_FIND, {**_owner(caller), "of_name": stored(name)}).one_or_none()
    return None if row is None else _read(row)


def active(connection: Connection, caller: Caller) -> RuleSet | None:
    row = connection.execute(_ACTIVE, _owner(caller)).one_or_none()
    return None if row is None else _read(row)


def page(connection: Connection, caller: Caller, after: str, limit: int) -> list[tuple[str, int]]:
    """Names and times of creation, by name."""
    asked = {**_owner(caller), "after": stored(after), "limit": limit}
    return [(row.name, row.created_ms) for row in connection.execute(_PAGE, asked)]


def count(connection: Connection, caller: Caller) -> int:
    return int(connection.execute(_COUNT, _owner(caller)).scalar_one())


def add(connection: Connection, caller: Caller, name: str, rules: list[dict[str, Any]], now_ms: int) -> None:
    row = {"account": caller.account, "region": caller.region, "name": name, "active": 0, "created_ms": now_ms}
    connection.execute(_ADD, {**row, "rules": orjson.dumps(rules).decode()})


def remove(connection: Connection, caller: Caller, name: str) -> None:
    connection.execute(_DELETE, {**_owner(caller), "of_name": stored(name)})


def put_rules(connection: Connection, caller: Caller, found: RuleSet) -> None:
    rules = orjson.dumps(found.rules).decode()
    connection.execute(_PUT_RULES, {**_owner(caller), "of_name": found.name, "now_rules": rules})


def activate(connection: Connection, caller: Caller, name: str | None) -> None:
    """One at most is active; None: none is."""
    connection.execute(_DEACTIVATE, _owner(caller))
    if name is not None:
        connection.execute(_ACTIVATE, {**_owner(caller), "of_name": name})


def receivers(connection: Connection, names: list[str], limit: int) -> list[tuple[str, str]]:
    """Accounts and regions that have verified one of the names and have an active rule set."""
    found = connection.execute(_RECEIVERS, {"names": names, "limit": limit})
    return [(row.account, row.region) for row in found]
