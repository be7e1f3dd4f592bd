"""From a state machine's ARN to the revision that it stands for: the machine's current one, that of a version, or that
of the version to which an alias leads this time.

| ARN | a start runs | and remembers |
|---|---|---|
| `...:stateMachine:NAME` | the current revision | nothing, even where that revision is published |
| `...:stateMachine:NAME:3` | the revision of version 3 | the version |
| `...:stateMachine:NAME:PROD` | that of a version of the alias, by weight | the version and the alias |

Source: AWS Step Functions, "How Step Functions associates executions with a version or alias".
"""

from dataclasses import replace

from engine.api import resources
from engine.contract import Caller
from engine.errors import InvariantError
from engine.runtime.protocol import ReadTransaction
from engine.store.rows import AliasRow, MachineRow

Routing = tuple[tuple[int, int], ...]


def startable(tx: ReadTransaction, caller: Caller, text: str) -> MachineRow:
    """What a start of this ARN runs; its `version` and `alias` say what was named.

    Raises InvalidArn, ValidationException, StateMachineDoesNotExist, StateMachineDeleting.
    """
    row, alias = named(tx, caller, text)
    resources.check_active(row)
    return row if alias is None else _at(tx, row, alias, drawn(alias.routing, tx.moment.random()))


def shown(tx: ReadTransaction, caller: Caller, text: str) -> MachineRow:
    """What DescribeStateMachine shows of this ARN; of an alias, the version that most of its starts run."""
    row, alias = named(tx, caller, text)
    if alias is None:
        return row
    return _at(tx, row, alias, max(alias.routing, key=lambda route: route[1])[0])


def named(tx: ReadTransaction, caller: Caller, text: str) -> tuple[MachineRow, AliasRow | None]:
    """The machine (in its version, where the ARN names one) and the alias, where the ARN names one.

    Raises InvalidArn, ValidationException, StateMachineDoesNotExist.
    """
    arn = resources.machine_arn(text)
    row = tx.find_machine(arn.unqualified) if arn.belongs_to(caller) else None
    if row is None:
        raise resources.no_machine(text)
    if not arn.qualified:
        return row, None
    alias = None if arn.alias is None else tx.find_alias(row, arn.alias)
    if alias is not None:
        return row, alias
    at_version = None if arn.version is None else tx.at_version(row, arn.version)
    if at_version is None:
        raise resources.no_machine(text)
    return at_version, None


def drawn(routing: Routing, fraction: float) -> int:
    """The version that a start runs, by a random number in [0, 1)."""
    point = fraction * 100
    for version, weight in routing:
        if point < weight:
            return version
        point -= weight
    raise InvariantError(f"the weights of {routing} are not 100 together")


def _at(tx: ReadTransaction, machine: MachineRow, alias: AliasRow, version: int) -> MachineRow:
    row = tx.at_version(machine, version)
    if row is None:
        raise InvariantError(f"the alias {alias.name} of {machine.arn} leads to version {version}, which is gone")
    return replace(row, alias=alias.name)
