"""What the migrations make, and which databases they leave alone."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from engine.store import leases, meta
from engine.store import upgrade as upgrade_module
from engine.store.database import Database, open_database
from engine.store.errors import StoreError
from engine.store.tables import metadata
from engine.store.upgrade import VERSION_TABLE, Upgraded, upgrade

NEWEST = "0002"
NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table("added", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("machines", sa.Column("colour", sa.Text))
    {then}
"""
SCHEMA = {
    "sqlite": [  # not the texts of the tables, which keep how they came about
        'SELECT t.name, c.name, c.cid, c.type, c."notnull", c.dflt_value, c.pk, '
        "t.sql LIKE '%AUTOINCREMENT%' FROM sqlite_master t, "
        "pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name <> :version ORDER BY 1, 3",
        'SELECT t.name, i.name, i."unique", c.name, s.sql FROM sqlite_master t, pragma_index_list(t.name) i, '
        "pragma_index_info(i.name) c LEFT JOIN sqlite_master s ON s.name = i.name AND s.type = 'index' "
        "WHERE t.type = 'table' AND t.name <> :version ORDER BY 1, 2, c.seqno",
    ],
    "postgresql": [
        "SELECT table_name, column_name, ordinal_position, data_type, is_nullable, column_default, collation_name "
        "FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> :version ORDER BY 1, 3",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> :version ORDER BY 1",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace "
        "AND conrelid <> coalesce(to_regclass(:version), 0) ORDER BY 1",
    ],
}


def _schema(connection: Connection) -> list[list[tuple[str, ...]]]:
    """Everything that defines our tables, in words that can be compared."""
    statements = SCHEMA[connection.dialect.name]
    found = [connection.execute(text(statement), {"version": VERSION_TABLE}).all() for statement in statements]
    return [[tuple(" ".join(str(value).split()) for value in row) for row in rows] for rows in found]


def test_the_migrations_make_what_the_tables_say(fresh_url: str) -> None:
    with open_database(fresh_url) as database:
        upgrade(database)
        with database.reader() as connection:
            migrated = _schema(connection)
        with database.writer.transaction() as connection:
            metadata.drop_all(connection)
            metadata.create_all(connection)
        with database.reader() as connection:
            assert migrated == _schema(connection)
    assert len(migrated[0]) > len(metadata.tables)


def test_what_the_back_ends_need_is_in_the_schema(database: Database) -> None:
    with database.reader() as connection:
        said = "\n".join(" ".join(row) for rows in _schema(connection) for row in rows)
    if database.backend == "sqlite":
        assert "CREATE INDEX branches_due ON branches (wake_ms, execution, branch) WHERE wake_ms IS NOT NULL" in said
        assert "executions key 0 INTEGER 1 None 1" in said, "the rowid itself"
    else:
        assert "branches_due ON public.branches USING btree (wake_ms, execution, branch) WHERE (wake_ms IS" in said
        assert "executions arn 3 text NO None C" in said, "bytewise order"


def test_an_upgrade_is_made_once(fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # nothing depends on the working folder
    with open_database(fresh_url) as database:
        assert upgrade(database) == Upgraded(None, NEWEST)
        with database.reader() as connection:
            key = meta.get(connection, meta.TOKEN_KEY)
        assert upgrade(database) == Upgraded(NEWEST, NEWEST)
        with database.reader() as connection:
            assert meta.get(connection, meta.TOKEN_KEY) == key
    assert key is not None and len(bytes.fromhex(key)) == 32


def test_each_database_signs_with_a_key_of_its_own() -> None:
    keys = set()
    for _ in range(2):
        with open_database("sqlite://") as database:
            upgrade(database)
            with database.reader() as connection:
                keys.add(meta.get(connection, meta.TOKEN_KEY))
    assert len(keys) == 2


def test_a_newer_database_is_refused_and_left_alone(database: Database) -> None:
    with database.writer.transaction() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0999'"))
    before = _dump(database)
    with pytest.raises(StoreError, match=r"newer version of Statewright \(its schema is 0999, .* knows is 0002\)"):
        upgrade(database)
    assert _dump(database) == before


@pytest.mark.parametrize("table", ["customers", "alembic_version", "executions"])
def test_the_database_of_another_program_is_refused_and_left_alone(fresh_url: str, table: str) -> None:
    with open_database(fresh_url) as database:
        with database.writer.transaction() as connection:
            connection.execute(text(f"CREATE TABLE {table} (id INTEGER)"))
        before = _dump(database)
        with pytest.raises(StoreError, match=rf"belongs to another program: it has tables \({table}\)"):
            upgrade(database)
        assert _dump(database) == before


def test_a_schema_of_its_own_in_a_shared_postgres_database(postgres_url: str) -> None:
    with open_database(postgres_url) as database, database.writer.transaction() as connection:
        connection.execute(text("CREATE TABLE customers (id INTEGER)"))
        connection.execute(text("CREATE SCHEMA engine"))
    with open_database(f"{postgres_url}&options=-csearch_path%3Dengine") as database:
        assert upgrade(database).after == NEWEST
        first = leases.acquire(database, 1)
    with open_database(f"{postgres_url}&options=-csearch_path%3Dnone") as database:
        with pytest.raises(StoreError, match="has no schema to work in"):
            upgrade(database)
    first.release()


def test_an_upgrade_that_fails_leaves_nothing(fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with open_database(fresh_url) as database:
        monkeypatch.setattr(meta, "put", fail)
        with pytest.raises(ZeroDivisionError):
            upgrade(database)
        with database.reader() as connection:
            assert not any(_schema(connection))
        monkeypatch.undo()
        assert upgrade(database) == Upgraded(None, NEWEST)


def test_upgrades_at_once_take_turns(fresh_url: str) -> None:
    def open_and_upgrade(_: int) -> Upgraded:
        with open_database(fresh_url) as database:
            return upgrade(database)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(open_and_upgrade, range(4)))
    assert sorted(str(done.before) for done in made) == [NEWEST, NEWEST, NEWEST, "None"]


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The version file of a release to come, which upgrades find beside today's."""
    folder = tmp_path / "100% migrations"
    shutil.copytree(str(files("migrations")), folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(upgrade_module, "files", lambda _: folder)
    return folder / "versions" / "v0003_added.py"


def test_a_later_version_upgrades_when_nobody_uses_the_database(database: Database, next_version: Path) -> None:
    next_version.write_text(NEXT.format(then=""))
    lease = leases.acquire(database, 1_700_000_000_000)
    before = _dump(database)
    with pytest.raises(StoreError, match=r"in use by another Statewright process \(pid \d+ on .*, since 2023-11-14T"):
        upgrade(database)
    assert _dump(database) == before
    lease.release()
    assert upgrade(database) == Upgraded(NEWEST, "0003")
    leases.acquire(database, 2).release()


def test_a_migration_that_fails_leaves_the_database_as_it_was(database: Database, next_version: Path) -> None:
    next_version.write_text(NEXT.format(then="raise ZeroDivisionError"))
    before = _dump(database)
    with pytest.raises(ZeroDivisionError):
        upgrade(database)
    assert _dump(database) == before
    leases.acquire(database, 1).release()


def _dump(database: Database) -> object:
    """The schema and the version, for before and after."""
    names = {"sqlite": "SELECT name FROM sqlite_master", "postgresql": "SELECT relname FROM pg_class"}
    with database.reader() as connection:
        ours = VERSION_TABLE in set(connection.execute(text(names[database.backend])).scalars())
        version = connection.execute(text(f"SELECT * FROM {VERSION_TABLE}")).all() if ours else None
        return _schema(connection), version
