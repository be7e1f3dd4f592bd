"""What Tasks call: actions in the transaction of the execution, and actions that leave the process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from engine.asl.model import Pattern
from engine.contract.transaction import Caller, Transaction

if TYPE_CHECKING:
    from engine.store.rows import ExecutionRow


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


class Targets(Protocol):
    """What the validator asks: can this server run a Task with this service resource, and Maps over objects?"""

    def supports(self, service: str, action: str, pattern: Pattern, sdk: bool) -> bool: ...

    def objects_problem(self, input_type: str | None) -> str | None:
        """Why a distributed Map cannot read objects of this type here; for None, read or write any. None: it can."""
