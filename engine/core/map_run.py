"""A Map Run: how far the children of a distributed Map are. Its rules alone; who runs children is not known here.

    pending -> running -> succeeded | failed | timed out | aborted

The invariant: a child's end changes the counters once, and of a run that is complete they add up to `total`. Their cost
does not grow with the number of children: no list of them is kept.

Without an ItemBatcher a child has one item, so that its counters are those of its items too. With one how many children
there will be is known when the last item is in one, and the items have counters of their own.
Source: AWS Step Functions, "Using Map state in Distributed mode"; API: MapRunItemCounts, MapRunExecutionCounts.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from engine import limits

THRESHOLD_ERROR = "States.ExceedToleratedFailureThreshold"
THRESHOLD_CAUSE = "The specified tolerated failure threshold was exceeded"


@dataclass(slots=True)
class ItemCounts:
    """The items of a run whose children have several: `total` known so far, `started` in children."""

    total: int = 0
    started: int = 0
    succeeded: int = 0
    failed: int = 0
    timed_out: int = 0
    aborted: int = 0


@dataclass(slots=True, kw_only=True)
class MapRun:
    """`concurrency` 0: no limit of the author's. `flow`: what its children run. `result_bytes`: their outputs so far.
    `express`: they are Express executions. `writer`: what is done with their results (engine.core.result_writer).
    `total` children, as far as is known. `items`: set where an ItemBatcher makes the children.
    `reading`: more items may come from its ItemReader. `cursor`: the page of the reader with the first item that is in
    no child, None without a reader; `consumed`: how many items of that page are in children.

    While it is redriven: `pending_redrive` children, with `pending_items`, that ended without success wait for their
    turn; the counters have them as they ended. `marked_after`: those with keys up to this one were looked at.
    `key` is the store's name for it, 0 until it has one.
    """

    arn: str
    branch: int
    flow: int
    total: int
    concurrency: int
    tolerated_count: int
    tolerated_percentage: float
    start_ms: int
    key: int = 0
    status: str = "RUNNING"
    stop_ms: int | None = None
    started: int = 0
    succeeded: int = 0
    failed: int = 0
    timed_out: int = 0
    aborted: int = 0
    result_bytes: int = 0
    express: bool = False
    writer: str | None = None
    results_written: int = 0
    items: ItemCounts | None = None
    reading: bool = False
    cursor: str | None = None
    consumed: int = 0
    redrive_count: int = 0
    redrive_ms: int | None = None
    marked_after: int | None = None
    pending_redrive: int = 0
    pending_items: int = 0

    @property
    def taken(self) -> int:
        """How many items are in children."""
        return self.started if self.items is None else self.items.started

    @property
    def items_total(self) -> int:
        """How many items there are, as far as is known."""
        return self.total if self.items is None else self.items.total

    @property
    def more(self) -> bool:
        """Whether children may come of which `total` does not know."""
        return self.reading or (self.items is not None and self.items.started < self.items.total)

    @property
    def running(self) -> int:
        return self.started - self.ended

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.timed_out + self.aborted

    @property
    def room(self) -> int:
        """How many more children may begin now, as far as it is known that there are some."""
        most = min(self.concurrency or limits.MAP_RUN_CHILDREN_MAX, limits.MAP_RUN_CHILDREN_MAX) - self.running
        if self.marked_after is not None:
            return 0
        if self.items is None or not self.more:
            most = min(self.total - self.started + self.pending_redrive, most)
        return max(most, 0)

    @property
    def complete(self) -> bool:
        if self.pending_redrive or self.marked_after is not None:
            return False
        return self.ended == self.total and not self.more

    @property
    def exceeded(self) -> bool:
        """Whether more items failed than is tolerated: by one of the two limits, where both are set.

        All items of a child that failed have failed. Their percentage is known when all items are.
        """
        counts: MapRun | ItemCounts = self if self.items is None else self.items
        unsuccessful = counts.failed + counts.timed_out + counts.aborted
        if self.marked_after is not None:
            return False  # it is not known which of them are redriven
        unsuccessful -= self.pending_redrive if self.items is None else self.pending_items
        if unsuccessful <= 0:
            return False
        by_count = unsuccessful > self.tolerated_count
        by_percentage = unsuccessful * 100 > self.tolerated_percentage * counts.total
        if self.reading:
            by_percentage = not self.tolerated_percentage
        if self.tolerated_count and self.tolerated_percentage:
            return by_count or by_percentage
        return by_count and by_percentage

    def items_known(self, total: int) -> None:
        """So many items have been read so far."""
        if self.items is None:
            self.total = max(self.total, total)
        else:
            self.items.total = max(self.items.total, total)

    def begin_child(self, items: int) -> None:
        """A child with so many items begins."""
        self.started += 1
        if self.items is not None:
            self.items.started += items
            self.total = self.started

    def redrive(self, now_ms: int) -> None:
        """It goes on: first it is to be found out which children are redriven."""
        self.status, self.stop_ms = "RUNNING", None
        self.redrive_count += 1
        self.redrive_ms = now_ms
        self.marked_after = 0
        self.pending_redrive = self.pending_items = 0

    def end(self, status: str, now_ms: int) -> None:
        """Children that waited for their redrive stay as they ended."""
        self.status, self.stop_ms = status, now_ms
        self.marked_after = None
        self.pending_redrive = self.pending_items = 0

    def child_redriven(self, status: str, items: int) -> None:
        """A child that had ended with `status`, and so many items, runs again."""
        self._count(status, -1, -items)
        self.pending_redrive -= 1
        self.pending_items -= items
        self.result_bytes -= 1

    def child_ended(self, status: str, output_bytes: int, items: int = 1) -> None:
        """A child with so many items has ended."""
        self._count(status, 1, items)
        self.result_bytes += output_bytes + 1  # and a comma

    def late_ends(self, status: str, children: int, items: int) -> None:
        """So many children, with so many items, had ended when it was over."""
        self._count(status, children, items)
        self.result_bytes += children

    def _count(self, status: str, children: int, items: int) -> None:
        counter = COUNTERS[status]
        setattr(self, counter, getattr(self, counter) + children)
        if self.items is not None:
            setattr(self.items, counter, getattr(self.items, counter) + items)


def items_in(child_input: Any, batched: bool) -> int:
    """How many items a child with this input has; `batched`: an ItemBatcher has made it."""
    return len(child_input["Items"]) if batched else 1


COUNTERS = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timed_out", "ABORTED": "aborted"}


def label_of(machine_name: str, flow: int, state: str, label: str | None) -> str:
    """The part of ARNs that names a Map state: its Label, or else a name that no other state of the machine has."""
    if label is not None:
        return label
    digest = hashlib.sha256(f"{machine_name}/{flow}/{state}".encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


def run_arn(execution_arn: str, label: str, unique: str) -> str:
    return f"{_labelled(execution_arn, 'mapRun', label)}:{unique}"


def child_arn(map_run_arn: str, name: str) -> str:
    """`arn:...:execution:MACHINE/LABEL:NAME`."""
    head, _, rest = map_run_arn.partition(":mapRun:")
    return f"{head}:execution:{rest.rpartition(':')[0]}:{name}"


def express_child_arn(map_run_arn: str, name: str, unique: str) -> str:
    """`arn:...:express:MACHINE/LABEL:NAME:UNIQUE`."""
    return f"{child_arn(map_run_arn, name).replace(':execution:', ':express:', 1)}:{unique}"


def is_express_arn(execution_arn: str) -> bool:
    return execution_arn.split(":", 6)[5] == "express"


def _labelled(execution_arn: str, kind: str, label: str) -> str:
    parts = execution_arn.split(":")
    machine = parts[6].partition("/")[0]
    return ":".join([*parts[:5], kind, f"{machine}/{label}"])
