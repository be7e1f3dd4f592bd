"""The server that all tests of the API talk to: the real composition on a port of its own, once over SQLite and once
over Postgres."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.config import Settings
from tests.api.client import Api
from tests.in_process import running_server
from tests.postgres import new_database


def _database(backend: str, folder: Path) -> str:
    return new_database() if backend == "postgres" else f"sqlite:///{folder / 'statewright.db'}"


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def endpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(port=0, db=_database(request.param, tmp_path_factory.mktemp("api")))

    with running_server(settings) as url:
        yield url


@pytest.fixture(scope="session")
def caller(endpoint: str) -> Iterator[Callable[..., Api]]:
    """Makes clients, for an account and a region."""
    made: list[Api] = []

    def make(account: str = "000000000000", region: str = "us-east-1") -> Api:
        made.append(Api(endpoint, account, region))
        return made[-1]

    yield make
    for api in made:
        api.close()


@pytest.fixture(scope="session")
def api(caller: Callable[..., Api]) -> Api:
    return caller()


@pytest.fixture(scope="session")
def other_account(caller: Callable[..., Api]) -> Api:
    return caller(account="111111111111")


@pytest.fixture(scope="session")
def other_region(caller: Callable[..., Api]) -> Api:
    return caller(region="eu-central-1")


_lonely_accounts = iter(range(222222222222, 222222222322))


@pytest.fixture
def lonely(caller: Callable[..., Api]) -> Api:
    """An account that nobody else uses."""
    return caller(account=str(next(_lonely_accounts)))
