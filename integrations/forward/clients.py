"""The clients of other endpoints' services: made when first needed, kept for the next call.

| the endpoint | credentials | requests |
|---|---|---|
| a URL | AWS_ACCESS_KEY_ID ... of the environment, else the account's id as key | path style, no host prefix |
| `aws` | those that the SDK finds (environment, profile, instance) | as on AWS |

A Task's Credentials are a role to assume first, at the endpoint of STS. One attempt for each call: what is tried again,
and how often, is for the Task's Retry to say.
"""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from engine import limits
from engine.config import AWS, Endpoints
from engine.errors import StateError

_CREDENTIALS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
ROLE_SESSION_SECONDS = 3_600
ROLE_RENEWED_SECONDS = 300  # before the credentials of a role end


@dataclass(frozen=True, slots=True)
class ClientKey:
    """`service` is botocore's name; `role_arn` a role to assume."""

    service: str
    account: str
    region: str
    role_arn: str | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    client: BaseClient
    until: float  # of time.monotonic()


class Clients:
    """Thread-safe; a client is made on the thread that needs it. The least recently used one goes first."""

    def __init__(self, endpoints: Endpoints, environ: Mapping[str, str] = os.environ):
        self._endpoints = endpoints
        self._environ = environ
        self._lock = threading.Lock()
        self._kept: OrderedDict[ClientKey, _Kept] = OrderedDict()

    @cached_property
    def _session(self) -> botocore.session.Session:
        return botocore.session.Session()  # not before it is needed: it takes longer to make than the rest of them

    def get(self, key: ClientKey) -> BaseClient:
        """The client. Raises StateError where its role cannot be assumed."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.until > time.monotonic():
                self._kept.move_to_end(key)
                return kept.client
        credentials, until = self._credentials(key)  # may ask STS: not under the lock
        with self._lock:
            client = self._make(key, credentials)
            self._kept[key] = _Kept(client, until)
            while len(self._kept) > limits.FORWARD_CLIENTS_MAX:
                self._kept.popitem(last=False)
            return client

    def credentials(self, key: ClientKey) -> ReadOnlyCredentials:
        """To sign requests of our own with. Raises StateError where there are none."""
        found, _ = self._credentials(key)
        if found:
            return ReadOnlyCredentials(*(found.get(name, "") for name in _CREDENTIALS))
        of_the_sdk = self._session.get_credentials()
        if of_the_sdk is None:
            raise StateError("States.TaskFailed", "Unable to load credentials from any of the providers in the chain.")
        return of_the_sdk.get_frozen_credentials()

    def region(self, region: str) -> str:
        """The region that calls from `region` are made in."""
        return self._endpoints.region or region

    def _make(self, key: ClientKey, credentials: dict[str, Any]) -> BaseClient:
        endpoint = self._endpoints.of(key.service)
        client: BaseClient = self._session.create_client(
            key.service,
            region_name=self.region(key.region),
            endpoint_url=None if endpoint == AWS else endpoint,
            config=_config(at_aws=endpoint == AWS),
            **credentials,
        )
        return client

    def _credentials(self, key: ClientKey) -> tuple[dict[str, Any], float]:
        """What create_client takes of them, and until when they hold."""
        if key.role_arn is not None:
            return self._assumed(key, key.role_arn)
        if self._endpoints.of(key.service) == AWS:
            return {}, float("inf")
        access_key = self._environ.get("AWS_ACCESS_KEY_ID")
        secret = self._environ.get("AWS_SECRET_ACCESS_KEY")
        if not access_key or not secret:
            return {"aws_access_key_id": key.account, "aws_secret_access_key": "statewright"}, float("inf")
        found = {"aws_access_key_id": access_key, "aws_secret_access_key": secret}
        if token := self._environ.get("AWS_SESSION_TOKEN"):
            found["aws_session_token"] = token
        return found, float("inf")

    def _assumed(self, key: ClientKey, role_arn: str) -> tuple[dict[str, Any], float]:
        if self._endpoints.of("sts") is None:
            text = f"The role {role_arn} of Credentials cannot be assumed: [endpoints] has no sts and no default."
            raise StateError("States.Runtime", text)
        sts = self.get(ClientKey("sts", key.account, key.region))
        try:
            answer = method(sts, "AssumeRole")(
                RoleArn=role_arn, RoleSessionName="StatewrightTask", DurationSeconds=ROLE_SESSION_SECONDS
            )
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            text = f"The role {role_arn} of Credentials could not be assumed: {error}"
            raise StateError("States.TaskFailed", text[: limits.CAUSE_CHARS_MAX]) from None
        given = answer["Credentials"]
        credentials = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
        return credentials, time.monotonic() + ROLE_SESSION_SECONDS - ROLE_RENEWED_SECONDS


def method(client: BaseClient, operation: str) -> Callable[..., dict[str, Any]]:
    """The client's method for an operation of the model."""
    found: Callable[..., dict[str, Any]] = getattr(client, xform_name(operation))
    return found


def _config(at_aws: bool) -> Config:
    return Config(
        connect_timeout=limits.FORWARD_CONNECT_SECONDS,
        read_timeout=limits.FORWARD_READ_SECONDS,
        max_pool_connections=limits.FORWARDED_CALLS_MAX,
        retries={"total_max_attempts": 1},
        parameter_validation=False,  # the service says what it does not take, as it does to Step Functions
        ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]  # newer than the stubs
        inject_host_prefix=at_aws,
        s3=None if at_aws else {"addressing_style": "path"},
        user_agent_extra="statewright",
    )
