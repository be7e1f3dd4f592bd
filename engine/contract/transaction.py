"""Who calls, and the open transaction that operations and local actions run in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection

from engine.moment import Moment

if TYPE_CHECKING:
    from engine.config import Settings


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

    @property
    def settings(self) -> "Settings":
        """What the server runs with; it never changes while the server runs."""

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
