"""The facts of mails whose events may come for weeks: opened, clicked, unsubscribed. Sealed when a master key is
configured. AWS's 60 days, and the newest `limits.SES_TRACKED_MAX`."""

import orjson
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from engine import limits
from engine.contract import Caller, Transaction
from integrations.ses.events.facts import Facts, unpacked
from integrations.ses.sending_tables import tracked

_BOUND_TO = b"ses tracked "
_ADD = insert(tracked)
_ONE = select(tracked).where(
    tracked.c.account == bindparam("of_account"),
    tracked.c.region == bindparam("of_region"),
    tracked.c.message_id == bindparam("of_id"),
    tracked.c.time_ms > bindparam("since_ms"),
)
_NEWEST = select(func.max(tracked.c.id))
_OLD = select(tracked.c.id).where(tracked.c.time_ms <= bindparam("until_ms")).limit(limits.SES_SWEEP_ROWS)
_BEYOND = select(tracked.c.id).where(tracked.c.id <= bindparam("last")).limit(limits.SES_SWEEP_ROWS)
_DELETE = delete(tracked).where(tracked.c.id.in_(bindparam("old", expanding=True)))


def add(tx: Transaction, facts: Facts) -> None:
    content, sealed = orjson.dumps(facts.packed()), tx.keys.configured
    row = {
        "account": facts.account,
        "region": facts.region,
        "message_id": facts.message_id,
        "time_ms": facts.time_ms,
        "sealed": int(sealed),
        "content": tx.keys.seal(content, _BOUND_TO + facts.message_id.encode()) if sealed else content,
    }
    tx.connection.execute(_ADD, row)


def find(tx: Transaction, caller: Caller, message_id: str) -> Facts | None:
    """None: its time is over."""
    since_ms = tx.moment.epoch_ms - limits.SES_TRACKED_MS
    asked = {"of_account": caller.account, "of_region": caller.region, "of_id": message_id, "since_ms": since_ms}
    row = tx.connection.execute(_ONE, asked).one_or_none()
    if row is None:
        return None
    return unpacked(
        orjson.loads(tx.keys.open(row.content, _BOUND_TO + message_id.encode()) if row.sealed else row.content)
    )


def sweep(connection: Connection, now_ms: int) -> bool:
    """Remove those that are too old, and those beyond the bound; True: there may be more."""
    last = connection.execute(_NEWEST).scalar_one_or_none() or 0
    old = set(connection.execute(_OLD, {"until_ms": now_ms - limits.SES_TRACKED_MS}).scalars())
    old |= set(connection.execute(_BEYOND, {"last": last - limits.SES_TRACKED_MAX}).scalars())
    if old:
        connection.execute(_DELETE, {"old": sorted(old)})
    return len(old) >= limits.SES_SWEEP_ROWS
