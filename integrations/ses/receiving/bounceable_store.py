"""What SendBounce needs of mails that came in, in the database: for a day, whether their actions are done or not.

Sealed when a master key is configured. The newest `limits.SES_BOUNCEABLE_MAX` of all are kept.
"""

from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from engine import limits
from engine.contract import Caller, Transaction
from engine.store.freetext import stored
from integrations.ses.receiving.delivery_report import head_of
from integrations.ses.receiving.plan import Plan
from integrations.ses.receiving.tables import bounceable

_BOUND_TO = b"ses bounceable "


@dataclass(frozen=True, slots=True)
class Original:
    """A mail that may be bounced. `source`: of its envelope, empty for the null sender; `head`: its header."""

    source: str
    recipients: list[str]
    head: bytes


_ADD = insert(bounceable)
_ONE = select(bounceable).where(
    bounceable.c.account == bindparam("of_account"),
    bounceable.c.region == bindparam("of_region"),
    bounceable.c.message_id == bindparam("of_id"),
    bounceable.c.time_ms > bindparam("since_ms"),
)
_NEWEST = select(func.max(bounceable.c.id))
_OLD = select(bounceable.c.id).where(bounceable.c.time_ms <= bindparam("until_ms")).limit(limits.SES_SWEEP_ROWS)
_BEYOND = select(bounceable.c.id).where(bounceable.c.id <= bindparam("last")).limit(limits.SES_SWEEP_ROWS)
_DELETE = delete(bounceable).where(bounceable.c.id.in_(bindparam("old", expanding=True)))


def add(tx: Transaction, caller: Caller, plan: Plan, mail: bytes) -> None:
    """`mail`: as it came, without the headers that SES adds."""
    held = {"source": plan.source, "recipients": plan.recipients, "head": head_of(mail).decode("latin-1")}
    content, sealed = orjson.dumps(held), tx.keys.configured
    row = {
        "account": caller.account,
        "region": caller.region,
        "message_id": plan.message_id,
        "time_ms": tx.moment.epoch_ms,
        "sealed": int(sealed),
        "content": tx.keys.seal(content, _BOUND_TO + plan.message_id.encode()) if sealed else content,
    }
    tx.connection.execute(_ADD, row)


def find(tx: Transaction, caller: Caller, message_id: str) -> Original | None:
    """None: no such mail came in within a day."""
    since_ms = tx.moment.epoch_ms - limits.SES_BOUNCEABLE_MS
    asked = {"of_account": caller.account, "of_region": caller.region, "of_id": stored(message_id)}
    row = tx.connection.execute(_ONE, {**asked, "since_ms": since_ms}).one_or_none()
    if row is None:
        return None
    content = tx.keys.open(row.content, _BOUND_TO + row.message_id.encode()) if row.sealed else row.content
    held = orjson.loads(content)
    return Original(held["source"], held["recipients"], held["head"].encode("latin-1"))


def sweep(connection: Connection, now_ms: int) -> bool:
    """Remove those that are too old, and those beyond the bound; True: there may be more."""
    last = connection.execute(_NEWEST).scalar_one_or_none() or 0
    old = set(connection.execute(_OLD, {"until_ms": now_ms - limits.SES_BOUNCEABLE_MS}).scalars())
    old |= set(connection.execute(_BEYOND, {"last": last - limits.SES_BOUNCEABLE_MAX}).scalars())
    if old:
        connection.execute(_DELETE, {"old": sorted(old)})
    return len(old) >= limits.SES_SWEEP_ROWS
