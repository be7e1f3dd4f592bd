"""The server's life: ports, long polls and their clients, slow clients, draining, signals."""

import contextlib
import gc
import signal
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any

import anyio
import pytest

from engine import limits
from engine.contract import Caller
from engine.http import server as http_server
from engine.http.app import create_app
from engine.http.server import ListenError, listen, serve
from engine.http.service_door import ServiceDoor
from tests.http.running import ANSWER_SECONDS_MAX, http_request, read_answer, running

POLL = http_request("AWSStepFunctions.GetActivityTask", b'{"activityArn": "a"}')
SLOW = http_request("AWSStepFunctions.DeleteActivity", b'{"activityArn": "a"}')


def test_a_port_that_is_taken_says_which_option_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ListenError, match=r"in use .* --port"):
        listen("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "port", "text"),
    [
        ("x" * 70, 0, "--host"),
        ("192.0.2.1", 0, "not an address of this machine"),
        ("127.0.0.1", 70_000, "not a port"),
        ("127.0.0.1", -1, "not a port"),
    ],
)
def test_where_it_cannot_listen(host: str, port: int, text: str) -> None:
    with pytest.raises(ListenError, match=text):
        listen(host, port)


def test_a_client_that_leaves_ends_its_poll() -> None:
    with running() as server:
        with server.connect() as client:
            client.sendall(POLL)
            assert server.handlers.polling.wait(ANSWER_SECONDS_MAX)
            assert not server.handlers.poll_ended.is_set()
        assert server.handlers.poll_ended.wait(ANSWER_SECONDS_MAX)


def test_a_client_that_leaves_does_not_end_other_operations() -> None:
    with running() as server:
        with server.connect() as client:
            client.sendall(SLOW)
            assert server.handlers.slow_started.wait(ANSWER_SECONDS_MAX)
        assert server.call("AWSStepFunctions.TagResource", b'{"resourceArn": "a", "tags": []}')[0] == 200
        assert not server.handlers.slow_ended.is_set()
        assert server.handlers.release is not None
        server.portal.call(server.handlers.release.set)
        assert server.handlers.slow_ended.wait(ANSWER_SECONDS_MAX)


def test_shutdown_ends_polls_and_waits_for_the_others() -> None:
    with running() as server, server.connect() as poll, server.connect() as slow, server.connect() as idle:
        poll.sendall(POLL)
        slow.sendall(SLOW)
        assert server.handlers.polling.wait(ANSWER_SECONDS_MAX)
        assert server.handlers.slow_started.wait(ANSWER_SECONDS_MAX)
        server.portal.call(server.stop.set)
        status, _, body = read_answer(poll)
        assert (status, b"ServiceUnavailable" in body) == (503, True)
        assert idle.recv(1) == b""
        assert not server.handlers.slow_ended.is_set()
        assert server.handlers.release is not None
        server.portal.call(server.handlers.release.set)
        assert read_answer(slow)[0] == 200
        with pytest.raises(OSError):
            server.connect()


def test_what_does_not_end_is_cancelled_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DRAIN_SECONDS_MAX", 0.2)
    with running() as server, server.connect() as slow:
        slow.sendall(SLOW)
        assert server.handlers.slow_started.wait(ANSWER_SECONDS_MAX)
        server.portal.call(server.stop.set)
        status, _, body = read_answer(slow)
        assert (status, b"ServiceUnavailable" in body) == (503, True)
        assert server.handlers.slow_ended.is_set()


