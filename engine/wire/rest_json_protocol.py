"""REST-JSON: the operation in method and path, members in path, query string, headers and a JSON body.

    PUT /v2/email/identities/example.com/mail-from   {"MailFromDomain": "bounce.example.com"}
    200 x-amzn-RequestId: ...                         {}
    404 x-amzn-errortype: NotFoundException           {"message": "Email identity <..> does not exist."}

Whatever bytes come in, the answer is a request or a ServiceError with a 4xx status.
"""

from collections.abc import Callable
from typing import Any

from botocore.model import OperationModel, Shape, StructureShape

from engine.errors import ServiceError
from engine.wire.compiling import ByOperation
from engine.wire.error_codes import error_codes
from engine.wire.json_protocol import document, json_text
from engine.wire.json_values import DecoderCompiler
from engine.wire.protocol import WireRequest, WireResponse
from engine.wire.rest_routes import Routes
from engine.wire.rest_values import (
    JsonEncoderCompiler,
    Query,
    from_headers,
    from_query,
    from_text,
    header_text,
    in_body,
    located,
    prefixed,
    read_query,
)
from engine.wire.service import Service
from engine.wire.validation import compile_validator

Reader = Callable[[WireRequest, dict[str, str], Query], dict[str, Any]]
Writer = Callable[[dict[str, Any], str], WireResponse]

_JSON = b"application/json"
_STRING = Shape("String", {"type": "string"})  # the values of a map in headers


class RestJsonProtocol:
    """The REST-JSON protocol of one service. What an operation needs is compiled when it is first called."""

    def __init__(self, service: Service):
        self.service = service
        self._routes = Routes(service)
        self._errors = error_codes(service)
        self._decoders = DecoderCompiler()
        self._readers = ByOperation(service, self._reader)
        self._writers = ByOperation(service, _writer)

    def has_route(self, method: str, path: str) -> bool:
        try:
            return self._routes.find(method, path, {}) is not None
        except ServiceError:
            return True

    def operation_name(self, request: WireRequest) -> str:
        found = self._routes.find(request.method, request.path, read_query(request.query))
        if found is None:
            text = f"{self.service.full_name} has no operation at {request.method} {request.path[:200]}."
            raise ServiceError("UnknownOperationException", text, 404)
        return found[0].operation

    def parse(self, operation: str, request: WireRequest) -> dict[str, Any]:
        query = read_query(request.query)
        found = self._routes.find(request.method, request.path, query)
        assert found is not None
        return self._readers[operation](request, found[1], query)

    def serialise(self, operation: str, response: dict[str, Any], request_id: str) -> WireResponse:
        return self._writers[operation](response, request_id)

    def error(self, operation: str | None, error: ServiceError, request_id: str) -> WireResponse:
        known = self._errors.of(error)
        headers = [(b"x-amzn-requestid", request_id.encode()), (b"content-type", _JSON)]
        headers.append((b"x-amzn-errortype", known.code.encode("ascii", "replace")))
        return WireResponse(known.status, headers, json_text({"message": error.message, **error.fields}))

    def _reader(self, model: OperationModel) -> Reader:
        shape = model.input_shape
        if shape is None:
            return lambda request, labels, query: {}
        labelled = located(shape, "uri")
        asked, headed, many = located(shape, "querystring"), located(shape, "header"), located(shape, "headers")
        body = self._body_reader(shape)
        validate = compile_validator(model)

        def read(request: WireRequest, labels: dict[str, str], query: Query) -> dict[str, Any]:
            arguments = body(request.body)
            for entry in labelled:
                arguments[entry.member] = from_text(entry, labels[entry.name], entry.shape)
            if asked:
                arguments |= from_query(asked, query)
            if headed:
                arguments |= from_headers(headed, request.headers)
            for entry in many:
                arguments[entry.member] = prefixed(entry, request.headers)
            validate(arguments)
            return arguments

        return read

    def _body_reader(self, shape: StructureShape) -> Callable[[bytes], dict[str, Any]]:
        payload = shape.serialization.get("payload")
        if payload is not None:
            member = shape.members[payload]
            if member.type_name in ("blob", "string"):
                text = member.type_name == "string"
                return lambda body: {payload: body.decode(errors="replace") if text else body} if body else {}
            inner = self._decoders.decoder(member)
            return lambda body: {payload: inner(document(body))} if body else {}
        members = frozenset(in_body(shape))
        decode = self._decoders.decoder(shape)
        if not members:
            return lambda body: {}
        return lambda body: {name: item for name, item in decode(document(body)).items() if name in members}


def _writer(model: OperationModel) -> Writer:
    shape = model.output_shape
    status = int(model.http.get("responseCode", 200))
    statuses, headed, many = (located(shape, where) for where in ("statusCode", "header", "headers"))
    body = _body_writer(shape)

    def write(response: dict[str, Any], request_id: str) -> WireResponse:
        headers = [(b"x-amzn-requestid", request_id.encode()), (b"content-type", _JSON)]
        given = [(entry.name, response.get(entry.member), entry.shape) for entry in headed]
        for entry in many:
            values = response.get(entry.member) or {}
            given += [(entry.name + name, value, _STRING) for name, value in values.items()]
        headers += [(name.lower().encode(), header_text(value, of)) for name, value, of in given if value is not None]
        found = next((response[entry.member] for entry in statuses if entry.member in response), status)
        return WireResponse(found, headers, b"" if found == 204 else body(response))

    return write


def _body_writer(shape: StructureShape | None) -> Callable[[dict[str, Any]], bytes]:
    if shape is None:
        return lambda response: b"{}"
    payload = shape.serialization.get("payload")
    encode = JsonEncoderCompiler().encoder(shape if payload is None else shape.members[payload])
    if payload is not None:
        return lambda response: _payload(response.get(payload), encode)
    members = frozenset(in_body(shape))

    def write(response: dict[str, Any]) -> bytes:
        own = {name: item for name, item in response.items() if name in members and item is not None}
        return json_text(own if encode is None else encode(own))

    return write


def _payload(value: Any, encode: Callable[[Any], Any] | None) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bytes | str):
        return value.encode() if isinstance(value, str) else value
    return json_text(value if encode is None else encode(value))
