"""SQS's two protocols on one endpoint: JSON, whose errors also say their codes of old, and Query on queue URLs.

    x-amzn-errortype: QueueDoesNotExist
    x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender        (the awsQueryCompatible trait)

SDKs that once spoke Query give their users the error codes of Query still, out of that header.
"""

from typing import Any

from engine.errors import ServiceError
from engine.wire.error_codes import error_codes
from engine.wire.form import request_form
from engine.wire.json_protocol import JsonProtocol
from engine.wire.protocol import WireRequest, WireResponse
from engine.wire.query_protocol import QueryProtocol
from engine.wire.service import Service
from engine.wire.sqs_query import ERRORS, sqs_query_service

# What Query says where JSON says "The specified queue does not exist."; aws/aws-sdk-php-laravel#204 and
# Particular/NServiceBus.AmazonSQS#51 show it.
QUEUE_DOES_NOT_EXIST = "The specified queue does not exist for this wsdl version."


class SqsJsonProtocol(JsonProtocol):
    """JSON 1.0, with errors that clients of old understand."""

    def __init__(self, service: Service):
        super().__init__(service)
        self._codes = error_codes(service)

    def error(self, operation: str | None, error: ServiceError, request_id: str) -> WireResponse:
        known = self._codes.of(error)
        namespace = "com.amazonaws.sqs" if error.code in ERRORS else "com.amazon.coral.service"
        named = ServiceError(f"{namespace}#{error.code}", error.message, known.status, error.fields)
        reply = super().error(operation, named, request_id)
        more = [
            (b"x-amzn-errortype", error.code.encode()),
            (b"x-amzn-query-error", f"{known.code};{known.fault}".encode()),
        ]
        return WireResponse(reply.status, reply.headers + more, reply.body)


class SqsQueryProtocol(QueryProtocol):
    """Query; a request to a queue's URL is about that queue."""

    def __init__(self, service: Service):
        super().__init__(sqs_query_service())

    def parse(self, operation: str, request: WireRequest) -> dict[str, Any]:
        form = request_form(request)
        if "QueueUrl" not in form and request.path != "/":
            host = request.header(b"host")
            request.form = {**form, "QueueUrl": f"http://{host}{request.path}"}
        return super().parse(operation, request)

    def error(self, operation: str | None, error: ServiceError, request_id: str) -> WireResponse:
        if error.code == "QueueDoesNotExist":
            error = ServiceError(error.code, QUEUE_DOES_NOT_EXIST, error.status, error.fields)
        return super().error(operation, error, request_id)
