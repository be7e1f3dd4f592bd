"""What the writer remembers between batches so as not to ask the store each time: machines by ARN, their
versions and aliases, compiled revisions, the machines under deletion, and what Tasks can call.

A compiled revision never changes, so it is kept until it is old; the machines, versions and aliases are forgotten as
soon as one changes or a batch fails.
"""

from collections import OrderedDict
from typing import TypeVar, cast

from sqlalchemy import Connection

from engine import limits
from engine.asl.compiler import compile_machine
from engine.asl.model import Machine, MachineType, ServiceResource
from engine.contract import Action, Actions, Call
from engine.store import aliases, machines, versions
from engine.store.rows import AliasRow, MachineRow

_Key = TypeVar("_Key")
_Row = TypeVar("_Row")


class CompiledMachines:
    """The compiled revisions used last. A revision never changes."""

    def __init__(self) -> None:
        self._machines: OrderedDict[int, Machine] = OrderedDict()

    def get(self, revision: int, definition: str, machine_type: str) -> Machine:
        machine = self._machines.get(revision)
        if machine is not None:
            self._machines.move_to_end(revision)
            return machine
        # It was valid when it was stored, whatever targets this server has today: a Task without one fails then.
        machine = compile_machine(definition, cast(MachineType, machine_type), None)
        self._machines[revision] = machine
        if len(self._machines) > limits.CACHED_MACHINES_MAX:
            self._machines.popitem(last=False)
        return machine


def _keep(cache: dict[_Key, _Row], key: _Key, value: _Row) -> None:
    if len(cache) >= limits.CACHED_MACHINES_MAX:
        cache.clear()
    cache[key] = value


class Directory:
    def __init__(self, actions: Actions):
        self._actions = actions
        self._machines: dict[str, MachineRow] = {}
        self._versions: dict[tuple[int, int], MachineRow] = {}
        self._aliases: dict[tuple[int, str], AliasRow] = {}
        self._compiled = CompiledMachines()
        self.deleting: set[int] = set()

    def find(self, connection: Connection, arn: str) -> MachineRow | None:
        row = self._machines.get(arn)
        if row is None:
            row = machines.by_arn(connection, arn)
            if row is not None:
                _keep(self._machines, arn, row)
        return row

    def at_version(self, connection: Connection, machine: MachineRow, number: int) -> MachineRow | None:
        """The machine in one of its versions."""
        row = self._versions.get((machine.id, number))
        if row is None:
            row = versions.at_version(connection, machine, number)
            if row is not None:
                _keep(self._versions, (machine.id, number), row)
        return row

    def find_alias(self, connection: Connection, machine: MachineRow, name: str) -> AliasRow | None:
        row = self._aliases.get((machine.id, name))
        if row is None:
            row = aliases.by_name(connection, machine.id, name)
            if row is not None:
                _keep(self._aliases, (machine.id, name), row)
        return row

    def forget(self) -> None:
        self._machines.clear()
        self._versions.clear()
        self._aliases.clear()

    def compiled(self, revision: int, definition: str, machine_type: str) -> Machine:
        return self._compiled.get(revision, definition, machine_type)

    def action(self, called: Call | ServiceResource) -> Action | None:
        return self._actions.find(called.service, called.action, called.sdk)

    # ---- machines under deletion ----

    def is_deleting(self, machine_id: int) -> bool:
        return machine_id in self.deleting

    def begin_deletion(self, machine_id: int) -> None:
        self.deleting.add(machine_id)
        self.forget()

    def end_deletion(self, machine_id: int) -> None:
        self.deleting.discard(machine_id)
        self.forget()

    def reload(self, connection: Connection) -> None:
        """After a start or a lost batch: what the store says."""
        self.forget()
        self.deleting = set(machines.deleting(connection))
