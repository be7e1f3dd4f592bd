"""`aws-sdk:SERVICE:ACTION` of a built-in service: its own operation, in the transaction of the execution.

    Parameters -> request in the model's shapes, checked as the door checks it -> operation -> result

One operation for every door: nothing of a service is written for Tasks. What the operation changes is committed with
the Task's result, exactly once.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.asl.model import Pattern
from engine.contract import Call, Caller, Integration, LocalAction, Operation, Transaction
from engine.errors import ServiceError, StateError
from engine.sdk import parameters, results
from engine.sdk.errors import Refusal, sdk_error
from engine.sdk.naming import operation_name
from engine.wire.service import Service, load_service
from engine.wire.validation import Validator, compile_validator

PATTERNS = frozenset({Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN})


def sdk_action(integration: Integration, action: str) -> LocalAction | None:
    """The action that performs one of the integration's operations; None where it has no such operation."""
    name = operation_name(action)
    operation = integration.operations.get(name)
    if operation is None:
        return None
    return LocalAction(_Bridge(load_service(integration.service), name, operation), PATTERNS)


@dataclass(slots=True)
class _Bridge:
    service: Service
    name: str
    operation: Operation
    _validate: Validator = field(init=False)

    def __post_init__(self) -> None:
        self._validate = compile_validator(self.service.operation(self.name))

    def __call__(self, tx: Transaction, caller: Caller, call: Call) -> Any:
        model = self.service.operation(self.name)
        request = parameters.request_of(call.parameters, model.input_shape, parameters.SDK, datetime.timestamp)
        try:
            self._validate(request)
            response = self.operation.function(tx, caller, request)
        except ServiceError as error:
            raise self._state_error(error, tx.moment.uuid()) from None
        return results.result_of(response, model.output_shape, results.SDK)

    def _state_error(self, error: ServiceError, request_id: str) -> StateError:
        return sdk_error(self.service.model, Refusal(error.code, error.message, error.status, request_id))
