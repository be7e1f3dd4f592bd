"""Queues in the database. Their messages are integrations.sqs.message_store's business."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from engine.jsontext import dumps, loads_own
from integrations.sqs.attributes import Settings, settings_of
from integrations.sqs.names import Address
from integrations.sqs.tables import bins, deleted, queues


@dataclass(frozen=True, slots=True)
class Queue:
    """`bin`: where its messages stand now."""

    id: int
    address: Address
    arn: str
    fifo: bool
    created_ms: int
    modified_ms: int
    attributes: Mapping[str, str]
    tags: Mapping[str, str]
    bin: int
    purged_ms: int | None
    settings: Settings

    @property
    def topic(self) -> str:
        """What its receivers wait for."""
        return f"sqs:{self.arn}"


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    account: str
    region: str
    name: str
    arn: str
    fifo: int
    created_ms: int
    modified_ms: int
    attributes: str
    tags: str
    bin: int
    purged_ms: int | None


_AFTER_NAMES = "\x7f"  # greater than what names are made of

_COLUMNS = [queues.c[member.name] for member in fields(_Row)]
_OWNED = (queues.c.account == bindparam("owner"), queues.c.region == bindparam("place"))

_QUEUE = select(*_COLUMNS).where(*_OWNED, queues.c.name == bindparam("called"))
_AFTER_ID = select(*_COLUMNS).where(queues.c.id > bindparam("after")).order_by(queues.c.id).limit(bindparam("most"))
_SOURCES = (
    select(*_COLUMNS)
    .where(queues.c.dead_letter_arn == bindparam("target"), queues.c.name > bindparam("after"))
    .order_by(queues.c.name)
    .limit(bindparam("most"))
)
_COUNT = select(func.count()).select_from(queues).where(*_OWNED)
_BY_ID = update(queues).where(queues.c.id == bindparam("queue_id"))
_ADD_BIN = insert(bins)
_DROP_BIN = update(bins).where(bins.c.id == bindparam("bin_id")).values(dropped_ms=bindparam("now_ms"))
_IS_DELETED = select(deleted.c.deleted_ms).where(
    deleted.c.account == bindparam("owner"),
    deleted.c.region == bindparam("place"),
    deleted.c.name == bindparam("called"),
)
_FORGET_DELETED = delete(deleted).where(
    deleted.c.account == bindparam("owner"),
    deleted.c.region == bindparam("place"),
    deleted.c.name == bindparam("called"),
)


def find(connection: Connection, address: Address) -> Queue | None:
    row = connection.execute(_QUEUE, _place(address)).one_or_none()
    return None if row is None else _queue(_Row(*row))


def list_queues(
    connection: Connection, account: str, region: str, limit: int, *, after: str = "", prefix: str = ""
) -> list[Queue]:
    """At most `limit` queues by name."""
    query = select(*_COLUMNS).where(*_OWNED, queues.c.name > after).order_by(queues.c.name).limit(limit)
    if prefix:
        query = query.where(queues.c.name >= prefix, queues.c.name < prefix + _AFTER_NAMES)
    return [_queue(_Row(*row)) for row in connection.execute(query, {"owner": account, "place": region})]


def list_after(connection: Connection, after: int, limit: int) -> list[Queue]:
    """Of all accounts, by the number of the queue."""
    return [_queue(_Row(*row)) for row in connection.execute(_AFTER_ID, {"after": after, "most": limit})]


def list_sources(connection: Connection, target_arn: str, limit: int, after: str = "") -> list[Queue]:
    """The queues whose dead letters go to a queue, by name."""
    found = connection.execute(_SOURCES, {"target": target_arn, "after": after, "most": limit})
    return [_queue(_Row(*row)) for row in found]


def count(connection: Connection, account: str, region: str) -> int:
    return int(connection.execute(_COUNT, {"owner": account, "place": region}).scalar_one())


def add(
    connection: Connection,
    address: Address,
    arn: str,
    fifo: bool,
    now_ms: int,
    attributes: Mapping[str, str],
    tags: Any,
) -> None:
    """The name is free: the caller asked `find`, in the same transaction."""
    row = {
        "account": address.account,
        "region": address.region,
        "name": address.name,
        "arn": arn,
        "fifo": int(fifo),
        "created_ms": now_ms,
        "modified_ms": now_ms,
        "attributes": dumps(attributes),
        "tags": dumps(tags),
        "bin": _new_bin(connection),
        "dead_letter_arn": _dead_letter_arn(attributes),
    }
    connection.execute(insert(queues), row)
    connection.execute(_FORGET_DELETED, _place(address))


def set_attributes(connection: Connection, queue: Queue, attributes: Mapping[str, str], now_ms: int) -> None:
    changes = {
        "attributes": dumps(attributes),
        "modified_ms": now_ms,
        "dead_letter_arn": _dead_letter_arn(attributes),
    }
    connection.execute(_BY_ID.values(**changes), {"queue_id": queue.id})


def set_tags(connection: Connection, queue: Queue, tags: Mapping[str, str]) -> None:
    connection.execute(_BY_ID.values(tags=dumps(tags)), {"queue_id": queue.id})


def purge(connection: Connection, queue: Queue, now_ms: int) -> None:
    """Give the queue a new bin; the upkeep empties the old one."""
    connection.execute(_BY_ID.values(bin=_new_bin(connection), purged_ms=now_ms), {"queue_id": queue.id})
    connection.execute(_DROP_BIN, {"bin_id": queue.bin, "now_ms": now_ms})


def remove(connection: Connection, queue: Queue, now_ms: int) -> None:
    connection.execute(delete(queues).where(queues.c.id == queue.id))
    connection.execute(_DROP_BIN, {"bin_id": queue.bin, "now_ms": now_ms})
    address = queue.address
    row = {"account": address.account, "region": address.region, "name": address.name, "deleted_ms": now_ms}
    connection.execute(_FORGET_DELETED, _place(address))
    connection.execute(insert(deleted), row)


def deleted_ms(connection: Connection, address: Address) -> int | None:
    """When a queue of this name was deleted lately."""
    return connection.execute(_IS_DELETED, _place(address)).scalar_one_or_none()


def _place(address: Address) -> dict[str, str]:
    return {"owner": address.account, "place": address.region, "called": address.name}


def _queue(row: _Row) -> Queue:
    attributes = loads_own(row.attributes)
    return Queue(
        id=row.id,
        address=Address(row.account, row.region, row.name),
        arn=row.arn,
        fifo=bool(row.fifo),
        created_ms=row.created_ms,
        modified_ms=row.modified_ms,
        attributes=attributes,
        tags=loads_own(row.tags),
        bin=row.bin,
        purged_ms=row.purged_ms,
        settings=settings_of(attributes),
    )


def _new_bin(connection: Connection) -> int:
    made = connection.execute(_ADD_BIN, {"messages": 0}).inserted_primary_key
    assert made is not None, "an insert into a table with a generated key returns it"
    return int(made[0])


def _dead_letter_arn(attributes: Mapping[str, str]) -> str | None:
    redrive = settings_of(attributes).redrive
    return None if redrive is None else redrive.target_arn
