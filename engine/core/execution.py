"""An execution as data: its branches, each one line of control, and what each of them waits for.

| phase | meaning | leaves it by |
|---|---|---|
| READY | about to enter `state`, or to go on after a slice of transitions | Resumed |
| WAITING | in a Wait state until `wake_ms` | TimerFired |
| RETRYING | an attempt failed; the next one starts at `wake_ms` | TimerFired |
| TASK | a service, function or activity has the work; `timeout_ms`, `heartbeat_ms` bound it | Task signals, its timer |
| JOINING | a Parallel or Map whose children run | the last child, or the first that fails |
| DONE | a child that has ended; its `input` is now its output, kept for the join | the join |

Values (`input`, items) are JSON values and immutable by convention: shared, never copied, never changed.
Times are epoch milliseconds.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from engine.asl.model import Machine
from engine.core.inspection import Inspection
from engine.core.map_run import MapRun

if TYPE_CHECKING:
    from engine.core.supply import Supply


class Phase(StrEnum):
    READY = "READY"
    WAITING = "WAITING"
    RETRYING = "RETRYING"
    TASK = "TASK"
    JOINING = "JOINING"
    DONE = "DONE"


@dataclass(slots=True)
class Join:
    """What a Parallel or Map state in phase JOINING knows of its children.

    `total` children in all, `started` of them begun (in the order of their index), `running` begun and not DONE,
    `concurrency` the most that run at once. `children`: index -> branch id of those that were started; the rows of the
    children say the same, so it is not stored (a Map over many items would write it again and again). `items` is what
    the Map iterates over: evaluated again from the input after a restart, so not stored either.
    """

    total: int
    concurrency: int
    started: int = 0
    running: int = 0
    children: dict[int, int] = field(default_factory=dict)
    items: list[Any] | dict[str, Any] | None = None
    map_run: MapRun | None = None  # of a distributed Map, which keeps the counters instead
    supply: "Supply | None" = None  # of its items, as far as they are in memory
    visit: tuple[int, int, int] = (0, 0, 0)  # RetryCount, RedriveCount, redrive_ms when it began: for `items`


@dataclass(frozen=True, slots=True)
class Fallen:
    """What a Parallel or Map was doing when it failed: its join and the children that it had."""

    join: Join
    children: list["Branch"]


@dataclass(slots=True)
class Branch:
    """One line of control. The root has id 0 and no parent; `index` is its place among its parent's children.

    `input_text` is the text of `input` as it came: what passes states untouched keeps the form that its writer gave it.
    `attempt` grows with each attempt of a Task over the whole branch: an answer to an older one is stale (fencing).
    `retries` counts, for each retrier of the current state, how often it was used in this visit.
    `variables` are those of its own scope, `variable_texts` the same as JSON texts (engine.core.variables).
    `failure`: the name of the error that nothing in it has handled, which is its end; `fallen` is what a redrive goes
    on from where its state was a Parallel or a Map.
    """

    id: int
    parent: int | None
    index: int
    flow: int
    state: str
    input: Any
    input_text: str
    previous_event: int
    phase: Phase = Phase.READY
    entered_event: int = 0
    entered_ms: int = 0
    attempt: int = 0
    retries: tuple[int, ...] = ()
    wake_ms: int | None = None
    timeout_ms: int | None = None
    heartbeat_ms: int | None = None
    heartbeat_seconds: int | None = None
    timeout_seconds: int | None = None  # of an activity that no worker has taken
    started: bool = False  # a worker has taken the activity's task
    join: Join | None = None
    variables: dict[str, Any] | None = None  # None: none was assigned
    variable_texts: dict[str, str] | None = None
    failure: str | None = None
    fallen: Fallen | None = None

    @property
    def retry_count(self) -> int:
        return sum(self.retries)


@dataclass(slots=True)
class Execution:
    """One run of a machine. `last_event` is the id of the newest event, `next_branch` the id that the next branch
    gets. `variable_bytes`: the JSON texts of all variables in all scopes.
    """

    arn: str
    name: str
    machine: Machine
    machine_arn: str
    machine_name: str
    role_arn: str
    input: Any
    input_text: str  # as the caller wrote it
    start_ms: int
    deadline_ms: int
    express: bool = False
    version_arn: str | None = None  # of the machine, where the start named one, or an alias of one
    alias_arn: str | None = None
    status: str = "RUNNING"
    output_text: str | None = None
    error: str | None = None
    cause: str | None = None
    stop_ms: int | None = None
    last_event: int = 0
    next_branch: int = 0
    variable_bytes: int = 0
    branches: dict[int, Branch] = field(default_factory=dict)
    ready: deque[int] = field(default_factory=deque)  # branches in phase READY, in the order of their turn
    inspection: Inspection | None = None  # of TestState's executions
    root_flow: int = 0  # what it runs: the machine's own, or a distributed Map's processor
    redrive_count: int = 0
    redrive_ms: int | None = None  # when it was redriven last
    remains: list[Branch] = field(default_factory=list)  # of one that has just ended: what a redrive goes on from

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]
