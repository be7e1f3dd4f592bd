"""Blocking calls on threads of their own, awaited on the event loop.

Unlike those of a pool the threads are daemons: a call that hangs holds no shutdown up. A call that nobody awaits any
more keeps its place until it ends, so that there are never more threads than places.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class CallThreads:
    def __init__(self, calls_max: int):
        self._places = asyncio.Semaphore(calls_max)

    async def run(self, function: Callable[[], Result]) -> Result:
        """What `function` returns or raises."""
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()

        def end(result: Result | None, error: BaseException | None) -> None:
            self._places.release()
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]  # of `function`, as it raised nothing

        def work() -> None:
            result, error = None, None
            try:
                result = function()
            except BaseException as raised:
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(end, result, error)

        try:
            threading.Thread(target=work, name="statewright-forward", daemon=True).start()
        except RuntimeError:  # no thread to be had
            self._places.release()
            raise
        return await future
