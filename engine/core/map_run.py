"""A Map Run: how far the children of a distributed Map are. Its rules alone; who runs children is not known here.

    pending -> running -> succeeded | failed | timed out | aborted

The invariant: the counters of a run that is RUNNING add up to `total`, and a child's end changes them once. Their cost
does not grow with the number of children: no list of them is kept.
Source: AWS Step Functions, "Using Map state in Distributed mode"; API: MapRunItemCounts, MapRunExecutionCounts.
"""

import hashlib
from dataclasses import dataclass

from engine import limits

THRESHOLD_ERROR = "States.ExceedToleratedFailureThreshold"
THRESHOLD_CAUSE = "The specified tolerated failure threshold was exceeded"


@dataclass(slots=True, kw_only=True)
class MapRun:
    """`concurrency` 0: no limit of the author's. `flow`: what its children run. `result_bytes`: their outputs so far. `express`: they are
    Express executions. `writer`: what is done with their results, as engine.core.result_writer keeps it.

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

    @property
    def running(self) -> int:
        return self.started - self.ended

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.timed_out + self.aborted

    @property
    def room(self) -> int:
        """How many more children may begin now."""
        most = min(self.concurrency or limits.MAP_RUN_CHILDREN_MAX, limits.MAP_RUN_CHILDREN_MAX)
        return max(min(self.total - self.started, most - self.running), 0)

    @property
    def complete(self) -> bool:
        return self.ended == self.total

    @property
    def exceeded(self) -> bool:
        """Whether more children failed than is tolerated: by one of the two limits, where both are set."""
        unsuccessful = self.failed + self.timed_out + self.aborted
        if unsuccessful <= 0:
            return False
        by_count = unsuccessful > self.tolerated_count
        by_percentage = unsuccessful * 100 > self.tolerated_percentage * self.total
        if self.tolerated_count and self.tolerated_percentage:
            return by_count or by_percentage
        return by_count and by_percentage

    def child_ended(self, status: str, output_bytes: int) -> None:
        counter = COUNTERS[status]
        setattr(self, counter, getattr(self, counter) + 1)
        self.result_bytes += output_bytes + 1  # and a comma


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


def _labelled(execution_arn: str, kind: str, label: str) -> str:
    parts = execution_arn.split(":")
    machine = parts[6].partition("/")[0]
    return ":".join([*parts[:5], kind, f"{machine}/{label}"])
