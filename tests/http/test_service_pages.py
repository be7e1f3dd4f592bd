"""Pages of services: which are there, what their functions get, how they answer and refuse."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import httpx
import pytest

from engine import limits
from engine.contract import Caller, Integration, Page, PageAnswer, PageRequest, Transaction
from engine.errors import ServiceError
from engine.http.callers import Callers
from engine.http.service_pages import service_pages
from engine.runtime.protocol import Runtime
from tests.http.running import running


class Transactions:
    """Says which kind of transaction an operation ran in."""

    async def read(self, operation: Callable[[Any], Any]) -> Any:
        return operation("read")

    async def write(self, operation: Callable[[Any], Any]) -> Any:
        return operation("write")


def told(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    if request.query.get("refuse"):
        raise ServiceError("QueueDoesNotExist", "gone", 404)
    parts = [str(tx), caller.account, caller.region, str(dict(request.parts)), request.body.decode(), request.base_url]
    return PageAnswer("|".join(parts).encode(), 201, "text/plain", {"x-more": request.query.get("more", "")})


PAGES = [
    Page("GET", "/_aws/q/{name}", told, reads=True),
    Page("POST", "/_aws/q/{name}", told),
    Page("GET", "/_aws/hidden", told, test_controls=True),
]


def serving(test_controls: bool) -> Iterator[httpx.Client]:
    runtime = cast(Runtime, Transactions())
    callers = Callers("000000000000", "us-east-1")
    routes = service_pages([Integration("sqs", pages=PAGES), Integration("sns")], runtime, callers, test_controls)
    with running(pages=routes) as server, httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client:
        yield client


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    yield from serving(test_controls=False)


@pytest.fixture(scope="module")
def tested_client() -> Iterator[httpx.Client]:
    yield from serving(test_controls=True)


def test_a_page_that_reads(client: httpx.Client) -> None:
    answer = client.get("/_aws/q/a%20b?more=1&more=2", headers={"host": "here:4566"})
    assert (answer.status_code, answer.headers["x-more"]) == (201, "1")
    assert answer.text == "read|000000000000|us-east-1|{'name': 'a b'}||http://here:4566"
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_page_that_writes_for_a_caller(client: httpx.Client) -> None:
    scope = "AWS4-HMAC-SHA256 Credential=111122223333/20261122/eu-west-1/sqs/aws4_request, SignedHeaders=a, Signature=b"
    answer = client.post("/_aws/q/a", content=b"body", headers={"authorization": scope})
    assert answer.text == f"write|111122223333|eu-west-1|{{'name': 'a'}}|body|{client.base_url!s}".rstrip("/")


def test_a_refusal_is_json(client: httpx.Client) -> None:
    answer = client.get("/_aws/q/a?refuse=1")
    assert (answer.status_code, answer.json()) == (404, {"__type": "QueueDoesNotExist", "message": "gone"})


def test_a_body_is_bounded(client: httpx.Client) -> None:
    assert client.post("/_aws/q/a", content=b"x" * (limits.PAGE_BODY_BYTES_MAX + 1)).status_code == 413


def test_pages_for_tests_are_there_with_the_controls_only(client: httpx.Client, tested_client: httpx.Client) -> None:
    assert client.get("/_aws/hidden").status_code == 404
    assert tested_client.get("/_aws/hidden").status_code == 201
