"""What ReceiveMessage gave to an attempt (ReceiveRequestAttemptId), so that a repetition gets the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from engine.jsontext import dumps, loads_own
from engine.store.statements import upsert_row
from integrations.sqs.message_store import Message
from integrations.sqs.tables import attempts

_FIND = select(attempts.c.receipts).where(
    attempts.c.bin == bindparam("of_bin"),
    attempts.c.attempt_id == bindparam("attempt"),
    attempts.c.until_ms > bindparam("now_ms"),
)
_PUT = upsert_row(attempts)


@dataclass(frozen=True, slots=True)
class Attempt:
    """`at_ms`: when it was first made. `given`: (key, receive count, visible_ms) of each message."""

    at_ms: int
    given: list[tuple[int, int, int]]


def find(connection: Connection, bin: int, attempt_id: str, now_ms: int) -> Attempt | None:
    values = {"of_bin": bin, "attempt": attempt_id, "now_ms": now_ms}
    text = connection.execute(_FIND, values).scalar_one_or_none()
    if text is None:
        return None
    at_ms, given = loads_own(text)
    return Attempt(at_ms, [(key, received, visible_ms) for key, received, visible_ms in given])


def put(
    connection: Connection, bin: int, attempt_id: str, until_ms: int, at_ms: int, messages: Sequence[Message]
) -> None:
    given = [[message.key, message.received, message.visible_ms] for message in messages]
    row = {"bin": bin, "attempt_id": attempt_id, "until_ms": until_ms, "receipts": dumps([at_ms, given])}
    _PUT.one(connection, row)
