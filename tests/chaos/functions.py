"""Functions for the server under test, behind URLs of this process, so that it knows of every delivery.

`POST /NAME` is an invocation; the Idempotency-Key says which Task's attempt it is for. What a function answers holds
the number of the delivery, so that a result can be traced to the one that made it.
"""

import itertools
import json
import queue
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

WORK_SECONDS_MAX = 0.2  # what a function pretends to work, so that kills meet it
HELD_SECONDS_MAX = 30.0


@dataclass
class FunctionFailed(Exception):
    """The function fails with an error of this type."""

    error: str


@dataclass
class Functions:
    """`deliveries`: idempotency key -> the numbers of its deliveries. `tokens`: what `notify` was given."""

    url: str = ""
    deliveries: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    tokens: "queue.Queue[tuple[str, int]]" = field(default_factory=queue.Queue)
    held: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))  # calls of `hold` that have come
    release: threading.Event = field(default_factory=threading.Event)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def settings(self, name: str, **others: Any) -> dict[str, Any]:
        return {"url": f"{self.url}/{name}", "workers": 64, **others}

    def delivered(self, key: str) -> int:
        with self._lock:
            number = next(self._numbers)
            self.deliveries[key].append(number)
            return number

    def invoke(self, name: str, key: str, event: Any) -> Any:
        number = self.delivered(key)
        return self._TABLE[name](self, event, number)

    def _double(self, event: Any, number: int) -> Any:
        threading.Event().wait(random.uniform(0, WORK_SECONDS_MAX))
        return {"value": 2 * event["n"], "delivery": number}

    def _flaky(self, event: Any, number: int) -> Any:
        if event["try"] < 2:
            raise FunctionFailed("Flaky")
        return {"value": event["n"], "delivery": number}

    def _notify(self, event: Any, number: int) -> Any:
        self.tokens.put((event["token"], event["n"]))
        return {"noted": number}

    def _hold(self, event: Any, number: int) -> Any:
        self.held.release()
        self.release.wait(HELD_SECONDS_MAX)
        return {"value": event["n"], "delivery": number}

    _TABLE: ClassVar[dict[str, Callable[["Functions", Any, int], Any]]] = {
        "double": _double,
        "once": _double,
        "flaky": _flaky,
        "notify": _notify,
        "hold": _hold,
        "hold_once": _hold,
    }


@contextmanager
def serving() -> Iterator[Functions]:
    """The functions, reachable at `url`."""
    functions = Functions()

    class Invocation(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                answer = functions.invoke(self.path.strip("/"), self.headers["Idempotency-Key"], event)
                self._answer(answer)
            except FunctionFailed as failed:
                self._answer({"errorType": failed.error, "errorMessage": "as told"})

        def _answer(self, answer: Any) -> None:
            content = json.dumps(answer).encode()
            try:
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                self.close_connection = True  # the server was killed meanwhile

        def log_message(self, *_: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, *_: Any) -> None:
            pass  # connections of a server that was killed

    server = Quiet(("127.0.0.1", 0), Invocation)
    functions.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield functions
    finally:
        functions.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
