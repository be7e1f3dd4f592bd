"""What an integration is: the API operations of a service, its Task resources, its tables and how it is called.

An integration package exposes one `Integration` through the `statewright.integrations` entry point; the composition
root (engine.http.app) finds it there. Nothing in engine/ names one.

A Task that calls a service names an action (`sqs:sendMessage`, `lambda:invoke`). Two kinds of action exist:

* `LocalAction` runs inside the transaction of the execution: its changes, the Task's result and the history are
  committed together, exactly once. Synchronous, on the writer's connection.
* `RemoteAction` leaves the process. The call is written down in the commit that schedules the Task and sent after it;
  a call without an answer when the process died is sent again with the same idempotency key (or failed, where the
  target is marked at most once). Asynchronous, at least once.

Both return the Task's result as a JSON value, or raise StateError with the error name and cause that AWS would give.

Beside that an integration may bring operations of its own API, tables with their migrations, a `HistorySink` that is
shown what a batch writes of histories, deliveries that leave the process after the commit (`outbox`), and periodic
housekeeping.

A remote call that waits for a job (`.sync`) has two halves, with a commit between them:

    call: the job is started -> commit, TaskSubmitted -> follow: the job is watched until it ends -> the Task's result

Only the second half is taken up again after a crash once the first is committed, so a job is not started twice.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from alembic.operations import Operations
from sqlalchemy import Connection, MetaData

from engine import limits
from engine.asl.model import Pattern
from engine.moment import Moment
from engine.objects import ObjectStore

if TYPE_CHECKING:
    from engine.config import Settings
    from engine.store.rows import ExecutionRow


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls an operation: the account and region that isolate state, and the partition of their ARNs.

    `base_url`: scheme and host by which the client reached this server (`http://localhost:4566`), to build URLs on;
    empty for a Task. `anonymous`: a request without credentials; its account and region are those of the queue's URL
    that it went to, or the configured ones.
    """

    account: str
    region: str
    partition: str = "aws"
    base_url: str = ""
    anonymous: bool = False

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


class Keys(Protocol):
    """Encryption of values at rest (engine.store.keyring): AES-256-GCM, a data key for them, wrapped by the master key.

    `bound_to` says what a value belongs to (a queue's ARN and the message's id): it opens for nothing else. Sealing is
    for operations that write; a value is about 45 bytes longer when it is sealed.
    """

    @property
    def configured(self) -> bool:
        """Whether the operator gave a master key. What is not secret by nature is sealed only then."""

    def seal(self, plaintext: bytes, bound_to: bytes) -> bytes:
        """Under the data key that all such values of this process share: cheap, for many small values."""

    def seal_alone(self, plaintext: bytes, bound_to: bytes) -> bytes:
        """Under a data key of its own, a row of the store; `forget` it when the value is deleted."""

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        """Raises ServiceError (InternalFailure) for what was changed, truncated, or is bound to something else."""

    def forget(self, sealed: bytes) -> None:
        """Destroy the data key of a value that was sealed alone."""


class Transaction(Protocol):
    """The open transaction of the batch that an operation or a local action runs in."""

    @property
    def connection(self) -> Connection: ...

    @property
    def moment(self) -> Moment: ...

    @property
    def keys(self) -> Keys: ...

    def send_later(self, kind: str, payload: str, delay_ms: int = 0) -> None:
        """Write down a delivery that leaves the process: it is made after the commit, at least once.

        `kind` is one of `Integration.outbox`. Undone with the savepoint that it was called in.
        """

    def call(self, caller: Caller, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Another integration's operation, in this transaction: within a savepoint, so that a failed one changes
        nothing. `service` is its `Integration.service`, or "stepfunctions". Raises ServiceError as it does.

        It does not wait: of NotYet this is the `answer`.
        """

    def call_or_wait(
        self, caller: Caller, service: str, operation: str, request: dict[str, Any]
    ) -> "dict[str, Any] | NotYet":
        """As `call`, for who can return a NotYet itself."""

    def wake(self, topic: str, count: int = 1) -> None:
        """Once this is committed, so many of those that wait for the topic are asked again, the longest waiting first.

        A name of the service's own (`sqs:` and a queue's ARN). Where nobody waits it costs nothing and is forgotten.
        """

    def memory(self, service: str) -> dict[Any, Any]:
        """What a service remembers of its rows between the batches of the writer (queues by ARN, say).

        Emptied, for every service, whenever a batch or a savepoint is lost, and at a reset: then ask the store again.
        Never put anything here that is not yet in the store, but what `at_commit` writes. A reading operation gets an
        empty one that nobody else sees.
        """

    def at_commit(self, service: str, flush: Callable[[], None]) -> None:
        """Have `flush` write what the operations of this batch gather, with executemany: once, before the commit.

        A service has one such function at a time; another one given before it ran is ignored. It also runs before
        a savepoint begins, so that what one operation gathered is never undone by the failure of another; after that
        it may be given again. In a savepoint that is lost, what was gathered since it began is lost with `memory`.
        An operation that reads what may be gathered calls its own flush first, which may find nothing to do.
        """


@dataclass(frozen=True, slots=True)
class NotYet:
    """What an operation may return where there is nothing to answer yet: its caller waits, and nothing else does.

    It is called again when `topic` is woken, or at `again_ms` (epoch ms: something will be there by itself), and
    returns the response or NotYet again. `wait_ms` after the first time the caller gets `answer`. Those that wait at
    one topic ask for the same thing: when `again_ms` comes, one is asked, and the next one for as long as the last one
    got something. An operation that reads (`Operation.reads`) cannot return this.
    """

    topic: str
    answer: Any
    wait_ms: int
    again_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a Task to a service. What the store keeps of a remote call, as JSON.

    `resource` is the ARN as the definition says it; `parameters` the evaluated Parameters; `idempotency_key` is stable
    over deliveries of the same attempt; `task_token` is set for `.waitForTaskToken`; `timeout_ms` is what is left of
    the Task's own timeout when the call is sent, None without one.
    """

    resource: str
    service: str
    action: str
    pattern: Pattern
    parameters: Any
    account: str
    region: str
    execution_arn: str
    state_name: str
    idempotency_key: str
    sdk: bool = False
    task_token: str | None = None
    timeout_ms: int | None = None
    credentials: Any = None


