"""A real server with SES, over SQLite and over Postgres, on a clock that tests move; boto3 clients of it."""

import itertools
import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from engine.config import EncryptionSettings, Settings
from tests.in_process import running_server
from tests.postgres import new_database

CONFIG = Config(parameter_validation=False, inject_host_prefix=False, retries={"total_max_attempts": 1})
_accounts = itertools.count(500_000_000_000)


@lru_cache(256)
def client_of(endpoint: str, account: str, service: str) -> Any:
    """Making one takes longer than what most tests do with it."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=account,
        aws_secret_access_key="secret",
        config=CONFIG,
    )


@dataclass(frozen=True)
class User:
    """An account that nobody else uses."""

    endpoint: str
    account: str
    folder: Path  # of the server: on SQLite it has a master key, and its database is here

    def client(self, service: str) -> Any:
        return client_of(self.endpoint, self.account, service)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One of the server's pages."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.endpoint + path, data, method=method)
        credential = f"AWS4-HMAC-SHA256 Credential={self.account}/20260101/us-east-1/ses/aws4_request"
        request.add_header("Authorization", credential)
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def inbox(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/_aws/ses")["messages"]
        return found

    def seconds(self, number: float) -> None:
        """Move the server's clock."""
        self.call("POST", "/_statewright/clock", {"advanceSeconds": number})

    def verify(self, *names: str) -> None:
        for name in names:
            self.client("sesv2").create_email_identity(EmailIdentity=name)
            self.call("POST", f"/_statewright/ses/confirm?identity={name}")

    def leave_sandbox(self) -> None:
        self.call("POST", "/_statewright/ses/sandbox?by=Olive")


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("ses")
    db = new_database() if request.param == "postgres" else f"sqlite:///{folder / 'statewright.db'}"
    key = folder / "master.key" if request.param == "sqlite" else None
    settings = Settings(port=0, db=db, test_controls=True, encryption=EncryptionSettings(master_key_file=key))

    with running_server(settings) as url:
        yield url, folder


@pytest.fixture
def user(served: tuple[str, Path]) -> User:
    return User(served[0], str(next(_accounts)), served[1])


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


def refused(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """The code and message with which an operation is refused."""
    with pytest.raises(ClientError) as error:
        operation(**parameters)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
