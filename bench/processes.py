"""Starts the processes of the benchmark and reads from /proc what they cost."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from bench.client import TARGET_PREFIX, Load, Result

TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 15
LOAD_SECONDS_MAX = 300
ROOT = Path(__file__).resolve().parent.parent


class Service:
    """A server process that listens on a port."""

    def __init__(self, process: subprocess.Popen[bytes], port: int):
        self.process = process
        self.port = port

    def cpu_seconds(self) -> float:
        """User and system time so far, of the process, its living children and those it has waited for."""
        return sum(_cpu_ticks(pid) for pid in _family(self.process.pid)) / TICKS

    def rss_bytes(self) -> int:
        """Resident memory of the process and its children."""
        return sum(_rss_bytes(pid) for pid in _family(self.process.pid))

    def call(self, operation: str, prefix: str = TARGET_PREFIX, **parameters: Any) -> dict[str, Any]:
        """One API call; raises RuntimeError when it is refused."""
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": prefix + operation}
            connection.request("POST", "/", json.dumps(parameters).encode(), headers)
            answer = connection.getresponse()
            body: dict[str, Any] = json.loads(answer.read() or b"{}")
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{operation}: HTTP {answer.status}: {body}")
        return body

    def metric(self, name: str) -> float:
        """Of GET /metrics."""
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=60) as answer:
            lines: list[str] = answer.read().decode().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(name + " "))


@contextmanager
def service(command: list[str], port: int, log: Path) -> Iterator[Service]:
    """A server while the block runs; stopped with SIGTERM, then killed."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        _await_port(process, port, log)
        yield Service(process, port)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def echo_service(folder: Path) -> Iterator[Service]:
    port = free_port()
    with service([sys.executable, "-m", "bench.echo", str(port)], port, folder / "echo.log") as found:
        yield found


@contextmanager
def statewright_service(folder: Path, settings: str = "") -> Iterator[Service]:
    """The server with default settings, or those of a statewright.toml, on a durable SQLite file."""
    port = free_port()
    config = folder / "statewright.toml"
    config.write_text(settings)
    command = [sys.executable, "-m", "engine.cli.main", "serve", "--port", str(port), "--config", str(config)]
    command += ["--db", f"sqlite:///{folder}/bench.db"]
    with service(command, port, folder / "server.log") as found:
        yield found


def load(request: Load) -> Result:
    """Runs the client in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.client"],
        cwd=ROOT,
        input=json.dumps(asdict(request)).encode(),
        stdout=subprocess.PIPE,
        timeout=LOAD_SECONDS_MAX,
        check=True,
    )
    return Result(**json.loads(done.stdout))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def fsync_seconds(folder: Path, times: int = 100) -> float:
    """The median time of one small write with fdatasync where the database lies: what a commit costs at least."""
    took = []
    with (folder / "fsync.probe").open("wb", buffering=0) as probe:
        for _ in range(times):
            began = time.perf_counter()
            probe.write(b"x" * 4096)
            os.fdatasync(probe.fileno())
            took.append(time.perf_counter() - began)
    return sorted(took)[times // 2]


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"a server ended at its start:\n{log.read_text(errors='replace')}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"a server did not listen within {START_SECONDS_MAX} s")


def _family(pid: int) -> list[int]:
    found, queue = [], [pid]
    while queue:
        one = queue.pop()
        found.append(one)
        try:
            queue += [int(child) for child in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
        except OSError:
            continue
    return found


def _cpu_ticks(pid: int) -> int:
    """Fields 14 to 17 of /proc/PID/stat: utime, stime, and those of children that were waited for."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return sum(int(field) for field in text.rpartition(")")[2].split()[11:15])


def _rss_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)
