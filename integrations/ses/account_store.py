"""How an account may send in a region, and what it has sent: quarters of an hour, and the second that goes on."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from engine import limits
from engine.contract import Caller, Transaction
from engine.store.freetext import original_or_none, stored_or_none
from engine.store.statements import upsert_row
from integrations.ses.tables import accounts, traffic

SLOT_MS = 900_000
_COUNTED = ("attempts", "counted", "bounces", "complaints", "rejects")


@dataclass(frozen=True, slots=True)
class Account:
    """`granted_by`, `granted_ms`: who let it out of the sandbox, and when; `revoked_ms`: when it was put back into it.
    Where neither is known, it stands as the settings have it (`sandboxed`). `suppressed`: the reasons of its
    suppression list."""

    account: str
    region: str
    paused: bool = False
    granted_by: str | None = None
    granted_ms: int | None = None
    second_ms: int = 0
    second_count: int = 0
    revoked_ms: int | None = None
    suppressed: tuple[str, ...] = ("BOUNCE", "COMPLAINT")
    sandboxed: bool = True

    @property
    def in_sandbox(self) -> bool:
        return self.granted_ms is None and (self.sandboxed or self.revoked_ms is not None)

    @property
    def daily_max(self) -> int:
        return limits.SES_SANDBOX_DAILY_MAX if self.in_sandbox else limits.SES_DAILY_MAX

    @property
    def rate_max(self) -> int:
        return limits.SES_SANDBOX_RATE_MAX if self.in_sandbox else limits.SES_RATE_MAX


_ONE = select(accounts).where(accounts.c.account == bindparam("account"), accounts.c.region == bindparam("region"))
_PUT = upsert_row(accounts)
_SINCE = (
    select(traffic)
    .where(traffic.c.account == bindparam("account"), traffic.c.region == bindparam("region"))
    .where(traffic.c.slot_ms > bindparam("since_ms"))
    .order_by(traffic.c.slot_ms)
)
_DAY = select(func.coalesce(func.sum(traffic.c.counted), 0)).where(
    traffic.c.account == bindparam("account"),
    traffic.c.region == bindparam("region"),
    traffic.c.slot_ms > bindparam("since_ms"),
)
_SLOT = select(traffic).where(
    traffic.c.account == bindparam("account"),
    traffic.c.region == bindparam("region"),
    traffic.c.slot_ms == bindparam("at_ms"),
)
_PUT_SLOT = upsert_row(traffic)
_FORGET = delete(traffic).where(traffic.c.slot_ms < bindparam("before_ms"))


def _owner(caller: Caller) -> dict[str, Any]:
    return {"account": caller.account, "region": caller.region}


def find(tx: Transaction, caller: Caller) -> Account:
    """Of an account that nobody has changed, the defaults."""
    row = tx.connection.execute(_ONE, _owner(caller)).one_or_none()
    if row is None:
        return Account(caller.account, caller.region, sandboxed=tx.settings.ses.sandbox)
    values = {**row._asdict(), "paused": bool(row.paused), "granted_by": original_or_none(row.granted_by)}
    reasons = values.pop("suppressed")
    found = Account(**values, sandboxed=tx.settings.ses.sandbox)
    return found if reasons is None else replace(found, suppressed=tuple(reasons.split()))


def put(connection: Connection, account: Account) -> None:
    row = {name: getattr(account, name) for name in (column.name for column in accounts.columns)}
    granted_by, suppressed = stored_or_none(account.granted_by), " ".join(account.suppressed)
    _PUT.one(connection, {**row, "paused": int(account.paused), "granted_by": granted_by, "suppressed": suppressed})


def sent_in_a_day(connection: Connection, caller: Caller, now_ms: int) -> int:
    """In the last 24 hours, to a quarter of an hour."""
    asked = {**_owner(caller), "since_ms": now_ms - 96 * SLOT_MS}
    return int(connection.execute(_DAY, asked).scalar_one())


@dataclass(frozen=True, slots=True)
class Slot:
    """What was sent in the quarter of an hour that began at `slot_ms`, and what came of mails in it."""

    slot_ms: int
    attempts: int
    bounces: int
    complaints: int
    rejects: int


def points(connection: Connection, caller: Caller, now_ms: int) -> list[Slot]:
    """Of the last two weeks."""
    asked = {**_owner(caller), "since_ms": now_ms - limits.SES_STATISTICS_MS}
    rows = connection.execute(_SINCE, asked)
    return [Slot(row.slot_ms, row.attempts, row.bounces, row.complaints, row.rejects) for row in rows]


def count(connection: Connection, caller: Caller, now_ms: int, **more: int) -> None:
    """`more`: of attempts, counted (those towards the daily quota), bounces, complaints and rejects."""
    slot = {**_owner(caller), "at_ms": now_ms - now_ms % SLOT_MS}
    row = connection.execute(_SLOT, slot).one_or_none()
    before = {name: 0 if row is None else getattr(row, name) for name in _COUNTED}
    after = {name: before[name] + more.get(name, 0) for name in _COUNTED}
    _PUT_SLOT.one(connection, {**_owner(caller), "slot_ms": slot["at_ms"], **after})


def forget(connection: Connection, now_ms: int) -> None:
    """What no statistics show any more."""
    connection.execute(_FORGET, {"before_ms": now_ms - limits.SES_STATISTICS_MS})
