"""A real server for the command line's tests: `statewright serve` in a process of its own, as users start it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
LISTENS = "Statewright listens on "


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """Its URL. Stopped with SIGTERM at the end, which it must obey."""
    command = [sys.executable, "-m", "engine.cli.main", "serve", "--port", "0", "--db", f"sqlite:///{folder}/test.db"]
    command += ["--config", str(EXAMPLES / "statewright.toml")]
    with (folder / "stderr").open("wb") as stderr:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True)
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line.startswith(LISTENS), (line, (folder / "stderr").read_text())
            yield line.removeprefix(LISTENS).split()[0]
            process.terminate()
            assert process.wait(20) == 0, (folder / "stderr").read_text()
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
