"""An integration, whole: what its entry point exposes."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import MetaData

from engine.contract.actions import Action, Call, FindAction
from engine.contract.deliveries import OutboxKind
from engine.contract.histories import HistorySink
from engine.contract.operations import Operation, Page
from engine.contract.remote import RemoteCaller
from engine.contract.transaction import Transaction
from engine.objects import Bucket, ObjectStore

if TYPE_CHECKING:
    from alembic.operations import Operations

    from engine.config import Settings


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Housekeeping: `run(tx)` in a batch of its own, again and again. True: there is more to do, at once.

    What one run does is bounded by the function.
    """

    every_seconds: float
    run: Callable[[Transaction], bool]


class Workplace(Protocol):
    """What a Worker has of the server."""

    async def write(self, operation: Callable[[Transaction], Any]) -> Any:
        """Run it in the next batch, within a savepoint; returns when that is committed. What answers NotYet is waited
        for. Raises ServiceError."""

    async def call(self, call: Call) -> Any:
        """Perform a remote action of any integration. Raises StateError."""

    async def put_object(self, bucket: Bucket, key: str, body: bytes) -> None:
        """Into the place of S3's objects, for good when this returns. Raises ObjectError."""

    async def pause(self, seconds: float) -> None:
        """By the server's clock."""


Worker = Callable[[Workplace], Coroutine[Any, Any, None]]

Migration = Callable[["Operations"], None]


@dataclass(frozen=True, slots=True)
class Integration:
    """A service, whole. `actions` are keyed by action name (`sendMessage`).

    `operations` also serve `aws-sdk:SERVICE:ACTION`, inside the transaction; then `service` is a name of botocore's.
    `internal` are operations for other integrations alone, by Transaction.call: no port and no Task reaches them.
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
    internal: Mapping[str, Operation] = field(default_factory=dict)
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
