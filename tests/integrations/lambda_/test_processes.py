"""No process outlives its use: after cancellation, time-out, closing, and the death of the server itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import anyio
import psutil  # type: ignore[import-untyped]
import pytest

from engine.config import CommandTarget, HandlerTarget, Settings
from engine.contract import Call
from engine.errors import InvariantError
from integrations.lambda_.caller import open_functions
from tests.integrations.lambda_.calls import command, direct, function, handlers, outcome

pytestmark = pytest.mark.anyio

# It tells its pids once it got its event: from then on the guardian knows it.
HANG = 'cat >/dev/null; sleep 300 & echo "$$ $!" >"$0.tmp"; mv "$0.tmp" "$0"; wait'


_others: set[int] = set()  # the processes of other tests, such as a server that serves a whole session


@pytest.fixture(autouse=True)
def know_the_others() -> None:
    _others.clear()
    _others.update(process.pid for process in psutil.Process().children())


def children() -> list[psutil.Process]:
    """All descendants that run and are the test's; what has ended and was not waited for is a leak too."""
    own = [process for process in psutil.Process().children() if process.pid not in _others]
    return own + [below for process in own for below in process.children(recursive=True)]


async def told(file: Path) -> list[int]:
    """The pids that a hanging function tells."""
    with anyio.fail_after(30):
        while not (pids := _pids(file)):  # noqa: ASYNC110 - another process writes it
            await anyio.sleep(0.02)
    return pids


def _pids(file: Path) -> list[int]:
    return [int(pid) for pid in file.read_text().split()] if file.exists() else []


async def gone(pids: list[int]) -> None:
    """Wait until none of the processes runs; zombies of a parent that is not ours do not count."""
    with anyio.fail_after(30):
        while any(_runs(pid) for pid in pids):  # noqa: ASYNC110 - nobody tells us
            await anyio.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def hanging(kind: str, file: Path, seconds: float = 60) -> tuple[Settings, Call]:
    if kind == "handler":
        return handlers("hang", timeout_seconds=seconds), direct("hang", str(file))
    return command("/bin/sh", "-c", HANG, str(file), timeout_seconds=seconds), direct("f", {})


@pytest.fixture
def many_files() -> Iterator[None]:
    """The server has so much open that numbers of its own are far above those of a child."""
    with ExitStack() as files:
        for number in range(100):
            file = files.enter_context(open(os.devnull))
            os.set_inheritable(file.fileno(), number % 2 == 0)
        yield


async def test_a_process_has_its_three_streams_and_nothing_else(many_files: None) -> None:
    """What it had else would stay open when it closes its streams, in all that it has started too."""
    listing = "import json, os, sys; sys.stdin.read(); print(json.dumps(sorted(map(int, os.listdir('/dev/fd')))))"
    async with open_functions(command(sys.executable, "-c", listing)) as functions:
        found = await functions.call(direct("f", {}))
    assert found[:3] == [0, 1, 2] and len(found) == 4, "the fourth is that of the listing"


async def test_a_worker_that_closes_its_pipes_is_noticed_at_once(many_files: None) -> None:
    async with open_functions(handlers("close_pipes", "echo")) as functions:
        assert (await outcome(functions, direct("close_pipes", None)))[0] == "Runtime.ExitError"
        assert await functions.call(direct("echo", 1)) == 1


@pytest.mark.parametrize("kind", ["handler", "command"])
async def test_a_cancelled_call_ends_its_processes_before_it_returns(kind: str, tmp_path: Path) -> None:
    settings, call = hanging(kind, tmp_path / "pids")
    async with open_functions(settings) as functions:
        async with anyio.create_task_group() as group:
            group.start_soon(functions.call, call)
            pids = await told(tmp_path / "pids")
            group.cancel_scope.cancel()
        assert not _runs(pids[0])
        await gone(pids)
    assert children() == []


