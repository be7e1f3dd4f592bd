"""What a row of the store is to the engine: typed, immutable."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MachineRow:
    """A machine joined with its current revision, or with that of the version that a caller named.

    `logging`, `tracing`, `encryption`, `variables` are JSON text. `version`, `alias`: what was named; None where
    nothing was.
    """

    id: int
    arn: str
    account: str
    region: str
    name: str
    type: str
    status: str
    revision: int
    revision_id: str | None
    definition: str
    role_arn: str
    logging: str
    tracing: str
    encryption: str
    created_ms: int
    updated_ms: int  # when the current revision was made
    variables: str = "{}"
    version: int | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class RevisionRow:
    id: int
    machine: int
    revision_id: str | None
    definition: str
    role_arn: str
    logging: str
    tracing: str
    encryption: str
    created_ms: int
    variables: str = "{}"


@dataclass(frozen=True, slots=True)
class VersionRow:
    machine: int
    version: int
    revision: int
    description: str | None
    created_ms: int


@dataclass(frozen=True, slots=True)
class AliasRow:
    """`routing`: (version, weight) pairs, the weights of which are 100 together."""

    machine: int
    name: str
    description: str | None
    routing: tuple[tuple[int, int], ...]
    created_ms: int
    updated_ms: int


@dataclass(frozen=True, slots=True)
class ExecutionRow:
    key: int
    shard: int
    arn: str
    machine: int
    revision: int
    name: str
    status: str
    input: str
    output: str | None
    error: str | None
    cause: str | None
    start_ms: int
    stop_ms: int | None
    deadline_ms: int
    last_event: int
    next_branch: int
    trace_header: str | None
    version: int | None
    alias: str | None
    awaited_by: str | None
    map_run: int | None = None
    item: int | None = None
    redrive_count: int = 0
    redrive_ms: int | None = None
    redrive_due: int | None = None


@dataclass(frozen=True, slots=True)
class MapRunRow:
    """`parent`: the key of the execution whose branch it is. `concurrency` 0: no limit of the author's."""

    key: int
    arn: str
    machine: int
    parent: int
    branch: int
    flow: int
    status: str
    total: int
    concurrency: int
    tolerated_count: int
    tolerated_percentage: float
    started: int
    succeeded: int
    failed: int
    timed_out: int
    aborted: int
    result_bytes: int
    start_ms: int
    stop_ms: int | None
    express: int = 0
    writer: str | None = None
    results_written: int = 0
    items_total: int | None = None  # None: a child has one item
    items_started: int = 0
    items_succeeded: int = 0
    items_failed: int = 0
    items_timed_out: int = 0
    items_aborted: int = 0
    reading: int = 0
    cursor: str | None = None
    consumed: int = 0
    redrive_count: int = 0
    redrive_ms: int | None = None
    marked_after: int | None = None
    pending_redrive: int = 0
    pending_items: int = 0


@dataclass(frozen=True, slots=True)
class BranchRow:
    execution: int
    branch: int
    shard: int
    wake_ms: int | None
    body: str


@dataclass(frozen=True, slots=True)
class TaskRow:
    execution: int
    branch: int
    attempt: int
    shard: int
    kind: str
    target: str
    status: str
    payload: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class ActivityRow:
    arn: str
    account: str
    region: str
    name: str
    encryption: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class ExpressStartRow:
    key: int
    shard: int
    arn: str
    machine: int
    revision: int
    name: str
    input: str
    start_ms: int
    trace_header: str | None
    version: int | None
    alias: str | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    first_event: int
    last_event: int
    page: bytes


@dataclass(frozen=True, slots=True)
class OutboxRow:
    id: int
    kind: str
    payload: str
    due_ms: int
    failures: int
    created_ms: int
