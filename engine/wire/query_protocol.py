"""AWS Query: the operation and its parameters form-encoded in a body or a query string, the answer in XML.

    POST /   Action=GetTopicAttributes&Version=2010-03-31&TopicArn=...           (or GET /?Action=...)
    200      <GetTopicAttributesResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><GetTopicAttributesResult>
             ...</GetTopicAttributesResult><ResponseMetadata><RequestId>..</RequestId></ResponseMetadata></...>
    404      <ErrorResponse xmlns=".."><Error><Type>Sender</Type><Code>NotFound</Code><Message>..</Message></Error>
             <RequestId>..</RequestId></ErrorResponse>

Parameters that the model does not know are let pass, as AWS's servers do. Whatever bytes come in, the answer is a
request or a ServiceError with a 4xx status.
"""

from collections.abc import Callable
from typing import Any

from botocore.model import OperationModel

from engine.errors import ServiceError
from engine.wire.compiling import ByOperation
from engine.wire.error_codes import ErrorCodes, WireError
from engine.wire.form import grow, request_form
from engine.wire.form_values import BadParameter, Decoder, FormDecoderCompiler, QueryNames
from engine.wire.protocol import WireRequest, WireResponse
from engine.wire.service import Service
from engine.wire.validation import Validator, compile_validator
from engine.wire.xml_values import XmlEncoderCompiler, escape

Writer = Callable[[dict[str, Any], str], bytes]  # response, request id


class QueryProtocol:
    """The Query protocol of one service. What an operation needs is compiled when it is first called."""

    def __init__(self, service: Service):
        self.service = service
        self._namespace = str(service.model.metadata["xmlNamespace"])
        self._errors = ErrorCodes(service)
        self._decoders = FormDecoderCompiler(QueryNames())
        self._encoders = XmlEncoderCompiler()
        self._readers = ByOperation(service, self._reader)
        self._writers = ByOperation(service, self._writer)

    def operation_name(self, request: WireRequest) -> str:
        form = request_form(request)
        action, version = form.get("Action"), form.get("Version")
        if not action:
            raise ServiceError("MissingAction", "The request must contain the parameter Action.")
        if action not in self.service.operation_names or version not in (self.service.api_version, None):
            text = f"Could not find operation {action[:100]} for version {(version or 'NO_VERSION_SPECIFIED')[:100]}"
            raise ServiceError("InvalidAction", text)
        return action

    def parse(self, operation: str, request: WireRequest) -> dict[str, Any]:
        decode, validate = self._readers[operation]
        arguments: dict[str, Any] = {}
        if decode is not None:
            try:
                arguments = decode(grow(request_form(request)))
            except BadParameter as bad:
                shown = f" '{bad.value[:100]}'" if bad.value else ""
                raise ServiceError(
                    "MalformedInput", f"The value{shown} of {bad.path[:200]} is not {bad.expected}."
                ) from None
        validate(arguments)
        return arguments

    def serialise(self, operation: str, response: dict[str, Any], request_id: str) -> WireResponse:
        return WireResponse(200, _headers(request_id), self._writers[operation](response, request_id))

    def error(self, operation: str | None, error: ServiceError, request_id: str) -> WireResponse:
        return _error(self._namespace, self._errors.of(error), error.message, request_id)

    def _reader(self, model: OperationModel) -> tuple[Decoder | None, Validator]:
        decode = None if model.input_shape is None else self._decoders.decoder(model.input_shape)
        return decode, compile_validator(model)

    def _writer(self, model: OperationModel) -> Writer:
        shape = model.output_shape
        start = f'<{model.name}Response xmlns="{self._namespace}">'
        middle, end = "<ResponseMetadata><RequestId>", f"</RequestId></ResponseMetadata></{model.name}Response>"
        encode = None if shape is None else self._encoders.members(shape)
        wrapper = None if shape is None else shape.serialization.get("resultWrapper")

        def write(response: dict[str, Any], request_id: str) -> bytes:
            out = [start]
            if encode is not None:
                if wrapper is not None:
                    out.append(f"<{wrapper}>")
                encode(response, out)
                if wrapper is not None:
                    out.append(f"</{wrapper}>")
            out += (middle, request_id, end)
            return "".join(out).encode()

        return write


def unrouted_error(error: ServiceError, request_id: str) -> WireResponse:
    """The answer to a form that no service here takes."""
    known = WireError("InvalidAction", error.status, error.status < 500)
    return _error("http://webservices.amazon.com/AWSFault/2005-15-09", known, error.message, request_id)


def _error(namespace: str, known: WireError, message: str, request_id: str) -> WireResponse:
    body = (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{known.fault}</Type><Code>{escape(known.code)}</Code>'
        f"<Message>{escape(message)}</Message><Detail/></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return WireResponse(known.status, _headers(request_id), body.encode())


def _headers(request_id: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-amzn-requestid", request_id.encode()), (b"content-type", b"text/xml")]