@pytest.mark.parametrize("sent", [b"", b"POST / HTTP/1.1\r\nHost:", POLL[:-3]])
def test_a_slow_client_is_told_so(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(limits, "HEADER_SECONDS_MAX", 0.2)
    monkeypatch.setattr(http_server, "_SWEEP_SECONDS", 0.05)
    with running() as server, server.connect() as client:
        client.sendall(sent)
        status, headers, body = read_answer(client)
        assert (status, headers["connection"]) == (408, "close")
        assert b"RequestTimeout" in body
        assert client.recv(1) == b""


def test_an_idle_connection_between_requests_is_not_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HEADER_SECONDS_MAX", 0.1)
    monkeypatch.setattr(http_server, "_SWEEP_SECONDS", 0.02)
    asked = http_request("AWSStepFunctions.TagResource", b'{"resourceArn": "a", "tags": []}')
    with running() as server, server.connect() as client, server.connect() as watched:
        client.sendall(asked)
        assert read_answer(client)[0] == 200
        assert read_answer(watched)[0] == 408  # by now the sweeper has been here, and after the bound
        client.sendall(asked)
        assert read_answer(client)[0] == 200


def test_a_connection_that_idles_too_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KEEP_ALIVE_SECONDS", 0.1)
    monkeypatch.setattr(http_server, "_SWEEP_SECONDS", 0.02)
    asked = http_request("AWSStepFunctions.TagResource", b'{"resourceArn": "a", "tags": []}')
    with running() as server, server.connect() as idle, server.connect() as busy:
        busy.sendall(SLOW)
        assert server.handlers.slow_started.wait(ANSWER_SECONDS_MAX)
        idle.sendall(asked)
        assert read_answer(idle)[0] == 200
        assert idle.recv(1) == b""
        assert server.handlers.release is not None
        server.portal.call(server.handlers.release.set)  # one that is being answered does not idle
        assert read_answer(busy)[0] == 200


def test_too_many_connections_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS_MAX", 3)
    asked = http_request("AWSStepFunctions.TagResource", b'{"resourceArn": "a", "tags": []}')
    with running() as server, server.connect() as first, server.connect() as second:
        for client in (first, second):
            client.sendall(asked)
            assert read_answer(client)[0] == 200
        assert server.answer(asked)[0] == 503


def test_cancelling_the_caller_stops_the_server() -> None:
    async def fine() -> bool:
        return True

    ports: list[int] = []

    async def main() -> None:
        app = create_app(
            [ServiceDoor("stepfunctions", {})], account="000000000000", region="us-east-1", database_ok=fine
        )
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:

                def ready(port: int) -> None:
                    ports.append(port)
                    scope.cancel()

                group.start_soon(partial(serve, app, "127.0.0.1", 0, ready=ready))

    anyio.run(main, backend_options={"use_uvloop": True})
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", ports[0]), timeout=ANSWER_SECONDS_MAX)


@pytest.mark.parametrize("use_uvloop", [True, False])
def test_a_client_that_does_not_read_its_answer_is_let_go_of(monkeypatch: pytest.MonkeyPatch, use_uvloop: bool) -> None:
    """Nothing of it is left for the collector, which would warn of it somewhere else."""
    monkeypatch.setattr(limits, "DRAIN_SECONDS_MAX", 0.05)

    async def fine() -> bool:
        return True

    async def main(client: socket.socket) -> None:
        stop, asked, ports = anyio.Event(), anyio.Event(), list[int]()
        ready = anyio.Event()

        async def large(caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
            asked.set()
            return {"activityArn": "a", "name": "x" * 20_000_000, "creationDate": 0}

        def on_ready(port: int) -> None:
            ports.append(port)
            ready.set()

        doors = [ServiceDoor("stepfunctions", {"DescribeActivity": large})]
        app = create_app(doors, account="000000000000", region="us-east-1", database_ok=fine)
        async with anyio.create_task_group() as group:
            group.start_soon(partial(serve, app, "127.0.0.1", 0, stop=stop, ready=on_ready, handle_signals=False))
            await ready.wait()
            client.connect(("127.0.0.1", ports[0]))
            client.sendall(http_request("AWSStepFunctions.DescribeActivity", b'{"activityArn": "a"}'))
            await asked.wait()
            stop.set()

    with socket.socket() as client, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        anyio.run(partial(main, client), backend_options={"use_uvloop": use_uvloop})
        gc.collect()
    assert [str(one.message) for one in caught] == []


PROGRAM = """
import anyio
from engine.http.server import serve
from tests.http.running import Handlers
from engine.http.app import create_app
from engine.http.service_door import ServiceDoor

async def fine(): return True

app = create_app([ServiceDoor("stepfunctions", Handlers().table())],
                 account="000000000000", region="us-east-1", database_ok=fine)
anyio.run(lambda: serve(app, "127.0.0.1", 0, ready=lambda port: print(port, flush=True)),
          backend_options={"use_uvloop": True})
"""


@contextlib.contextmanager
def process() -> Iterator[tuple[subprocess.Popen[str], int]]:
    program = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert program.stdout is not None
        yield program, int(program.stdout.readline())
    finally:
        program.kill()
        program.communicate()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_in_order(sent: signal.Signals) -> None:
    with process() as (program, port), socket.create_connection(("127.0.0.1", port)) as poll:
        poll.sendall(POLL)
        program.send_signal(sent)
        out, errors = program.communicate(timeout=ANSWER_SECONDS_MAX)
        assert (program.returncode, out, errors) == (0, "", "")


def test_a_second_signal_does_not_wait_for_requests_under_way() -> None:
    with process() as (program, port), socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(SLOW)
        program.send_signal(signal.SIGTERM)
        with pytest.raises(OSError):  # until it listens no more
            while True:
                socket.create_connection(("127.0.0.1", port)).close()
        program.send_signal(signal.SIGTERM)
        out, errors = program.communicate(timeout=limits.DRAIN_SECONDS_MAX / 2)
        assert (program.returncode, out, errors) == (0, "", "")
