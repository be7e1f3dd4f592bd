"""Runs the application on a port: uvicorn, started and stopped by the program around it.

    async with anyio.create_task_group() as group:
        group.start_soon(partial(serve, app, "127.0.0.1", 4566, stop=stop, ready=ready))

Shutdown drains, then cancels: no new connections, long polls end, requests under way have DRAIN_SECONDS_MAX to be
answered. Prints nothing; logs under uvicorn.error.
"""

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable, Generator
from functools import partial
from typing import cast

import anyio
import anyio.lowlevel
import uvicorn
from anyio.abc import TaskStatus

from engine import limits
from engine.http.app import App
from engine.http.connection import Connection
from engine.http.open_files import connections_max

_BACKLOG = 2_048
_PORT_MAX = 65_535
_SWEEP_SECONDS = 1.0
_ABANDON_SECONDS = 1.0  # for cancelled requests to end


class ListenError(Exception):
    """The server cannot listen where it was told to; the message says why and which option changes it."""


async def serve(
    app: App,
    host: str,
    port: int,
    *,
    stop: anyio.Event | None = None,
    ready: Callable[[int], None] | None = None,
    handle_signals: bool = True,
) -> None:
    """Serve until `stop` is set, SIGTERM or SIGINT arrives, or the caller's scope is cancelled.

    `ready` is called with the port once connections are accepted (the chosen one for port 0). `handle_signals` needs
    the main thread. A second signal ends the draining. Raises ListenError.
    """
    stop = stop or anyio.Event()
    listener = listen(host, port)
    server = _Server(_config(app), ready, listener)
    async with anyio.create_task_group() as group:
        group.start_soon(_stop_when, stop, server, app)
        group.start_soon(_sweep, server)
        try:
            if handle_signals:
                await group.start(_stop_at_signal, stop, server)  # before anyone hears that the server is ready
            await server.serve(sockets=[listener])
        finally:
            listener.close()
            with anyio.move_on_after(_ABANDON_SECONDS, shield=True):
                await server.abandon()
            group.cancel_scope.cancel()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ListenError."""
    if not 0 <= port <= _PORT_MAX:
        raise ListenError(f"{port} is not a port. Choose one from 1 to {_PORT_MAX} with --port, or 0 for any.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise ListenError(f"Cannot listen on '{host}': {error}. Choose another address with --host.") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ListenError(_why(host, port, error)) from None
    return listener


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use by another program. Choose another with --port, or end that program."
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port} of {host}. Choose a port above 1023 with --port."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine. Choose another with --host."
    return f"Cannot listen on port {port} of {host}: {error}. Choose others with --host and --port."


def _config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", partial(Connection, app.door)),
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        limit_concurrency=connections_max(),
        timeout_graceful_shutdown=limits.DRAIN_SECONDS_MAX,
    )


class _Server(uvicorn.Server):
    """uvicorn's server without its own signal handlers, and with a word when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[int], None] | None, listener: socket.socket):
        super().__init__(config)
        self._ready = ready
        self._port: int = listener.getsockname()[1]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready is not None:
            self._ready(self._port)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def abandon(self) -> None:
        """Close what is still open: nothing after an orderly end, everything when the serving task was cancelled.

        A client that does not read its answer is let go of; its connection would outlive the event loop."""
        for listener in getattr(self, "servers", []):
            listener.close()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        try:
            if tasks:
                await asyncio.wait(tasks)
        finally:  # a task that takes too long to end leaves no connection open either
            for connection in list(self.server_state.connections):
                connection.transport.close()
            await anyio.lowlevel.cancel_shielded_checkpoint()  # for what was written to go
            for connection in list(self.server_state.connections):
                connection.transport.abort()
            await anyio.lowlevel.cancel_shielded_checkpoint()


async def _stop_when(stop: anyio.Event, server: _Server, app: App) -> None:
    await stop.wait()
    await app.close()
    server.should_exit = True


async def _stop_at_signal(stop: anyio.Event, server: _Server, *, task_status: TaskStatus[None]) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            if stop.is_set():
                server.force_exit = True
            stop.set()


async def _sweep(server: _Server) -> None:
    while True:
        await anyio.sleep(_SWEEP_SECONDS)
        now = anyio.current_time()
        for connection in list(server.server_state.connections):
            if isinstance(connection, Connection):
                connection.sweep(now)
