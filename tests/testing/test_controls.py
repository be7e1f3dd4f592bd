"""The test controls over HTTP: what they refuse, and that they exist only with their flag."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from statewright_pytest import Statewright
from tests.cli.server import running_server

pytest_plugins = ["statewright_pytest"]

FAR = 10**12


def ask(url: str, method: str, page: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
    request = Request(f"{url}/_statewright/{page}", body, {"Content-Type": "application/json"}, method=method)
    try:
        with urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


REFUSED = [
    ("POST", "clock", {}, "exactly one of"),
    ("POST", "clock", {"advanceSeconds": 1, "settle": True}, "exactly one of"),
    ("POST", "clock", {"advanceSecond": 1}, "unknown: advanceSecond"),
    ("POST", "clock", {"advanceSeconds": "1"}, "advanceSeconds: expected a number"),
    ("POST", "clock", {"advanceSeconds": True}, "advanceSeconds: expected a number"),
    ("POST", "clock", {"advanceSeconds": -1}, "advanceSeconds: expected a number"),
    ("POST", "clock", {"advanceSeconds": FAR}, "advanceSeconds: expected a number"),
    ("POST", "clock", {"advanceTo": "tomorrow"}, "expected a time"),
    ("POST", "clock", {"advanceTo": "2100-01-01T00:00:00"}, "no time zone"),
    ("POST", "clock", {"advanceTo": "2000-01-01T00:00:00Z"}, "does not go back"),
    ("POST", "clock", {"advanceTo": FAR}, "advanceTo: expected a number"),
    ("POST", "clock", {"running": 1}, "running: expected true or false"),
    ("POST", "clock", {"settle": False}, "settle: expected true"),
    ("POST", "clock", [], "expected a JSON object"),
    ("PUT", "functions/f", {}, "url: expected"),
    ("PUT", "functions/f", {"url": "ftp://x/"}, "url: expected"),
    ("PUT", "functions/f", {"url": "http://x:notaport/"}, "url: expected"),
    ("PUT", "functions/f", {"url": "http://x/", "takes": 1}, "unknown: takes"),
    ("PUT", "functions/f", {"url": "http://x/", "takesSeconds": -1}, "takesSeconds: expected"),
    ("PUT", "functions/f", {"url": "http://x/", "timeoutSeconds": 0}, "timeoutSeconds: expected more than 0"),
    ("PUT", "functions/f", {"url": "http://x/", "timeoutSeconds": 901}, "timeoutSeconds: expected"),
    ("PUT", "functions/a%20b", {"url": "http://x/"}, "a function's name"),
    ("DELETE", "functions/f", None, "not mocked"),
]


@pytest.mark.parametrize(("method", "page", "body", "text"), REFUSED)
def test_it_refuses(statewright: Statewright, method: str, page: str, body: Any, text: str) -> None:
    status, answer = ask(statewright.url, method, page, None if body is None else json.dumps(body).encode())
    assert (status, text in answer["message"]) == (400, True), answer


def test_it_refuses_what_is_no_json_or_too_large(statewright: Statewright) -> None:
    assert ask(statewright.url, "POST", "clock", b"{")[0] == 400
    status, answer = ask(statewright.url, "POST", "clock", b'{"settle": ' + b" " * 20_000 + b"true}")
    assert (status, "larger than 16384 bytes" in answer["message"]) == (400, True)


def test_the_clock_is_shown(statewright: Statewright) -> None:
    status, shown = ask(statewright.url, "POST", "clock", b'{"running": true}')
    assert (status, shown["running"]) == (200, True)
    status, shown = ask(statewright.url, "POST", "clock", b'{"running": false}')
    assert shown == ask(statewright.url, "GET", "clock")[1]
    assert set(shown) == {"now", "epochSeconds", "running"}


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("ordinary")) as url:
        yield url


@pytest.mark.parametrize(
    ("method", "page"),
    [
        ("GET", "clock"),
        ("POST", "clock"),
        ("PUT", "functions/f"),
        ("DELETE", "functions/f"),
        ("POST", "reset"),
        ("GET", "waiting"),
    ],
)
def test_without_the_flag_there_are_none(ordinary: str, method: str, page: str) -> None:
    assert ask(ordinary, method, page, b"{}" if method in ("POST", "PUT") else None)[0] == 404
