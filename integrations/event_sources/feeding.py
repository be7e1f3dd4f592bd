"""The workers of event sources: they wait for messages without polling, and feed them to their target.

    function:       received -> commit -> invoked -> what went well is deleted -> commit        at least once
    state machine:  received, executions started, deleted -> commit                             exactly once

What fails comes back after the queue's visibility timeout. While batches fail, the worker takes longer and longer
breaks; what it is that fails is said once.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any

from engine import limits
from engine.asl.model import Pattern
from engine.config import Settings
from engine.contract import Call, Worker, Workplace
from engine.errors import ServiceError, StateError
from integrations.event_sources.records import Json, chunks, failed_items
from integrations.event_sources.source import Source, source_of
from integrations.event_sources.taking import Window, delete, ids, start, take

log = logging.getLogger("statewright.event_sources")

FIRST_BREAK_SECONDS = 0.5
REASONS_MAX = 20  # that are logged before it goes well again


def workers(settings: Settings) -> Sequence[Worker]:
    """Of all event sources that are enabled."""
    found: list[Worker] = []
    for one in settings.event_sources:
        if one.enabled:
            source = source_of(one, settings)
            said: set[str] = set()
            feed, count = (feed_function, one.maximum_concurrency) if one.function else (feed_machine, 1)
            found += [partial(feed, source, said)] * count
    return found


@dataclass(slots=True)
class Trouble:
    """How a worker of an event source fares; a break after each failure, longer each time.

    `said`: what all its workers have logged since it last went well.
    """

    source: Source
    said: set[str]
    failures: int = 0

    def note(self, reason: str) -> None:
        if reason not in self.said and len(self.said) < REASONS_MAX:
            log.warning("event source %s: %s", self.source, reason)
            self.said.add(reason)

    async def take_break(self, place: Workplace, reason: str) -> None:
        self.note(reason)
        self.failures += 1
        seconds = FIRST_BREAK_SECONDS * 2 ** min(self.failures - 1, 16)
        await place.pause(min(seconds, limits.EVENT_SOURCE_BACKOFF_SECONDS_MAX))

    def over(self) -> None:
        if self.said:
            log.info("event source %s goes on", self.source)
        self.failures = 0
        self.said.clear()


async def feed_machine(source: Source, said: set[str], place: Workplace) -> None:
    """Runs until it is cancelled."""
    trouble = Trouble(source, said)
    window = Window(trouble.note)
    while True:
        try:
            started = await place.write(lambda tx: start(tx, source, window))
        except ServiceError as error:
            await trouble.take_break(place, str(error))
            continue
        if started.refused is not None:
            await trouble.take_break(place, f"an execution was refused: {started.refused}")
        elif started.executions:
            trouble.over()


async def feed_function(source: Source, said: set[str], place: Workplace) -> None:
    """Runs until it is cancelled."""
    trouble = Trouble(source, said)
    window = Window(trouble.note)
    while True:
        try:
            records = await _batch(source, place, window)
            failed = await _invoke_all(source, place, records)
        except ServiceError as error:
            await trouble.take_break(place, str(error))
            continue
        if failed:
            await trouble.take_break(place, failed)
        elif records:
            trouble.over()


async def _batch(source: Source, place: Workplace, window: Window) -> list[Json]:
    """The next batch; a large one is received in several commits."""
    most = source.settings.batch_size
    found: list[Json] = await place.write(lambda tx: take(tx, source, most, window))
    while 0 < len(found) < most:
        left = most - len(found)
        more: list[Json] = await place.write(partial(take, source=source, most=left, window=window, wait=False))
        if not more:
            break
        found += more
    return found


async def _invoke_all(source: Source, place: Workplace, records: Sequence[Json]) -> str:
    """Invoke the function with a batch, in parts where it is too large. What failed, in words; empty: nothing."""
    failed = ""
    for chunk in chunks(records, limits.FUNCTION_EVENT_BYTES_MAX):
        failed = await _invoke(source, place, chunk) or failed
        if failed and source.fifo:
            break  # what comes after it in its group must not be handed over before
    return failed


async def _invoke(source: Source, place: Workplace, chunk: Sequence[Json]) -> str:
    try:
        answer = await place.call(_call(source, chunk))
    except StateError as error:
        return f"the function failed: {error.name}: {error.cause}"
    back = failed_items(answer, ids(chunk)) if source.settings.report_batch_item_failures else set()
    done = [one for one in chunk if one["messageId"] not in back]
    if done:
        await place.write(lambda tx: delete(tx, source, done))
    return f"{len(back)} of {len(chunk)} messages failed, as the function says" if back else ""


def _call(source: Source, chunk: Sequence[Json]) -> Call:
    event: dict[str, Any] = {"Records": list(chunk)}
    received = [f"{one['messageId']}/{one['attributes']['ApproximateReceiveCount']}" for one in chunk]
    return Call(
        resource=source.target_arn,
        service="lambda",
        action="function",
        pattern=Pattern.REQUEST_RESPONSE,
        parameters=event,
        account=source.target_owner.account,
        region=source.target_owner.region,
        execution_arn=source.queue_arn,
        state_name="",
        idempotency_key=sha256(" ".join(received).encode()).hexdigest(),
    )
