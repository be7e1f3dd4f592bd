"""A real server inside the test process, on a port and a thread of its own: for tests that need not kill it."""

from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import anyio.abc
from anyio.from_thread import start_blocking_portal

from engine.config import Settings
from engine.http.compose import run_server

STOP_SECONDS_MAX = 30


@contextmanager
def running_server(settings: Settings) -> Iterator[str]:
    """Its URL; `settings` say port 0. At the end of the block it has stopped."""

    async def serve(stop: anyio.Event, *, task_status: anyio.abc.TaskStatus[int]) -> None:
        await run_server(settings, stop=stop, ready=task_status.started, handle_signals=False)

    with start_blocking_portal() as portal:
        stop: anyio.Event = portal.call(anyio.Event)
        running, port = portal.start_task(serve, stop)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            portal.call(stop.set)
            running.result(timeout=STOP_SECONDS_MAX)
