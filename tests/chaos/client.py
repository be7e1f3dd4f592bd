"""A boto3 client without retries of its own, that sends a call until a server answers it."""

import time
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from tests.chaos.server import Server

PATIENCE_SECONDS = 90.0


class Client:
    """For one thread."""

    def __init__(self, server: Server, service: str = "stepfunctions"):
        self._server = server
        self._client = boto3.session.Session().client(
            service,
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="000000000000",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False, read_timeout=70),
        )

    def once(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """One try."""
        answer: dict[str, Any] = getattr(self._client, operation)(**parameters)
        return answer

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Until it is answered: a call that a kill left without an answer is sent again. Raises ClientError."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            assert self._server.up.wait(PATIENCE_SECONDS), "the server does not come back"
            try:
                return self.once(operation, **parameters)
            except (HTTPClientError, NoConnection):
                continue
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 503:
                    raise
        raise AssertionError(f"{operation} got no answer")

    def pages(self, operation: str, member: str, **parameters: Any) -> list[dict[str, Any]]:
        """All pages of a listing."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.call(operation, **parameters)
            found += page[member]
            if "nextToken" not in page:
                return found
            parameters["nextToken"] = page["nextToken"]

    def history(self, execution: str) -> list[dict[str, Any]]:
        return self.pages("get_execution_history", "events", executionArn=execution, maxResults=1000)

    def until_ended(self, execution: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """DescribeExecution once it is over."""
        deadline = time.monotonic() + seconds
        while True:
            shown = self.call("describe_execution", executionArn=execution)
            if shown["status"] != "RUNNING":
                return shown
            assert time.monotonic() < deadline, f"still {shown}:\n{self.history(execution)}"
            time.sleep(0.05)

    def close(self) -> None:
        self._client.close()


def error_code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
