"""Mails that came in and have actions to do, in the database. Sealed when a master key is configured."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from engine import limits
from engine.contract import Caller, Transaction
from integrations.ses.receiving.plan import Plan, read
from integrations.ses.receiving.tables import received

_BOUND_TO = b"ses received "


@dataclass(frozen=True, slots=True)
class Received:
    """`caller`: whose it is."""

    id: int
    caller: Caller
    time_ms: int
    failures: int
    plan: Plan
    mail: bytes


_ADD = insert(received)
_DUE = (
    select(received.c.id)
    .where(received.c.due_ms <= bindparam("now_ms"))
    .order_by(received.c.due_ms, received.c.id)
    .limit(bindparam("limit"))
)
_NEXT = select(func.min(received.c.due_ms)).where(received.c.due_ms > bindparam("now_ms"))
_ONE = select(received).where(received.c.id == bindparam("of_id"))
_COUNT = select(func.count()).select_from(select(received.c.id).limit(limits.SES_RECEIVED_MAX).subquery())
_THIS = received.c.id == bindparam("of_id")
_PUT_PLAN = update(received).where(_THIS).values(plan=bindparam("now_plan"), failures=0)
_PUT_OFF = update(received).where(_THIS).values(due_ms=bindparam("later_ms"), failures=bindparam("now_failures"))
_DELETE = delete(received).where(_THIS)


def full(connection: Connection) -> bool:
    """Whether as many wait as may."""
    return int(connection.execute(_COUNT).scalar_one()) >= limits.SES_RECEIVED_MAX


def add(tx: Transaction, caller: Caller, plan: Plan, mail: bytes) -> None:
    sealed = tx.keys.configured
    row = {
        "account": caller.account,
        "region": caller.region,
        "message_id": plan.message_id,
        "time_ms": tx.moment.epoch_ms,
        "due_ms": tx.moment.epoch_ms,
        "failures": 0,
        "plan": plan.text(),
        "sealed": int(sealed),
        "content": tx.keys.seal(mail, _BOUND_TO + plan.message_id.encode()) if sealed else mail,
    }
    tx.connection.execute(_ADD, row)


def due(connection: Connection, now_ms: int, limit: int) -> list[int]:
    """Ids, the longest due first."""
    return list(connection.execute(_DUE, {"now_ms": now_ms, "limit": limit}).scalars())


def next_due_ms(connection: Connection, now_ms: int) -> int | None:
    found: int | None = connection.execute(_NEXT, {"now_ms": now_ms}).scalar_one_or_none()
    return found


def find(tx: Transaction, mail_id: int) -> Received | None:
    row: Any = tx.connection.execute(_ONE, {"of_id": mail_id}).one_or_none()
    if row is None:
        return None
    mail = tx.keys.open(row.content, _BOUND_TO + row.message_id.encode()) if row.sealed else bytes(row.content)
    return Received(row.id, Caller(row.account, row.region), row.time_ms, row.failures, read(row.plan), mail)


def put_plan(connection: Connection, mail_id: int, plan: Plan) -> None:
    """How far it is by now; the next action has not failed yet."""
    connection.execute(_PUT_PLAN, {"of_id": mail_id, "now_plan": plan.text()})


def put_off(connection: Connection, mail_id: int, due_ms: int, failures: int) -> None:
    connection.execute(_PUT_OFF, {"of_id": mail_id, "later_ms": due_ms, "now_failures": failures})


def remove(connection: Connection, mail_id: int) -> None:
    connection.execute(_DELETE, {"of_id": mail_id})
