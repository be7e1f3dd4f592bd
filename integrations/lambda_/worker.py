"""The program that runs one Python handler, call after call; handler.py starts it and talks to it.

It reads and writes frames: one byte of kind, four of length (big endian), then JSON.

| kind | direction | meaning |
|---|---|---|
| C | in | a call: request_id, arn, version, key, client_context, secret, timeout_ms, event |
| I | out | the handler is imported; calls may come |
| R | out | what the handler returned |
| E | out | the handler raised, or what it returned cannot be sent; the next call may come |
| L | out | what the handler returned is larger than Lambda lets it be |
| X | out | the handler cannot be imported; this process ends |

Only the standard library is imported, and no module of ours: the handler's own modules go by any name. What the handler
prints goes to stderr; the frames have descriptors of their own. The end of the input is the end of the process.
Error texts are those of Lambda's Python runtime.
"""

import importlib
import json
import os
import struct
import sys
import time
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, BinaryIO

HEADER = struct.Struct(">cI")
MESSAGE_CHARS_MAX = 12_000  # with the trace below, an error's JSON stays under the 32,768 characters of a cause
TRACE_CHARS_MAX = 8_000

Handler = Callable[[Any, "Context"], Any]


class ClientContext:
    """`context.client_context`: what the caller sent as ClientContext."""

    def __init__(self, content: dict[str, Any]):
        self.client = content.get("client")
        self.custom = content.get("custom")
        self.env = content.get("env")


class Identity:
    """`context.identity`; no call of ours comes from Cognito."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class Context:
    """The second argument of a handler, as in Lambda, and `idempotency_key`: the same when a call is sent again."""

    def __init__(self, call: dict[str, Any]):
        self._deadline = time.monotonic() + call["timeout_ms"] / 1000
        self.aws_request_id: str = call["request_id"]
        self.invoked_function_arn: str = call["arn"]
        self.function_version: str = call["version"]
        self.idempotency_key: str = call["key"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = Identity()
        self.client_context = None if call["client_context"] is None else ClientContext(call["client_context"])

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    def log(self, message: object) -> None:
        print(message)


class ImportFailed(Exception):
    """The handler cannot be had; `error` is what the first caller is told."""

    def __init__(self, error: dict[str, Any]):
        super().__init__()
        self.error = error


def import_handler(module_name: str, function_name: str) -> Handler:
    """The handler, or ImportFailed."""
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        text = f"Unable to import module '{module_name}': {error}"
        raise ImportFailed(_error("Runtime.ImportModuleError", text)) from None
    except SyntaxError as error:
        text = f"Syntax error in module '{module_name}': {error}"
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise ImportFailed(_error("Runtime.UserCodeSyntaxError", text, trace=trace)) from None
    except Exception as error:
        raise ImportFailed(_raised(error, "", error.__traceback__)) from None
    handler = getattr(module, function_name, None)
    if not callable(handler):
        text = f"Handler '{function_name}' missing on module '{module_name}'"
        raise ImportFailed(_error("Runtime.HandlerNotFound", text))
    found: Handler = handler
    return found


def answer(handler: Handler, call: dict[str, Any]) -> tuple[bytes, bytes]:
    """Run one call: kind and content of the frame to send. SystemExit and the like end the process, as in Lambda."""
    request_id = call["request_id"]
    if call["secret"] is not None:
        os.environ["STATEWRIGHT_SECRET"] = call["secret"]
    try:
        result = handler(call["event"], Context(call))
    except Exception as error:
        return b"E", _encode(_raised(error, request_id, error.__traceback__ and error.__traceback__.tb_next))
    try:
        return b"R", _encode(result)
    except (TypeError, ValueError, RecursionError) as error:
        if hasattr(result, "close") and hasattr(result, "cr_code"):
            result.close()  # a coroutine: Lambda has no asynchronous handlers
        return b"E", _encode(_error("Runtime.MarshalError", f"Unable to marshal response: {error}", request_id))


def _encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def _raised(error: Exception, request_id: str, trace: TracebackType | None) -> dict[str, Any]:
    try:
        message = str(error)
    except Exception:
        message = "<the exception has no readable text>"
    lines = traceback.format_list(traceback.extract_tb(trace))
    size = 0
    kept = []
    for line in reversed(lines):  # the innermost calls are the ones to keep
        size += len(line)
        if size > TRACE_CHARS_MAX:
            break
        kept.append(line)
    return _error(type(error).__name__, message, request_id, kept[::-1])


def _error(kind: str, message: str, request_id: str = "", trace: list[str] | None = None) -> dict[str, Any]:
    readable = message[:MESSAGE_CHARS_MAX].encode(errors="replace").decode()
    return {"errorMessage": readable, "errorType": kind, "requestId": request_id, "stackTrace": trace or []}


def _take_over_streams() -> tuple[BinaryIO, BinaryIO]:
    """Descriptors of our own for the frames; the handler's stdin is empty and its stdout is stderr."""
    frames_in = os.fdopen(os.dup(0), "rb")
    frames_out = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    return frames_in, frames_out


def _send(frames_out: BinaryIO, kind: bytes, content: bytes) -> None:
    try:
        frames_out.write(HEADER.pack(kind, len(content)) + content)
        frames_out.flush()
    except BrokenPipeError:
        os._exit(1)  # the server is gone, and with it whoever wants to know


def main(module_name: str, function_name: str, directory: str, result_bytes_max: int) -> int:
    frames_in, frames_out = _take_over_streams()
    sys.path.insert(0, directory)
    try:
        handler = import_handler(module_name, function_name)
    except ImportFailed as failed:
        _send(frames_out, b"X", _encode(failed.error))
        return 1
    _send(frames_out, b"I", b"")
    while header := frames_in.read(HEADER.size):
        call = json.loads(frames_in.read(HEADER.unpack(header)[1]))
        kind, content = answer(handler, call)
        if len(content) > result_bytes_max:
            kind, content = b"L", b""
        _send(frames_out, kind, content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
