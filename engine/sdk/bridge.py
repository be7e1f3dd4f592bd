"""`aws-sdk:SERVICE:ACTION` of a built-in service: its own operation, in the transaction of the execution.

    Parameters -> request in the model's shapes, checked as the door checks it -> operation -> result

One operation for every door: nothing of a service is written for Tasks. What the operation changes is committed with
the Task's result, exactly once.
"""

from dataclasses import dataclass, replace
from typing import Any

from engine.asl.model import Pattern
from engine.contract import Call, Caller, Integration, LocalAction, NotYet, Operation, Transaction
from engine.errors import ServiceError
from engine.sdk.naming import operation_name
from engine.sdk.translation import Translation, translation

PATTERNS = frozenset({Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN})


def sdk_action(integration: Integration, action: str) -> LocalAction | None:
    """The action that performs one of the integration's operations; None where it has no such operation."""
    name = operation_name(action)
    operation = integration.operations.get(name)
    if operation is None:
        return None
    bridge = _Bridge(translation(integration.service, name), operation)
    return LocalAction(bridge, PATTERNS, checks_first=operation.checks_first)


@dataclass(frozen=True, slots=True)
class _Bridge:
    translation: Translation
    operation: Operation

    def __call__(self, tx: Transaction, caller: Caller, call: Call) -> Any:
        request_id = tx.moment.uuid()
        request = self.translation.request(call.parameters, request_id)
        try:
            response = self.operation.function(tx, caller, request)
        except ServiceError as error:
            raise self.translation.failure(error, request_id) from None
        if isinstance(response, NotYet):
            return replace(response, answer=self.translation.result(response.answer))
        return self.translation.result(response)
