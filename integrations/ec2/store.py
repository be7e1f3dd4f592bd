"""The resources of an account and region in the database.

A read finds the default network whether or not it has been written down; the first write does that.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, insert, select, union_all, update

from engine import limits
from engine.contract import Caller, Transaction
from integrations.ec2.kinds import Kind, check_id, not_found
from integrations.ec2.shapes import Row, default_network
from integrations.ec2.tables import resources

Body = dict[str, Any]

_ACCOUNT = "account"
_OWNED = (
    resources.c.account == bindparam("b_account"),
    resources.c.region == bindparam("b_region"),
    resources.c.kind == bindparam("b_kind"),
)
_ONE = (*_OWNED, resources.c.id == bindparam("b_id"))
_ALL = select(resources.c.body).where(*_OWNED).order_by(resources.c.id)
_BELOW = select(resources.c.body).where(*_OWNED, resources.c.parent == bindparam("b_parent")).order_by(resources.c.id)
_MENTIONING = (
    select(resources.c.body).where(*_OWNED, resources.c.body.like(bindparam("b_like"))).order_by(resources.c.id)
)
_REFERRING = (
    select(resources.c.body).where(*_OWNED, resources.c.refers == bindparam("b_refers")).order_by(resources.c.id)
)
_FIND = select(resources.c.body).where(*_ONE)
_ADD = insert(resources)
_CHANGE = update(resources).where(*_ONE).values(body=bindparam("b_body"), refers=bindparam("b_refers"))
_REMOVE = delete(resources).where(*_ONE)


class Network:
    """One account's and region's resources, in one transaction."""

    def __init__(self, tx: Transaction, caller: Caller):
        self.tx = tx
        self.caller = caller
        self._written: bool | None = None

    def all(self, kind: Kind) -> list[Body]:
        """Every resource of a kind, by id."""
        if not self._is_written():
            return [body for found, body, _ in self._default() if found is kind]
        return self._bodies(_ALL, self._key(kind))

    def below(self, kind: Kind, parent: str) -> list[Body]:
        """The resources that belong to another one."""
        if not self._is_written():
            return [body for found, body, above in self._default() if found is kind and above == parent]
        return self._bodies(_BELOW, {**self._key(kind), "b_parent": parent})

    def below_any(self, kind: Kind, parents: list[str]) -> list[Body]:
        """The resources that belong to one of these, in no order."""
        if not self._is_written():
            return [body for parent in parents for body in self.below(kind, parent)]
        found: list[Body] = []
        for first in range(0, len(parents), limits.EC2_PARENTS_OF_STATEMENT):
            some = parents[first : first + limits.EC2_PARENTS_OF_STATEMENT]
            named = {f"b_parent{number}": parent for number, parent in enumerate(some)}
            found += self._bodies(_below_any(len(some)), {**self._key(kind), **named})
        return found

    def mentioning(self, kind: Kind, text: str) -> list[Body]:
        """The resources that have this id or address as a value anywhere: what is read of many to find a few."""
        if not self._is_written():
            return self.all(kind)
        return self._bodies(_MENTIONING, {**self._key(kind), "b_like": f'%"{text}"%'})

    def referring(self, kind: Kind, identifier: str) -> list[Body]:
        """The resources that name a group or a prefix list: rules and associations."""
        if not self._is_written():
            return [body for body in self.all(kind) if _refers(body) == identifier]
        return self._bodies(_REFERRING, {**self._key(kind), "b_refers": identifier})

    def find(self, kind: Kind, identifier: str) -> Body | None:
        if not self._is_written():
            return next((body for body in self.all(kind) if body[kind.member] == identifier), None)
        found = self._bodies(_FIND, {**self._key(kind), "b_id": identifier})
        return found[0] if found else None

    def get(self, kind: Kind, identifier: str) -> Body:
        """Raises ServiceError for what is no id, and for a resource that does not exist."""
        check_id(kind, identifier)
        found = self.find(kind, identifier)
        if found is None:
            raise not_found(kind, identifier)
        return found

    def chosen(self, kind: Kind, identifiers: list[str] | None) -> list[Body]:
        """The named resources, or all of the kind."""
        return [self.get(kind, identifier) for identifier in identifiers] if identifiers else self.all(kind)

    def add(self, rows: list[Row]) -> None:
        self._write_default()
        self._insert(rows)

    def change(self, kind: Kind, body: Body) -> None:
        self._write_default()
        key = {**self._key(kind), "b_id": body[kind.member], "b_body": orjson.dumps(body).decode()}
        self.tx.connection.execute(_CHANGE, {**key, "b_refers": _refers(body)})

    def remove(self, kind: Kind, identifiers: list[str]) -> None:
        self._write_default()
        if identifiers:
            keys = [{**self._key(kind), "b_id": identifier} for identifier in identifiers]
            self.tx.connection.execute(_REMOVE, keys)

    def _insert(self, rows: list[Row]) -> None:
        if rows:
            self.tx.connection.execute(_ADD, [self._row(*row) for row in rows])

    def _row(self, kind: Kind, body: Body, parent: str) -> dict[str, str]:
        return {
            "account": self.caller.account,
            "region": self.caller.region,
            "kind": kind.name,
            "id": body[kind.member],
            "parent": parent,
            "refers": _refers(body),
            "body": orjson.dumps(body).decode(),
        }

    def _bodies(self, statement: Any, key: dict[str, Any]) -> list[Body]:
        return [orjson.loads(body) for (body,) in self.tx.connection.execute(statement, key)]

    def _key(self, kind: Kind) -> dict[str, str]:
        return {"b_account": self.caller.account, "b_region": self.caller.region, "b_kind": kind.name}

    def _is_written(self) -> bool:
        if self._written is None:
            key = {
                "b_account": self.caller.account,
                "b_region": self.caller.region,
                "b_kind": _ACCOUNT,
                "b_id": _ACCOUNT,
            }
            self._written = self.tx.connection.execute(_FIND, key).first() is not None
        return self._written

    def _write_default(self) -> None:
        if not self._is_written():
            marker = {"kind": _ACCOUNT, "id": _ACCOUNT, "parent": "", "refers": "", "body": "{}"}
            owner = {"account": self.caller.account, "region": self.caller.region}
            self.tx.connection.execute(_ADD, {**owner, **marker})
            self._written = True
            self._insert(list(self._default()))

    def _default(self) -> Iterator[Row]:
        yield from default_network(self.caller)


@lru_cache(limits.EC2_PARENTS_OF_STATEMENT)
def _below_any(count: int) -> Any:
    """One look into the index of parents for each, in its order: with `parent IN (...)`, or without an order, Postgres
    walks all resources of the kind by any index while it has no statistics."""
    looks = [
        select(resources.c.body)
        .where(*_OWNED, resources.c.parent == bindparam(f"b_parent{number}"))
        .order_by(resources.c.id)
        .subquery()
        for number in range(count)
    ]
    return union_all(*(select(look.c.body) for look in looks))


def _refers(body: Body) -> str:
    """What a rule names, and the group of an association; prefix lists themselves have an id of that name, too."""
    if "VpcOwnerId" in body:
        return str(body["GroupId"])
    if "SecurityGroupRuleId" not in body:
        return ""
    found: str = body.get("PrefixListId") or body.get("ReferencedGroupInfo", {}).get("GroupId") or ""
    return found
