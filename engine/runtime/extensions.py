"""What is added to the running engine, opened and ready: the integrations' sinks, tables, deliveries and housekeeping,
and the keys of the database."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sqlalchemy import MetaData

from engine.config import Settings
from engine.contract import Call, Calls, Deliver, HistorySink, Integration, OutboxKind, Upkeep, Worker
from engine.errors import InvariantError
from engine.objects import ObjectStore
from engine.runtime.services import Operations
from engine.store.keyring import Keyring


async def nothing_to_call(call: Call) -> Any:
    raise InvariantError(f"{call.resource} is called, and nothing was opened that performs calls")


@dataclass(frozen=True, slots=True)
class Delivering:
    """A kind of deliveries, with the function that makes them."""

    kind: OutboxKind
    deliver: Deliver


@dataclass(frozen=True, slots=True)
class Extensions:
    sinks: Sequence[HistorySink] = ()
    tables: Sequence[MetaData] = ()
    outbox: Mapping[str, Delivering] = field(default_factory=dict)
    upkeep: Sequence[Upkeep] = ()
    operations: Operations = field(default_factory=dict)  # that services may call of each other
    keyring: Keyring | None = None
    objects: ObjectStore | None = None  # where distributed Maps read and write
    workers: Sequence[Worker] = ()
    calls: Calls = nothing_to_call  # for workers
    settings: Settings = field(default_factory=Settings)


NOTHING_ADDED = Extensions()


def object_store(integrations: Sequence[Integration], settings: Settings) -> ObjectStore | None:
    """Where distributed Maps read and write S3's objects by these settings; None: nowhere."""
    given = [integration.objects(settings) for integration in integrations if integration.objects is not None]
    found = [store for store in given if store is not None]
    if len(found) > 1:
        raise InvariantError("two integrations are the place of S3's objects")
    return found[0] if found else None


@asynccontextmanager
async def open_extensions(
    integrations: Sequence[Integration],
    settings: Settings,
    keyring: Keyring | None = None,
    calls: Calls = nothing_to_call,
    own: Operations = MappingProxyType({}),
) -> AsyncIterator[Extensions]:
    """Open what the integrations bring; what delivers is closed at the end.

    `calls` performs remote actions for deliveries and workers; `own`: the engine's operations that they may call.
    """
    found = [integration.history(settings) for integration in integrations if integration.history is not None]
    async with AsyncExitStack() as stack:
        outbox: dict[str, Delivering] = {}
        for integration in integrations:
            for name, kind in integration.outbox.items():
                if name in outbox:
                    raise InvariantError(f"two integrations deliver {name}")
                outbox[name] = Delivering(kind, await stack.enter_async_context(kind.open(settings, calls)))
        yield Extensions(
            sinks=[sink for sink in found if sink is not None],
            tables=[integration.tables for integration in integrations if integration.tables is not None],
            outbox=outbox,
            upkeep=[upkeep for integration in integrations for upkeep in integration.upkeep],
            keyring=keyring,
            objects=object_store(integrations, settings),
            workers=[worker for one in integrations if one.workers is not None for worker in one.workers(settings)],
            calls=calls,
            settings=settings,
            operations={**own, **{found.service: {**found.internal, **found.operations} for found in integrations}},
        )
