"""A server with functions and a connection of its own, over SQLite and over Postgres."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.abc
import pytest
from anyio.from_thread import start_blocking_portal

from engine.config import ApiKeyAuth, ConnectionSettings, HttpParameters, Settings
from engine.config.functions import FunctionSettings, HandlerTarget
from engine.http.compose import run_server
from tests.api.client import Api
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

    async def serve(stop: anyio.Event, *, task_status: anyio.abc.TaskStatus[int]) -> None:
        await run_server(settings, stop=stop, ready=task_status.started, handle_signals=False)

    with start_blocking_portal() as portal:
        stop: anyio.Event = portal.call(anyio.Event)
        running, port = portal.start_task(serve, stop)
        client = Api(f"http://127.0.0.1:{port}")
        yield client
        client.close()
        portal.call(stop.set)
        running.result(timeout=30)
