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

A remote call that waits for a job (`.sync`) has two halves, with a commit between them:

    call: the job is started -> commit, TaskSubmitted -> follow: the job is watched until it ends -> the Task's result

Only the second half is taken up again after a crash once the first is committed, so a job is not started twice.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sqlalchemy import Connection, MetaData

from engine.asl.model import Pattern
from engine.moment import Moment

if TYPE_CHECKING:
    from engine.config import Settings


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls an operation: the account and region that isolate state, and the partition of their ARNs."""

    account: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


class Transaction(Protocol):
    """The open transaction of the batch that an operation or a local action runs in."""

    @property
    def connection(self) -> Connection: ...

    @property
    def moment(self) -> Moment: ...


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


@dataclass(frozen=True, slots=True)
class LocalAction:
    """`patterns`: the ways of waiting that AWS offers for this action."""

    call: LocalCall
    patterns: frozenset[Pattern] = frozenset({Pattern.REQUEST_RESPONSE})


@dataclass(frozen=True, slots=True)
class RemoteAction:
    """`patterns`: as for a LocalAction. How the call is made is the RemoteCaller's business.

    `caller`: the service of the integration that performs it; what resolves actions fills it in.
    """

    patterns: frozenset[Pattern] = frozenset({Pattern.REQUEST_RESPONSE})
    caller: str = ""


Action = LocalAction | RemoteAction

FindAction = Callable[[str, str, bool], Action | None]  # (service, action, whether by the SDK integration)


class Actions(Protocol):
    """All that Tasks can call on this server."""

    def find(self, service: str, action: str, sdk: bool) -> Action | None:
        """What `arn:aws:states:::[aws-sdk:]SERVICE:ACTION` names here; None where nothing performs it."""


OperationFunction = Callable[[Transaction, Caller, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One API operation of a service: `function(tx, caller, request) -> response`, in AWS's shapes.

    `reads`: it changes nothing, and runs on a reader's connection beside the writer.
    """

    function: OperationFunction
    reads: bool = False


class RemoteCaller(Protocol):
    """Performs the remote calls of one service while it is open. Opened once by the server, closed at shutdown."""

    async def call(self, call: Call) -> Any:
        """The Task's result, or StateError. Cancelling it stops the work where that can be done, before it returns."""

    def at_most_once(self, call: Call) -> bool:
        """Whether a call that was sent and not answered must not be sent again, by the settings of its target."""


@runtime_checkable
class JobCaller(RemoteCaller, Protocol):
    """A RemoteCaller whose calls may wait for a job: `call` starts it and gives what the start answered."""

    async def follow(self, call: Call, submitted: Any) -> Any:
        """Watch the job that `call` has started until it ends: the Task's result, or StateError.

        `submitted` is what the start answered. Cancelling it only ends the watching.
        """

    async def stop(self, call: Call, submitted: Any) -> None:
        """Nobody waits for the job any more (its Task timed out, its execution was stopped): stop it if possible."""


@dataclass(frozen=True, slots=True)
class Integration:
    """A service, whole. `actions` are keyed by action name (`sendMessage`).

    `operations` also serve `aws-sdk:SERVICE:ACTION`, inside the transaction; then `service` is a name of botocore's.
    `remote(settings)` opens what performs its RemoteActions; None where it has none.
    `forwards(settings)` finds RemoteActions for services of others; asked when no integration has the action itself.
    """

    service: str
    actions: Mapping[str, Action] = field(default_factory=dict)
    operations: Mapping[str, Operation] = field(default_factory=dict)
    tables: MetaData | None = None
    remote: Callable[["Settings"], AbstractAsyncContextManager[RemoteCaller]] | None = None
    forwards: Callable[["Settings"], FindAction] | None = None


class Targets(Protocol):
    """What the validator asks: can this server run a Task with this service resource?"""

    def supports(self, service: str, action: str, pattern: Pattern, sdk: bool) -> bool: ...
