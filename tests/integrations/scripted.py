"""An HTTP server that answers as it is told and keeps what it was asked; in a thread of its own."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

WAIT_SECONDS_MAX = 20


@dataclass(frozen=True)
class Asked:
    method: str
    path: str  # with the query
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query, keep_blank_values=True)

    @property
    def action(self) -> str:
        """The operation: of the JSON protocols, of the query protocol, else method and path."""
        if target := self.headers.get("x-amz-target"):
            return target.rpartition(".")[2]
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded") and self.body:
            return self.form.get("Action", f"{self.method} {self.path}")
        return f"{self.method} {urlsplit(self.path).path}"


@dataclass(frozen=True)
class Reply:
    body: bytes | str | dict[str, Any] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        if isinstance(self.body, dict):
            return json.dumps(self.body).encode()
        return self.body.encode() if isinstance(self.body, str) else self.body


Script = Callable[[Asked], Reply]


class Scripted:
    """`replies`: by action; a list is used up from its front, its last one stays. `asked`: everything, in order."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply | list[Reply] | Script] = {}
        self.asked: list[Asked] = []
        self.changed = threading.Condition()
        self.url = ""

    def reset(self) -> None:
        with self.changed:
            self.replies.clear()
            self.asked.clear()

    def answer(self, asked: Asked) -> Reply:
        with self.changed:
            self.asked.append(asked)
            self.changed.notify_all()
            reply = self.replies.get(asked.action, Reply({"__type": "UnknownOperationException"}, 400))
            if isinstance(reply, list):
                return reply.pop(0) if len(reply) > 1 else reply[0]
        return reply if isinstance(reply, Reply) else reply(asked)

    def of(self, action: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.action == action]

    def wait_for(self, action: str, times: int = 1) -> list[Asked]:
        """Until it was asked that often."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.of(action)) >= times, WAIT_SECONDS_MAX), self.asked
            return self.of(action)


@contextmanager
def scripted() -> Iterator[Scripted]:
    script = Scripted()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65_537)
            if not self.raw_requestline:
                self.close_connection = True
                return
            if not self.parse_request():
                return
            self._answer()

        def _answer(self) -> None:
            if self.headers.get("Expect", "").lower() == "100-continue":
                self.send_response_only(100)
                self.end_headers()
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self._body(headers)
            reply = script.answer(Asked(self.command, self.path, headers, body))
            self.send_response(reply.status)
            content = b"" if self.command == "HEAD" else reply.content
            for name, value in {"Content-Length": str(len(content)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()

        def _body(self, headers: dict[str, str]) -> bytes:
            if headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(headers.get("content-length", 0)))
            content = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return content

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that went away

    server = Server(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
