"""A server process over each back end, with functions in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.client import Client
from tests.chaos.functions import Functions, serving
from tests.chaos.server import Server, settings_file
from tests.postgres import postgres_url

__all__ = ["postgres_url"]

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture
def functions() -> Iterator[Functions]:
    with serving() as found:
        yield found


@pytest.fixture(params=BACKENDS)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/statewright.db"
    url = request.getfixturevalue("postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture
def server(db: str, tmp_path: Path, functions: Functions) -> Iterator[Server]:
    """Not started yet."""
    tables = {name: functions.settings(name) for name in ("double", "flaky", "notify", "hold")}
    tables |= {name: functions.settings(name, at_most_once=True) for name in ("once", "hold_once")}
    tables["triple"] = {
        "handler": "handlers:triple",
        "directory": str(Path(__file__).parent),
        "workers": 2,
        "environment": {"DELIVERIES": str(tmp_path / "triple.log")},
    }
    settings_file(tmp_path, tables)
    made = Server(db, tmp_path)
    yield made
    made.close()


@pytest.fixture
def plain_server(db: str, tmp_path: Path) -> Iterator[Server]:
    """Without functions, and not started yet."""
    settings_file(tmp_path, {})
    made = Server(db, tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    made = Client(server)
    yield made
    made.close()
