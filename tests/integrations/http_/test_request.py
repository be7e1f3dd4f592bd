"""From the parameters of an HTTP Task and a connection's own to the request: tables."""

from typing import Any

import pytest

from engine import limits
from engine.config import HttpParameters
from engine.errors import StateError
from integrations.http_.encoding import form_text, query_text
from integrations.http_.request import FORBIDDEN_HEADERS, is_forbidden, is_usable_url, read_task

CONNECTION = {"ConnectionArn": "arn:aws:events:us-east-1:123456789012:connection/billing/id"}
MINIMAL = {"ApiEndpoint": "https://api.example/path", "Method": "GET", "Authentication": CONNECTION}


def test_a_minimal_request() -> None:
    request = read_task(MINIMAL).request(HttpParameters())
    assert (request.method, request.url, request.headers, request.body) == ("GET", "https://api.example/path", [], None)


def test_the_example_of_the_documentation() -> None:
    """The connection's values win where both say something."""
    task = read_task(
        MINIMAL
        | {
            "Method": "POST",
            "Headers": {"Request-Id": "my_request_id", "Header-Param": "state_machine_header_param"},
            "RequestBody": {
                "Job": "Software Engineer",
                "Company": "AnyCompany",
                "BodyParam": "state_machine_body_param",
            },
            "QueryParameters": {"QueryParam": "state_machine_query_param"},
        }
    )
    own = HttpParameters(
        headers={"header-param": "connection_header_param", "ApiKey": "key_value"},
        query={"QueryParam": "connection_query_param"},
        body={"BodyParam": "connection_body_param"},
    )
    request = task.request(own)
    assert request.url == "https://api.example/path?QueryParam=connection_query_param"
    assert request.headers == [
        ("Request-Id", "my_request_id"),
        ("header-param", "connection_header_param"),
        ("ApiKey", "key_value"),
        ("Content-Type", "application/json; charset=UTF-8"),
    ]
    assert request.body == b'{"Job":"Software Engineer","Company":"AnyCompany","BodyParam":"connection_body_param"}'


@pytest.mark.parametrize(
    ("more", "url", "headers", "body"),
    [
        ({"QueryParameters": {"a b": "ü&", "n": 1, "l": ["x", "y"]}}, "?a%20b=%C3%BC%26&n=1&l=x&l=y", [], None),
        ({"ApiEndpoint": "https://api.example/path?x=1", "QueryParameters": {"a": "b"}}, "?x=1&a=b", [], None),
        ({"Headers": {"X": ["1", 2]}}, "", [("X", "1"), ("X", "2")], None),
        ({"RequestBody": "text"}, "", [("Content-Type", "application/json; charset=UTF-8")], b"text"),
        ({"RequestBody": [1]}, "", [("Content-Type", "application/json; charset=UTF-8")], b"[1]"),
        ({"RequestBody": {"a": 1}, "Headers": {"content-type": "application/x"}}, "",
         [("content-type", "application/x")], b'{"a":1}'),
        ({"RequestBody": {"a": [1, 2]}, "Transform": {"RequestBodyEncoding": "URL_ENCODED"}}, "",
         [("Content-Type", "application/x-www-form-urlencoded")], b"a%5B0%5D=1&a%5B1%5D=2"),
        ({"RequestBody": {"a": [1, 2]},
          "Transform": {"RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": "COMMAS"}}}, "",
         [("Content-Type", "application/x-www-form-urlencoded")], b"a=1,2"),
        ({"RequestBody": {}, "Transform": {"RequestBodyEncoding": "NONE"}}, "",
         [("Content-Type", "application/json; charset=UTF-8")], b"{}"),
    ],
)  # fmt: skip
def test_requests(more: dict[str, Any], url: str, headers: Any, body: bytes | None) -> None:
    request = read_task(MINIMAL | more).request(HttpParameters())
    assert (request.url, request.headers, request.body) == (f"https://api.example/path{url}", headers, body)


def test_invocation_config_names_the_connection_too() -> None:
    task = read_task({"ApiEndpoint": "https://a", "Method": "GET", "InvocationConfig": CONNECTION})
    assert task.connection_arn == CONNECTION["ConnectionArn"]


@pytest.mark.parametrize(
    ("value", "array_format", "expected"),
    [
        ({"array": ["a", "b"]}, "INDICES", "array%5B0%5D=a&array%5B1%5D=b"),
        ({"array": ["a", "b"]}, "REPEAT", "array=a&array=b"),
        ({"array": ["a", "b,"]}, "COMMAS", "array=a,b%2C"),
        ({"array": ["a", "b"]}, "BRACKETS", "array%5B%5D=a&array%5B%5D=b"),
        ({"description": "Monthly subscription", "metadata": {"order_details": "monthly report data"}}, "INDICES",
         "description=Monthly%20subscription&metadata%5Border_details%5D=monthly%20report%20data"),
        ({"a": None, "b": True, "c": 1.5, "d": {}}, "INDICES", "a=&b=true&c=1.5"),
        ({"a": [{"b": 1}]}, "INDICES", "a%5B0%5D%5Bb%5D=1"),
    ],
)  # fmt: skip
def test_forms(value: Any, array_format: str, expected: str) -> None:
    assert form_text(value, array_format) == expected


