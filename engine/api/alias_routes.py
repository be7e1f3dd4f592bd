"""`routingConfiguration`: to which versions an alias leads, read and shown.

The model has seen to it that there are one or two routes, and weights from 0 to 100; AWS asks more of them: versions of
one machine that exist, each named once, and weights that are 100 together.
"""

from collections.abc import Sequence
from typing import Any

from engine.api import arns, resources
from engine.api.routing import Routing
from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.protocol import ReadTransaction
from engine.store.rows import MachineRow

Given = Sequence[dict[str, Any]]


def read_routes(tx: ReadTransaction, caller: Caller, given: Given) -> tuple[MachineRow, Routing]:
    """The machine and (version, weight) pairs. Raises InvalidArn, ValidationException, ResourceNotFound."""
    found = [_version_arn(route["stateMachineVersionArn"]) for route in given]
    weights = [route["weight"] for route in given]
    if len({arn.text for arn in found}) < len(found):
        raise refused(
            f"Routing configuration must contain distinct state machine version ARNs. Received: {_list(found)}"
        )
    if sum(weights) != 100:
        raise refused(f"Sum of routing configuration weights must equal 100. Received: {weights}")
    if len({arn.unqualified for arn in found}) > 1:
        raise refused(
            f"Routing configuration must contain versions of one state machine only. Received: {_list(found)}"
        )
    machine = None
    for arn in found:
        machine = tx.find_machine(arn.unqualified) if arn.belongs_to(caller) else None
        if machine is None or arn.version is None or tx.at_version(machine, arn.version) is None:
            raise resources.not_found(arn.text)
    assert machine is not None, "the model asks for a route at least"
    versions = [arn.version for arn in found if arn.version is not None]
    return machine, tuple(zip(versions, weights, strict=True))


def shown(machine: MachineRow, routing: Routing) -> list[dict[str, Any]]:
    return [
        {"stateMachineVersionArn": arns.qualified_arn(machine.arn, version), "weight": weight}
        for version, weight in routing
    ]


def refused(detail: str) -> ServiceError:
    return ServiceError("ValidationException", detail, fields={"reason": "INVALID_ROUTING_CONFIGURATION"})


def _version_arn(text: str) -> arns.Arn:
    arn = resources.machine_arn(text)
    if arn.version is None:
        raise arns.invalid(f"Not the ARN of a state machine version: {text}")
    return arn


def _list(found: Sequence[arns.Arn]) -> str:
    return f"[{', '.join(arn.text for arn in found)}]"
