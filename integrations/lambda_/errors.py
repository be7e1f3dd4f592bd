"""The errors of a call, as Step Functions reports them: StateError with Lambda's names and texts.

A function error is what the invocation answered with X-Amz-Function-Error: its `errorType` names the error, the payload
itself is the cause. A service error is Lambda refusing the invocation: `Lambda.<Exception>` with the SDK's suffix.
"""

import signal
from typing import Any

from engine import jsontext, limits
from engine.errors import StateError


def function_error(payload: str) -> StateError:
    """A function that failed, from the JSON text that tells of it."""
    name = _error_type(payload)
    if name is None:
        text = "The cause could not be determined because Lambda did not return an error type. Returned payload: "
        return StateError("Lambda.Unknown", (text + payload)[: limits.CAUSE_CHARS_MAX])
    return StateError(name[: limits.ERROR_CHARS_MAX], payload[: limits.CAUSE_CHARS_MAX])


def is_error(payload: str) -> bool:
    """Whether a text is a function error: a JSON object that names its `errorType`."""
    return _error_type(payload) is not None


def timed_out(request_id: str, seconds: float) -> StateError:
    return _runtime_error(
        "Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    )


def exited(request_id: str, status: int, trace: list[str] | None = None) -> StateError:
    """A process that ended instead of answering; `status` is negative for a signal."""
    reason = (
        f"Runtime exited with error: {_exit_reason(status)}" if status else "Runtime exited without providing a reason"
    )
    return _runtime_error("Runtime.ExitError", f"RequestId: {request_id} Error: {reason}", trace)


def not_startable(request_id: str, program: str, error: OSError) -> StateError:
    """A command that is no program."""
    reason = (error.strerror or str(error)).lower()
    text = f"RequestId: {request_id} Error: fork/exec {program}: {reason}"
    return _runtime_error("Runtime.InvalidEntrypoint", text)


def not_json(request_id: str, reason: str) -> StateError:
    """An answer that is not JSON."""
    return _runtime_error(
        "Runtime.MarshalError", f"RequestId: {request_id} Error: Unable to marshal response: {reason}"
    )


def no_secret(function: str, secret: str, why: str) -> StateError:
    """The secret that the settings of a function name cannot be had; our own, as AWS has no such setting."""
    text = f"The secret '{secret}' of the function '{function}' cannot be read: {why}"
    return StateError("Lambda.SecretUnavailable", text[: limits.CAUSE_CHARS_MAX])


def answer_too_large() -> StateError:
    text = f"Response payload size exceeded maximum allowed payload size ({limits.FUNCTION_RESULT_BYTES_MAX} bytes)."
    return _runtime_error("Function.ResponseSizeTooLarge", text)


def service_error(code: str, message: str, status: int, request_id: str) -> StateError:
    """Lambda's refusal: `code` is the exception's name in its API."""
    suffix = f"(Service: Lambda, Status Code: {status}, Request ID: {request_id})"
    return StateError(f"Lambda.{code}"[: limits.ERROR_CHARS_MAX], f"{message} {suffix}"[: limits.CAUSE_CHARS_MAX])


def client_error(reason: str) -> StateError:
    """No answer at all: what the SDK reports when it cannot reach Lambda."""
    return StateError(
        "Lambda.SdkClientException", f"Unable to execute HTTP request: {reason}"[: limits.CAUSE_CHARS_MAX]
    )


def unusable_parameters(parameters: Any, complaints: list[str]) -> StateError:
    """Parameters that Step Functions refuses before it calls Lambda."""
    text = jsontext.dumps(parameters)
    end = f"' could not be used to start the Task: [{', '.join(complaints)}]"
    room = limits.CAUSE_CHARS_MAX - 1_000 - len(end)  # the interpreter puts the state's name before it
    return StateError("States.Runtime", f"The Parameters '{text[: max(0, room)]}{end}"[: limits.CAUSE_CHARS_MAX])


def _error_type(payload: str) -> str | None:
    try:
        error = jsontext.loads(payload)
    except jsontext.JsonError:
        return None
    name = error.get("errorType") if isinstance(error, dict) else None
    return name if isinstance(name, str) and name else None


def _runtime_error(kind: str, message: str, trace: list[str] | None = None) -> StateError:
    error: dict[str, Any] = {"errorType": kind, "errorMessage": message}
    if trace:
        error["stackTrace"] = trace
    return function_error(jsontext.dumps(error))


def _exit_reason(status: int) -> str:
    if status > 0:
        return f"exit status {status}"
    try:
        return f"signal: {(signal.strsignal(-status) or str(-status)).lower()}"
    except ValueError:
        return f"signal: {-status}"
