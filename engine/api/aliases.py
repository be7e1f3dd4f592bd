"""Create-, Update-, Delete-, DescribeStateMachineAlias and ListStateMachineAliases.

An alias belongs to the machine whose versions it leads to, one or two of them, with weights that are 100 together.
`routing` decides where a start goes.
"""

from dataclasses import replace

from engine import limits
from engine.api import alias_routes, arns, resources
from engine.api.alias_routes import read_routes
from engine.api.paging import read_page
from engine.api.resources import Request, Response
from engine.api.routing import Routing
from engine.api.times import seconds
from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.protocol import EngineTransaction, ReadTransaction
from engine.store import aliases
from engine.store.rows import AliasRow, MachineRow


def create_state_machine_alias(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """CreateStateMachineAlias, of the machine that the routes' versions are of. Idempotent by all that it says."""
    name, description = request["name"], request.get("description")
    machine, routing = read_routes(tx, caller, request["routingConfiguration"])
    resources.check_active(machine)
    existing = aliases.by_name(tx.connection, machine.id, name)
    if existing is not None:
        return _created_before(machine, existing, description, routing)
    if aliases.count(tx.connection, machine.id) >= limits.ALIASES_MAX:
        raise ServiceError(
            "ServiceQuotaExceededException",
            f"The maximum number of aliases of a state machine, {limits.ALIASES_MAX}, is reached. "
            "Delete those that are not used.",
            402,
        )
    now = tx.moment.epoch_ms
    alias = AliasRow(machine.id, name, description, routing, now, now)
    aliases.insert(tx.connection, alias)
    tx.machines_changed()
    return _created(machine, alias)


def _created_before(machine: MachineRow, existing: AliasRow, description: str | None, routing: Routing) -> Response:
    if existing.description != description or sorted(existing.routing) != sorted(routing):
        raise ServiceError(
            "ConflictException",
            f"The alias '{_arn(machine, existing)}' already exists with another description or routing configuration.",
            409,
        )
    return _created(machine, existing)


def _created(machine: MachineRow, alias: AliasRow) -> Response:
    return {"stateMachineAliasArn": _arn(machine, alias), "creationDate": seconds(alias.created_ms)}


def update_state_machine_alias(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """UpdateStateMachineAlias: what it leaves out stays. One that changes nothing answers with the last change."""
    description, routes = request.get("description"), request.get("routingConfiguration")
    if description is None and routes is None:
        raise ServiceError(
            "ValidationException",
            "Either the description or the RoutingConfiguration must be specified",
            fields={"reason": "MISSING_REQUIRED_PARAMETER"},
        )
    machine, alias = _existing(tx, caller, request["stateMachineAliasArn"])
    resources.check_active(machine)
    changed = alias if description is None else replace(alias, description=description)
    if routes is not None:
        target, routing = read_routes(tx, caller, routes)
        if target.id != machine.id:
            raise alias_routes.refused(f"Routing configuration must contain versions of '{machine.arn}' only")
        changed = replace(changed, routing=routing)
    if changed != alias:
        changed = replace(changed, updated_ms=tx.moment.epoch_ms)
        aliases.update(tx.connection, changed)
        tx.machines_changed()
    return {"updateDate": seconds(changed.updated_ms)}


def delete_state_machine_alias(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """DeleteStateMachineAlias; the versions that it led to stay."""
    machine, alias = _existing(tx, caller, request["stateMachineAliasArn"])
    aliases.delete(tx.connection, machine.id, alias.name)
    tx.machines_changed()
    return {}


def describe_state_machine_alias(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """DescribeStateMachineAlias."""
    machine, alias = _existing(tx, caller, request["stateMachineAliasArn"])
    answer: Response = {
        "stateMachineAliasArn": _arn(machine, alias),
        "name": alias.name,
        "routingConfiguration": alias_routes.shown(machine, alias.routing),
        "creationDate": seconds(alias.created_ms),
        "updateDate": seconds(alias.updated_ms),
    }
    if alias.description is not None:
        answer["description"] = alias.description
    return answer


def list_state_machine_aliases(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """ListStateMachineAliases of a machine, or of one of its versions: those that lead to it.

    In the order of their names, as recorded; AWS's documentation has the newest first.
    """
    text = request["stateMachineArn"]
    arn = resources.machine_arn(text)
    if arn.qualified and arn.version is None:
        raise arns.invalid(f"Neither the ARN of a state machine nor of a version: {text}")
    machine = resources.active_machine(tx, caller, arn.unqualified)
    if arn.version is not None and tx.at_version(machine, arn.version) is None:
        raise resources.not_found(text)
    page = read_page(tx, request, "ListStateMachineAliases", text, machine.id)
    rows = aliases.of_machine(tx.connection, machine.id)
    if arn.version is not None:
        rows = aliases.of_version(tx.connection, machine.id, arn.version)
    rows = [row for row in rows if page.cursor is None or row.name > page.cursor]
    answer: Response = {"stateMachineAliases": [_created(machine, row) for row in rows[: page.size]]}
    if len(rows) > page.size:
        answer["nextToken"] = page.token(rows[page.size - 1].name)
    return answer


def _existing(tx: ReadTransaction, caller: Caller, text: str) -> tuple[MachineRow, AliasRow]:
    """The alias with this ARN and its machine. Raises InvalidArn, ResourceNotFound."""
    arn = resources.machine_arn(text)
    if arn.alias is None:
        raise arns.invalid(f"Not the ARN of a state machine alias: {text}")
    machine = tx.find_machine(arn.unqualified) if arn.belongs_to(caller) else None
    alias = None if machine is None else aliases.by_name(tx.connection, machine.id, arn.alias)
    if machine is None or alias is None:
        raise resources.not_found(text)
    return machine, alias


def _arn(machine: MachineRow, alias: AliasRow) -> str:
    return arns.qualified_arn(machine.arn, alias.name)
