"""State machines and their revisions as rows."""

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from engine.store import executions, machines, tags
from tests.store.builders import ARN, execution, machine


def test_a_machine_is_read_back_with_its_first_revision(store: Connection) -> None:
    made = machine(store, "orders", type="EXPRESS")
    row = machines.by_arn(store, f"{ARN}:stateMachine:orders")
    assert row is not None and row == machines.by_id(store, made)
    assert (row.id, row.name, row.type, row.status) == (made, "orders", "EXPRESS", "ACTIVE")
    assert (row.definition, row.revision_id) == ('{"StartAt":"Ä"}', None)
    assert row.created_ms == row.updated_ms == 1_700_000_000_000


def test_a_new_revision_is_current_and_the_old_one_stays(store: Connection) -> None:
    made = machine(store)
    first = machines.by_id(store, made)
    second = machines.add_revision(
        store,
        made,
        revision_id="r2",
        definition="{}",
        role_arn="role2",
        logging="l",
        tracing="t",
        encryption="e",
        created_ms=1_700_000_000_999,
    )
    row = machines.by_id(store, made)
    assert first is not None and row is not None
    assert (row.revision, row.revision_id, row.definition, row.role_arn) == (second, "r2", "{}", "role2")
    assert (row.created_ms, row.updated_ms) == (1_700_000_000_000, 1_700_000_000_999)
    old, new = machines.revision(store, first.revision), machines.revision(store, second)
    assert old is not None and old.definition == first.definition and old.machine == made
    assert new is not None and (new.logging, new.tracing, new.encryption) == ("l", "t", "e")


def test_an_arn_is_unique(store: Connection) -> None:
    machine(store)
    with pytest.raises(IntegrityError), store.begin_nested():
        machine(store)


def test_deleting_takes_revisions_and_tags_and_nothing_else(store: Connection) -> None:
    gone, kept = machine(store, "gone"), machine(store, "kept")
    row = machines.by_id(store, gone)
    assert row is not None
    for name in ("gone", "kept"):
        tags.put_many(store, f"{ARN}:stateMachine:{name}", [("k", name)])
    machines.delete(store, gone)
    assert machines.by_id(store, gone) is None
    assert machines.revision(store, row.revision) is None
    assert tags.of_resource(store, row.arn) == []
    assert tags.of_resource(store, f"{ARN}:stateMachine:kept") == [("k", "kept")]
    assert machines.by_id(store, kept) is not None
    assert machine(store, "gone") > kept, "ids are not used again: old executions name them"


def test_what_is_not_there_is_none(store: Connection) -> None:
    assert machines.by_arn(store, "arn:none") is None
    assert machines.by_id(store, 10_000) is None
    assert machines.revision(store, 10_000) is None


def test_pages_hold_one_account_and_region_in_the_order_of_the_arn(store: Connection) -> None:
    names = ["b", "B", "a-1", "a.1", "a", "_", "Z", "z"]
    for name in names:
        machine(store, name)
    machine(store, "elsewhere", region="us-east-1")
    machine(store, "somebody", account="111111111111")
    seen: list[str] = []
    after = None
    while found := machines.list_page(store, "000000000000", "eu-west-1", after, 3):
        assert len(found) <= 3
        seen += [row.name for row in found]
        after = found[-1].arn
    assert seen == sorted(names), "by bytes, on any back end and locale"
    assert machines.count(store, "000000000000", "eu-west-1") == len(names)
    assert machines.count(store, "111111111111", "eu-west-1") == 1


def test_drained_machines_are_deleting_and_have_nothing_running(store: Connection) -> None:
    active, busy, drained = (machine(store, name) for name in ("active", "busy", "drained"))
    executions.insert_many(store, [execution(1, busy), execution(2, drained, status="FAILED")])
    for made in (busy, drained):
        machines.set_status(store, made, "DELETING")
    assert [row.id for row in machines.drained(store)] == [drained]
    row = machines.by_id(store, active)
    assert row is not None and row.status == "ACTIVE"
