"""`statewright keys rotate`, as an operator runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.store.database import open_database
from engine.store.keyring import TransactionKeys, open_keyring
from engine.store.leases import acquire
from engine.store.master_key import make_key_file, read_key_file
from engine.store.upgrade import upgrade

VALUE = b"a value"


def command(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("STATEWRIGHT_")} | variables
    return subprocess.run(
        [sys.executable, "-m", "engine.cli.main", "keys", "rotate", *arguments],
        cwd=folder,
        env={**environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def sealed(tmp_path: Path) -> bytes:
    """A value in my.db, under a key that was made on first use."""
    with open_database(f"sqlite:///{tmp_path}/my.db", durable=False) as database:
        upgrade(database)
        ring = open_keyring(database, None, None)
        with database.writer.transaction() as connection:
            return TransactionKeys(ring, connection, 1).seal_alone(VALUE, b"")


def opened(folder: Path, sealed: bytes, key: str | None = None) -> bytes:
    with open_database(f"sqlite:///{folder}/my.db", durable=False) as database, database.reader() as connection:
        return open_keyring(database, key, None).open(connection, sealed, b"")


DB = ("--db", "sqlite:///my.db")


def test_the_key_file_is_replaced_and_the_old_one_kept(tmp_path: Path, sealed: bytes) -> None:
    old = read_key_file(tmp_path / "my.db.key")
    assert old is not None
    done = command(tmp_path, *DB)
    assert done.returncode == 0, done.stderr
    new = read_key_file(tmp_path / "my.db.key")
    assert new is not None and new.id != old.id
    assert f"1 data key rewrapped. The master key in {tmp_path}/my.db.key is now {new.id}." in done.stderr
    kept = read_key_file(tmp_path / f"my.db.key.{old.id}")
    assert kept is not None and kept.id == old.id
    assert not (tmp_path / "my.db.key.new").exists()
    assert opened(tmp_path, sealed) == VALUE


def test_it_finishes_the_files_when_it_was_stopped_before_them(tmp_path: Path, sealed: bytes) -> None:
    key = tmp_path / "my.db.key"
    old = read_key_file(key)
    assert command(tmp_path, *DB).returncode == 0 and old is not None
    key.rename(tmp_path / "my.db.key.new")  # as it was before the last two steps
    (tmp_path / f"my.db.key.{old.id}").rename(key)
    assert command(tmp_path, *DB).returncode == 0
    assert opened(tmp_path, sealed) == VALUE
    key.rename(tmp_path / "my.db.key.new")  # without the file in its place
    assert command(tmp_path, *DB).returncode == 0
    assert opened(tmp_path, sealed) == VALUE


def test_a_draft_that_was_left_behind_does_not_pass_for_a_new_key(tmp_path: Path, sealed: bytes) -> None:
    key, left = tmp_path / "my.db.key", tmp_path / "my.db.key.new"
    left.write_bytes(key.read_bytes())
    done = command(tmp_path, *DB)
    assert done.returncode == 0 and "1 data key rewrapped" in done.stderr
    assert not left.exists() and opened(tmp_path, sealed) == VALUE


def test_a_key_in_the_environment(tmp_path: Path, sealed: bytes) -> None:
    text = (tmp_path / "my.db.key").read_text().strip()
    refused = command(tmp_path, *DB, STATEWRIGHT_MASTER_KEY=text)
    assert refused.returncode == 1 and "say with --new-key-file" in refused.stderr
    done = command(tmp_path, *DB, "--new-key-file", "next", STATEWRIGHT_MASTER_KEY=text)
    assert done.returncode == 0 and "in next: put it into STATEWRIGHT_MASTER_KEY" in done.stderr, done.stderr
    assert "[encryption] master_key_file" in done.stderr
    new = (tmp_path / "next").read_text()
    assert opened(tmp_path, sealed, new) == VALUE
    assert text not in done.stderr + done.stdout and new.strip() not in done.stderr + done.stdout


def test_a_key_that_is_given_for_a_file(tmp_path: Path, sealed: bytes) -> None:
    given = make_key_file(tmp_path / "given")
    assert command(tmp_path, *DB, "--new-key-file", "given").returncode == 0
    now = read_key_file(tmp_path / "my.db.key")
    assert now is not None and now.id == given.id and opened(tmp_path, sealed) == VALUE
    assert (tmp_path / "given").exists(), "it is the operator's"
    again = command(tmp_path, *DB, "--new-key-file", "given")
    assert again.returncode == 1 and "is the master key already" in again.stderr


def test_refusals(tmp_path: Path, sealed: bytes) -> None:
    nothing = command(tmp_path, "--db", "sqlite:///other.db")
    assert nothing.returncode == 1 and "There is no database other.db" in nothing.stderr
    assert not (tmp_path / "other.db").exists()
    with open_database(f"sqlite:///{tmp_path}/empty.db") as database:
        upgrade(database)
    plain = command(tmp_path, "--db", "sqlite:///empty.db")
    assert plain.returncode == 1 and "nothing has been encrypted yet" in plain.stderr
    throwaway = command(tmp_path, "--db", "sqlite:///:memory:")
    assert throwaway.returncode == 1 and "throwaway" in throwaway.stderr
    with open_database(f"sqlite:///{tmp_path}/my.db") as database:
        lease = acquire(database, 1)
        busy = command(tmp_path, *DB)
        lease.release()
    assert busy.returncode == 1 and "is in use by another Statewright process" in busy.stderr
