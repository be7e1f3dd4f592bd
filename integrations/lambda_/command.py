"""Functions that are commands: a process for each call, the event on its stdin, the result on its stdout.

A command that prints nothing returns null. One that exits with another status than 0 failed: with the error that it
printed, if that is a JSON object with an `errorType`, else with Runtime.ExitError and the end of its stderr as trace.
"""

import logging
from collections.abc import Callable

import anyio
from anyio.abc import ByteReceiveStream

from engine import jsontext, limits
from engine.config import CommandTarget, FunctionSettings
from integrations.lambda_ import errors
from integrations.lambda_.children import Child, Children
from integrations.lambda_.environment import process_environment
from integrations.lambda_.invocation import Invocation

_logger = logging.getLogger("statewright.functions")


class CommandFunction:
    """`[functions.NAME] command = [...]`."""

    def __init__(self, name: str, settings: FunctionSettings, target: CommandTarget, children: Children):
        self._name = name
        self._settings = settings
        self._target = target
        self._children = children

    async def invoke(self, invocation: Invocation) -> str:
        with anyio.move_on_after(self._settings.timeout_seconds):
            child = await self._start(invocation)
            try:
                output = await _run(child, invocation)
            finally:
                await child.end()
            self._log(output)
            return _result(output, invocation)
        raise errors.timed_out(invocation.request_id, self._settings.timeout_seconds)

    def _log(self, output: "_Output") -> None:
        for line in output.log_lines():
            _logger.info("%s: %s", self._name, line)

    async def _start(self, invocation: Invocation) -> Child:
        try:
            return await self._children.start(
                self._target.argv, self._settings.directory, self._environment(invocation), capture_stderr=True
            )
        except OSError as error:
            raise errors.not_startable(invocation.request_id, self._target.argv[0], error) from None

    def _environment(self, invocation: Invocation) -> dict[str, str]:
        environment = process_environment(self._name, self._settings, invocation.region)
        environment["AWS_LAMBDA_FUNCTION_VERSION"] = invocation.function.version
        environment["STATEWRIGHT_IDEMPOTENCY_KEY"] = invocation.idempotency_key
        environment["STATEWRIGHT_REQUEST_ID"] = invocation.request_id
        if invocation.client_context is not None:
            environment["STATEWRIGHT_CLIENT_CONTEXT"] = jsontext.dumps(invocation.client_context)
        if invocation.secret is not None:
            environment["STATEWRIGHT_SECRET"] = invocation.secret
        return environment


class _Output:
    """What came out of the process: its status, stdout up to the limit, the end of stderr."""

    __slots__ = ("status", "stderr", "stdout", "too_large")

    def __init__(self) -> None:
        self.status = 0
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.too_large = False

    def log_lines(self) -> list[str]:
        return self.stderr.decode(errors="replace").splitlines()


async def _run(child: Child, invocation: Invocation) -> _Output:
    output = _Output()

    def take_result(chunk: bytes) -> None:
        output.stdout.extend(chunk)
        if len(output.stdout) > limits.FUNCTION_RESULT_BYTES_MAX:
            output.too_large = True
            output.stdout.clear()
            child.kill()

    def take_log(chunk: bytes) -> None:
        output.stderr.extend(chunk)
        del output.stderr[: -limits.FUNCTION_STDERR_BYTES_MAX]

    async with anyio.create_task_group() as group:
        group.start_soon(_feed, child, jsontext.dumps(invocation.payload).encode())
        group.start_soon(_drain, child.stdout, take_result)
        group.start_soon(_drain, child.stderr, take_log)
        output.status = await child.wait()
        child.kill()  # what it left running would hold its pipes open
        group.cancel_scope.deadline = anyio.current_time() + limits.FUNCTION_STOP_SECONDS_MAX  # what has left the group
    return output


async def _feed(child: Child, event: bytes) -> None:
    try:
        await child.stdin.send(event)
        await child.stdin.aclose()
    except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
        pass  # it need not read its event


async def _drain(stream: ByteReceiveStream, take: Callable[[bytes], None]) -> None:
    try:
        async for chunk in stream:
            take(chunk)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        pass


def _result(output: _Output, invocation: Invocation) -> str:
    if output.too_large:
        raise errors.answer_too_large()
    try:
        printed = output.stdout.decode().strip()
    except UnicodeDecodeError as error:
        printed = None
        undecodable = str(error)
    if output.status != 0:
        if printed is not None and errors.is_error(printed):
            raise errors.function_error(printed)
        raise errors.exited(invocation.request_id, output.status, output.log_lines())
    if printed is None:
        raise errors.not_json(invocation.request_id, undecodable)
    return printed or "null"
