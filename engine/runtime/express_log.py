"""The history of an Express execution, which the store does not keep, on its way to who logs it.

Kept in memory while the execution runs and written when it has ended, with its end where that is noted. A history that
grows large is written in parts.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from engine import limits
from engine.contract import LogSettings, Recorded
from engine.core.execution import Execution
from engine.core.history import Event
from engine.errors import ServiceError
from engine.runtime.happenings import express_ran
from engine.runtime.publishing import recorded
from engine.runtime.transaction import Operation

log = logging.getLogger("statewright.express")


class ExpressLog:
    def __init__(self, execution: Execution, settings: LogSettings):
        self._execution = execution
        self._logging = settings
        self._events: list[Event] = []
        self._bytes = 0

    def take(self, event: Event) -> None:
        self._events.append(event)
        self._bytes += _bytes_about(event)

    @property
    def large(self) -> bool:
        """So much has gathered that it should be written now."""
        return self._bytes > limits.EXPRESS_LOG_BYTES_MAX

    def part(self) -> Recorded | None:
        """What has gathered since the last part; None where that is nothing."""
        if not self._events:
            return None
        gathered = recorded(self._execution, self._events, self._logging)
        self._events, self._bytes = [], 0
        return gathered

    async def write_if_large(self, post: Callable[[Operation], Awaitable[Any]]) -> None:
        if self.large and (part := self.part()) is not None:
            try:
                await post(express_ran(part))
            except ServiceError as error:  # the execution goes on without
                log.warning("the log of the Express execution %s lacks a part: %s", part.execution_arn, error)


def _bytes_about(event: Event) -> int:
    """The texts in an event's details, and something for the rest."""
    texts = (value for member in event.values() if isinstance(member, dict) for value in member.values())
    return 200 + sum(len(text) for text in texts if isinstance(text, str))
