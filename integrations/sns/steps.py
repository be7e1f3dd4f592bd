"""Work that is spread over commits: rows of the outbox that deliver nothing, and what is done when they were made.

Each step is one transaction, in which the row goes and the next one is written: so the work goes on after a crash where
its last commit left it, and each part of it is done once.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from engine.config import Settings
from engine.contract import Calls, Deliver, OutboxKind, Transaction


def steps(step: Callable[[Transaction, str, Any], None]) -> OutboxKind:
    """A kind of the outbox whose rows are steps."""
    return OutboxKind(_open, delivered=step, private=True)


@asynccontextmanager
async def _open(settings: Settings, calls: Calls) -> AsyncIterator[Deliver]:
    async def deliver(payload: str) -> None:
        """Nothing leaves the process."""

    yield deliver
