"""An SMTP server that takes mail for others, or does not: as a test tells it."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

DROP = "drop"  # in the place of a reply: the connection is lost


@dataclass
class Taken:
    sender: str
    recipients: list[str]
    content: bytes
    options: str = ""  # of MAIL


@dataclass
class FakeRelay:
    """`to`, `content`: the next replies to RCPT, by address, and to a mail's content; then 250. `tls`: STARTTLS is
    offered, or spoken from the start where `at_once`. `password`: asked for."""

    tls: ssl.SSLContext | None = None
    at_once: bool = False
    password: str | None = None
    to: dict[str, list[str]] = field(default_factory=dict)
    content: list[str] = field(default_factory=list)
    port: int = 0
    connections: int = 0
    logins: list[str] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, count: int) -> list[Taken]:
        """Until so many mails were taken."""
        with self.news:
            assert self.news.wait_for(lambda: len(self.taken) >= count, 20), self.taken
            return list(self.taken)


class _Session(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        relay = self.server.relay
        relay.connections += 1
        try:
            if relay.at_once:
                self._begin_tls()
            self._say("220 fake ESMTP")
            while line := self.rfile.readline():
                if not self._answer(relay, line.decode().strip()):
                    return
        except OSError:
            return
        finally:
            if isinstance(self.request, ssl.SSLSocket):
                self.wfile.close()
                self.rfile.close()
                self.request.close()

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")
        self.wfile.flush()

    def _begin_tls(self) -> None:
        assert self.server.relay.tls is not None
        self.request = self.server.relay.tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb")

    def _answer(self, relay: FakeRelay, line: str) -> bool:
        """False: it is over."""
        word = line.partition(" ")[0].upper()
        reply = "250 2.0.0 OK"
        if word == "EHLO":
            self._say("250-fake")
            if relay.password is not None:
                self._say("250-AUTH PLAIN")
            if relay.tls is not None and not isinstance(self.request, ssl.SSLSocket):
                self._say("250-STARTTLS")
            reply = "250 8BITMIME"
        elif word == "STARTTLS":
            self._say("220 go")
            self._begin_tls()
            return True
        elif word == "AUTH":
            relay.logins.append(line)
            reply = "235 2.7.0 welcome"
        elif word == "MAIL":
            self.sender, self.recipients, self.options = _address(line), [], line.partition("> ")[2]
        elif word == "RCPT":
            script = relay.to.get(_address(line), [])
            reply = script.pop(0) if script else reply
            if reply.startswith("250"):
                self.recipients.append(_address(line))
        elif word == "DATA":
            return self._take(relay)
        elif word == "QUIT":
            self._say("221 bye")
            return False
        self._say(reply)
        return True

    def _take(self, relay: FakeRelay) -> bool:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b"..") else line)
        reply = relay.content.pop(0) if relay.content else "250 2.0.0 queued as 4711"
        if reply == DROP:
            return False
        if reply.startswith("250"):
            with relay.news:
                relay.taken.append(Taken(self.sender, self.recipients, b"".join(lines), self.options))
                relay.news.notify_all()
        self._say(reply)
        return True


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, relay: FakeRelay):
        super().__init__(("127.0.0.1", relay.port), _Session)
        self.relay = relay

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or did not believe the certificate."""


@contextmanager
def running(relay: FakeRelay) -> Iterator[FakeRelay]:
    with _Server(relay) as server:
        relay.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()
