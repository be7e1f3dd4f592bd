"""A real server process that is killed and started again on the same port and database.

`up` says whether it listens: clients wait for it instead of asking again and again.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 60.0
END_SECONDS_MAX = 30.0


def free_port() -> int:
    """A port below those that the system gives to clients: one of ours that connects while the server is down must not
    get the server's own port."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def settings_file(folder: Path, functions: Mapping[str, Mapping[str, Any]]) -> Path:
    """A statewright.toml with these functions. (A JSON string is a TOML string, and a list of them a list.)"""
    lines = []
    for name, table in functions.items():
        lines.append(f"[functions.{name}]")
        for key, value in table.items():
            if isinstance(value, dict):
                inner = ", ".join(f"{member} = {json.dumps(text)}" for member, text in value.items())
                lines.append(f"{key} = {{ {inner} }}")
            else:
                lines.append(f"{key} = {json.dumps(value)}")
    path = folder / "statewright.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


@dataclass
class Server:
    """`folder` holds its settings and its log."""

    db: str
    folder: Path
    port: int = field(default_factory=free_port)
    up: threading.Event = field(default_factory=threading.Event)
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def launch(self) -> subprocess.Popen[str]:
        """Start the process; it is not up yet."""
        assert self.process is None or self.process.poll() is not None, "it runs"
        options = ["--port", str(self.port), "--db", self.db, "--config", str(self.folder / "statewright.toml")]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STATEWRIGHT_")}
        with (self.folder / "server.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "engine.cli.main", "serve", *options],
                cwd=self.folder,
                env=environment | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.process = process
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()
        return process

    def start(self) -> None:
        """Start the process and wait until it listens."""
        self.launch()
        assert self.up.wait(START_SECONDS_MAX), f"the server did not start:\n{self.log}"

    def kill(self) -> None:
        """SIGKILL, whatever it does."""
        process = self._running()
        process.kill()
        process.wait(END_SECONDS_MAX)
        self.up.clear()

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self) -> int:
        """The exit status of a process that ends by itself."""
        status = self._running().wait(END_SECONDS_MAX)
        self.up.clear()
        return status

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def _running(self) -> subprocess.Popen[str]:
        assert self.process is not None
        return self.process

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                if line.startswith("Statewright listens") and process.poll() is None:
                    self.up.set()
        # Its output has ended, and so has the process. A next one may be up already, by its own thread.
        if self.process is process:
            self.up.clear()
