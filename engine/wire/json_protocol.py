"""awsJson 1.0 and 1.1: the operation in X-Amz-Target, a JSON object each way.

    POST /  X-Amz-Target: AWSStepFunctions.StartExecution      {"stateMachineArn": ...}
    200     x-amzn-RequestId: ...                              {"executionArn": ..., "startDate": 1732281120.5}
    400     x-amzn-RequestId: ...                              {"__type": "ExecutionAlreadyExists", "message": ...}

Whatever bytes come in, the answer is a value or a ServiceError with a 4xx status.
"""

import base64
import json
from typing import Any

import orjson
from botocore.model import OperationModel

from engine.errors import ServiceError
from engine.wire.compiling import ByOperation
from engine.wire.json_values import Decoder, DecoderCompiler
from engine.wire.protocol import WireRequest, WireResponse, unknown_operation, unreadable
from engine.wire.service import Service
from engine.wire.validation import Validator, compile_validator

# SDKs send the first two; people with curl and a JSON library send the third; none at all is fine.
_CONTENT_TYPES = frozenset({"", "application/x-amz-json-1.0", "application/x-amz-json-1.1", "application/json"})


class JsonProtocol:
    """The JSON protocol of one service. Decoders and validators are compiled when an operation is first called."""

    def __init__(self, service: Service):
        self.service = service
        self._content_type = f"application/x-amz-json-{service.json_version}".encode()
        self._targets = {f"{service.target_prefix}.{name}".encode(): name for name in service.operation_names}
        self._compiler = DecoderCompiler()
        self._readers = ByOperation(service, self._reader)

    def operation_name(self, request: WireRequest) -> str:
        found = self._targets.get(request.headers.get(b"x-amz-target", b""))
        if found is not None:
            return found
        target = request.header(b"x-amz-target")
        if not target:
            raise unknown_operation("The request names no operation: the X-Amz-Target header is missing.")
        raise unknown_operation(f"{self.service.full_name} has no operation '{target}'.")

    def parse(self, operation: str, request: WireRequest) -> dict[str, Any]:
        content_type = request.headers.get(b"content-type", b"")
        if content_type != self._content_type:
            _check_content_type(request)
        decode, validate = self._readers[operation]
        arguments: dict[str, Any] = decode(document(request.body))
        validate(arguments)
        return arguments

    def serialise(self, operation: str, response: dict[str, Any], request_id: str) -> WireResponse:
        return WireResponse(200, self._headers(request_id), json_text(response))

    def error(self, operation: str | None, error: ServiceError, request_id: str) -> WireResponse:
        body = {"__type": error.code, "message": error.message, **error.fields}
        return WireResponse(error.status, self._headers(request_id), json_text(body))

    def _headers(self, request_id: str) -> list[tuple[bytes, bytes]]:
        return [(b"x-amzn-requestid", request_id.encode()), (b"content-type", self._content_type)]

    def _reader(self, model: OperationModel) -> tuple[Decoder, Validator]:
        decode: Decoder = _no_members if model.input_shape is None else self._compiler.decoder(model.input_shape)
        return decode, compile_validator(model)


def _check_content_type(request: WireRequest) -> None:
    kind = request.header(b"content-type").partition(";")[0].strip().lower()
    if kind not in _CONTENT_TYPES:
        expected = ", ".join(sorted(_CONTENT_TYPES - {""}))
        text = f"The content type '{kind}' is not supported; send one of: {expected}."
        raise ServiceError("UnsupportedMediaTypeException", text, 415)


def document(body: bytes) -> Any:
    """The JSON of a body. Raises ServiceError SerializationException."""
    if not body:
        return {}
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise unreadable(f"The request body is not JSON: {error}") from None


def _no_members(value: Any) -> dict[str, Any]:
    return {}


def json_text(value: dict[str, Any]) -> bytes:
    """A JSON body; bytes in it become base64."""
    try:
        return orjson.dumps(value, default=_blob)
    except TypeError:  # lone surrogates, integers over 64 bits: ASCII with escapes carries them
        return json.dumps(value, default=_blob, separators=(",", ":")).encode()


def _blob(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no place in a response")
