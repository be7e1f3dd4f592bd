"""The operations on state machines that change one: create, update, delete. `machine_views` reads them.

A machine has revisions: the one that it was created with has no id, as on AWS; each update that changes anything adds
one. Executions keep the revision that they started with.
"""

from dataclasses import dataclass

from engine import limits
from engine.api import arns, configuration, resources, versions
from engine.api.definitions import STANDARD
from engine.api.log_destination import check_log_destination
from engine.api.names import check_name
from engine.api.resources import Request, Response
from engine.api.tags import put_tags, read_tags
from engine.api.times import seconds
from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.protocol import EngineTransaction
from engine.store import machines
from engine.store import versions as version_store
from engine.store.rows import MachineRow


@dataclass(frozen=True, slots=True)
class Revision:
    """What an update can change. `logging`, `tracing`, `encryption`, `variables` are JSON text, as in the store."""

    definition: str
    role_arn: str
    logging: str
    tracing: str
    encryption: str
    variables: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of an update's new definition came to: the type that it was checked for, and its
    `variableReferences` as JSON text."""

    machine_type: str
    variables: str


def create_state_machine(tx: EngineTransaction, caller: Caller, request: Request, variables: str) -> Response:
    """CreateStateMachine. The definition was checked for the request's `type`, and has these `variableReferences`.

    Idempotent as AWS says: the same name, type, definition and configuration answers with the machine that is there,
    and ignores another role or other tags; a version that is to be published must be there too.
    """
    name, machine_type = request["name"], request.get("type", STANDARD)
    check_name(name)
    arns.check_role(request["roleArn"])
    configuration.check_publish(request)
    new_tags = read_tags(request.get("tags"))
    revision = _requested(request, variables)
    arn = arns.machine_arn(caller, name)
    existing = tx.find_machine(arn)
    if existing is not None:
        return _created_before(tx, existing, request, revision)
    if machines.count(tx.connection, caller.account, caller.region) >= limits.MACHINES_MAX:
        raise ServiceError(
            "StateMachineLimitExceeded", f"The maximum number of state machines, {limits.MACHINES_MAX}, is reached."
        )
    check_log_destination(tx, caller, revision.logging)
    now = tx.moment.epoch_ms
    machines.insert(
        tx.connection,
        arn=arn,
        account=caller.account,
        region=caller.region,
        name=name,
        type=machine_type,
        created_ms=now,
        definition=revision.definition,
        role_arn=revision.role_arn,
        logging=revision.logging,
        tracing=revision.tracing,
        encryption=revision.encryption,
        variables=revision.variables,
    )
    put_tags(tx, arn, new_tags)
    tx.machines_changed()
    answer: Response = {"stateMachineArn": arn, "creationDate": seconds(now)}
    if request.get("publish"):
        made = resources.machine(tx, caller, arn)
        version = versions.publish(tx, made, request.get("versionDescription"))
        answer["stateMachineVersionArn"] = versions.version_arn(made, version)
    return answer


def _requested(request: Request, variables: str) -> Revision:
    return Revision(
        definition=request["definition"],
        role_arn=request["roleArn"],
        logging=configuration.read_logging(request.get("loggingConfiguration")),
        tracing=configuration.read_tracing(request.get("tracingConfiguration")),
        encryption=configuration.read_encryption(request.get("encryptionConfiguration")),
        variables=variables,
    )


def _created_before(tx: EngineTransaction, existing: MachineRow, request: Request, wanted: Revision) -> Response:
    """The answer to a repeated creation. Encryption needs no comparison while there is but one kind of it."""
    resources.check_active(existing)
    same = (existing.type, existing.definition, existing.logging, existing.tracing) == (
        request.get("type", STANDARD),
        wanted.definition,
        wanted.logging,
        wanted.tracing,
    )
    answer: Response = {"stateMachineArn": existing.arn, "creationDate": seconds(existing.created_ms)}
    if request.get("publish"):
        version = version_store.of_revision(tx.connection, existing.id, existing.revision)
        if version is None or version.description != request.get("versionDescription"):
            same = False
        else:
            answer["stateMachineVersionArn"] = versions.version_arn(existing, version)
    if not same:
        raise ServiceError("StateMachineAlreadyExists", f"State Machine Already Exists: '{existing.arn}'")
    return answer


_UPDATABLE = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")


def check_update(request: Request) -> None:
    """What can be refused of an UpdateStateMachine without looking at the machine."""
    configuration.check_publish(request)
    if all(request.get(name) is None for name in _UPDATABLE):
        raise ServiceError(
            "MissingRequiredParameter",
            "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration "
            "must be specified",
        )
    if request.get("roleArn") is not None:
        arns.check_role(request["roleArn"])


def update_state_machine(tx: EngineTransaction, caller: Caller, request: Request, checked: Checked | None) -> Response:
    """UpdateStateMachine. `checked` is None without a new definition.

    An update that changes nothing makes no revision, as on AWS; `publish` publishes the revision that there is then.
    """
    check_update(request)
    row = resources.active_machine(tx, caller, request["stateMachineArn"])
    if checked is not None and checked.machine_type != row.type:
        raise ServiceError("ConflictException", f"The state machine was replaced meanwhile: '{row.arn}'", 409)
    current = Revision(row.definition, row.role_arn, row.logging, row.tracing, row.encryption, row.variables)
    wanted = _updated(current, request, current.variables if checked is None else checked.variables)
    if wanted.logging != current.logging:
        check_log_destination(tx, caller, wanted.logging)
    if wanted != current:
        _add_revision(tx, row, wanted)
        row = resources.machine(tx, caller, row.arn)
    answer: Response = {"updateDate": seconds(row.updated_ms)}
    if row.revision_id is not None:
        answer["revisionId"] = row.revision_id
    if request.get("publish"):
        version = versions.publish(tx, row, request.get("versionDescription"))
        answer["stateMachineVersionArn"] = versions.version_arn(row, version)
    return answer


def _add_revision(tx: EngineTransaction, row: MachineRow, wanted: Revision) -> None:
    machines.add_revision(
        tx.connection,
        row.id,
        revision_id=tx.moment.uuid(),
        created_ms=tx.moment.epoch_ms,
        definition=wanted.definition,
        role_arn=wanted.role_arn,
        logging=wanted.logging,
        tracing=wanted.tracing,
        encryption=wanted.encryption,
        variables=wanted.variables,
    )
    tx.machines_changed()


def _updated(current: Revision, request: Request, variables: str) -> Revision:
    """The revision that an update asks for: what it leaves out stays."""

    def kept(name: str) -> bool:
        return request.get(name) is None

    return Revision(
        definition=current.definition if kept("definition") else request["definition"],
        role_arn=current.role_arn if kept("roleArn") else request["roleArn"],
        logging=current.logging
        if kept("loggingConfiguration")
        else configuration.read_logging(request["loggingConfiguration"]),
        tracing=current.tracing
        if kept("tracingConfiguration")
        else configuration.read_tracing(request["tracingConfiguration"]),
        encryption=current.encryption
        if kept("encryptionConfiguration")
        else configuration.read_encryption(request["encryptionConfiguration"]),
        variables=variables,
    )


def delete_state_machine(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """DeleteStateMachine. A machine that is not there, or already DELETING, is well."""
    text = request["stateMachineArn"]
    if arns.parse(text, arns.STATE_MACHINE).qualified:
        raise ServiceError("ValidationException", f"A version or an alias cannot be deleted this way: '{text}'")
    row = resources.find_machine(tx, caller, text)
    if row is not None and row.status != "DELETING":
        tx.delete_machine(row)
        tx.machines_changed()
    return {}
