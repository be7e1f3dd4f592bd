"""Accounts of a test server that nobody else uses, and boto3 clients of theirs."""

import itertools
import json
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

CONFIG = Config(parameter_validation=False, inject_host_prefix=False, retries={"total_max_attempts": 1})
accounts = itertools.count(500_000_000_000)
_calling = threading.local()


class _Caller(Credentials):  # type: ignore[misc]
    """Of the account that calls just now: making a client for each takes longer than what most tests do with it."""

    def get_frozen_credentials(self) -> Any:
        return Credentials(_calling.account, "secret").get_frozen_credentials()


@lru_cache(256)
def _shared(endpoint: str, service: str) -> Any:
    session = boto3.Session(region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="secret")
    session._session._credentials = _Caller("any", "secret")
    return session.client(service, endpoint_url=endpoint, config=CONFIG)


class _ClientOf:
    """The operations of a client, called by one account."""

    def __init__(self, client: Any, account: str):
        self._client, self._account = client, account

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in self._client.meta.method_to_api_mapping:
            return found

        @wraps(found)
        def call(**parameters: Any) -> Any:
            _calling.account = self._account
            return found(**parameters)

        return call


def client_of(endpoint: str, account: str, service: str) -> Any:
    return _ClientOf(_shared(endpoint, service), account)


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


def refused(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """The code and message with which an operation is refused."""
    with pytest.raises(ClientError) as error:
        operation(**parameters)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
