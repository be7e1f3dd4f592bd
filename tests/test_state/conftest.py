"""A server with functions and a connection of its own, over SQLite and over Postgres."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.config import ApiKeyAuth, ConnectionSettings, HttpParameters, Settings
from engine.config.functions import FunctionSettings, HandlerTarget
from tests.api.client import Api
from tests.in_process import running_server
from tests.postgres import new_database

FUNCTIONS = "tests.test_state.functions"


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("test_state")
    functions = {
        name: FunctionSettings(HandlerTarget(FUNCTIONS, name), Path(__file__).resolve().parents[2], workers=1)
        for name in ("echo", "refuse")
    }
    db = new_database() if request.param == "postgres" else f"sqlite:///{folder / 'statewright.db'}"
    connections = {"key": ConnectionSettings(ApiKeyAuth("X-Api-Key", "s3cret"), HttpParameters(query={"v": "2"}))}
    settings = Settings(port=0, db=db, functions=functions, connections=connections)

    with running_server(settings) as url, closing(Api(url)) as client:
        yield client
