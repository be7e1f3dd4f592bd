"""Versions, aliases, and the executions that were started by one."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from engine.store import aliases, executions, express_starts, machines, versions
from engine.store.rows import AliasRow, MachineRow
from tests.store.builders import execution, express_start, machine

NOW = 1_700_000_000_000


def _machine(store: Connection) -> MachineRow:
    row = machines.by_id(store, machine(store))
    assert row is not None
    return row


def _revise(store: Connection, row: MachineRow, definition: str) -> MachineRow:
    kept = {name: getattr(row, name) for name in ("role_arn", "logging", "tracing", "encryption")}
    machines.add_revision(store, row.id, revision_id=definition, definition=definition, created_ms=NOW + 1, **kept)
    revised = machines.by_id(store, row.id)
    assert revised is not None
    return revised


def test_a_version_is_a_revision_for_good(store: Connection) -> None:
    first = _machine(store)
    versions.publish(store, first.id, first.revision, "Ä\0", NOW)
    second = _revise(store, first, "{}")
    assert versions.at_version(store, second, 1) == replace(first, version=1)
    assert versions.at_version(store, second, 2) is None
    assert versions.at_version(store, second, 10**30) is None
    found = versions.of_revision(store, first.id, first.revision)
    assert found == versions.by_number(store, first.id, 1)
    assert found is not None and (found.description, found.created_ms) == ("Ä\0", NOW)
    assert versions.of_revision(store, first.id, second.revision) is None


def test_a_number_is_never_used_again(store: Connection) -> None:
    row = _machine(store)
    assert [versions.publish(store, row.id, row.revision, None, NOW).version for _ in range(2)] == [1, 2]
    versions.delete(store, row.id, 2)
    versions.delete(store, row.id, 7)
    versions.delete(store, row.id, 10**30)
    assert versions.by_number(store, row.id, 2) is None
    assert versions.by_number(store, row.id, 10**30) is None
    assert versions.publish(store, row.id, row.revision, None, NOW).version == 3
    assert versions.count(store, row.id) == 2


def test_pages_of_versions_are_newest_first(store: Connection) -> None:
    row = _machine(store)
    other = machine(store, "other")
    versions.publish(store, other, 1, None, NOW)
    for _ in range(12):
        versions.publish(store, row.id, row.revision, None, NOW)
    assert [found.version for found in versions.list_page(store, row.id, None, 10)] == list(range(12, 2, -1))
    assert [found.version for found in versions.list_page(store, row.id, 3, 10)] == [2, 1]


def _alias(machine_id: int, name: str, *routing: tuple[int, int]) -> AliasRow:
    return AliasRow(machine_id, name, f"{name}\0", routing, NOW, NOW)


def test_an_alias_is_as_it_was_written(store: Connection) -> None:
    row = _machine(store)
    stored = _alias(row.id, "PROD", (1, 70), (2, 30))
    aliases.insert(store, stored)
    assert aliases.by_name(store, row.id, "PROD") == stored
    assert aliases.by_name(store, row.id, "prod") is None
    changed = replace(stored, description=None, routing=((2, 100),), updated_ms=NOW + 5)
    aliases.update(store, changed)
    assert aliases.by_name(store, row.id, "PROD") == changed
    aliases.delete(store, row.id, "PROD")
    aliases.delete(store, row.id, "PROD")
    assert aliases.by_name(store, row.id, "PROD") is None


def test_a_name_is_taken_once(store: Connection) -> None:
    row = _machine(store)
    aliases.insert(store, _alias(row.id, "PROD", (1, 100)))
    with pytest.raises(IntegrityError):
        aliases.insert(store, _alias(row.id, "PROD", (2, 100)))


def test_aliases_by_name_and_by_version(store: Connection) -> None:
    row = _machine(store)
    other = machine(store, "other")
    for name, routing in (("b", ((1, 100),)), ("B", ((2, 50), (1, 50))), ("a-1", ((2, 100),))):
        aliases.insert(store, _alias(row.id, name, *routing))
    aliases.insert(store, _alias(other, "x", (1, 100)))
    assert [found.name for found in aliases.of_machine(store, row.id)] == ["B", "a-1", "b"]
    assert [found.name for found in aliases.of_version(store, row.id, 1)] == ["B", "b"]
    assert aliases.of_version(store, row.id, 3) == []
    assert aliases.count(store, row.id) == 3


def test_a_machine_takes_its_versions_and_aliases_with_it(store: Connection) -> None:
    row, other = _machine(store), machine(store, "other")
    for machine_id in (row.id, other):
        versions.publish(store, machine_id, row.revision, None, NOW)
        aliases.insert(store, _alias(machine_id, "PROD", (1, 100)))
    machines.delete(store, row.id)
    assert (versions.count(store, row.id), aliases.count(store, row.id)) == (0, 0)
    assert (versions.count(store, other), aliases.count(store, other)) == (1, 1)


def test_executions_by_what_started_them(store: Connection) -> None:
    named = [(None, None), (1, None), (1, "PROD"), (2, "PROD"), (2, None)]
    rows = [execution(key, version=version, alias=alias) for key, (version, alias) in enumerate(named, 1)]
    rows[4]["status"] = "SUCCEEDED"
    executions.insert_many(store, rows)

    def keys(status: str | None = None, **qualifier: object) -> list[int]:
        return [row.key for row in executions.list_page(store, 1, status, None, 10, **qualifier)]  # type: ignore[arg-type]

    assert keys() == [5, 4, 3, 2, 1]
    assert keys(version=1) == [3, 2]
    assert keys(version=2) == [5, 4]
    assert keys("RUNNING", version=2) == [4]
    assert keys("FAILED", version=2) == []
    assert keys(alias="PROD") == [4, 3]
    assert keys(alias="prod") == []
    found = executions.by_key(store, 3)
    assert found is not None and (found.version, found.alias) == (1, "PROD")


def test_an_express_start_remembers_what_was_named(store: Connection) -> None:
    express_starts.insert_many(store, [express_start(1, version=3, alias="PROD"), express_start(2)])
    found = express_starts.all_page(store, None, 10)
    assert [(row.version, row.alias) for row in found] == [(3, "PROD"), (None, None)]
