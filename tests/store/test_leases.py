"""Only one process writes: locks that die with their holder, epochs that fence off an owner that does not know yet."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from engine import limits
from engine.store import address, leases, meta
from engine.store.database import Database, open_database
from engine.store.errors import LeaseLost, StoreError
from engine.store.leases import Hold
from engine.store.locks import AdvisoryLock

NOW_MS = 1_700_000_000_000
HOLDER = """
import os, sys
from engine.store import leases
from engine.store.database import open_database
lease = leases.acquire(open_database(sys.argv[1]), 1_700_000_000_000)
child = os.fork() if sys.argv[2] == "fork" else 1
if child:
    print(child, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOCK_PATIENCE_SECONDS", 0.1)


@pytest.fixture
def second(database: Database) -> Iterator[Database]:
    """The same database, opened by somebody else."""
    with open_database(database.address.url.render_as_string(hide_password=False).replace("+pysqlite", "")) as opened:
        yield opened


def _end_lock(database: Database) -> None:
    """Take away the lock behind its owner's back, as a network or a server does."""
    if database.path is not None:
        os.unlink(f"{os.path.realpath(database.path)}-lock")
    else:
        with database.writer.transaction() as connection:
            ended = connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                    "WHERE application_name = 'statewright lock' AND datname = current_database()"
                )
            )
            assert ended.scalars().all() == [True]


def test_every_acquisition_raises_every_epoch(database: Database) -> None:
    for round_number in (1, 2, 3):
        lease = leases.acquire(database, NOW_MS)
        assert lease.epochs == (round_number,) * limits.SHARDS
        assert lease.held()
        with database.writer.transaction() as connection:
            leases.check_epochs(connection, lease)
        lease.release()
        lease.release()
        assert not lease.held()


def test_a_second_owner_is_told_who_the_first_is(database: Database, second: Database) -> None:
    lease = leases.acquire(database, NOW_MS)
    with pytest.raises(StoreError) as refused:
        leases.acquire(second, NOW_MS + 1)
    said = str(refused.value)
    assert f"(pid {os.getpid()} on " in said and "since 2023-11-14T22:13:20.000Z)" in said
    assert "Stop that one first, or use another database" in said
    with database.writer.transaction() as connection:
        leases.check_epochs(connection, lease)
    lease.release()
    leases.acquire(second, NOW_MS).release()


def test_a_lock_whose_holder_has_not_signed_yet(database: Database, second: Database) -> None:
    lease = leases.acquire(database, NOW_MS)
    with database.writer.transaction() as connection:
        connection.execute(text("DELETE FROM shards"))
    with pytest.raises(StoreError, match="it has just begun"):
        leases.acquire(second, NOW_MS)
    lease.release()


def test_an_owner_that_was_replaced_cannot_commit(database: Database, second: Database) -> None:
    old = leases.acquire(database, NOW_MS)
    with database.writer.transaction() as connection:
        leases.check_epochs(connection, old)
        meta.put(connection, "k", "of the old")
    _end_lock(second)
    new = leases.acquire(second, NOW_MS + 1)
    assert not old.held() and new.held()
    with pytest.raises(LeaseLost), database.writer.transaction() as connection:
        meta.put(connection, "k", "of the old, too late")
        leases.check_epochs(connection, old)
    with second.writer.transaction() as connection:
        leases.check_epochs(connection, new)
        assert meta.get(connection, "k") == "of the old"
    new.release()


def test_an_owner_in_the_middle_of_a_commit_is_waited_for(database: Database, second: Database) -> None:
    old = leases.acquire(database, NOW_MS)
    database.writer.begin()
    leases.check_epochs(database.writer.connection, old)
    meta.put(database.writer.connection, "k", "in time")
    _end_lock(second)
    taken: list[leases.Lease] = []
    successor = threading.Thread(target=lambda: taken.append(leases.acquire(second, NOW_MS + 1)))
    successor.start()
    successor.join(0.2)
    assert successor.is_alive() and not taken, "it waits for the commit"
    database.writer.commit()
    successor.join()
    (new,) = taken
    with second.writer.transaction() as connection:
        leases.check_epochs(connection, new)
        assert meta.get(connection, "k") == "in time"
    with pytest.raises(LeaseLost), database.writer.transaction() as connection:
        leases.check_epochs(connection, old)
    old.release()
    new.release()


