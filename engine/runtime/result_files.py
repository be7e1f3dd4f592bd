"""Writing the results of a Map Run: its children from the store, through parts of bounded size, into objects.

One pass over the children; in memory are a page of them and one part for each group. Everything is written under keys
that depend on the Map Run alone, the manifest last: who sees that sees all of it, and a second pass, after a crash,
writes the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from sqlalchemy import Connection

from engine import limits
from engine.core.result_writer import MANIFEST, ChildResult, Writing, pending_record, result_texts
from engine.jsontext import dumps, loads_own
from engine.runtime.loading import machine_arn_of
from engine.store import result_exports
from engine.store.result_exports import ResultRow

Put = Callable[[str, bytes], None]  # (key, body): the object, for good when this returns

GROUPS = ("FAILED", "PENDING", "SUCCEEDED")  # in the order of AWS's manifest


# What stands before the first result of a file, between two, and behind the last.
_MARKS = {"JSON": (b"[", b",", b"]"), "JSONL": (b"", b"\n", b"\n")}


@dataclass(slots=True)
class _Parts:
    """The objects of one group: SUCCEEDED_0.json, SUCCEEDED_1.json, ..."""

    group: str
    writing: Writing
    map_run_arn: str
    put: Put
    files: list[dict[str, Any]] = field(default_factory=list)
    body: BytesIO = field(default_factory=BytesIO)

    def add(self, text: str) -> None:
        made = text.encode()
        if self.body.tell() and self.body.tell() + len(made) + 2 > limits.RESULT_FILE_BYTES_MAX:
            self.close()
        opening, between, _ = _MARKS[self.writing.output_type]
        self.body.write(between if self.body.tell() else opening)
        self.body.write(made)

    def close(self) -> None:
        """Write what has gathered."""
        if not self.body.tell():
            return
        self.body.write(_MARKS[self.writing.output_type][2])
        name = f"{self.group}_{len(self.files)}.{self.writing.output_type.lower()}"
        key, body = self.writing.key(self.map_run_arn, name), self.body.getvalue()  # which copies nothing
        self.body = BytesIO()
        self.put(key, body)
        self.files.append({"Key": key, "Size": len(body)})


def write_results(
    read: Callable[[int], list[ResultRow]], put: Put, writing: Writing, map_run_arn: str, pending: str
) -> int:
    """Write the results of all children, and say of how many they are. `read` gives those after a key.

    Raises what `put` raises.
    """
    parts = {group: _Parts(group, writing, map_run_arn, put) for group in GROUPS}
    written, after = 0, 0
    while page := read(after):
        for row in page:
            group = parts["SUCCEEDED" if row.status == "SUCCEEDED" else "FAILED"]
            for text in result_texts(child_result(row), writing.transformation):
                group.add(text)
        written += len(page)
        after = page[-1].key
    for input_text in loads_own(pending):
        parts["PENDING"].add(dumps(pending_record(map_run_machine(map_run_arn), input_text)))
    for group in parts.values():
        group.close()
    manifest = {
        "DestinationBucket": writing.bucket,
        "MapRunArn": map_run_arn,
        "ResultFiles": {name: parts[name].files for name in GROUPS},
    }
    put(writing.key(map_run_arn, MANIFEST), dumps(manifest).encode())
    return written


def results_reader(connect: Callable[[], Any], map_run: int) -> Callable[[int], list[ResultRow]]:
    """Pages of a Map Run's children, each in a snapshot of its own: those that have ended change no more."""

    def read(after: int) -> list[ResultRow]:
        with connect() as connection:
            return result_exports.results_page(connection, map_run, after, limits.RESULT_ROWS_READ)

    return read


def all_results(connection: Connection, map_run: int) -> list[ResultRow]:
    """The children of a Map Run, in the order of their items, as far as together they may be a state's output."""
    found: list[ResultRow] = []
    size = after = 0
    while size <= limits.PAYLOAD_BYTES_MAX:
        page = result_exports.results_page(connection, map_run, after, limits.RESULT_ROWS_READ)
        if not page:
            break
        found += page
        size += sum(len(row.output or "") for row in page)
        after = page[-1].key
    return sorted(found, key=lambda row: row.item)


def child_result(row: ResultRow) -> ChildResult:
    return ChildResult(
        arn=row.arn,
        machine_arn=machine_arn_of(row.arn),
        name=row.name,
        status=row.status,
        input_text=row.input,
        output_text=row.output,
        error=row.error,
        cause=row.cause,
        start_ms=row.start_ms,
        stop_ms=row.stop_ms or row.start_ms,
        redrive_count=row.redrive_count,
    )


def map_run_machine(map_run_arn: str) -> str:
    """The ARN of the Map state that a Map Run is of."""
    return map_run_arn.rpartition(":")[0].replace(":mapRun:", ":stateMachine:", 1)
