"""A real server with SES, over SQLite and over Postgres, on a clock that tests move, that mail comes in to as well."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.config import BucketSettings, EncryptionSettings, FunctionSettings, SesSettings, Settings, UrlTarget
from tests.in_process import running_server
from tests.integrations.ses.incoming import Function, Place, answering
from tests.integrations.ses.mail_server import free_ports
from tests.integrations.ses.users import CONFIG as CONFIG
from tests.integrations.ses.users import User as User
from tests.integrations.ses.users import accounts as accounts
from tests.integrations.ses.users import client_of as client_of
from tests.integrations.ses.users import refused as refused
from tests.postgres import new_database


@pytest.fixture(scope="session")
def function() -> Iterator[tuple[str, Function]]:
    with answering() as found:
        yield found


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, function: tuple[str, Function]
) -> Iterator[Place]:
    """The server: one for all tests of a process and back end."""
    folder = tmp_path_factory.mktemp("ses")
    (folder / "buckets" / "mails").mkdir(parents=True)
    (port,) = free_ports(1)
    db = new_database() if request.param == "postgres" else f"sqlite:///{folder / 'statewright.db'}"
    key = folder / "master.key" if request.param == "sqlite" else None
    settings = Settings(
        port=0,
        db=db,
        test_controls=True,
        ses=SesSettings(inbound_port=port),
        buckets=BucketSettings(folder / "buckets"),
        functions={"handle": FunctionSettings(UrlTarget(function[0]), folder)},
        encryption=EncryptionSettings(master_key_file=key),
    )
    with running_server(settings) as url:
        yield Place(url, port, folder, function[1])


@pytest.fixture(scope="session")
def served(place: Place) -> tuple[str, Path]:
    return place.endpoint, place.folder


@pytest.fixture
def user(served: tuple[str, Path]) -> User:
    return User(served[0], str(next(accounts)), served[1])


@pytest.fixture
def ses(user: User) -> Any:
    return user.client("ses")


@pytest.fixture
def ses2(user: User) -> Any:
    return user.client("sesv2")


@pytest.fixture
def sender(user: User) -> User:
    """With the domain example.com, out of the sandbox."""
    user.verify("example.com")
    user.leave_sandbox()
    return user
