"""What can go wrong with a batch, and the writer that makes it happen.

| fault | where | what is left |
|---|---|---|
| crash | at a statement, at the commit | the process is gone, the transaction with it |
| lose | at a statement, at the commit | the database failed; the process lives, the transaction is gone |
| mislead | at the commit | the database committed and the answer was lost; the process believes it failed |

A crash between the commit and what follows needs no help from here: the node is dropped.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from engine.store.database import Database, Writer


class Crash(BaseException):
    """The process is gone at this point. Nothing in the engine may catch it and go on."""


@dataclass(slots=True)
class Fault:
    """`statement`: at so many statements from now; None: at the commit."""

    kind: str
    statement: int | None = None

    def happen(self) -> None:
        if self.kind == "crash":
            raise Crash
        raise OperationalError("simulated", {}, Exception("the database went away"))


class FaultyWriter(Writer):
    """The database's writer, which fails as it is told to, once."""

    __slots__ = ("_fault", "happened")

    def __init__(self, writer: Writer):
        self._engine: Engine = writer._engine
        self.connection = writer.connection
        self._fault: Fault | None = None
        self.happened = False
        event.listen(self._engine, "before_cursor_execute", self._before_statement)

    def plan(self, fault: Fault | None) -> None:
        self._fault = fault
        self.happened = False

    def commit(self) -> None:
        fault, self._fault = self._fault, None
        if fault is not None and fault.kind != "mislead":
            self.happened = True
            self.rollback()
            fault.happen()
        super().commit()
        if fault is not None:
            self.happened = True
            fault.happen()

    def _before_statement(self, *_: Any) -> None:
        fault = self._fault
        if fault is not None and fault.statement is not None:
            fault.statement -= 1
            if fault.statement <= 0:
                self._fault, self.happened = None, True
                fault.happen()


def make_faulty(database: Database) -> FaultyWriter:
    writer = FaultyWriter(database.writer)
    database.writer = writer
    return writer
