"""One operation of a service as Tasks see it: parameters in, result or failure out, in the words of the `aws-sdk:`
integrations or of an optimised one. Whoever performs the operation sees requests and answers in AWS's shapes only.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.errors import ServiceError, StateError
from engine.sdk import parameters, results
from engine.sdk.errors import Refusal, optimised_error, sdk_error
from engine.wire.error_codes import error_codes
from engine.wire.service import Service, load_service
from engine.wire.validation import Validator, compile_validator


@dataclass(slots=True)
class Translation:
    """`optimised`: the integration's name in resources (`states`); None for the `aws-sdk:` integration."""

    service: Service
    operation: str
    optimised: str | None = None
    _validate: Validator = field(init=False)

    def __post_init__(self) -> None:
        self._validate = compile_validator(self.service.operation(self.operation))

    def request(self, given: Any, request_id: str) -> dict[str, Any]:
        """The request that a Task's parameters make, checked as the door checks it. Raises StateError."""
        spelling = parameters.SDK if self.optimised is None else parameters.OPTIMISED
        shape = self.service.operation(self.operation).input_shape
        made = parameters.request_of(given, shape, spelling, datetime.timestamp)
        try:
            self._validate(made)
        except ServiceError as error:
            raise self.failure(error, request_id) from None
        return made

    def result(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The Task's result, without metadata."""
        style = results.SDK if self.optimised is None else results.OPTIMISED
        return results.result_of(answer, self.service.operation(self.operation).output_shape, style)

    def failure(self, error: ServiceError, request_id: str) -> StateError:
        known = error_codes(self.service).of(error)
        refusal = Refusal(known.code, error.message, known.status, request_id)
        if self.optimised is None:
            return sdk_error(self.service.model, refusal)
        return optimised_error(self.optimised, self.service.model, refusal)


def translation(service: str, operation: str, optimised: str | None = None) -> Translation:
    """Of botocore's service `service`."""
    return Translation(load_service(service), operation, optimised)
