"""What is to be done once a batch is committed: nothing of it may happen before."""

from dataclasses import dataclass, field
from typing import Any

from engine.contract import Call, NotYet
from engine.items.request import ReadRequest
from engine.store.rows import MachineRow


@dataclass(frozen=True, slots=True)
class DueCall:
    """A remote call that the store has as sent, to be sent now. `again`: it may have been sent before a crash.

    `job`: the call has started a job, which is to be followed.
    """

    key: int
    branch: int
    attempt: int
    call: Call
    again: bool = False
    job: "Job | None" = None


@dataclass(frozen=True, slots=True)
class Job:
    """What the start of a job answered."""

    submitted: Any


@dataclass(frozen=True, slots=True)
class DueRead:
    """A page that the ItemReader of a Map Run is to read. `key`, `branch`: of the parent."""

    key: int
    branch: int
    map_run: int
    request: ReadRequest
    cursor: str


@dataclass(frozen=True, slots=True)
class ExpressStart:
    """An Express execution that is to run now. `key`: UNSTORED for a synchronous one."""

    key: int
    arn: str
    name: str
    role_arn: str
    revision: int
    definition: str
    input_text: str
    version: int | None
    alias: str | None
    logging: str


UNSTORED = 0


def express_start(machine: MachineRow, key: int, arn: str, name: str, input_text: str) -> ExpressStart:
    """Of the machine's revision, as the caller of the start found it."""
    return ExpressStart(
        key,
        arn,
        name,
        machine.role_arn,
        machine.revision,
        machine.definition,
        input_text,
        machine.version,
        machine.alias,
        machine.logging,
    )


@dataclass(slots=True)
class AfterCommit:
    calls: list[DueCall] = field(default_factory=list)
    cancelled: list[tuple[int, int, int]] = field(default_factory=list)  # key, branch, attempt
    timers: list[tuple[int, int, int]] = field(default_factory=list)  # due_ms, key, branch; branch -1: the deadline
    resumes: list[int] = field(default_factory=list)  # executions with branches READY
    local_calls: list[tuple[int, int, int]] = field(
        default_factory=list
    )  # key, branch, attempt: put off to a next batch
    answers: list[tuple[int, int, int]] = field(default_factory=list)  # key, branch, attempt: of a child that has ended
    unwanted: list[int] = field(default_factory=list)  # children to be stopped in a next batch
    offers: list[str] = field(default_factory=list)  # activities that have a new task
    waiting: list[tuple[Any, NotYet]] = field(default_factory=list)  # requests (of the kernel) that are to wait
    wakes: dict[str, int] = field(default_factory=dict)  # topic -> how many that wait there are to be asked again
    express: list[ExpressStart] = field(default_factory=list)
    express_children: list[int] = field(default_factory=list)  # of Map Runs: that have begun
    exports: list[int] = field(default_factory=list)  # Map Runs with results to write
    express_stopped: list[int] = field(default_factory=list)  # children that nobody waits for any more
    map_runs: list[tuple[int, int, int]] = field(default_factory=list)  # key of the parent, branch, key of the run
    reads: list[DueRead] = field(default_factory=list)  # of ItemReaders
    map_runs_over: list[int] = field(default_factory=list)  # Map Runs with children to stop in a next batch
    delivering: bool = False  # the outbox has something new
    purging: bool = False  # executions of a deleted machine are left to remove
    lost: bool = False  # a batch was not committed, or may have been: only the store knows what is open

    def add(self, other: "AfterCommit") -> None:
        self.calls += other.calls
        self.cancelled += other.cancelled
        self.timers += other.timers
        self.resumes += other.resumes
        self.local_calls += other.local_calls
        self.answers += other.answers
        self.unwanted += other.unwanted
        self.map_runs += other.map_runs
        self.reads += other.reads
        self.map_runs_over += other.map_runs_over
        self.offers += other.offers
        self.waiting += other.waiting
        for topic, count in other.wakes.items():
            self.wakes[topic] = self.wakes.get(topic, 0) + count
        self.express += other.express
        self.express_children += other.express_children
        self.exports += other.exports
        self.express_stopped += other.express_stopped
        self.delivering = self.delivering or other.delivering
        self.purging = self.purging or other.purging
        self.lost = self.lost or other.lost


DEADLINE = -1  # in place of a branch, in a timer
