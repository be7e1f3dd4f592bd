"""What goes when a deleted machine's executions go, and what stays when everything is forgotten."""

from sqlalchemy import Connection, func, select

from engine.store import executions, history, meta, purge, tags
from engine.store.tables import metadata
from tests.store.builders import execution, machine, page


def test_executions_of_a_machine_go_in_portions_with_their_history(store: Connection) -> None:
    executions.insert_many(store, [execution(key, 1, status="SUCCEEDED") for key in (1, 2, 3)] + [execution(4, 2)])
    history.append_many(store, [page(key, first, first + 1) for key in (1, 2, 3, 4) for first in (1, 3)])
    assert [purge.executions_of_machine(store, 1, 2) for _ in range(3)] == [2, 1, 0]
    assert [len(history.pages(store, key, None, 9, False)) for key in (1, 2, 3, 4)] == [0, 0, 0, 2]
    assert executions.by_key(store, 4) is not None


def test_everything_goes_but_what_makes_the_database_ours(store: Connection) -> None:
    machine(store)
    tags.put_many(store, "arn", [("k", "v")])
    executions.insert_many(store, [execution(1)])
    token_key = meta.get(store, meta.TOKEN_KEY)
    purge.everything(store)
    rows = {
        table.name: store.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }
    assert {name for name, count in rows.items() if count} == {"meta"}
    assert meta.get(store, meta.TOKEN_KEY) == token_key is not None
