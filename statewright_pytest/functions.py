"""The functions of a test: Python callables behind a port of this process, called by the server as Lambda is called.

What a callable returns is the result, as JSON; what it raises is the function's error, with Lambda's shape: the name of
the exception's class is what `ErrorEquals` compares.
"""

import inspect
import json
import threading
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

_OWN_FRAMES = 2  # of this file, before the test's own in a stack trace
EVENT_BYTES_MAX = 16 * 1_048_576


class MockedFunction:
    """A function of a test. `calls`: the events that it was called with, in order."""

    def __init__(self, name: str, answer: Callable[..., Any]):
        self.name = name
        self.calls: list[Any] = []
        self._answer = answer
        self._takes_context = _takes_two(answer)

    def __call__(self, event: Any) -> Any:
        """As the server calls it."""
        self.calls.append(event)
        return self._answer(event, {"function_name": self.name}) if self._takes_context else self._answer(event)

    def __repr__(self) -> str:
        return f"<function {self.name}, called {len(self.calls)} times>"


def _takes_two(answer: Callable[..., Any]) -> bool:
    """Whether it is written as Lambda's handlers are: `(event, context)`."""
    try:
        inspect.signature(answer).bind({}, {})
    except (TypeError, ValueError):
        return False
    return not _takes_one(answer)


def _takes_one(answer: Callable[..., Any]) -> bool:
    try:
        inspect.signature(answer).bind({})
    except (TypeError, ValueError):
        return False
    return True


class FunctionCalls:
    """The port. `add` gives the URL of a function."""

    def __init__(self) -> None:
        self._functions: dict[str, MockedFunction] = {}
        self._server = _Server(("127.0.0.1", 0), _handler(self._functions))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def add(self, function: MockedFunction) -> str:
        self._functions[function.name] = function
        return f"http://127.0.0.1:{self._server.server_port}/{function.name}"

    def remove(self, name: str) -> bool:
        return self._functions.pop(name, None) is not None

    def clear(self) -> None:
        self._functions.clear()

    def __enter__(self) -> "FunctionCalls":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def _handler(functions: dict[str, MockedFunction]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            function = functions.get(self.path.lstrip("/"))
            length = int(self.headers.get("Content-Length", 0))
            if function is None or length > EVENT_BYTES_MAX:
                self.send_error(404 if function is None else 413)
                return
            failed, body = _invoke(function, self.rfile.read(length))
            self.send_response(200)
            if failed:
                self.send_header("X-Amz-Function-Error", "Unhandled")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Says nothing: the history has the call."""

    return Handler


def _invoke(function: MockedFunction, body: bytes) -> tuple[bool, bytes]:
    """(failed, the answer)"""
    try:
        result = function(json.loads(body))
    except Exception as error:
        return True, _error(type(error).__name__, str(error), traceback.format_tb(error.__traceback__)[_OWN_FRAMES:])
    try:
        return False, json.dumps(result).encode()
    except (TypeError, ValueError) as error:
        return True, _error("Runtime.MarshalError", f"Unable to marshal response: {error}", [])


def _error(name: str, message: str, trace: list[str]) -> bytes:
    return json.dumps({"errorMessage": message, "errorType": name, "stackTrace": trace}).encode()