LocalCall = Callable[[Transaction, Caller, Call], Any]
# (tx, how the Task waits, the execution that has ended) -> the Task's result, or StateError.
EndedExecution = Callable[[Transaction, Pattern, "ExecutionRow"], Any]


@dataclass(frozen=True, slots=True)
class LocalAction:
    """`patterns`: the ways of waiting that AWS offers for this action.

    `ended`: for `.sync`, where the call has started an execution and awaits it: what its end means to the Task.
    `checks_first`: as for an Operation. A call that returns NotYet waits after the commit; what it does and gives in
    the end is committed together with the Task's result.
    """

    call: LocalCall
    patterns: frozenset[Pattern] = frozenset({Pattern.REQUEST_RESPONSE})
    ended: EndedExecution | None = None
    checks_first: bool = False


@dataclass(frozen=True, slots=True)
class RemoteAction:
    """`patterns`: as for a LocalAction. How the call is made is the RemoteCaller's business.

    `caller`: the service of the integration that performs it; what resolves actions fills it in.
    `exists`: whether the target has such an action, None: it has. Asked only when a definition is checked: it may take
    a while.
    """

    patterns: frozenset[Pattern] = frozenset({Pattern.REQUEST_RESPONSE})
    caller: str = ""
    exists: Callable[[], bool] | None = field(default=None, compare=False)


Action = LocalAction | RemoteAction

FindAction = Callable[[str, str, bool], Action | None]  # (service, action, whether by the SDK integration)


class Actions(Protocol):
    """All that Tasks can call on this server."""

    def find(self, service: str, action: str, sdk: bool) -> Action | None:
        """What `arn:aws:states:::[aws-sdk:]SERVICE:ACTION` names here; None where nothing performs it."""


OperationFunction = Callable[[Transaction, Caller, dict[str, Any]], dict[str, Any] | NotYet]


@dataclass(frozen=True, slots=True)
class Operation:
    """One API operation of a service: `function(tx, caller, request) -> response`, in AWS's shapes.

    `reads`: it changes nothing, and runs on a reader's connection beside the writer. `size_bytes` says what a request
    counts towards the bytes of a batch, where that may be much. `checks_first`: it raises only before its first write,
    so that the batch needs no savepoint around it; faster. `waits`: it may return NotYet, and a client that goes away
    meanwhile is noticed.
    """

    function: OperationFunction
    reads: bool = False
    checks_first: bool = False
    waits: bool = False
    size_bytes: Callable[[dict[str, Any]], int] | None = None


class RemoteCaller(Protocol):
    """Performs the remote calls of one service while it is open. Opened once by the server, closed at shutdown."""

    async def call(self, call: Call) -> Any:
        """The Task's result, or StateError. Cancelling it stops the work where that can be done, before it returns."""

    def at_most_once(self, call: Call) -> bool:
        """Whether a call that was sent and not answered must not be sent again, by the settings of its target."""


@dataclass(frozen=True, slots=True)
class HttpTrace:
    """One HTTP exchange as TestState shows it: members of InspectionDataRequest and InspectionDataResponse.

    `response` None: the request was not answered.
    """

    request: Mapping[str, str]
    response: Mapping[str, str] | None


