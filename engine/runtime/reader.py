"""The reader's side of the shell: what is asked together is answered from one snapshot of the store, on a thread."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from engine.errors import ServiceError
from engine.runtime.clock import Clock
from engine.runtime.extensions import Extensions
from engine.runtime.kernel import Answer
from engine.runtime.protocol import ReadTransaction
from engine.runtime.snapshots import Snapshot
from engine.store.database import Database

log = logging.getLogger("statewright.runtime")

Reading = Callable[[ReadTransaction], Any]


class Reader:
    def __init__(self, database: Database, clock: Clock, extensions: Extensions):
        self._database = database
        self._clock = clock
        self._extensions = extensions

    def answer(self, operations: Sequence[Reading]) -> Sequence[Answer]:
        """The answers in the order of the operations; a store that cannot be read is a ServiceError 503."""
        try:
            with self._database.reader() as connection:
                snapshot = Snapshot(connection, self._clock.moment(), self._extensions)
                return [_one(snapshot, operation) for operation in operations]
        except Exception as error:
            if len(operations) > 1:  # alone it fails alone
                return [answer for operation in operations for answer in self.answer([operation])]
            log.exception("the store could not be read")
            if not isinstance(error, SQLAlchemyError):
                return [Answer(error=error)]
            text = "The database could not be read; try again."
            return [Answer(error=ServiceError("ServiceUnavailable", text, 503))]


def _one(snapshot: Snapshot, operation: Reading) -> Answer:
    try:
        return Answer(operation(snapshot))
    except ServiceError as error:
        return Answer(error=error)
