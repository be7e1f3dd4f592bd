"""What an error is called on the wire: code, HTTP status and whose fault it is, by the `error` trait of its shape.

    NotFoundException        -> NotFound, 404, Sender          (SNS)
    ServiceError of no shape -> its own code and status

Operations raise ServiceError with the shape's name; the Query protocols, and the header that SDKs of a service that
has left Query read, want the code of the trait.
"""

from dataclasses import dataclass
from functools import cache

from botocore.model import StructureShape

from engine.errors import ServiceError
from engine.wire.service import Service
from engine.wire.sqs_query import sqs_query_service

_STATUS_DEFAULT = 400


@dataclass(frozen=True, slots=True)
class WireError:
    code: str
    status: int
    sender: bool

    @property
    def fault(self) -> str:
        return "Sender" if self.sender else "Receiver"


class ErrorCodes:
    """The errors of one service, by the names of their shapes and by their codes."""

    def __init__(self, service: Service):
        self._known: dict[str, WireError] = {}
        for shape in service.model.error_shapes:
            if isinstance(shape, StructureShape):
                found = _of_shape(shape)
                self._known.setdefault(found.code, found)
                self._known[shape.name] = found

    def of(self, error: ServiceError) -> WireError:
        """An error's status is the model's unless the operation has named another than the usual 400."""
        known = self._known.get(error.code)
        status = error.status
        if known is None:
            return WireError(error.code, status, status < 500)
        return known if status in (_STATUS_DEFAULT, known.status) else WireError(known.code, status, status < 500)


@cache
def error_codes(service: Service) -> ErrorCodes:
    """The errors of a service, with the codes that SQS has in Query."""
    return ErrorCodes(sqs_query_service() if service.name == "sqs" else service)


def _of_shape(shape: StructureShape) -> WireError:
    trait = shape.metadata.get("error", {})
    status = int(trait.get("httpStatusCode", 500 if shape.metadata.get("fault") else _STATUS_DEFAULT))
    return WireError(str(trait.get("code", shape.name)), status, bool(trait.get("senderFault", status < 500)))