def test_a_replaced_owner_that_overtook_nobody_may_acquire_again(database: Database) -> None:
    first = leases.acquire(database, NOW_MS)
    _end_lock(database)
    assert not first.held()
    with database.writer.transaction() as connection:
        leases.check_epochs(connection, first)  # nobody came after it: it may still finish
    again = leases.acquire(database, NOW_MS)
    with pytest.raises(LeaseLost), database.writer.transaction() as connection:
        leases.check_epochs(connection, first)
    again.release()


def test_a_lock_that_was_let_go_is_free_at_once(
    database: Database, second: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LOCK_PATIENCE_SECONDS", -1.0)
    for _ in range(20):
        for one in (database, second):
            leases.acquire(one, NOW_MS).release()


def test_a_lost_lock_is_taken_again(database: Database, second: Database) -> None:
    lease = leases.acquire(database, NOW_MS)
    assert lease.keep() is Hold.HELD
    _end_lock(second)
    assert lease.keep() is Hold.REGAINED
    assert lease.keep() is Hold.HELD
    with pytest.raises(StoreError, match="in use by another"):
        leases.acquire(second, NOW_MS)
    with database.writer.transaction() as connection:
        leases.check_epochs(connection, lease)
    lease.release()
    assert lease.keep() is Hold.TAKEN, "what was let go is not taken again"


def test_a_lost_lock_that_another_has(database: Database, second: Database) -> None:
    old = leases.acquire(database, NOW_MS)
    _end_lock(second)
    new = leases.acquire(second, NOW_MS)
    assert old.keep() is Hold.TAKEN
    new.release()
    assert old.keep() is Hold.REGAINED
    with pytest.raises(LeaseLost), database.writer.transaction() as connection:
        leases.check_epochs(connection, old)  # the lock is ours again, the shards are not
    old.release()


@pytest.mark.parametrize("way", ["alone", "fork"])
def test_a_killed_process_loses_its_lock_at_once(database: Database, way: str) -> None:
    """Also when a child process of it, made without exec, lives on."""
    url = database.address.url.render_as_string(hide_password=False).replace("+pysqlite", "")
    if way == "fork" and database.backend == "postgresql":
        pytest.skip("a forked child shares the server's session, so this is for files only")
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, url, way], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdin is not None and holder.stdout is not None
    try:
        child = int(holder.stdout.readline())
        with pytest.raises(StoreError, match=rf"\(pid {holder.pid} on "):
            leases.acquire(database, NOW_MS)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        lease = _acquire_soon(database)
        assert lease.epochs == (2,) * limits.SHARDS
        if way == "fork":
            os.kill(child, 0)  # it lives
        lease.release()
    finally:
        holder.stdin.close()  # ends the child
        holder.stdout.read()
        holder.stdout.close()
        holder.kill()
        holder.wait()


def _acquire_soon(database: Database) -> leases.Lease:
    """A server notices the end of a session when it next reads from it, the kernel at once."""
    for _ in range(1_000):
        try:
            return leases.acquire(database, NOW_MS)
        except StoreError:
            if database.backend == "sqlite":
                raise
    raise AssertionError("the lock of the killed process stays")


def test_a_lock_file_that_cannot_be_made(database: Database) -> None:
    if database.path is None:
        pytest.skip("a lock of Postgres has no file")
    os.mkdir(f"{os.path.realpath(database.path)}-lock")
    with pytest.raises(StoreError, match=r"lock file .* cannot be opened"):
        leases.acquire(database, NOW_MS)


def test_a_server_that_is_gone_is_named_without_its_password() -> None:
    lock = AdvisoryLock(address.parse("postgresql://u:hunter2@127.0.0.1:1/d"))
    with pytest.raises(StoreError, match=r"u:\*\*\*@127\.0\.0\.1:1/d .* No server listens there") as refused:
        lock.try_acquire()
    assert "hunter2" not in str(refused.value)
    assert not lock.held()
