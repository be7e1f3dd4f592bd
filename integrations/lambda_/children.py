"""The child processes of the functions, each in a group of its own; none outlives its use, the server or its crash.

A group is killed whole, so that what a command has started goes with it. The guardian process knows all groups and
kills them when the server dies without a word. It is told of a group as soon as that is started, before the child gets
any input: a worker that it does not know ends with its input, and only a command that never reads its event could be
missed, in the instant between its start and the telling.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream

from engine import limits
from engine.errors import InvariantError
from integrations.lambda_.process import ChildProcess, open_process

_Stream = TypeVar("_Stream")
_GUARDIAN = Path(__file__).with_name("guardian.py")


class Child:
    """A running process of a function."""

    __slots__ = ("_children", "_freed", "_process")

    def __init__(self, children: "Children", process: ChildProcess):
        self._children = children
        self._process = process
        self._freed = False

    @property
    def group(self) -> int:
        return self._process.pid

    @property
    def stdin(self) -> ByteSendStream:
        return _present(self._process.stdin)

    @property
    def stdout(self) -> ByteReceiveStream:
        return _present(self._process.stdout)

    @property
    def stderr(self) -> ByteReceiveStream:
        return _present(self._process.stderr)

    @property
    def ended(self) -> bool:
        return self._process.returncode is not None

    async def wait(self) -> int:
        """The exit status, negative for a signal."""
        return await self._process.wait()

    def kill(self) -> None:
        """Kill the whole group, also where its first process has ended already."""
        if self._freed:
            return  # the number may be another's by now
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, signal.SIGKILL)

    async def end(self) -> int:
        """Kill the group, wait for the process and free what it held. Runs to its end when it is cancelled."""
        with anyio.CancelScope(shield=True):
            self.kill()
            status = await self._process.wait()
            if not self._freed:
                self._freed = True
                await self._process.aclose()
                await self._children.ended(self)
        return status


class Children:
    """All children of one server, while it is open. Ends those that are left when it closes."""

    def __init__(self) -> None:
        self._alive: dict[int, Child] = {}
        self._guardian: ChildProcess | None = None
        self._guardian_lock = anyio.Lock()
        self._closed = False

    async def __aenter__(self) -> "Children":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        with anyio.CancelScope(shield=True):
            await self._end_all()
            if self._guardian is not None:
                await _close_input(self._guardian)
                with anyio.move_on_after(limits.FUNCTION_STOP_SECONDS_MAX):
                    await self._guardian.wait()
                await self._guardian.aclose()  # kills it if it still runs

    async def start(
        self, argv: Sequence[str], directory: Path, environment: Mapping[str, str], capture_stderr: bool
    ) -> Child:
        """A new process in a group of its own. Raises OSError where it cannot be started."""
        if self._closed:
            raise InvariantError("a function was called after its caller was closed")
        with anyio.CancelScope(shield=True):
            async with self._guardian_lock:
                await self._running_guardian()  # before there is anything to guard
            stderr = subprocess.PIPE if capture_stderr else None
            process = await open_process(argv, directory=directory, environment=environment, stderr=stderr)
            child = Child(self, process)
            self._alive[child.group] = child
            await self._tell_guardian(f"+{child.group}\n")
        return child

    async def ended(self, child: Child) -> None:
        """Forget a child that is gone."""
        if self._alive.pop(child.group, None) is not None:
            await self._tell_guardian(f"-{child.group}\n")

    async def _end_all(self) -> None:
        left = list(self._alive.values())
        for child in left:
            await _close_input(child)
        with anyio.move_on_after(limits.FUNCTION_STOP_SECONDS_MAX):
            for child in left:
                await child.wait()
        for child in left:
            await child.end()

    async def _tell_guardian(self, line: str) -> None:
        async with self._guardian_lock:
            guardian = await self._running_guardian()
            try:
                await _present(guardian.stdin).send(line.encode())
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):  # somebody killed it just now
                await guardian.aclose()
                self._guardian = None
                await self._running_guardian()  # which is told all

    async def _running_guardian(self) -> ChildProcess:
        """The guardian; a new one where there is none, told of all groups. Needs the lock."""
        if self._guardian is not None and self._guardian.returncode is None:
            return self._guardian
        if self._guardian is not None:
            await self._guardian.aclose()
        command = [sys.executable, "-I", "-S", str(_GUARDIAN)]
        guardian = await open_process(command, stdout=subprocess.DEVNULL)
        self._guardian = guardian
        if self._alive:
            known = "".join(f"+{group}\n" for group in self._alive)
            await _present(guardian.stdin).send(known.encode())
        return guardian


async def _close_input(process: ChildProcess | Child) -> None:
    with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
        await _present(process.stdin).aclose()


def _present(stream: _Stream | None) -> _Stream:
    if stream is None:
        raise InvariantError("a pipe that was asked for is missing")
    return stream
