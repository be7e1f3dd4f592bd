"""A request that has to wait (engine.runtime.protocol.HeldUp): answered, or let go of with its client or the server."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest

from engine.contract import Caller
from engine.errors import ServiceError
from engine.http.service_door import ServiceDoor
from engine.runtime.protocol import HeldUp
from tests.http.running import ANSWER_SECONDS_MAX, Running, http_request, read_answer, running

RECEIVE = "AmazonSQS.ReceiveMessage"


@dataclass
class Waits:
    """Implements HeldUp. `url` says how it ends."""

    url: str
    began: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    async def answer(self) -> Any:
        self.began.set()
        try:
            if self.url == "refused":
                raise ServiceError("OverLimit", "too many")
            await anyio.sleep(0.01 if self.url == "soon" else 3_600)
            return {"Messages": [{"Body": "came"}]}
        finally:
            self.ended.set()

    def leave(self) -> None:
        self.ended.set()


@dataclass
class Queues:
    waiting: list[Waits] = field(default_factory=list)

    async def receive(self, caller: Caller, request: dict[str, Any]) -> dict[str, Any] | HeldUp:
        if request["QueueUrl"] == "full":
            return {"Messages": [{"Body": "there"}]}
        self.waiting.append(Waits(request["QueueUrl"]))
        return self.waiting[-1]


@pytest.fixture
def queues() -> Queues:
    return Queues()


@pytest.fixture
def server(queues: Queues) -> Iterator[Running]:
    with running(more=[ServiceDoor("sqs", {"ReceiveMessage": queues.receive})]) as found:
        yield found


def asked(url: str) -> bytes:
    return http_request(RECEIVE, json.dumps({"QueueUrl": url}).encode())


@pytest.mark.parametrize(("url", "body"), [("full", "there"), ("soon", "came")])
def test_what_waits_is_answered_like_what_does_not(server: Running, url: str, body: str) -> None:
    status, _, answer = server.answer(asked(url))
    assert (status, json.loads(answer)["Messages"][0]["Body"]) == (200, body)


def test_what_waits_may_be_refused(server: Running) -> None:
    status, _, answer = server.answer(asked("refused"))
    assert status in (400, 403) and b"OverLimit" in answer


def test_a_client_that_goes_ends_its_waiting(server: Running, queues: Queues) -> None:
    with server.connect() as client:
        client.sendall(asked("empty"))
        while not queues.waiting:
            threading.Event().wait(0.005)
        assert queues.waiting[0].began.wait(ANSWER_SECONDS_MAX)
        assert not queues.waiting[0].ended.is_set()
    assert queues.waiting[0].ended.wait(ANSWER_SECONDS_MAX)


def test_a_server_that_stops_keeps_nobody_waiting(server: Running, queues: Queues) -> None:
    with server.connect() as client:
        client.sendall(asked("empty"))
        while not queues.waiting:
            threading.Event().wait(0.005)
        assert queues.waiting[0].began.wait(ANSWER_SECONDS_MAX)
        server.portal.call(server.stop.set)
        status, _, answer = read_answer(client)
        assert status == 503 and b"shutting down" in answer