async def test_timed_out_calls_end_their_processes(tmp_path: Path) -> None:
    async def time_out(kind: str) -> None:
        settings, call = hanging(kind, tmp_path / kind, seconds=1.5)
        async with open_functions(settings) as functions:
            assert (await outcome(functions, call))[0] == "Sandbox.Timedout"
            await gone(await told(tmp_path / kind))

    async with anyio.create_task_group() as group:
        group.start_soon(time_out, "handler")
        group.start_soon(time_out, "command")
    assert children() == []


async def test_calls_cancelled_at_any_moment_leak_nothing() -> None:
    settings = Settings(
        functions={
            "pid": function(HandlerTarget("functions", "pid"), workers=2),
            "cat": function(CommandTarget(("/bin/sh", "-c", "sleep 0.01; cat")), workers=2),
        }
    )
    async with open_functions(settings) as functions:
        for step in range(24):
            with anyio.move_on_after(step * 0.004):
                async with anyio.create_task_group() as group:
                    for _ in range(3):
                        group.start_soon(functions.call, direct("pid", 0.01))
                        group.start_soon(functions.call, direct("cat", 1))
        assert await functions.call(direct("cat", 5)) == 5
        assert isinstance(await functions.call(direct("pid", 0)), int)
        assert len(children()) <= 2 + 1  # the workers of `pid` and the guardian
    assert children() == []


async def test_200_calls_at_once_run_in_as_many_processes_as_are_allowed() -> None:
    async with open_functions(handlers("pid", workers=3)) as functions:
        seen: list[int] = []

        async def call() -> None:
            seen.append(await functions.call(direct("pid", 0.002)))

        async with anyio.create_task_group() as group:
            for _ in range(200):
                group.start_soon(call)
        assert len(seen) == 200
        assert len(set(seen)) == 3
    assert children() == []


async def test_a_slow_function_holds_up_no_other(tmp_path: Path) -> None:
    settings = handlers("hang", "echo", workers=1)
    async with open_functions(settings) as functions, anyio.create_task_group() as group:
        for _ in range(300):  # more than all calls that may be under way
            group.start_soon(functions.call, direct("hang", str(tmp_path / "pids")))
        await told(tmp_path / "pids")
        with anyio.fail_after(20):
            assert await functions.call(direct("echo", 1)) == 1
        group.cancel_scope.cancel()
    assert children() == []


async def test_an_idle_worker_that_died_is_replaced() -> None:
    async with open_functions(handlers("pid")) as functions:
        first = await functions.call(direct("pid", 0))
        os.kill(first, signal.SIGKILL)
        await gone([first])
        await anyio.sleep(0.1)  # for the loop to have noticed
        assert await functions.call(direct("pid", 0)) != first
    assert children() == []


async def test_a_guardian_that_died_is_replaced() -> None:
    async with open_functions(handlers("pid")) as functions:
        worker = await functions.call(direct("pid", 0))
        (guardian,) = [child for child in children() if child.pid != worker]
        guardian.kill()
        await gone([guardian.pid])
        async with anyio.create_task_group() as group:
            for _ in range(2):
                group.start_soon(functions.call, direct("pid", 0.2))
        assert len(children()) == 2 + 1
    assert children() == []


async def test_no_call_after_closing() -> None:
    async with open_functions(handlers("echo")) as functions:
        pass
    with pytest.raises(InvariantError):
        await functions.call(direct("echo", 1))
    assert children() == []


SERVER = """
import anyio, sys
from pathlib import Path
from integrations.lambda_.caller import open_functions
from tests.integrations.lambda_.test_processes import hanging

async def main():
    settings, call = hanging(sys.argv[1], Path(sys.argv[2]))
    async with open_functions(settings) as functions:
        await functions.call(call)

anyio.run(main)
"""


@pytest.mark.parametrize("kind", ["handler", "command"])
async def test_a_killed_server_takes_its_functions_with_it(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    server = subprocess.Popen([sys.executable, "-c", SERVER, kind, str(file)])  # noqa: ASYNC220
    try:
        pids = await told(file)
        left = psutil.Process(server.pid).children(recursive=True)
        assert {process.pid for process in left} > set(pids)
    finally:
        server.kill()
        server.wait()
    await gone([process.pid for process in left])
