"""`statewright serve` in a process of its own, with a test's settings, to be killed and started again."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.api.client import Api

ROOT = Path(__file__).resolve().parents[2]
LISTENS = "Statewright listens on "


@dataclass
class Served:
    """`folder` holds the database, the settings and the log. Each start takes a port of its own, then in `url`."""

    folder: Path
    environ: dict[str, str]
    db: str
    log_level: str = "warning"
    url: str = ""
    port: int = 0  # a free one, unless the test has to know it before
    _process: subprocess.Popen[str] | None = None
    _apis: list[Api] = field(default_factory=list)

    def start(self) -> Api:
        command = [sys.executable, "-m", "engine.cli.main", "serve", "--port", str(self.port), "--db", self.db]
        command += ["--config", str(self.folder / "statewright.toml"), "--log-level", self.log_level]
        with (self.folder / "stderr").open("ab") as stderr:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdout=subprocess.PIPE, stderr=stderr, text=True
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith(LISTENS), (line, (self.folder / "stderr").read_text())
        self.url = line.removeprefix(LISTENS).split()[0]
        self._apis.append(Api(self.url))
        return self._apis[-1]

    def kill(self) -> None:
        """No farewell."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)
        for api in self._apis:
            api.close()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20)
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None


@contextmanager
def served(folder: Path, settings: str, environ: dict[str, str], db: str | None = None) -> Iterator[Served]:
    (folder / "statewright.toml").write_text(settings)
    server = Served(folder, environ, db or f"sqlite:///{folder / 'test.db'}")
    try:
        yield server
    finally:
        server.stop()
