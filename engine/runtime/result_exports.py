"""Writing the results of Map Runs, outside of the writer's thread: a few runs at once, a thread each.

    effect WriteResults -> a row of `result_exports`, committed -> written here -> ResultsWritten, and the row goes

The invariant: a run whose row is there is written again after a crash, to the same keys; its parent goes on when the
row is gone. A run that was stopped or has failed is written when its last child has ended, and nobody waits for it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from engine import limits
from engine.core.result_writer import Writing, read_writing
from engine.errors import ServiceError
from engine.objects import Bucket, ObjectError, ObjectStore
from engine.runtime.map_run_happenings import results_exported
from engine.runtime.map_runs import restored
from engine.runtime.result_files import results_reader, write_results
from engine.runtime.transaction import Operation
from engine.store import map_runs, result_exports
from engine.store.database import Database

log = logging.getLogger("statewright.results")

RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Export:
    """A Map Run whose results can be written now."""

    map_run: int
    arn: str
    writing: Writing
    pending: str
    redrive: int  # the run's count of redrives: what was read before one is not what is to be written after it

    @property
    def bucket(self) -> Bucket:
        _, _, _, region, account, *_ = self.arn.split(":")
        return Bucket(self.writing.bucket, account, region)


def find_export(connection: Connection, key: int) -> Export | None:
    """None where there is nothing to write, or children still run: the end of the last one asks again."""
    row, run = result_exports.by_run(connection, key), map_runs.by_key(connection, key)
    if row is None or run is None or run.writer is None:
        return None
    made = restored(run)
    if made.running or (made.status == "RUNNING" and not made.complete):
        return None
    return Export(key, run.arn, read_writing(run.writer), row.pending, run.redrive_count)


class ResultExports:
    def __init__(
        self, database: Database, objects: ObjectStore | None, post: Callable[[Operation], Awaitable[Any]]
    ) -> None:
        self._database = database
        self._objects = objects
        self._post = post
        self._slots = asyncio.Semaphore(limits.RESULT_EXPORTS_MAX)
        self._running: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self._closed = False

    @property
    def at_rest(self) -> bool:
        return not self._running

    def start(self, keys: Iterable[int]) -> None:
        """Write the results of these Map Runs, if they are to be written and all their children have ended."""
        for key in keys:
            if key in self._running:
                self._again.add(key)
            elif not self._closed:
                task = asyncio.create_task(self._export(key))
                self._running[key] = task
                task.add_done_callback(partial(self._ended, key))

    async def forget(self) -> None:
        """End what is being done; what is left of it in the store is written at the next start."""
        self._again.clear()
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        self._closed = True
        await self.forget()

    def _ended(self, key: int, task: "asyncio.Task[None]") -> None:
        self._running.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the results of a Map Run were not written; they are at the next start", exc_info=error)
        if key in self._again:
            self._again.discard(key)
            self.start([key])

    async def _export(self, key: int) -> None:
        async with self._slots:
            export = await self._found(key)
            if export is None:
                return
            count, cause = await self._written(export)
            await self._tell(export, count, cause)

    async def _found(self, key: int) -> Export | None:
        while True:
            try:
                return await asyncio.to_thread(self._find, key)
            except SQLAlchemyError as error:
                log.warning("the store could not be read, and is asked again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    def _find(self, key: int) -> Export | None:
        with self._database.reader() as connection:
            return find_export(connection, key)

    async def _written(self, export: Export) -> tuple[int, str | None]:
        """Of how many children the results are written; or why they cannot be."""
        pause = limits.RESULT_RETRY_SECONDS
        for attempt in range(1, limits.RESULT_WRITE_ATTEMPTS_MAX + 1):
            try:
                return await asyncio.to_thread(self._write, export), None
            except (ObjectError, SQLAlchemyError) as error:
                passing = isinstance(error, SQLAlchemyError) or error.passing
                if not passing or attempt == limits.RESULT_WRITE_ATTEMPTS_MAX:
                    return 0, _cause(export, error)
                log.warning("the results of %s are written again: %s", export.arn, error)
            await asyncio.sleep(pause)
            pause *= 2
        raise AssertionError("the last attempt returns")

    def _write(self, export: Export) -> int:
        if self._objects is None:
            text = "this server has no place for objects: name one in [buckets] or [endpoints] of statewright.toml"
            raise ObjectError("NoSuchBucket", text)
        put = partial(self._objects.put, export.bucket)
        read = results_reader(self._database.reader, export.map_run)
        return write_results(read, put, export.writing, export.arn, export.pending)

    async def _tell(self, export: Export, count: int, cause: str | None) -> None:
        """While that cannot be committed it is tried again: the parent waits for it."""
        while True:
            try:
                await self._post(results_exported(export.map_run, export.redrive, count, cause))
                return
            except ServiceError as error:
                log.warning("that the results of %s are written is told again: %s", export.arn, error)
                await asyncio.sleep(RETRY_SECONDS)


def _cause(export: Export, error: Exception) -> str:
    code = f" ({error.code})" if isinstance(error, ObjectError) else ""
    place = f"the bucket '{export.writing.bucket}'"
    return f"The results of the Map Run could not be written to {place}: {error}{code}"
