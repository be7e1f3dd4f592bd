"""From an ARN in a request to the row that it names, or AWS's error that there is none.

What belongs to another account, region or partition does not exist for the caller.
"""

from typing import Any

from engine.api import arns
from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.protocol import ReadTransaction
from engine.store import activities
from engine.store.rows import ActivityRow, ExecutionRow, MachineRow

Request = dict[str, Any]
Response = dict[str, Any]


def find_machine(tx: ReadTransaction, caller: Caller, text: str) -> MachineRow | None:
    """The machine with this ARN; a version or an alias is no machine.

    Raises InvalidArn, and ValidationException for the ARN of a distributed Map state.
    """
    arn = machine_arn(text)
    if arn.qualified or not arn.belongs_to(caller):
        return None
    return tx.find_machine(text)


def machine_arn(text: str) -> arns.Arn:
    """The ARN of a machine, a version or an alias. Raises as find_machine does."""
    arn = arns.parse(text, arns.STATE_MACHINE)
    if arn.labelled:
        raise ServiceError(
            "ValidationException",
            f"This operation does not support the ARN of a Distributed Map state: '{text}'",
            fields={"reason": "API_DOES_NOT_SUPPORT_LABELED_ARNS"},
        )
    return arn


def machine(tx: ReadTransaction, caller: Caller, text: str) -> MachineRow:
    """As find_machine, but raises StateMachineDoesNotExist where there is none."""
    row = find_machine(tx, caller, text)
    if row is None:
        raise no_machine(text)
    return row


def no_machine(text: str) -> ServiceError:
    return ServiceError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{text}'")


def not_found(text: str) -> ServiceError:
    """What the operations on tags and aliases say of an ARN that leads nowhere."""
    return ServiceError("ResourceNotFound", f"Resource not found: '{text}'", fields={"resourceName": text})


def active_machine(tx: ReadTransaction, caller: Caller, text: str) -> MachineRow:
    """As machine, but raises StateMachineDeleting for one that is on its way out."""
    row = machine(tx, caller, text)
    check_active(row)
    return row


def check_active(row: MachineRow) -> None:
    if row.status == "DELETING":
        raise ServiceError("StateMachineDeleting", f"State Machine is being deleted: '{row.arn}'")


def execution(tx: ReadTransaction, caller: Caller, text: str) -> ExecutionRow:
    """The Standard execution with this ARN. Raises InvalidArn (for an Express one too) or ExecutionDoesNotExist."""
    return _execution(tx, caller, text, arns.parse(text, arns.EXECUTION))


def described_execution(tx: ReadTransaction, caller: Caller, text: str) -> ExecutionRow:
    """As execution; or the Express child of a Map Run, which alone of the Express executions is kept."""
    child = arns.is_express_child(text)
    return _execution(tx, caller, text, arns.parse(text, arns.EXPRESS if child else arns.EXECUTION))


def _execution(tx: ReadTransaction, caller: Caller, text: str, arn: arns.Arn) -> ExecutionRow:
    row = tx.find_execution(text) if arn.belongs_to(caller) else None
    if row is None:
        raise ServiceError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{text}'")
    return row


def find_activity(tx: ReadTransaction, caller: Caller, text: str) -> ActivityRow | None:
    """The activity with this ARN. Raises InvalidArn."""
    arn = arns.parse(text, arns.ACTIVITY)
    return activities.by_arn(tx.connection, text) if arn.belongs_to(caller) else None


def activity(tx: ReadTransaction, caller: Caller, text: str) -> ActivityRow:
    """As find_activity, but raises ActivityDoesNotExist where there is none."""
    row = find_activity(tx, caller, text)
    if row is None:
        raise ServiceError("ActivityDoesNotExist", f"Activity Does Not Exist: '{text}'")
    return row
