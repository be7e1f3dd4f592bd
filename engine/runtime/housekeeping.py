"""Running the integrations' housekeeping (engine.contract.Upkeep): each in a batch of its own, again and again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from engine.contract import Upkeep
from engine.errors import ServiceError
from engine.runtime.transaction import Operation

log = logging.getLogger("statewright.upkeep")

PAUSE_SECONDS = 0.01  # between two runs where there is more to do: others' requests come in between


async def keep_house(upkeep: Upkeep, post: Callable[[Operation], Awaitable[Any]]) -> None:
    """Runs until it is cancelled. What cannot be done now is done the next time."""
    while True:
        more = False
        try:
            more = bool(await post(upkeep.run))
        except ServiceError as error:
            log.warning("housekeeping could not be committed, and is done later: %s", error)
        except Exception:
            log.exception("housekeeping met an error of ours, and is tried again later")
        await asyncio.sleep(PAUSE_SECONDS if more else upkeep.every_seconds)
