"""What leaves the process after a commit, at least once: the outbox."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine import limits
from engine.contract.actions import Call
from engine.contract.transaction import Transaction

if TYPE_CHECKING:
    from engine.config import Settings


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
