"""The doors of the services that integrations bring: their operations, served on the port beside Step Functions'.

Reading operations run on a snapshot, beside the writer; the others in the writer's batch, a savepoint each: what one of
them changed before it was refused is undone. The same functions serve Tasks. One that has to wait (NotYet) is handed
to the door, which watches its client meanwhile.
"""

from collections.abc import Sequence
from typing import Any, cast

from engine.contract import Caller, Integration, Operation
from engine.http.service_door import Handler, ServiceDoor
from engine.runtime.protocol import HeldUp, Runtime


def integration_doors(integrations: Sequence[Integration], runtime: Runtime) -> list[ServiceDoor]:
    """One door for each integration that has operations. `service` is botocore's name of it."""
    return [
        ServiceDoor(found.service, {name: _handler(operation, runtime) for name, operation in found.operations.items()})
        for found in integrations
        if found.operations
    ]


def _handler(operation: Operation, runtime: Runtime) -> Handler:
    function, size_bytes, savepoint = operation.function, operation.size_bytes, not operation.checks_first

    async def read(caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        return _response(await runtime.read(lambda tx: function(tx, caller, request)))

    async def write(caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        size = 0 if size_bytes is None else size_bytes(request)
        return _response(await runtime.write(lambda tx: function(tx, caller, request), size, savepoint))

    async def wait(caller: Caller, request: dict[str, Any]) -> dict[str, Any] | HeldUp:
        size = 0 if size_bytes is None else size_bytes(request)
        found = await runtime.write_at_once(lambda tx: function(tx, caller, request), size, savepoint)
        return cast("dict[str, Any] | HeldUp", found)

    if operation.waits:
        return wait
    return read if operation.reads else write


def _response(value: Any) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value
