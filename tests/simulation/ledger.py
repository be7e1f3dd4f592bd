"""A built-in service for the simulation: it books an amount into a table of its own, in the execution's transaction.

What the verdict asks of it: one row for each Task whose success is in a history, and no other row.
"""

import random
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert, select

from engine.api.nested import nested_actions
from engine.asl.model import Pattern
from engine.contract import Action, Call, Caller, LocalAction, NotYet, RemoteAction, Transaction
from engine.errors import StateError

metadata = MetaData()
ledger = Table(
    "ledger",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("execution", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("token", Text),
)
_NESTED = nested_actions()
_INSERT = insert(ledger)
_KEYS = select(ledger.c.execution, ledger.c.key).order_by(ledger.c.id)
_TOKENS = select(ledger.c.id, ledger.c.token).where(ledger.c.token.is_not(None)).order_by(ledger.c.id)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Books, and now and then fails after it has written: the savepoint has to take that back.

    With `patience_ms` a call may have to wait before it can book, and is told something else in the end.
    """

    source: random.Random
    failing: float

    def book(self, tx: Transaction, caller: Caller, call: Call) -> Any:
        amount = call.parameters.get("amount", 0)
        patience_ms = call.parameters.get("patience_ms")
        if patience_ms is not None and not self._is_there(tx.moment.epoch_ms, call.idempotency_key):
            return NotYet("ledger", {"n": 10 * amount}, patience_ms)  # what it says in the end is no row
        row = {"execution": call.execution_arn, "key": call.idempotency_key, "amount": amount, "token": call.task_token}
        tx.connection.execute(_INSERT, row)
        if self.source.random() < self.failing:
            raise StateError("Ledger.Busy", "try again")
        return {"key": call.idempotency_key, "n": 10 * amount}

    def _is_there(self, now_ms: int, key: str) -> bool:
        """Whether what a call waits for is there at this moment: every few seconds it is."""
        return (now_ms // 1_000 + crc32(key.encode())) % 5 == 0

    def find(self, service: str, action: str, sdk: bool) -> Action | None:
        """Implements engine.contract.Actions: the ledger and other executions inside, functions outside."""
        waiting = frozenset({Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN})
        if service == "sqs":
            return LocalAction(self.book, waiting)
        if service == _NESTED.service:
            return _NESTED.actions[action]
        return RemoteAction(waiting, caller="lambda") if service == "lambda" else None


def booked(connection: Connection) -> list[tuple[str, str]]:
    """(execution, idempotency key) of every row."""
    return [(row[0], row[1]) for row in connection.execute(_KEYS)]


def tokens(connection: Connection) -> list[tuple[int, str]]:
    """(row, token) of what waits for somebody to answer."""
    return [(row[0], row[1]) for row in connection.execute(_TOKENS)]
