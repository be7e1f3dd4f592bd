"""Work that blocks, on a thread of its own, awaited on the event loop.

Unlike those of the loop's own executor the threads are daemons: what hangs holds no shutdown up. How many there are at
once is bounded by the caller.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")


async def on_daemon_thread(function: Callable[[], Result]) -> Result:
    """What `function` returns or raises. Cancelled, it goes on by itself, and what it comes to is dropped."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def succeed(result: Result) -> None:
        if not future.done():
            future.set_result(result)

    def fail(error: BaseException) -> None:
        if not future.done():
            future.set_exception(error)

    def work() -> None:
        try:
            result = function()
        except BaseException as error:
            tell(fail, error)
        else:
            tell(succeed, result)

    def tell(end: Callable[[Any], None], what: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(end, what)

    threading.Thread(target=work, name="statewright-objects", daemon=True).start()
    return await future
