"""Any bytes as a body, any text as a header: an answer below 500, on one connection that stays open."""

import contextlib
import json
import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.wire.service import load_service
from tests.http.running import Running, http_request, read_answer

OPERATIONS = ["StartExecution", "DescribeExecution", "TagResource", "Nope"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
MEMBERS = sorted(
    {name for found in OPERATIONS[:3] for name in load_service("stepfunctions").operation(found).input_shape.members}
)
BODIES = (
    st.binary(max_size=300)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=3).map(lambda value: json.dumps(value).encode())
)
HEADERS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=40)


@pytest.fixture(scope="module")
def connection(server: Running) -> Iterator[socket.socket]:
    with contextlib.closing(server.connect()) as client:
        yield client


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(OPERATIONS), BODIES)
def test_bodies(connection: socket.socket, operation: str, body: bytes) -> None:
    connection.sendall(http_request(f"AWSStepFunctions.{operation}", body))
    status, _, answer = read_answer(connection)
    assert status == 200 or (400 <= status < 500 and json.loads(answer)["__type"])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["Authorization", "X-Amz-Target", "Content-Encoding", "Host", "X-Amzn-Trace-Id", "X-Amz-Date"]),
    HEADERS,
)
def test_headers(connection: socket.socket, name: str, value: str) -> None:
    more = f"{name}: {value}".encode("latin-1")
    connection.sendall(http_request("AWSStepFunctions.StartExecution", b'{"stateMachineArn": "a"}', more))
    assert read_answer(connection)[0] < 500
