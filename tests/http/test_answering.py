"""How answers leave: in order, whole, and with the connection kept or closed as its client wants."""

import gc
import json
import re

import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from tests.http.running import Running, http_request, read_answer

START = "AWSStepFunctions.StartExecution"
BODY = json.dumps({"stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:m", "name": "n"}).encode()


def test_pipelined_requests_are_answered_in_order(server: Running) -> None:
    requests = [BODY, b"{", BODY, b"[]"]
    answers = b""
    with server.connect() as client:
        client.sendall(b"".join(http_request(START, body) for body in requests[:-1]))
        client.sendall(http_request(START, requests[-1], b"Connection: close"))
        while received := client.recv(65_536):
            answers += received
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"200", b"400"] * 2
    assert len(set(re.findall(rb"x-amzn-requestid: (\S+)", answers))) == len(requests)


@pytest.mark.parametrize(("version", "header"), [(b"HTTP/1.1", b"Connection: close"), (b"HTTP/1.0", b"X: y")])
def test_the_connection_ends_where_its_client_wants_that(server: Running, version: bytes, header: bytes) -> None:
    request = http_request(START, BODY, header).replace(b"HTTP/1.1", version, 1)
    with server.connect() as client:
        client.sendall(request)
        status, headers, _ = read_answer(client)
        assert (status, headers["connection"]) == (200, "close")
        assert client.recv(1) == b""


def test_a_connection_is_kept_and_used_again(server: Running) -> None:
    with server.connect() as client:
        for _ in range(3):
            client.sendall(http_request(START, BODY))
            status, headers, body = read_answer(client)
            assert status == 200 and "connection" not in headers and "date" in headers
            assert json.loads(body)["executionArn"]


def cycles_in_memory() -> int:
    return sum(type(found) is RequestResponseCycle for found in gc.get_objects())


def test_a_request_leaves_nothing_for_the_garbage_collector(server: Running) -> None:
    requests = 50
    with server.connect() as client:
        gc.collect()
        before = cycles_in_memory()
        gc.disable()
        try:
            for _ in range(requests):
                client.sendall(http_request(START, BODY))
                assert read_answer(client)[0] == 200
            assert cycles_in_memory() <= before + 2  # the last one is its connection's until the next
        finally:
            gc.enable()
