"""What REST-JSON takes and refuses; which operation a path names."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ServiceError
from engine.wire.protocol import WireRequest
from engine.wire.rest_json_protocol import RestJsonProtocol
from engine.wire.service import load_service

SES = RestJsonProtocol(load_service("sesv2"))
LAMBDA = RestJsonProtocol(load_service("lambda"))
E = "/v2/email"


def asked(method: str, path: str, body: bytes = b"", query: bytes = b"", **headers: str) -> WireRequest:
    named = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return WireRequest(method, path, query, named, body)


def parsed(protocol: RestJsonProtocol, request: WireRequest) -> tuple[str, dict[str, Any]]:
    operation = protocol.operation_name(request)
    return operation, protocol.parse(operation, request)


@pytest.mark.parametrize(
    ("protocol", "request_", "operation", "arguments"),
    [
        (SES, asked("GET", f"{E}/identities/a%40b.example"), "GetEmailIdentity", {"EmailIdentity": "a@b.example"}),
        (SES, asked("GET", f"{E}/identities/a%2Fb/"), "GetEmailIdentity", {"EmailIdentity": "a/b"}),
        (SES, asked("GET", f"{E}/account"), "GetAccount", {}),
        (SES, asked("GET", f"{E}/dedicated-ips/192.0.2.1"), "GetDedicatedIp", {"Ip": "192.0.2.1"}),
        (
            SES,
            asked("DELETE", f"{E}/tags", query=b"ResourceArn=arn%3Aaws&TagKeys=a&TagKeys=b+c"),
            "UntagResource",
            {"ResourceArn": "arn:aws", "TagKeys": ["a", "b c"]},
        ),
        (
            SES,
            asked("GET", f"{E}/suppression/addresses", query=b"Reason=COMPLAINT&StartDate=2026-11-22T10:00:00Z"),
            "ListSuppressedDestinations",
            {"Reasons": ["COMPLAINT"], "StartDate": 1795341600.0},
        ),
        (
            SES,
            asked("PUT", f"{E}/identities/e.example/mail-from/", b'{"MailFromDomain": "b.e", "EmailIdentity": "x"}'),
            "PutEmailIdentityMailFromAttributes",
            {"EmailIdentity": "e.example", "MailFromDomain": "b.e"},
        ),
        (
            LAMBDA,
            asked("POST", "/2015-03-31/functions/f/invocations", b"\xff\0", x_amz_invocation_type="Event"),
            "Invoke",
            {"FunctionName": "f", "InvocationType": "Event", "Payload": b"\xff\0"},
        ),
    ],
)  # fmt: skip
def test_requests(protocol: RestJsonProtocol, request_: WireRequest, operation: str, arguments: dict[str, Any]) -> None:
    assert parsed(protocol, request_) == (operation, arguments)


@pytest.mark.parametrize(
    ("request_", "code", "status", "message"),
    [
        (asked("GET", "/v2/email/nowhere/at/all"), "UnknownOperationException", 404, "has no operation at GET"),
        (asked("PATCH", f"{E}/account"), "UnknownOperationException", 404, "has no operation at PATCH"),
        (asked("GET", f"{E}/identities/%ff"), "SerializationException", 400, "not text in UTF-8"),
        (asked("GET", f"{E}/contact-lists", query=b"PageSize=x"), "SerializationException", 400, "'x' of PageSize"),
        (asked("GET", f"{E}/contact-lists", query=b"a=%ff"), "SerializationException", 400, "not text in UTF-8"),
        (asked("GET", f"{E}/contact-lists", query=b"a&" * 100_000), "SerializationException", 400, "more than"),
        (asked("GET", f"{E}/suppression/addresses", query=b"StartDate=x"), "SerializationException", 400, "timestamp"),
        (asked("POST", f"{E}/identities", b"{"), "SerializationException", 400, "The request body is not JSON"),
        (asked("POST", f"{E}/identities", b"[]"), "SerializationException", 400, "Start of list found"),
        (asked("POST", f"{E}/identities", b'{"EmailIdentity": 5}'), "SerializationException", 400, "NUMBER_VALUE"),
        (asked("POST", f"{E}/identities", b"{}"), "BadRequestException", 400, "Value null at 'emailIdentity' failed"),
        (asked("POST", f"{E}/identities"), "BadRequestException", 400, "1 validation error detected: Value null"),
    ],
)
def test_refused(request_: WireRequest, code: str, status: int, message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        parsed(SES, request_)
    assert (caught.value.code, caught.value.status) == (code, status)
    assert message in caught.value.message


def test_answers() -> None:
    reply = SES.serialise("GetAccount", {"SendingEnabled": True, "SendQuota": {"Max24HourSend": 200.0}}, "id-1")
    assert (reply.status, reply.body) == (200, b'{"SendingEnabled":true,"SendQuota":{"Max24HourSend":200.0}}')
    gone = LAMBDA.serialise("DeleteEventSourceMapping", {"LastModified": 5}, "id")
    assert (gone.status, gone.body) == (202, b'{"LastModified":5}')
    invoked = LAMBDA.serialise("Invoke", {"StatusCode": 202, "Payload": b"x", "ExecutedVersion": "1\r\nx: y"}, "id")
    assert (invoked.status, invoked.body) == (202, b"x")
    assert (b"x-amz-executed-version", b"1  x: y") in invoked.headers


def test_errors() -> None:
    reply = SES.error("GetEmailIdentity", ServiceError("NotFoundException", "gone"), "id-2")
    assert (reply.status, reply.body) == (404, b'{"message":"gone"}')
    assert (b"x-amzn-errortype", b"NotFoundException") in reply.headers


@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    st.lists(st.sampled_from(["v2", "email", "identities", "x", "%2F", "%ff", "", "tags", "policies"]), max_size=7),
    st.binary(max_size=50),
    st.binary(max_size=50),
)
def test_any_request_is_read_or_refused(method: str, parts: list[str], query: bytes, body: bytes) -> None:
    try:
        assert isinstance(parsed(SES, asked(method, "/" + "/".join(parts), body, query)), tuple)
    except ServiceError as error:
        assert 400 <= error.status < 500
