"""The server as a process of its own: on a free port, with a database in a folder of its own, and never left over.

It ends with its stdin, so that it goes with the test process however that ends.
"""

import os
import selectors
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 20.0
LOG_CHARS_SHOWN = 4_000  # the end of the server's log, in an error
_LISTENS = "Statewright listens on "


class StartError(Exception):
    """The server cannot be started; the message says why, and what to do."""


def server_command(configured: str) -> list[str]:
    """What starts the server, before its arguments: as configured, else beside this Python, else on the PATH."""
    if configured:
        return shlex.split(configured)
    beside = Path(sys.executable).parent / "statewright"
    found = str(beside) if beside.exists() else shutil.which("statewright")
    # Where there is none, starting it says so.
    return [found or "statewright"]


class ServerProcess:
    """`url` is where it listens. Raises StartError."""

    def __init__(self, command: list[str], folder: Path, config: Path | None = None):
        if config is None:
            config = folder / "statewright.toml"
            config.write_text("")
        self._log = folder / "server.log"
        arguments = ["serve", "--port", "0", "--db", f"sqlite:///{folder}/statewright.db", "--config", str(config)]
        self._process = self._start([*command, *arguments, "--test-controls", "--stop-with-stdin"])
        try:
            self.url = self._await_url()
        except BaseException:
            self.stop()
            raise

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        environ = {name: value for name, value in os.environ.items() if not name.startswith("STATEWRIGHT_")}
        try:
            with self._log.open("wb") as log:
                return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environ)
        except OSError as error:
            raise StartError(
                f"Statewright's server cannot be started: {command[0]}: {error.strerror}. Install statewright into "
                "this environment, or name its command in the pytest option statewright_command."
            ) from None

    def _await_url(self) -> str:
        line = self._first_line()
        if not line.startswith(_LISTENS):
            self.stop()
            status = self._process.returncode
            raise StartError(f"Statewright's server does not start (exit status {status}). {self._tail()}")
        return line.removeprefix(_LISTENS).split()[0]

    def _first_line(self) -> str:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(START_SECONDS_MAX):
                text = f"Statewright's server said nothing for {START_SECONDS_MAX:.0f} seconds."
                raise StartError(f"{text} {self._tail()}")
        return self._process.stdout.readline().decode(errors="replace")

    def _tail(self) -> str:
        text = self._log.read_text(errors="replace")[-LOG_CHARS_SHOWN:].strip()
        return f"Its log:\n{text}" if text else "It logged nothing."

    def stop(self) -> None:
        """Ask it to end, then make it."""
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def __enter__(self) -> "ServerProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
