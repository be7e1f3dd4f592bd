"""Execution logging: what a batch writes of histories goes to the machines' log groups, in the same transaction.

A group that was deleted since takes nothing, as on AWS: executions go on without their log.
"""

from collections.abc import Sequence

from engine.contract import Caller, Recorded, Transaction
from integrations.logs import event_store, execution_log, store
from integrations.logs.rules import name_in_arn


class ExecutionLogs:
    """Implements engine.contract.HistorySink."""

    every = False

    def record(self, tx: Transaction, recorded: Sequence[Recorded]) -> None:
        gathered: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for one in recorded:
            if one.logging is not None:
                lines = execution_log.messages(one, one.logging)
                if lines:
                    stream = execution_log.stream_name(one, tx.moment.epoch_ms)
                    gathered.setdefault((one.logging.log_group_arn, stream), []).extend(lines)
        for (arn, stream), lines in gathered.items():
            _write(tx, arn, stream, lines)

    def takes_logs(self, tx: Transaction, log_group_arn: str) -> bool:
        return _group(tx, log_group_arn) is not None


def _write(tx: Transaction, arn: str, stream_name: str, lines: list[tuple[int, str]]) -> None:
    group = _group(tx, arn)
    if group is None:
        return
    now_ms = tx.moment.epoch_ms
    stream = store.stream(tx.connection, group.id, stream_name)
    stream_id = store.add_stream(tx.connection, group.id, stream_name, now_ms) if stream is None else stream.id
    event_store.put_many(tx.connection, group.id, stream_id, lines, now_ms)


def _group(tx: Transaction, arn: str) -> store.Group | None:
    """The log group that a destination's ARN names, which ends with `:*`."""
    parts = arn.split(":", 6)
    if len(parts) != 7 or not arn.endswith(":*"):
        return None
    owner = Caller(account=parts[4], region=parts[3], partition=parts[1])
    name = name_in_arn(owner, arn)
    return None if name is None else store.group(tx.connection, owner.account, owner.region, name)
