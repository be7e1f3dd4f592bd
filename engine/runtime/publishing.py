"""Showing what a batch writes of histories to those who asked for it (engine.contract.HistorySink), in its transaction.

Who has no logging costs a look at one attribute; nothing is built for it.
"""

from collections.abc import Iterable, Sequence

from engine.contract import HistorySink, LogSettings, Recorded, Transaction
from engine.core.execution import Execution
from engine.core.history import Event
from engine.runtime.journal import Entry


def publish_entries(tx: Transaction, sinks: Sequence[HistorySink], entries: Iterable[Entry]) -> None:
    for sink in sinks:
        chosen = [entry for entry in entries if entry.events and (sink.every or entry.live.logging is not None)]
        if chosen:
            sink.record(tx, [recorded(e.live.execution, e.events, e.live.logging) for e in chosen])


def publish_one(tx: Transaction, sinks: Sequence[HistorySink], one: Recorded) -> None:
    for sink in sinks:
        if sink.every or one.logging is not None:
            sink.record(tx, [one])


def recorded(execution: Execution, events: Sequence[Event], logging: LogSettings | None) -> Recorded:
    return Recorded(
        execution_arn=execution.arn,
        machine_arn=execution.machine_arn,
        version_arn=execution.version_arn,
        alias_arn=execution.alias_arn,
        name=execution.name,
        express=execution.express,
        status=execution.status,
        input=execution.input_text,
        output=execution.output_text,
        error=execution.error,
        cause=execution.cause,
        start_ms=execution.start_ms,
        stop_ms=execution.stop_ms,
        redrive_count=execution.redrive_count,
        redrive_ms=execution.redrive_ms,
        logging=logging,
        events=events,
    )
