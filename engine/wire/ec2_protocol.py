"""EC2's variant of Query: lists without a part of their own, an answer without wrapper, errors of its own form.

    POST /  Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-1&IpPermissions.1.FromPort=22
    200     <AuthorizeSecurityGroupIngressResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
              <requestId>..</requestId><return>true</return><securityGroupRuleSet><item>..</item></securityGroupRuleSet>
            </AuthorizeSecurityGroupIngressResponse>
    400     <Response><Errors><Error><Code>InvalidGroup.NotFound</Code><Message>..</Message></Error></Errors>
              <RequestID>..</RequestID></Response>

A parameter that the operation does not have is refused, as EC2 does it.
"""

from collections.abc import Callable
from typing import Any

from botocore.model import OperationModel

from engine.errors import ServiceError
from engine.wire.compiling import ByOperation
from engine.wire.error_codes import error_codes
from engine.wire.form import grow, request_form
from engine.wire.form_values import BadParameter, Decoder, Ec2Names, FormDecoderCompiler
from engine.wire.protocol import WireRequest, WireResponse
from engine.wire.service import Service
from engine.wire.validation import Validator, compile_validator
from engine.wire.xml_values import XmlEncoderCompiler, escape

Writer = Callable[[dict[str, Any], str], bytes]

# What the protocol and the signatures put beside an operation's own parameters.
_OF_THE_REQUEST = frozenset(
    {
        "AWSAccessKeyId",
        "Action",
        "Expires",
        "SecurityToken",
        "Signature",
        "SignatureMethod",
        "SignatureVersion",
        "Timestamp",
        "Version",
    }
)


class Ec2Protocol:
    """The protocol of EC2. What an operation needs is compiled when it is first called."""

    def __init__(self, service: Service):
        self.service = service
        self._namespace = str(service.model.metadata["xmlNamespace"])
        self._errors = error_codes(service)
        self._decoders = FormDecoderCompiler(Ec2Names())
        self._encoders = XmlEncoderCompiler(item="item")
        self._readers = ByOperation(service, self._reader)
        self._writers = ByOperation(service, self._writer)

    def operation_name(self, request: WireRequest) -> str:
        form = request_form(request)
        action, version = form.get("Action"), form.get("Version")
        if not action:
            raise ServiceError("MissingParameter", "The request must contain the parameter Action")
        if version is not None and version != self.service.api_version:
            text = f"The requested version ({version[:100]}) is not valid. This server has {self.service.api_version}."
            raise ServiceError("NoSuchVersion", text)
        if action not in self.service.operation_names:
            raise ServiceError("InvalidAction", f"The action {action[:100]} is not valid for this web service.")
        return action

    def parse(self, operation: str, request: WireRequest) -> dict[str, Any]:
        decode, validate = self._readers[operation]
        form = request_form(request)
        own = {
            name: value for name, value in form.items() if name not in _OF_THE_REQUEST and not name.startswith("X-Amz-")
        }
        try:
            arguments: dict[str, Any] = (decode or _none)(grow(own))
        except BadParameter as bad:
            raise _refusal(bad) from None
        validate(arguments)
        return arguments

    def serialise(self, operation: str, response: dict[str, Any], request_id: str) -> WireResponse:
        return WireResponse(200, _headers(request_id), self._writers[operation](response, request_id))

    def error(self, operation: str | None, error: ServiceError, request_id: str) -> WireResponse:
        known = self._errors.of(error)
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Response><Errors><Error><Code>{escape(known.code)}</Code><Message>{escape(error.message)}</Message>"
            f"</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
        return WireResponse(known.status, _headers(request_id), body.encode())

    def _reader(self, model: OperationModel) -> tuple[Decoder | None, Validator]:
        decode = None if model.input_shape is None else self._decoders.decoder(model.input_shape)
        return decode, compile_validator(model)

    def _writer(self, model: OperationModel) -> Writer:
        shape = model.output_shape
        encode = None if shape is None else self._encoders.members(shape)
        start = f'<?xml version="1.0" encoding="UTF-8"?>\n<{model.name}Response xmlns="{self._namespace}/"><requestId>'
        end = f"</{model.name}Response>"

        def write(response: dict[str, Any], request_id: str) -> bytes:
            out = [start, request_id, "</requestId>"]
            if encode is None:
                out.append("<return>true</return>")
            else:
                encode(response, out)
            out.append(end)
            return "".join(out).encode()

        return write


def _none(tree: Any) -> dict[str, Any]:
    if tree:
        raise BadParameter("", "", next(iter(tree)), unknown=True)
    return {}


def _refusal(bad: BadParameter) -> ServiceError:
    path = bad.path[:200]
    if bad.unknown:
        return ServiceError("UnknownParameter", f"The parameter {path} is not recognized")
    text = f"Value ({bad.value[:100]}) for parameter {path} is invalid. Expected {bad.expected}."
    return ServiceError("InvalidParameterValue", text)


def _headers(request_id: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-amzn-requestid", request_id.encode()), (b"content-type", b"text/xml;charset=UTF-8")]
