"""What all operations share: parameters that are not built are refused by name, and DryRun.

`DryRun`: the operation is carried out and then undone with the savepoint around it, so that it fails as the real one
would; one that would succeed is answered DryRunOperation, with status 412, as on AWS.
"""

from collections.abc import Callable
from typing import Any

from engine.contract import Caller, Operation, Transaction
from engine.errors import ServiceError

Body = dict[str, Any]
OperationFunction = Callable[[Transaction, Caller, Body], Body]

_DRY_RUN = "Request would have succeeded, but DryRun flag is set."


def operation(name: str, function: OperationFunction, accepts: str, reads: bool = False) -> Operation:
    """An operation whose request may have the parameters `accepts`, by blanks, and DryRun."""
    known = frozenset(accepts.split())

    def run(tx: Transaction, caller: Caller, request: Body) -> Body:
        for parameter, value in request.items():
            if parameter not in known and parameter != "DryRun" and value not in (None, False, "", []):
                text = f"Statewright does not support the parameter {parameter} of {name}."
                raise ServiceError("UnsupportedOperation", text)
        answer = function(tx, caller, request)
        if request.get("DryRun"):
            raise ServiceError("DryRunOperation", _DRY_RUN, 412)
        return answer

    return Operation(run, reads=reads)
