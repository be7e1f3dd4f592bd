"""How answers leave: in order, whole, and with the connection kept or closed as its client wants."""

import gc
import json
import re
import socket
import threading

import pytest
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from engine.http.exchange import Exchange
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


def request_of(padding: int, *more: bytes) -> bytes:
    return http_request(START, BODY + b" " * padding, *more)


def chunked(body: bytes) -> bytes:
    head = http_request(START, b"", b"Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
    return head + b"".join(b"1\r\n" + body[place : place + 1] + b"\r\n" for place in range(len(body))) + b"0\r\n\r\n"


# Small requests come whole to the door, all others over ASGI (engine.http.connection): nobody should notice which.
WAYS = {
    "small": request_of(0),
    "the largest that goes the short way": request_of(HIGH_WATER_LIMIT - len(BODY)),
    "one byte more": request_of(HIGH_WATER_LIMIT - len(BODY) + 1),
    "large": request_of(200_000),
    "chunked": chunked(BODY),
    "another path": request_of(0).replace(b"POST / ", b"POST /somewhere ", 1),
    "a query": request_of(0).replace(b"POST / ", b"POST /?x=y ", 1),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("piece", [7, 1 << 20])
def test_every_way_of_a_request_gives_the_same_answer(server: Running, way: str, piece: int) -> None:
    raw = WAYS[way]
    if piece < len(BODY) and len(raw) > 10_000:
        piece = 10_000
    with server.connect() as client:
        for asked in (raw, WAYS["small"]):  # the connection is as good as new after it
            for place in range(0, len(asked), piece):
                client.sendall(asked[place : place + piece])
            status, headers, body = read_answer(client)
            assert (status, headers["content-type"]) == (200, "application/x-amz-json-1.0")
            assert "connection" not in headers and "date" in headers
            assert json.loads(body)["executionArn"].endswith(json.dumps(json.loads(BODY), sort_keys=True))


def everything(client: socket.socket) -> bytes:
    """What comes until the server closes."""
    received = bytearray()
    while data := client.recv(65_536):
        received += data
    return bytes(received)


def numbered(numbers: range, padding: int) -> bytes:
    """Requests one after the other, every second one padded; the last one closes the connection."""
    bodies = [b'{"stateMachineArn": "m", "name": "%d"}' % n + b" " * (padding * (n % 2)) for n in numbers]
    requests = [http_request(START, body) for body in bodies[:-1]]
    return b"".join([*requests, http_request(START, bodies[-1], b"Connection: close")])


def test_mixed_ways_are_answered_in_order(server: Running) -> None:
    with server.connect() as client:
        client.sendall(numbered(range(6), padding=100_000))
        answered = re.findall(rb'name\\": \\"(\d+)', everything(client))
    assert answered == [b"%d" % n for n in range(6)]


def test_a_client_that_reads_late_gets_every_answer(server: Running) -> None:
    """More than sockets buffer: the server stops writing, and reading, until the client has read."""
    count, text = 300, "x" * 50_000
    asked = [
        http_request(START, json.dumps({"stateMachineArn": "m", "name": f"{n}", "input": text}).encode())
        for n in range(count)
    ]
    with server.connect() as client:
        sending = threading.Thread(
            target=client.sendall, args=(b"".join(asked) + numbered(range(count, count + 1), 0),)
        )
        sending.start()
        assert server.call(START, BODY)[0] == 200  # meanwhile it serves others
        received = everything(client)
        sending.join()
    assert re.findall(rb'name\\": \\"(\d+)', received) == [b"%d" % n for n in range(count + 1)]
    assert len(received) > count * len(text)


def test_a_client_that_asks_first_is_told_to_go_on(server: Running) -> None:
    raw = http_request(START, BODY, b"Expect: 100-continue")
    with server.connect() as client:
        client.sendall(raw[: -len(BODY)])
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(BODY)
        assert read_answer(client)[0] == 200


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


def exchanges_in_memory() -> int:
    return sum(type(found) is Exchange for found in gc.get_objects())


def test_a_request_leaves_nothing_for_the_garbage_collector(server: Running) -> None:
    requests = 50
    with server.connect() as client:
        gc.collect()
        before = exchanges_in_memory()
        gc.disable()
        try:
            for _ in range(requests):
                client.sendall(http_request(START, BODY))
                assert read_answer(client)[0] == 200
            assert exchanges_in_memory() <= before + 2  # the last one is its connection's until the next
        finally:
            gc.enable()
