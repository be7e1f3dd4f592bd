"""Bad input over a real socket: each gets an answer of AWS's kind with 4xx; the server lives on after each."""

import json

import pytest

from tests.http.running import SCOPE, Running, http_request, read_answer

START = "AWSStepFunctions.StartExecution"
MEGABYTE = 1_048_576


def raw(*lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def posted(body: bytes, *headers: bytes) -> bytes:
    return raw(b"POST / HTTP/1.1", b"Host: x", b"Content-Length: %d" % len(body), *headers, body=body)


TARGET = b"X-Amz-Target: AWSStepFunctions.StartExecution"
CHUNKED = b"Transfer-Encoding: chunked"

# name: (request, status, code)
CASES: dict[str, tuple[bytes, int, str]] = {
    "not json": (http_request(START, b"{"), 400, "SerializationException"),
    "a list": (http_request(START, b"[]"), 400, "SerializationException"),
    "wrong type": (http_request(START, b'{"stateMachineArn": 5}'), 400, "SerializationException"),
    "invalid utf-8": (http_request(START, b'{"stateMachineArn": "\xff\xfe"}'), 400, "SerializationException"),
    "lone surrogate": (http_request(START, b'{"stateMachineArn": "\\ud800"}'), 400, "SerializationException"),
    "100,000 brackets": (http_request(START, b"[" * 100_000), 400, "SerializationException"),
    "100,000 nested objects": (http_request(START, b'{"a":' * 100_000), 400, "SerializationException"),
    "closed brackets in an unknown member": (
        http_request(START, b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        400,
        "SerializationException",
    ),
    "no members": (http_request(START, b"{}"), 400, "ValidationException"),
    "empty body": (http_request(START, b""), 400, "ValidationException"),
    "name of 81 characters": (
        http_request(START, json.dumps({"stateMachineArn": "a", "name": "n" * 81}).encode()),
        400,
        "ValidationException",
    ),
    "2 MB": (
        http_request(START, json.dumps({"stateMachineArn": "a", "input": "x" * 2 * MEGABYTE}).encode()),
        413,
        "RequestEntityTooLargeException",
    ),
    "20 MB": (http_request(START, b"x" * 20 * MEGABYTE), 413, "RequestEntityTooLargeException"),
    "2 MB in chunks": (
        raw(b"POST / HTTP/1.1", b"Host: x", TARGET, CHUNKED, body=b"200000\r\n" + b"x" * 0x200000 + b"\r\n0\r\n\r\n"),
        413,
        "RequestEntityTooLargeException",
    ),
    "no target": (posted(b"{}"), 400, "UnknownOperationException"),
    "no target but a service": (
        posted(b"{}", b"Authorization: " + SCOPE.format("AKID", "us-east-1").encode()),
        400,
        "UnknownOperationException",
    ),
    "empty target": (posted(b"{}", b"X-Amz-Target:"), 400, "UnknownOperationException"),
    "target of another service": (
        http_request("DynamoDB_20120810.ListTables", b"{}"),
        400,
        "UnknownOperationException",
    ),
    "unknown operation": (http_request("AWSStepFunctions.Nope", b"{}"), 400, "UnknownOperationException"),
    "target in another alphabet": (http_request("\xe9.\xff", b"{}"), 400, "UnknownOperationException"),
    "operation that is not built": (
        http_request("AWSStepFunctions.RedriveExecution", b'{"executionArn": "a"}'),
        400,
        "UnsupportedOperation",
    ),
    "form": (
        posted(b"a=b", TARGET, b"Content-Type: application/x-www-form-urlencoded"),
        415,
        "UnsupportedMediaTypeException",
    ),
    "gzip": (http_request(START, b"\x1f\x8b", b"Content-Encoding: gzip"), 415, "UnsupportedMediaTypeException"),
    "odd authorization": (
        http_request(START, b"{}", b"Authorization: \xff Credential=////,"),
        400,
        "ValidationException",
    ),
    "odd presigned query": (
        raw(b"POST /?X-Amz-Credential=%ff%2F&&=& HTTP/1.1", b"Host: x", TARGET, b"Content-Length: 0"),
        400,
        "ValidationException",
    ),
    "header of 60 KB": (http_request(START, b"{}", b"X-Long: " + b"x" * 60_000), 400, "ValidationException"),
    "header of 100 KB": (http_request(START, b"{}", b"X-Long: " + b"x" * 100_000), 431, "RequestHeaderSectionTooLarge"),
    "header of 2 MB": (
        http_request(START, b"{}", b"X-Long: " + b"x" * 2 * MEGABYTE),
        431,
        "RequestHeaderSectionTooLarge",
    ),
    "20,000 headers": (
        http_request(START, b"{}", *(b"X-%d: y" % number for number in range(20_000))),
        431,
        "RequestHeaderSectionTooLarge",
    ),
    "endless request line": (b"POST /" + b"a" * MEGABYTE, 431, "RequestHeaderSectionTooLarge"),
    "not HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, "BadRequest"),
    "no such method": (raw(b"STARTEXECUTION / HTTP/1.1", b"Host: x"), 400, "BadRequest"),
    "connect": (raw(b"CONNECT a:1 HTTP/1.1", b"Host: x"), 400, "BadRequest"),
    "path in another alphabet": (raw(b"POST /\xe9 HTTP/1.1", b"Host: x", TARGET), 400, "BadRequest"),
    "length that is no number": (raw(b"POST / HTTP/1.1", b"Host: x", TARGET, b"Content-Length: x"), 400, "BadRequest"),
    "negative length": (raw(b"POST / HTTP/1.1", b"Host: x", TARGET, b"Content-Length: -1"), 400, "BadRequest"),
    "length and chunks": (
        raw(b"POST / HTTP/1.1", b"Host: x", TARGET, b"Content-Length: 2", CHUNKED, body=b"0\r\n\r\n"),
        400,
        "BadRequest",
    ),
    "unknown page": (raw(b"GET /nowhere HTTP/1.1", b"Host: x"), 404, "UnknownOperationException"),
    "rest-json call": (
        posted(b"{}", b"X-No-Target: y").replace(b"POST /", b"POST /v2/email", 1),
        404,
        "UnknownOperationException",
    ),
    "put": (raw(b"PUT / HTTP/1.1", b"Host: x", b"Content-Length: 0"), 405, "UnknownOperationException"),
    "reset, not allowed": (
        posted(b"").replace(b"POST /", b"POST /_statewright/reset", 1),
        404,
        "UnknownOperationException",
    ),
    "websocket": (
        raw(b"GET /nowhere HTTP/1.1", b"Host: x", b"Connection: Upgrade", b"Upgrade: websocket"),
        404,
        "UnknownOperationException",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_refused(server: Running, name: str) -> None:
    request, status, code = CASES[name]
    found, headers, body = server.answer(request)
    answer = json.loads(body)
    assert (found, answer["__type"]) == (status, code), answer
    assert answer["message"]
    assert "Traceback" not in body.decode()
    if request.startswith(b"POST / ") and code not in ("BadRequest", "RequestHeaderSectionTooLarge"):
        assert headers["x-amzn-requestid"]
        assert headers["content-type"] == "application/x-amz-json-1.0"
    assert server.call(START, b'{"stateMachineArn": "a"}')[0] == 200


@pytest.mark.parametrize(
    "cut", [b"POST / HT", http_request(START, b"{}")[:80], http_request(START, b'{"stateMachineArn": "a"}')[:-5]]
)
def test_a_request_that_breaks_off_harms_nobody(server: Running, cut: bytes) -> None:
    with server.connect() as client:
        client.sendall(cut)
    assert server.call(START, b'{"stateMachineArn": "a"}')[0] == 200


def test_a_failing_handler_is_a_plain_500(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    status, headers, answer = server.call("AWSStepFunctions.StopExecution", b'{"executionArn": "a"}')
    assert (status, answer["__type"]) == (500, "InternalFailure")
    assert headers["x-amzn-requestid"] in answer["message"]
    assert "secret" not in answer["message"]
    assert "ZeroDivisionError" in caplog.text
    assert headers["x-amzn-requestid"] in caplog.text


def test_requests_in_one_go_are_answered_in_order(server: Running) -> None:
    bodies = [b'{"stateMachineArn": "%d"}' % number for number in range(5)]
    with server.connect() as client:
        for body in bodies:
            client.sendall(http_request(START, body))
            assert body.decode().replace('"', '\\"') in read_answer(client)[2].decode()
