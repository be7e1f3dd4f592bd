"""What an SDK puts on the wire and what it makes of an answer: botocore's serialisers and parsers of any protocol."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from botocore.awsrequest import AWSRequest, HeadersDict
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from engine.wire.protocol import WireRequest, WireResponse
from engine.wire.service import Service


def sent(service: Service, operation: str, parameters: dict[str, Any]) -> WireRequest:
    made = create_serializer(service.protocol).serialize_to_request(parameters, service.operation(operation))
    prepared = AWSRequest(
        method=made["method"],
        url="http://localhost" + made["url_path"],
        data=made["body"],
        headers=dict(made["headers"].items()),
    ).prepare()
    path, _, query = prepared.url.removeprefix("http://localhost").partition("?")
    if made["query_string"]:
        query = "&".join(part for part in (query, urlencode(made["query_string"], doseq=True)) if part)
    body = prepared.body or b""
    headers = {name.lower().encode(): _bytes(value) for name, value in prepared.headers.items()}
    return WireRequest(made["method"], path, query.encode(), headers, _bytes(body))


def received(service: Service, reply: WireResponse, shape: Any) -> Any:
    headers = HeadersDict({name.decode(): value.decode() for name, value in reply.headers})
    answer = {"status_code": reply.status, "headers": headers, "body": reply.body}
    return create_parser(service.protocol).parse(answer, shape)


def on_the_wire(value: Any) -> Any:
    """Timestamps as our operations give them."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, dict):
        return {key: on_the_wire(item) for key, item in value.items()}
    return [on_the_wire(item) for item in value] if isinstance(value, list) else value


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)
