"""A web server that takes events: how the target of [events] looks to the tests."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """`statuses`: what the next requests are answered, then 200; `refusing`: 503 to all. `arrived` counts them."""

    bodies: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    answer: bytes = b"{}"
    url: str = ""
    refusing: bool = False

    def forget(self) -> None:
        """From here on everything is taken, and counted anew. Called while no server runs."""
        self.bodies.clear()
        self.headers.clear()
        self.arrived = threading.Semaphore(0)
        self.refusing = False

    def wait(self, count: int, seconds: float = 30.0) -> None:
        for number in range(count):
            assert self.arrived.acquire(timeout=seconds), f"{number} of {count} came: {self.bodies}"


@contextmanager
def receiving() -> Iterator[Received]:
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = 503 if received.refusing else received.statuses.pop(0) if received.statuses else 200
            received.bodies.append(json.loads(body))
            received.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(status)
            self.send_header("Content-Length", str(len(received.answer)))
            self.end_headers()
            self.wfile.write(received.answer)
            received.arrived.release()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        received.url = f"http://127.0.0.1:{server.server_port}/changes"
        try:
            yield received
        finally:
            server.shutdown()
            thread.join()
