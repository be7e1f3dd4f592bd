"""The built-in inbox: every mail that was accepted, and what became of it, until it is deleted or newer ones take
its place.

Sealed when a master key is configured. The newest `limits.SES_INBOX_MAX` of all are kept.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from engine import limits
from engine.contract import Caller, Transaction
from engine.store.freetext import stored
from integrations.ses.events.facts import Facts
from integrations.ses.tables import mails

_BOUND_TO = b"ses mail "


@dataclass(frozen=True, slots=True)
class Mail:
    """`content`: how the inbox shows it, beside id, region and time; `Mime` is the mail as it would be sent. `states`:
    sent (on its way to the relay), delayed, delivered, bounced, complained, suppressed, rejected or failed, by
    address."""

    id: int
    message_id: str
    region: str
    time_ms: int
    content: dict[str, Any]
    states: dict[str, str]


_OWNED = (mails.c.account == bindparam("of_account"), mails.c.region == bindparam("of_region"))
_ADD = insert(mails)
_PAGE = select(mails).where(*_OWNED, mails.c.id > bindparam("after")).order_by(mails.c.id).limit(bindparam("limit"))
_NEWEST_OF = select(mails).where(*_OWNED).order_by(mails.c.id.desc()).limit(bindparam("limit"))
_ONE = select(mails).where(*_OWNED, mails.c.message_id == bindparam("of_id"))
_DELETE_ONE = delete(mails).where(*_OWNED, mails.c.message_id == bindparam("of_id"))
_DELETE_ALL = delete(mails).where(*_OWNED)
_STATES = select(mails.c.id, mails.c.states).where(mails.c.message_id == bindparam("of_id"))
_SET_STATES = update(mails).where(mails.c.id == bindparam("mail_id")).values(states=bindparam("text"))
_NEWEST = select(func.max(mails.c.id))
_OLD = select(mails.c.id).where(mails.c.id <= bindparam("last")).limit(limits.SES_SWEEP_ROWS)
_DELETE = delete(mails).where(mails.c.id.in_(bindparam("old", expanding=True)))


def _owner(caller: Caller) -> dict[str, Any]:
    return {"of_account": caller.account, "of_region": caller.region}


def add(tx: Transaction, caller: Caller, message_id: str, content: dict[str, Any], states: Mapping[str, str]) -> None:
    """`states`: by recipient, their bare addresses. They are stored by their number, so that no address is in clear."""
    content = {**content, "Recipients": list(states)}
    text = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")  # half a surrogate pair becomes `?`
    sealed = tx.keys.configured
    row = {
        "account": caller.account,
        "region": caller.region,
        "message_id": message_id,
        "time_ms": tx.moment.epoch_ms,
        "sealed": int(sealed),
        "content": tx.keys.seal(text, _BOUND_TO + message_id.encode()) if sealed else text,
        "states": " ".join(states.values()),
    }
    tx.connection.execute(_ADD, row)


def _read(tx: Transaction, row: Any) -> Mail:
    text = tx.keys.open(row.content, _BOUND_TO + row.message_id.encode()) if row.sealed else row.content
    content = orjson.loads(text)
    recipients = content.pop("Recipients", ())
    states = dict(zip(recipients, (row.states or "").split(), strict=False))
    return Mail(row.id, row.message_id, row.region, row.time_ms, content, states)


def note_states(tx: Transaction, facts: Facts, states: Mapping[str, str]) -> None:
    """What became of a mail for some of its recipients. It may be in the inbox no more."""
    row = tx.connection.execute(_STATES, {"of_id": facts.message_id}).one_or_none()
    if row is None:
        return
    before = dict(zip(dict.fromkeys(facts.recipients), row.states.split(), strict=True))
    tx.connection.execute(_SET_STATES, {"mail_id": row.id, "text": " ".join({**before, **states}.values())})


def page(tx: Transaction, caller: Caller, after: int, limit: int) -> list[Mail]:
    """The oldest first."""
    asked = {**_owner(caller), "after": after, "limit": limit}
    return [_read(tx, row) for row in tx.connection.execute(_PAGE, asked)]


def newest(tx: Transaction, caller: Caller, limit: int) -> list[Mail]:
    """The newest first."""
    return [_read(tx, row) for row in tx.connection.execute(_NEWEST_OF, {**_owner(caller), "limit": limit})]


def find(tx: Transaction, caller: Caller, message_id: str) -> Mail | None:
    row = tx.connection.execute(_ONE, {**_owner(caller), "of_id": stored(message_id)}).one_or_none()
    return None if row is None else _read(tx, row)


def remove(connection: Connection, caller: Caller, message_id: str | None) -> None:
    """One, or all of the account and region."""
    if message_id is None:
        connection.execute(_DELETE_ALL, _owner(caller))
    else:
        connection.execute(_DELETE_ONE, {**_owner(caller), "of_id": stored(message_id)})


def sweep(connection: Connection) -> bool:
    """Remove those beyond the bound; True: there may be more."""
    last = connection.execute(_NEWEST).scalar_one_or_none() or 0
    old = list(connection.execute(_OLD, {"last": last - limits.SES_INBOX_MAX}).scalars())
    if old:
        connection.execute(_DELETE, {"old": old})
    return len(old) == limits.SES_SWEEP_ROWS
