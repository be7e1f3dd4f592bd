"""PublishStateMachineVersion, DeleteStateMachineVersion, ListStateMachineVersions, and publishing as CreateStateMachine
and UpdateStateMachine do it.

A version is a revision under a number. A revision is published once: publishing it again answers with the version that
it has, whatever description comes with it (AWS: the idempotency goes by the machine and the revision).
"""

from engine import limits
from engine.api import arns, resources
from engine.api.paging import read_page
from engine.api.resources import Request, Response
from engine.api.times import seconds
from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.protocol import EngineTransaction, ReadTransaction
from engine.store import aliases, versions
from engine.store.rows import MachineRow, VersionRow

INITIAL = "INITIAL"  # stands for the revision that has no id: the one that the machine was created with


def publish_state_machine_version(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """PublishStateMachineVersion. With `revisionId`: only while that is the machine's current revision."""
    machine = resources.active_machine(tx, caller, request["stateMachineArn"])
    current, wanted = machine.revision_id or INITIAL, request.get("revisionId")
    if wanted not in (None, current):
        raise ServiceError(
            "ConflictException",
            f"Failed to publish the State Machine version for revision {wanted}. "
            f"The current State Machine revision is {current}.",
            409,
        )
    version = publish(tx, machine, request.get("description"))
    return {"creationDate": seconds(version.created_ms), "stateMachineVersionArn": version_arn(machine, version)}


def publish(tx: EngineTransaction, machine: MachineRow, description: str | None) -> VersionRow:
    """The version of a machine's current revision, made where there is none. Raises ServiceQuotaExceededException."""
    found = versions.of_revision(tx.connection, machine.id, machine.revision)
    if found is not None:
        return found
    if versions.count(tx.connection, machine.id) >= limits.VERSIONS_MAX:
        raise ServiceError(
            "ServiceQuotaExceededException",
            f"The maximum number of versions of a state machine, {limits.VERSIONS_MAX}, is reached. "
            "Delete those that are not used.",
            402,
        )
    return versions.publish(tx.connection, machine.id, machine.revision, description, tx.moment.epoch_ms)


def version_arn(machine: MachineRow, version: VersionRow) -> str:
    return arns.qualified_arn(machine.arn, version.version)


def delete_state_machine_version(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """DeleteStateMachineVersion. One that is not there is well; one that an alias leads to is kept.

    What runs it runs on: an execution has its revision.
    """
    text = request["stateMachineVersionArn"]
    arn = resources.machine_arn(text)
    if arn.version is None:
        raise arns.invalid(f"Not the ARN of a state machine version: {text}")
    machine = tx.find_machine(arn.unqualified) if arn.belongs_to(caller) else None
    if machine is None:
        return {}
    users = aliases.of_version(tx.connection, machine.id, arn.version)
    if users:
        raise ServiceError(
            "ConflictException",
            "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this "
            f"version: [{', '.join(alias.name for alias in users)}]",
            409,
        )
    versions.delete(tx.connection, machine.id, arn.version)
    tx.machines_changed()
    return {}


def list_state_machine_versions(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """ListStateMachineVersions, the newest first; an empty list where nothing was published."""
    machine = resources.machine(tx, caller, request["stateMachineArn"])
    page = read_page(tx, request, "ListStateMachineVersions", machine.arn, machine.id)
    rows = versions.list_page(tx.connection, machine.id, page.cursor, page.size + 1)
    answer: Response = {
        "stateMachineVersions": [
            {"stateMachineVersionArn": version_arn(machine, row), "creationDate": seconds(row.created_ms)}
            for row in rows[: page.size]
        ]
    }
    if len(rows) > page.size:
        answer["nextToken"] = page.token(rows[page.size - 1].version)
    return answer
