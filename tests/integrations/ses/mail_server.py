"""A real server whose SMTP ports are open, on ports that were free; and SMTP sessions by hand."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
from anyio.from_thread import start_blocking_portal

from engine.config import Settings
from engine.http.compose import run_server
from tests.integrations.ses.users import User


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[str]:
    """The server's URL."""

    async def serve(stop: anyio.Event, *, task_status: anyio.abc.TaskStatus[int]) -> None:
        await run_server(settings, stop=stop, ready=task_status.started, handle_signals=False)

    with start_blocking_portal() as portal:
        stop: anyio.Event = portal.call(anyio.Event)
        running, port = portal.start_task(serve, stop)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            portal.call(stop.set)
            running.result(timeout=30)


def user_of(endpoint: str, account: str, folder: Path) -> User:
    return User(endpoint, account, folder)


class Raw:
    """A client that says exactly what it is told to say."""

    def __init__(self, port: int):
        self.port = port
        self._socket = connected(port)
        self._file: Any = self._socket.makefile("rb")
        self.greeting = self.read()

    def read(self) -> str:
        """One reply, its lines joined."""
        lines = []
        while True:
            line = self._file.readline().decode()
            lines.append(line.rstrip("\r\n"))
            if line[3:4] != "-":
                return "\n".join(lines)

    def say(self, text: str) -> str:
        self.send(text.encode() + b"\r\n")
        return self.read()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def start_tls(self) -> "Raw":
        assert self.say("EHLO me").startswith("250-")
        assert self.say("STARTTLS").startswith("220")
        self._socket = _context().wrap_socket(self._socket)
        self._file = self._socket.makefile("rb")
        return self

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _context() -> ssl.SSLContext:
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def connected(port: int) -> socket.socket:
    """The port opens after the server is ready: ask until then."""
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        except ConnectionRefusedError:
            with contextlib.suppress(TimeoutError), socket.socket() as nobody:
                nobody.bind(("127.0.0.1", 0))
                nobody.listen()
                nobody.settimeout(0.05)
                nobody.accept()
    raise AssertionError(f"nobody listens on port {port}")
