"""Message move tasks in the database."""

from dataclasses import dataclass, fields

from sqlalchemy import Connection, bindparam, func, insert, select, update

from integrations.sqs.tables import moves

RUNNING, CANCELLING, COMPLETED, CANCELLED, FAILED = "RUNNING", "CANCELLING", "COMPLETED", "CANCELLED", "FAILED"
_OVER = (COMPLETED, CANCELLED, FAILED)


@dataclass(frozen=True, slots=True)
class Move:
    """A row of sqs_moves."""

    id: int
    handle: str
    source_arn: str
    target_arn: str | None
    account: str
    region: str
    rate: int | None
    status: str
    started_ms: int
    moved: int
    to_move: int
    until_key: int
    reason: str | None


_COLUMNS = [moves.c[member.name] for member in fields(Move)]
_OF_SOURCE = (
    select(*_COLUMNS)
    .where(moves.c.source_arn == bindparam("source"))
    .order_by(moves.c.id.desc())
    .limit(bindparam("most"))
)
_BY_HANDLE = select(*_COLUMNS).where(moves.c.handle == bindparam("named"))
_ACTIVE = select(*_COLUMNS).where(moves.c.active == 1, moves.c.id > bindparam("after")).order_by(moves.c.id).limit(1)
_COUNT_ACTIVE = select(func.count()).where(
    moves.c.active == 1, moves.c.account == bindparam("owner"), moves.c.region == bindparam("place")
)
_SET = update(moves).where(moves.c.id == bindparam("move_id"))


def of_source(connection: Connection, source_arn: str, limit: int) -> list[Move]:
    """The latest first."""
    return [Move(*row) for row in connection.execute(_OF_SOURCE, {"source": source_arn, "most": limit})]


def by_handle(connection: Connection, handle: str) -> Move | None:
    row = connection.execute(_BY_HANDLE, {"named": handle}).one_or_none()
    return None if row is None else Move(*row)


def next_active(connection: Connection, after: int) -> Move | None:
    row = connection.execute(_ACTIVE, {"after": after}).one_or_none()
    return None if row is None else Move(*row)


def count_active(connection: Connection, account: str, region: str) -> int:
    return int(connection.execute(_COUNT_ACTIVE, {"owner": account, "place": region}).scalar_one())


def add(
    connection: Connection,
    *,
    handle: str,
    source_arn: str,
    target_arn: str | None,
    account: str,
    region: str,
    rate: int | None,
    started_ms: int,
    to_move: int,
    until_key: int,
) -> None:
    row = {
        "handle": handle,
        "source_arn": source_arn,
        "target_arn": target_arn,
        "account": account,
        "region": region,
        "rate": rate,
        "status": RUNNING,
        "active": 1,
        "started_ms": started_ms,
        "moved": 0,
        "to_move": to_move,
        "until_key": until_key,
    }
    connection.execute(insert(moves), row)


def set_moved(connection: Connection, move: Move, moved: int) -> None:
    connection.execute(_SET.values(moved=moved), {"move_id": move.id})


def set_status(connection: Connection, move: Move, status: str, reason: str | None = None) -> None:
    active = None if status in _OVER else 1
    connection.execute(_SET.values(status=status, active=active, reason=reason), {"move_id": move.id})
