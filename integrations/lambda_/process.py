"""A child process that has its three streams of us, and nothing else.

Event loops start processes too, but uvloop leaves each end of a pipe open in the child a second time, under the number
that it has in the server: the end of such a pipe comes only when the child ends, and every process that it has started,
whatever they close. `subprocess` closes all but the three streams; here they are joined to the loop, and the end of the
process is awaited by its descriptor (Linux), elsewhere by a thread.
"""

import asyncio
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import anyio
import anyio.lowlevel
from anyio.abc import ByteReceiveStream, ByteSendStream


class _Output(ByteReceiveStream):
    """What the process writes."""

    def __init__(self, reader: asyncio.StreamReader, transport: asyncio.ReadTransport):
        self._reader = reader
        self._transport = transport

    async def receive(self, max_bytes: int = 65_536) -> bytes:
        try:
            data = await self._reader.read(max_bytes)
        except OSError as error:
            raise anyio.BrokenResourceError from error
        if not data:
            raise anyio.EndOfStream
        return data

    async def aclose(self) -> None:
        self._transport.close()
        await anyio.lowlevel.checkpoint()


class _Input(ByteSendStream):
    """What the process reads."""

    def __init__(self, writer: asyncio.StreamWriter):
        self._writer = writer

    async def send(self, item: bytes) -> None:
        if self._writer.is_closing():
            raise anyio.ClosedResourceError
        try:
            self._writer.write(item)
            await self._writer.drain()
        except (OSError, RuntimeError) as error:
            raise anyio.BrokenResourceError from error

    async def aclose(self) -> None:
        self._writer.close()
        await anyio.lowlevel.checkpoint()


class ChildProcess:
    """A running process; `open_process` makes it. A stream is None where it is not a pipe."""

    def __init__(self, process: "subprocess.Popen[bytes]"):
        self._process = process
        self._over = asyncio.Event()
        self.stdin: ByteSendStream | None = None
        self.stdout: ByteReceiveStream | None = None
        self.stderr: ByteReceiveStream | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    async def wait(self) -> int:
        await self._over.wait()
        return self._process.wait()  # it has ended

    async def aclose(self) -> None:
        """Kill it if it still runs, wait for its end, and close the pipes."""
        with anyio.CancelScope(shield=True):
            if self.returncode is None:
                self._process.kill()
            await self.wait()
            for stream in (self.stdin, self.stdout, self.stderr):
                if stream is not None:
                    await stream.aclose()

    async def join(self) -> None:
        """Hand the pipes and the end of the process to the loop."""
        _watch(self._process, self._over)
        if self._process.stdin is not None:
            self.stdin = await _input(self._process.stdin)
        if self._process.stdout is not None:
            self.stdout = await _output(self._process.stdout)
        if self._process.stderr is not None:
            self.stderr = await _output(self._process.stderr)


async def open_process(
    argv: Sequence[str],
    *,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdout: int = subprocess.PIPE,
    stderr: int | None = None,
) -> ChildProcess:
    """A new process in a session of its own. Raises OSError where it cannot be started."""
    process = subprocess.Popen(  # noqa: ASYNC220  (a loop's own way blocks as long)
        list(argv),
        bufsize=0,
        cwd=directory,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )
    child = ChildProcess(process)
    with anyio.CancelScope(shield=True):
        await child.join()
    return child


async def _input(pipe: IO[bytes]) -> _Input:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)  # of nothing: its protocol is what a writer is told by
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.connect_write_pipe(lambda: protocol, pipe)
    return _Input(asyncio.StreamWriter(transport, protocol, reader, loop))


async def _output(pipe: IO[bytes]) -> _Output:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader, loop=loop), pipe)
    return _Output(reader, transport)


def _watch(process: "subprocess.Popen[bytes]", over: asyncio.Event) -> None:
    """Set `over` when the process has ended."""
    loop = asyncio.get_running_loop()
    try:
        descriptor = os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        _watch_by_thread(process, over, loop)
        return

    def ended() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        process.poll()
        over.set()

    loop.add_reader(descriptor, ended)


def _watch_by_thread(process: "subprocess.Popen[bytes]", over: asyncio.Event, loop: asyncio.AbstractEventLoop) -> None:
    def wait() -> None:
        process.wait()
        if not loop.is_closed():
            loop.call_soon_threadsafe(over.set)

    threading.Thread(target=wait, name=f"statewright-child-{process.pid}", daemon=True).start()