@runtime_checkable
class TracedCaller(RemoteCaller, Protocol):
    """A RemoteCaller that can show what went over the wire."""

    async def call_traced(self, call: Call, note: Callable[[HttpTrace], None], reveal_secrets: bool) -> Any:
        """As `call`; `note` is told of each exchange, without what a connection adds unless secrets are revealed."""


@runtime_checkable
class JobCaller(RemoteCaller, Protocol):
    """A RemoteCaller whose calls may wait for a job: `call` starts it and gives what the start answered."""

    async def follow(self, call: Call, submitted: Any) -> Any:
        """Watch the job that `call` has started until it ends: the Task's result, or StateError.

        `submitted` is what the start answered. Cancelling it only ends the watching.
        """

    async def stop(self, call: Call, submitted: Any) -> None:
        """Nobody waits for the job any more (its Task timed out, its execution was stopped): stop it if possible."""


# Performs an operation of any integration on this server, and commits it: (caller, service, operation, request) ->
# response. Raises ServiceError as it does.
Perform = Callable[[Caller, str, str, dict[str, Any]], Awaitable[dict[str, Any]]]


@runtime_checkable
class ServiceUser(RemoteCaller, Protocol):
    """A RemoteCaller that asks other integrations for something before it calls: the value of a secret, say."""

    def use_services(self, perform: Perform) -> None:
        """Called once, before the first call. Where nobody calls it (a run without a server) there are none."""


@dataclass(frozen=True, slots=True)
class FunctionMock:
    """A function in a test: calls go to `url`, and their answers arrive `takes_seconds` later by the server's clock."""

    url: str
    takes_seconds: float = 0.0
    timeout_seconds: float = limits.FUNCTION_SECONDS_MAX


@runtime_checkable
class MockableCaller(RemoteCaller, Protocol):
    """A RemoteCaller whose functions tests may mock; opened as one where Settings.test_controls is on."""

    def mock(self, name: str, mock: FunctionMock, pause: Callable[[float], Awaitable[None]]) -> None:
        """From now on calls of the function `name` go to the mock; `pause` waits for seconds of the server's clock."""

    def restore(self, name: str) -> bool:
        """Back to the settings; False: it was not mocked."""

    def mocked(self) -> Mapping[str, FunctionMock]: ...


@dataclass(frozen=True, slots=True)
class LogSettings:
    """A machine's loggingConfiguration that is not OFF. `level`: ALL, ERROR or FATAL."""

    level: str
    include_data: bool
    log_group_arn: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch writes of one execution's history: the new `events`, in the shape of GetExecutionHistory's.

    The other members say how the execution stands after them. `logging` is that of the revision that it runs, None
    where it is OFF.
    """

    execution_arn: str
    machine_arn: str
    version_arn: str | None
    alias_arn: str | None
    name: str
    express: bool
    status: str
    input: str
    output: str | None
    error: str | None
    cause: str | None
    start_ms: int
    stop_ms: int | None
    redrive_count: int
    redrive_ms: int | None
    logging: LogSettings | None
    events: Sequence[dict[str, Any]]


class HistorySink(Protocol):
    """Is shown, inside the transaction that writes them, the events of executions: what it writes is exactly once.

    An Express execution, which has no history in the store, is shown when it has ended. A sink must not raise for
    anything that users did (a log group that is gone): that would fail the batch of everybody.
    """

    @property
    def every(self) -> bool:
        """Whether it wants all executions, or only those whose machine has logging on."""

    def record(self, tx: Transaction, recorded: Sequence[Recorded]) -> None: ...

    def takes_logs(self, tx: Transaction, log_group_arn: str) -> bool:
        """Whether a machine may name this log group as its destination: asked when the machine is created."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Attempts in all, and the delays between them: `first_delay_ms`, then each `factor` times the one before."""

    attempts_max: int = limits.OUTBOX_ATTEMPTS_MAX
    first_delay_ms: int = 1_000
    delay_max_ms: int = 300_000
    factor: float = 2.0

    def delay_ms(self, failures: int) -> int:
        """What to wait after so many failures (1 or more)."""
        grown = self.first_delay_ms * self.factor ** min(failures - 1, 64)
        return int(min(grown, self.delay_max_ms))


class DeliveryError(Exception):
    """A delivery failed. `final`: trying again cannot help."""

    def __init__(self, text: str, final: bool = False):
        super().__init__(text)
        self.final = final


Deliver = Callable[[str], Awaitable[Any]]
Calls = Callable[[Call], Awaitable[Any]]  # performs a RemoteAction of any integration; raises StateError as it does


