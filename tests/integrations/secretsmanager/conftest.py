"""A real server with Secrets Manager, over SQLite and over Postgres, on a clock that tests move; boto3 clients of it;
and the rotation function, in this process."""

import itertools
import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from engine.config import (
    CommandTarget,
    ConnectionSettings,
    EncryptionSettings,
    FunctionSettings,
    HandlerTarget,
    SecretAuth,
    Settings,
    UrlTarget,
)
from tests.in_process import running_server
from tests.integrations.scripted import scripted
from tests.integrations.secretsmanager.rotator import Rotator
from tests.postgres import new_database

CONFIG = Config(parameter_validation=False, inject_host_prefix=False, retries={"total_max_attempts": 1})
HERE = Path(__file__).parent
TELL = ("/bin/sh", "-c", 'printf \'"%s"\' "$STATEWRIGHT_SECRET"')
INJECTED_ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:injected/function"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Served:
    endpoint: str
    rotator: Rotator
    folder: Path
    db: str

    def client(self, service: str = "secretsmanager", account: str = "000000000000", region: str = "us-east-1") -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="secret",
            config=CONFIG,
        )

    def clock(self, **move: Any) -> float:
        """Move the clock and settle; the time in seconds."""
        body = json.dumps(move or {"settle": True}).encode()
        request = urllib.request.Request(f"{self.endpoint}/_statewright/clock", body, method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return float(json.load(answer)["epochSeconds"])

    def days(self, number: float) -> float:
        return self.clock(advanceSeconds=number * 86_400)


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("secrets")
    db = new_database() if request.param == "postgres" else f"sqlite:///{folder / 'statewright.db'}"
    with scripted() as functions:
        rotator = Rotator(functions)
        settings = Settings(
            port=0,
            db=db,
            test_controls=True,
            functions={
                "rotate": FunctionSettings(UrlTarget(functions.url), folder),
                "handler": FunctionSettings(HandlerTarget("handlers", "tell"), HERE, secret="injected/function"),
                "command": FunctionSettings(CommandTarget(TELL), HERE, secret=INJECTED_ARN),
            },
            connections={"billing": ConnectionSettings(SecretAuth("injected/connection"))},
            encryption=EncryptionSettings(master_key_file=folder / "master.key"),
        )

        with running_server(settings) as url:
            found = Served(url, rotator, folder, db)
            rotator.client = found.client()
            yield found


@pytest.fixture(scope="session")
def sm(served: Served) -> Any:
    return served.client()


@pytest.fixture
def name() -> str:
    """Of a new secret."""
    return f"test/secret-{next(_numbers)}"


@pytest.fixture
def secret(sm: Any, name: str) -> str:
    """The name of a new secret with the value "first"."""
    sm.create_secret(Name=name, SecretString="first")
    return name


@pytest.fixture
def alone(served: Served) -> Callable[..., Any]:
    """Makes clients of one account that nobody else uses."""
    account = f"{next(_numbers) + 300_000_000_000}"

    def make(region: str = "us-east-1", service: str = "secretsmanager") -> Any:
        return served.client(service, account, region)

    return make


def refused(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """The code and message with which an operation is refused."""
    with pytest.raises(ClientError) as error:
        operation(**parameters)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