def test_an_empty_query() -> None:
    assert query_text({}) == ""


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"ApiEndpoint": None}, "The field 'ApiEndpoint' is required but was missing"),
        ({"Method": "TRACE"}, "The value for the field 'Method' must be one of: [GET, POST, PUT, DELETE, PATCH, "
         "OPTIONS, HEAD]"),
        ({"ApiEndpoint": "http://api.example"}, "The value for the field 'ApiEndpoint' must be a valid HTTPS URL; "
         "Statewright takes http for this machine"),
        ({"ApiEndpoint": 1}, "The value for the field 'ApiEndpoint' must be a STRING"),
        ({"InvocationConfig": CONNECTION},
         "Exactly one of the fields 'Authentication' and 'InvocationConfig' is required"),
        ({"Authentication": {"ConnectionArn": 1}}, "The field 'Authentication' must have the field 'ConnectionArn' and "
         "no other"),
        ({"Headers": []}, "The value for the field 'Headers' must be an OBJECT"),
        ({"Headers": {"Authorization": "x"}}, "The header 'Authorization' may not be set by an HTTP Task"),
        ({"Headers": {"X-Amzn-Trace": "x"}}, "The header 'X-Amzn-Trace' may not be set by an HTTP Task"),
        ({"Headers": {"a b": "x"}}, "The header 'a b' is not a valid HTTP header"),
        ({"Headers": {"a": "x\r\ny: z"}}, "The header 'a' is not a valid HTTP header"),
        ({"Headers": {"a": {"b": 1}}}, "The value for the field 'Headers.a' must be a STRING or an ARRAY"),
        ({"QueryParameters": "a=b"}, "The value for the field 'QueryParameters' must be an OBJECT"),
        ({"Transform": {"Else": 1}}, "The field 'Transform' may have the fields 'RequestBodyEncoding' and "
         "'RequestEncodingOptions' only"),
        ({"Transform": {"RequestBodyEncoding": "BASE64"}},
         "The value for the field 'Transform.RequestBodyEncoding' must "
         "be one of: [NONE, URL_ENCODED]"),
        ({"Transform": {"RequestEncodingOptions": {"ArrayFormat": "X"}}},
         "The value for the field 'ArrayFormat' must be "
         "one of: [INDICES, REPEAT, COMMAS, BRACKETS]"),
        ({"TimeoutSeconds": 3}, "The field 'TimeoutSeconds' is not supported by Step Functions"),
    ],
)  # fmt: skip
def test_what_is_refused(more: dict[str, Any], complaint: str) -> None:
    with pytest.raises(StateError) as refused:
        read_task(MINIMAL | more)
    assert refused.value.name == "States.Runtime"
    assert complaint in (refused.value.cause or "")


def test_a_text_and_the_bodys_own_parameters_cannot_be_merged() -> None:
    with pytest.raises(StateError) as refused:
        read_task(MINIMAL | {"RequestBody": "text"}).request(HttpParameters(body={"a": "b"}))
    assert refused.value.name == "States.Runtime"


def test_the_url_is_bounded() -> None:
    task = read_task(MINIMAL | {"QueryParameters": {"a": "x" * limits.HTTP_TASK_URL_CHARS_MAX}})
    with pytest.raises(StateError, match="longer than"):
        task.request(HttpParameters())


@pytest.mark.parametrize("name", [*sorted(FORBIDDEN_HEADERS), "X-Forwarded-For", "x-amz-date", "X-Amzn-Trace-Id"])
def test_forbidden_headers(name: str) -> None:
    assert is_forbidden(name) and is_forbidden(name.upper())


@pytest.mark.parametrize("name", ["Accept", "Content-Type", "X-Request-Id", "Idempotency-Key"])
def test_other_headers(name: str) -> None:
    assert not is_forbidden(name)


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://example.com", True),
        ("https://example.com:8443/a?b=c", True),
        ("http://127.0.0.1:8000/x", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("http://10.0.0.1", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("https://user:pass@example.com", False),
        ("https://example.com/#part", False),
        ("https://exa mple.com", False),
        ("https://", False),
        ("https://example.com:99999", False),
        ("ftp://example.com", False),
        ("https://[::1", False),
    ],
)
def test_urls(url: str, usable: bool) -> None:
    assert is_usable_url(url) is usable
