"""The durable core: one batch of operations, one Moment, one transaction.

    begin -> check the lease's epochs -> each operation -> flush the journal -> commit -> what is to be done after

Synchronous, and run by one thread at a time: the writer thread of the shell, or the simulation. What it answers is
committed; a batch that fails changes nothing, in the store or in memory.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from engine import limits
from engine.contract import Actions, NotYet
from engine.errors import ServiceError
from engine.runtime.after import AfterCommit
from engine.runtime.clock import Clock
from engine.runtime.directory import Directory
from engine.runtime.extensions import NOTHING_ADDED, Extensions
from engine.runtime.keys import KeyMaker
from engine.runtime.live import LiveCache
from engine.runtime.long_polls import Place
from engine.runtime.services import Memories
from engine.runtime.tokens import Tokens
from engine.runtime.transaction import BatchTransaction
from engine.store import executions, meta
from engine.store.database import Database
from engine.store.errors import LeaseLost
from engine.store.leases import Lease, check_epochs

log = logging.getLogger("statewright.kernel")


@dataclass(slots=True, eq=False)
class Request:
    """An operation for the next batch. `savepoint`: it writes to the store itself and may raise after it has.

    Where it answers NotYet, its caller waits at `place` (None: the caller is `gone`). `before`: where the caller has
    waited until now, when it asks again.
    """

    operation: Callable[[BatchTransaction], Any]
    savepoint: bool = True
    before: Place | None = None
    place: Place | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request: its value, or the error that it raised."""

    value: Any = None
    error: Exception | None = None


class Kernel:
    def __init__(
        self,
        database: Database,
        lease: Lease,
        actions: Actions,
        clock: Clock,
        extensions: Extensions = NOTHING_ADDED,
        batch_seconds: float = limits.BATCH_SECONDS_MAX,
    ) -> None:
        self._database = database
        self._batch_seconds = batch_seconds
        self._lease = lease
        self._clock = clock
        self._extensions = extensions
        self._keys = KeyMaker()
        self._lives = LiveCache()
        self._directory = Directory(actions)
        self._directory_stale = False
        self._memories = Memories()
        with database.reader() as connection:
            secret = meta.get(connection, meta.TOKEN_KEY)
            self._directory.reload(connection)
            self._keys.start_above(executions.newest_key(connection))
        if secret is None:
            raise ServiceError("InternalFailure", "The database holds no key for task tokens: run 'db upgrade'.", 500)
        self.tokens = Tokens(bytes.fromhex(secret))

    def process(self, requests: Sequence[Request]) -> tuple[list[Answer], AfterCommit]:
        """Run a batch and commit it. Raises LeaseLost when another process owns the database now.

        Answers the first requests only where all together take more than `limits.BATCH_SECONDS_MAX`: so that nobody
        waits long for a commit full of other people's loops.
        """
        try:
            return self._commit(requests)
        except LeaseLost:
            self._forget()
            raise
        except SQLAlchemyError as error:
            self._forget()
            if len(requests) == 1 or _concerns_all(error):
                return _not_committed(requests, error)
        except Exception as error:
            self._forget()
            if len(requests) == 1:
                log.exception("a request failed on an error of ours")
                return [Answer(error=error)], AfterCommit()
        # One of the requests met a bug of ours: alone it fails alone, and the others are served.
        return self._one_by_one(requests)

    def _one_by_one(self, requests: Sequence[Request]) -> tuple[list[Answer], AfterCommit]:
        answers: list[Answer] = []
        after = AfterCommit()
        for request in requests:
            answer, more = self.process([request])
            answers += answer
            after.add(more)
        return answers, after

    def _commit(self, requests: Sequence[Request]) -> tuple[list[Answer], AfterCommit]:
        with self._database.writer.transaction() as connection:
            check_epochs(connection, self._lease)
            if self._directory_stale:
                self._directory.reload(connection)
                self._directory_stale = False
            tx = BatchTransaction(
                connection,
                self._clock.moment(),
                lives=self._lives,
                directory=self._directory,
                keys=self._keys,
                tokens=self.tokens,
                extensions=self._extensions,
                memories=self._memories,
            )
            answers = self._answer_in_time(tx, requests)
            tx.close()
        tx.journal.settle()
        self._tidy(tx)
        tx.release()
        return answers, tx.after

    def _answer_in_time(self, tx: BatchTransaction, requests: Sequence[Request]) -> list[Answer]:
        """The answers of as many requests as fit into a batch's time, but one at least."""
        until = time.monotonic() + self._batch_seconds
        answers: list[Answer] = []
        for request in requests:
            answers.append(_answer(tx, request))
            if time.monotonic() > until:
                break
        return answers

    def _tidy(self, tx: BatchTransaction) -> None:
        for entry in tx.journal.entries:
            live = entry.live
            if live.execution.status != "RUNNING" or live.sleeps_long(tx.moment.epoch_ms):
                self._lives.evict(live.key)
        self._lives.trim()

    def _forget(self) -> None:
        """After a lost batch memory is not the store's any more. The store is asked when it serves again."""
        self._lives.clear()
        self._memories.forget()
        self._directory.forget()
        self._directory_stale = True

    @property
    def cached_executions(self) -> int:
        return len(self._lives)


def _concerns_all(error: SQLAlchemyError) -> bool:
    """Whether it was the database that failed (full, gone, locked), and not one statement's values."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return True


def _not_committed(requests: Sequence[Request], error: SQLAlchemyError) -> tuple[list[Answer], AfterCommit]:
    log.error("a batch of %d requests was not committed: %s", len(requests), error)
    text = "The change could not be committed to the database; try again."
    return [Answer(error=ServiceError("ServiceUnavailable", text, 503))] * len(requests), AfterCommit(lost=True)


def _answer(tx: BatchTransaction, request: Request) -> Answer:
    try:
        if request.savepoint:
            with tx.savepoint():
                value = request.operation(tx)
        else:
            value = request.operation(tx)
    except ServiceError as error:
        return Answer(error=error)
    if type(value) is NotYet:
        tx.after.waiting.append((request, value))
    return Answer(value)
