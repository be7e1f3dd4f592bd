"""Ports that are free for a server's SMTP, and SMTP sessions by hand."""

import contextlib
import socket
import ssl
from pathlib import Path
from typing import Any

from tests.integrations.ses.users import User


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


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
