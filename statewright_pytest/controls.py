"""The server's test controls, over HTTP."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

SECONDS_MAX = 180  # of one request: the server gives up a move of its clock before


class ControlError(AssertionError):
    """The server refused: the message says why. A clock that cannot settle fails the test, so it is an assertion."""


class Controls:
    """`url` is where the server listens."""

    def __init__(self, url: str):
        self._url = url
        self._opener = build_opener(ProxyHandler({}))  # loopback: no proxy knows it

    def get(self, page: str) -> dict[str, Any]:
        return self._ask("GET", page)

    def post(self, page: str, **members: Any) -> dict[str, Any]:
        return self._ask("POST", page, members)

    def put(self, page: str, **members: Any) -> dict[str, Any]:
        return self._ask("PUT", page, members)

    def delete(self, page: str) -> dict[str, Any]:
        return self._ask("DELETE", page)

    def _ask(self, method: str, page: str, members: dict[str, Any] | None = None) -> dict[str, Any]:
        body = None if members is None else json.dumps(members).encode()
        request = Request(f"{self._url}/_statewright/{page}", body, {"Content-Type": "application/json"}, method=method)
        try:
            with self._opener.open(request, timeout=SECONDS_MAX) as answer:
                found = json.load(answer)
        except HTTPError as error:
            with error:
                raise ControlError(_message(error.read())) from None
        assert isinstance(found, dict)
        return found


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")