@dataclass(frozen=True, slots=True)
class OutboxKind:
    """How deliveries of one kind are made.

    `open(settings, calls)` gives the function that makes one: it gets the payload that `send_later` was given, and
    raises DeliveryError. `calls` reaches the remote actions of other integrations (a Lambda function, say).
    `delivered(tx, payload, outcome)` is called, in the transaction that removes the delivery, with what that function
    returned. `given_up(tx, payload, reason)` is called, likewise, for a delivery that failed for the last time (a
    dead-letter queue goes here); the log says so too.
    `delay_ms(payload, failures)` replaces `retry` where the policy is in the payload: what to wait after so many
    failures (1 or more), None: give up.
    `private`: payloads say what users say; while they wait they are sealed, where a master key is configured.
    """

    open: Callable[["Settings", Calls], AbstractAsyncContextManager[Deliver]]
    retry: RetryPolicy = RetryPolicy()
    given_up: Callable[[Transaction, str, str], None] | None = None
    delivered: Callable[[Transaction, str, Any], None] | None = None
    delay_ms: Callable[[str, int], int | None] | None = None
    private: bool = False


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Housekeeping: `run(tx)` in a batch of its own, again and again. True: there is more to do, at once.

    What one run does is bounded by the function.
    """

    every_seconds: float
    run: Callable[[Transaction], bool]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a Page. `parts`: what the `{name}`s of its path stand for; `query`: the first value of each name;
    header names in lower case. `base_url` is how the client reached the server: `http://localhost:4566`."""

    method: str
    path: str
    parts: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str


@dataclass(frozen=True, slots=True)
class PageAnswer:
    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """An HTTP path of a service outside of its AWS protocol: a certificate, a link in a mail, a look into a queue.

    `path` is a pattern of Starlette's: `/_aws/sqs/messages`, `/ses/verify/{token}`. `reads`: as for an Operation.
    `test_controls`: only where the server runs with --test-controls. Raise ServiceError to refuse: it is answered as
    JSON with its status.
    """

    method: str
    path: str
    function: Callable[[Transaction, Caller, PageRequest], PageAnswer]
    reads: bool = False
    test_controls: bool = False


class Workplace(Protocol):
    """What a Worker has of the server."""

    async def write(self, operation: Callable[[Transaction], Any]) -> Any:
        """Run it in the next batch, within a savepoint; returns when that is committed. What answers NotYet is waited
        for. Raises ServiceError."""

    async def call(self, call: Call) -> Any:
        """Perform a remote action of any integration. Raises StateError."""

    async def pause(self, seconds: float) -> None:
        """By the server's clock."""


Worker = Callable[[Workplace], Coroutine[Any, Any, None]]

Migration = Callable[[Operations], None]


@dataclass(frozen=True, slots=True)
class Integration:
    """A service, whole. `actions` are keyed by action name (`sendMessage`).

    `operations` also serve `aws-sdk:SERVICE:ACTION`, inside the transaction; then `service` is a name of botocore's.
    `operations_outside` are those that wait for something, or must see what is committed: `aws-sdk:` Tasks have them
    performed by the RemoteCaller, after the commit.
    `remote(settings)` opens what performs its RemoteActions; None where it has none.
    `forwards(settings)` finds RemoteActions for services of others; asked when no integration has the action itself.
    `tables` are what it keeps in the database; `migrations` make them, in order: a database knows how many of them it
    has had, so that a released one is never changed, and what is new is appended.
    `history(settings)` gives its HistorySink, None where the settings ask for none. `outbox`: kinds of deliveries.
    `pages`: HTTP paths beside its protocol.
    `workers(settings)`: what goes on beside all requests, from the server's start until it is cancelled at its end.
    `objects(settings)` gives the place of S3's objects, None where it is not one by these settings; one at most is.
    """

    service: str
    actions: Mapping[str, Action] = field(default_factory=dict)
    operations: Mapping[str, Operation] = field(default_factory=dict)
    operations_outside: frozenset[str] = frozenset()
    tables: MetaData | None = None
    migrations: Sequence[Migration] = ()
    remote: Callable[["Settings"], AbstractAsyncContextManager[RemoteCaller]] | None = None
    forwards: Callable[["Settings"], FindAction] | None = None
    history: Callable[["Settings"], HistorySink | None] | None = None
    objects: Callable[["Settings"], ObjectStore | None] | None = None
    outbox: Mapping[str, OutboxKind] = field(default_factory=dict)
    upkeep: Sequence[Upkeep] = ()
    pages: Sequence[Page] = ()
    workers: Callable[["Settings"], Sequence[Worker]] | None = None


class Targets(Protocol):
    """What the validator asks: can this server run a Task with this service resource, and Maps over objects?"""

    def supports(self, service: str, action: str, pattern: Pattern, sdk: bool) -> bool: ...

    def objects_problem(self, input_type: str | None) -> str | None:
        """Why a distributed Map cannot read objects of this type here; for None, read or write any. None: it can."""
