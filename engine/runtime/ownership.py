"""Looking after the lock that makes this process the only writer.

A lock can go while its process lives: the Postgres server restarts, an idle connection is cut, somebody removes the
lock's file. The epochs keep such an owner from writing once another has begun, but not from answering reads, running
Express executions and making deliveries until its next commit. So the lock is looked at again and again, taken again
where it is free, and the process ends where it is not.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from engine import limits
from engine.errors import ServiceError
from engine.runtime.daemon_threads import on_daemon_thread
from engine.runtime.transaction import Operation
from engine.store.errors import StoreError
from engine.store.leases import Hold, Lease, lease_lost

log = logging.getLogger("statewright.ownership")


async def keep_lease(lease: Lease, post: Callable[[Operation], Awaitable[Any]]) -> None:
    """Runs until it is cancelled, or raises LeaseLost when another process has the lock."""
    while True:
        await asyncio.sleep(limits.LEASE_CHECK_SECONDS)
        try:
            hold = await on_daemon_thread(lease.keep)
        except StoreError as error:
            log.warning("the lock on the database is lost and cannot be taken again yet: %s", error)
            continue
        if hold is Hold.TAKEN:
            raise lease_lost()
        if hold is Hold.REGAINED:
            log.warning("the lock on the database was lost, and was taken again")
            with contextlib.suppress(ServiceError):  # a store that fails is asked again by others
                await post(lambda tx: None)  # its commit checks the epochs, which an owner in between has raised
