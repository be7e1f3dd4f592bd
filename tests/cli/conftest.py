"""Fixtures of the command line's tests. Goldens are rewritten with UPDATE_GOLDENS=1."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.cli.main import cli

GOLDENS = Path(__file__).parent / "goldens"
UPDATE_VARIABLE = "UPDATE_GOLDENS"

Golden = Callable[[str, str], None]
Invoke = Callable[..., Result]


@pytest.fixture
def golden() -> Golden:
    """Compares a text with goldens/NAME; UPDATE_GOLDENS=1 in the environment rewrites it for a diff to review."""
    import os

    def compare(name: str, text: str) -> None:
        path = GOLDENS / name
        if os.environ.get(UPDATE_VARIABLE):
            path.write_text(text)
        assert text == path.read_text(), f"{name} differs; {UPDATE_VARIABLE}=1 rewrites it"

    return compare


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Invoke:
    """Runs the command in an empty folder and without STATEWRIGHT_* variables; returns click's Result."""
    import os

    for name in list(os.environ):
        if name.startswith("STATEWRIGHT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, input: str | None = None) -> Result:
        return CliRunner().invoke(cli, list(arguments), input=input, catch_exceptions=False)

    return run
