"""What redrives need: what is left of executions that ended without success, and the client tokens of late.

The remains of an execution are written in the commit of its end and go with its redrive, or when it can be redriven no
more. Tokens are kept so long as they make a redrive that is asked for again the same one.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, exists, select

from engine.store.statements import delete_rows, insert_row
from engine.store.tables import redrive_tokens, remains

_INSERT = insert_row(remains)
_DELETE = delete_rows(remains, "execution")
_TEXTS = select(remains.c.body).where(remains.c.execution == bindparam("of")).order_by(remains.c.part)
_EXISTS = select(exists().where(remains.c.execution == bindparam("of")))
_EXPIRED = (
    select(remains.c.execution, remains.c.part)
    .where(remains.c.expires_ms <= bindparam("now_ms"))
    .order_by(remains.c.expires_ms)
    .limit(bindparam("limit"))
)
_FORGET = delete(remains).where(remains.c.execution == bindparam("of"), remains.c.part == bindparam("at"))

_OF_EXECUTION = redrive_tokens.c.execution == bindparam("of")
_PUT_TOKEN = insert_row(redrive_tokens)
_REDRIVEN_WITH = select(redrive_tokens.c.redrive_ms).where(
    _OF_EXECUTION, redrive_tokens.c.token == bindparam("with"), redrive_tokens.c.redrive_ms > bindparam("since_ms")
)
_OLDER_TOKENS = (
    select(redrive_tokens.c.token)
    .where(_OF_EXECUTION)
    .order_by(redrive_tokens.c.redrive_ms.desc(), redrive_tokens.c.token)
    .offset(bindparam("kept"))
)
_DELETE_TOKEN = delete(redrive_tokens).where(_OF_EXECUTION, redrive_tokens.c.token == bindparam("with"))
_FORGET_TOKENS = delete(redrive_tokens).where(redrive_tokens.c.redrive_ms <= bindparam("until_ms"))


def put_remains(connection: Connection, of: Sequence[tuple[int, int, Sequence[str]]]) -> None:
    """For each (execution key, when it can be redriven no more, its texts)."""
    rows = [
        {"execution": key, "part": part, "expires_ms": expires_ms, "body": text}
        for key, expires_ms, texts in of
        for part, text in enumerate(texts)
    ]
    _INSERT(connection, rows)


def remains_of(connection: Connection, key: int) -> list[str]:
    return list(connection.execute(_TEXTS, {"of": key}).scalars())


def has_remains(connection: Connection, key: int) -> bool:
    return bool(connection.execute(_EXISTS, {"of": key}).scalar_one())


def delete_remains(connection: Connection, keys: Sequence[int]) -> None:
    """Of each of these executions, if there are any."""
    _DELETE(connection, [{"execution": key} for key in keys])


def forget_expired(connection: Connection, now_ms: int, limit: int) -> int:
    """Remove at most `limit` rows of executions that can be redriven no more; how many there were."""
    found = connection.execute(_EXPIRED, {"now_ms": now_ms, "limit": limit}).all()
    if found:
        connection.execute(_FORGET, [{"of": row[0], "at": row[1]} for row in found])
    return len(found)


def put_token(connection: Connection, key: int, token: str, redrive_ms: int, kept: int) -> None:
    """Note a client token; of an execution the `kept` newest stay."""
    connection.execute(_DELETE_TOKEN, {"of": key, "with": token})  # one that is too old to count
    _PUT_TOKEN(connection, [{"execution": key, "token": token, "redrive_ms": redrive_ms}])
    older = connection.execute(_OLDER_TOKENS, {"of": key, "kept": kept}).scalars().all()
    for each in older:
        connection.execute(_DELETE_TOKEN, {"of": key, "with": each})


def redriven_with(connection: Connection, key: int, token: str, since_ms: int) -> int | None:
    """When an execution was redriven with this token, if that was after `since_ms`."""
    found = connection.execute(_REDRIVEN_WITH, {"of": key, "with": token, "since_ms": since_ms}).scalar_one_or_none()
    return None if found is None else int(found)


def forget_tokens(connection: Connection, until_ms: int) -> None:
    connection.execute(_FORGET_TOKENS, {"until_ms": until_ms})
