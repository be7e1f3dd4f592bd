"""Values sealed at rest: they open where they belong and nowhere else, and every damage is said, never read over."""

import logging
import os
import stat
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from engine import limits
from engine.errors import InvariantError, ServiceError
from engine.store import data_keys, keyring, purge
from engine.store.database import Database, open_database
from engine.store.errors import StoreError
from engine.store.key_rotation import rotate_master
from engine.store.keyring import OVERHEAD_BYTES, Keyring, SealBroken, TransactionKeys, open_keyring
from engine.store.master_key import make_key_file, master_key, read_key_file
from engine.store.upgrade import upgrade

KEY = "11" * 32
OTHER = "22" * 32
NOW_MS = 1_700_000_000_000
VALUE = b"the value that nobody may see"


@pytest.fixture
def ring(database: Database) -> Keyring:
    return open_keyring(database, KEY, None)


def keys(ring: Keyring | None, connection: Connection, now_ms: int | None = NOW_MS) -> TransactionKeys:
    return TransactionKeys(ring, connection, now_ms)


def seal(
    database: Database, ring: Keyring, value: bytes = VALUE, bound_to: bytes = b"mine", alone: bool = False
) -> bytes:
    with database.writer.transaction() as connection:
        at = keys(ring, connection)
        return at.seal_alone(value, bound_to) if alone else at.seal(value, bound_to)


def read(database: Database, ring: Keyring, sealed: bytes, bound_to: bytes = b"mine") -> bytes:
    with database.reader() as connection:
        return keys(ring, connection, None).open(sealed, bound_to)


@pytest.mark.parametrize("alone", [False, True])
def test_a_value_opens_again_also_for_another_process(database: Database, ring: Keyring, alone: bool) -> None:
    for value in (b"", VALUE, os.urandom(70_000)):
        sealed = seal(database, ring, value, alone=alone)
        assert len(sealed) == len(value) + OVERHEAD_BYTES
        assert not value or value not in sealed
        assert read(database, ring, sealed) == read(database, open_keyring(database, KEY, None), sealed) == value


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.binary(max_size=100), bound_to=st.binary(max_size=20), data=st.data())
def test_what_is_changed_anywhere_does_not_open(
    database: Database, ring: Keyring, value: bytes, bound_to: bytes, data: st.DataObject
) -> None:
    sealed = seal(database, ring, value, bound_to)
    place = data.draw(st.integers(0, len(sealed) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    tampered = sealed[:place] + bytes([sealed[place] ^ bit]) + sealed[place + 1 :]
    shorter = sealed[: data.draw(st.integers(0, len(sealed) - 1))]
    for broken in (tampered, shorter, sealed + b"\0"):
        with pytest.raises(SealBroken, match="encrypted at rest cannot be read"):
            read(database, ring, broken, bound_to)
    with pytest.raises(SealBroken, match="belongs to something else"):
        read(database, ring, sealed, bound_to + b"'s")
    assert read(database, ring, sealed, bound_to) == value


def test_a_truncated_row_says_so(database: Database, ring: Keyring) -> None:
    with pytest.raises(SealBroken, match="it is truncated"):
        read(database, ring, seal(database, ring)[: OVERHEAD_BYTES - 1])


DAMAGE = {
    "UPDATE data_keys SET wrapped = substr(wrapped, 1, 20)": "data key is damaged",
    "UPDATE data_keys SET wrapped = substr(wrapped, 1, 50)": "data key is damaged",
    "UPDATE data_keys SET alone = 1 - alone": "data key is damaged",
    "UPDATE data_keys SET master = 'feed'": "wrapped by the master key feed, which this server does not have",
    "DELETE FROM data_keys": "data key does not exist",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_data_key_says_so(database: Database, ring: Keyring, damage: str) -> None:
    sealed = seal(database, ring)
    with database.writer.transaction() as connection:
        connection.execute(text(damage))
    with pytest.raises(SealBroken, match=DAMAGE[damage]):
        read(database, open_keyring(database, KEY, None), sealed)


def test_one_sealed_alone_is_destroyed_with_its_key(database: Database, ring: Keyring) -> None:
    sealed, other = seal(database, ring, alone=True), seal(database, ring, alone=True)
    with database.writer.transaction() as connection:
        keys(ring, connection).forget(sealed)
    again = open_keyring(database, KEY, None)
    with pytest.raises(SealBroken, match="does not exist"):
        read(database, again, sealed)
    assert read(database, again, other) == VALUE


def test_values_share_a_data_key_and_those_alone_do_not(
    database: Database, ring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DATA_KEY_SEALS_MAX", 3)
    sealed = [seal(database, ring) for _ in range(7)]
    assert len({value[1:17] for value in sealed}) == 3, "three under each"
    assert len({seal(database, ring, alone=True)[1:17] for _ in range(4)}) == 4
    assert [read(database, ring, value) for value in sealed] == [VALUE] * 7


@pytest.mark.parametrize("lost", ["transaction", "savepoint"])
def test_a_data_key_of_a_lost_transaction_is_not_used_again(database: Database, ring: Keyring, lost: str) -> None:
    connection = database.writer.begin()
    at = keys(ring, connection)
    if lost == "savepoint":
        with pytest.raises(ServiceError), database.writer.savepoint():
            at.seal(VALUE, b"mine")
            raise ServiceError("refused", "after it sealed")
        kept = at.seal(VALUE, b"mine")
        database.writer.commit()
    else:
        at.seal(VALUE, b"mine")
        database.writer.rollback()
        kept = seal(database, ring)
    assert read(database, open_keyring(database, KEY, None), kept) == VALUE


def test_reset_leaves_the_key_that_is_in_use(database: Database, ring: Keyring) -> None:
    seal(database, ring)
    alone = seal(database, ring, alone=True)
    with database.writer.transaction() as connection:
        purge.everything(connection)
    after = seal(database, ring)
    again = open_keyring(database, KEY, None)
    assert read(database, again, after) == VALUE
    with pytest.raises(SealBroken):
        read(database, again, alone)


def test_a_reading_operation_seals_nothing(database: Database, ring: Keyring) -> None:
    with database.reader() as connection, pytest.raises(InvariantError):
        keys(ring, connection, None).seal_alone(VALUE, b"mine")
    with database.reader() as connection, pytest.raises(InvariantError, match="without a keyring"):
        keys(None, connection).seal(VALUE, b"mine")


# ---- where the master key comes from ----


def test_a_wrong_master_key_is_noticed_at_the_start(database: Database, ring: Keyring, tmp_path: Path) -> None:
    sealed = seal(database, ring)
    known = ring.master_id
    with pytest.raises(
        StoreError, match=rf"under the master key {known}, but the one in the variable STATEWRIGHT_MAST"
    ):
        open_keyring(database, OTHER, None)
    missing = tmp_path / "missing.key"
    with pytest.raises(StoreError, match=rf"but there is no file {missing}. Give that key: \[encryption\]"):
        open_keyring(database, None, missing)
    assert not missing.exists(), "no new key where the old one is needed"
    impostor = Keyring(None, master_key(OTHER, "a test"), True)
    with pytest.raises(SealBroken, match="which this server does not have"):
        read(database, impostor, sealed)
    with pytest.raises(SealBroken, match="but the one in a test is"):
        seal(database, impostor)


def test_a_damaged_canary_is_noticed_at_the_start(database: Database, ring: Keyring) -> None:
    seal(database, ring)
    with database.writer.transaction() as connection:
        connection.execute(text("UPDATE meta SET value = substr(value, 1, 60) WHERE key = 'master_key'"))
    with pytest.raises(StoreError, match="does not open what that key has sealed"):
        open_keyring(database, KEY, None)


def test_without_settings_the_key_is_made_on_first_use_beside_the_file(tmp_path: Path) -> None:
    with open_database(f"sqlite:///{tmp_path}/my.db") as database:
        upgrade(database)
        made = open_keyring(database, None, None)
        place = tmp_path / "my.db.key"
        assert not made.configured and not place.exists()
        sealed = seal(database, made)
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        assert [entry.name for entry in tmp_path.iterdir() if "draft" in entry.name] == []
        again = open_keyring(database, None, None)
        assert not again.configured and read(database, again, sealed) == VALUE
        place.rename(tmp_path / "lost")
        with pytest.raises(StoreError, match="there is no file"):
            open_keyring(database, None, None)


def test_a_key_that_cannot_be_made_on_first_use_says_so(database: Database, tmp_path: Path) -> None:
    nowhere = Keyring(tmp_path / "missing" / "key", None, False)
    with pytest.raises(ServiceError, match=r"cannot be made \(No such file or directory\)") as refused:
        seal(database, nowhere)
    assert (refused.value.code, refused.value.status) == ("ServiceUnavailable", 503)


def test_a_configured_file_is_made_at_the_start(database: Database, tmp_path: Path) -> None:
    place = tmp_path / "keys" / "master.key"
    with pytest.raises(StoreError, match="cannot be made"):
        open_keyring(database, None, place)
    place.parent.mkdir()
    assert open_keyring(database, None, place).configured
    found = read_key_file(place)
    assert found is not None and make_key_file(place).id == found.id, "never overwritten"


def test_postgres_without_settings_takes_the_working_folder(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_database(postgres_url) as database:
        upgrade(database)
        seal(database, open_keyring(database, None, None))
    assert (tmp_path / "statewright.key").exists()


def test_a_throwaway_database_writes_no_key_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_database("sqlite:///:memory:") as database:
        upgrade(database)
        made = open_keyring(database, None, None)
        assert read(database, made, seal(database, made)) == VALUE
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "short", "zz" * 32, "11" * 31, "11" * 33, "not base64!", "é" * 44, KEY + "\0"])
def test_what_is_no_key_is_refused_and_not_repeated(tmp_path: Path, content: str) -> None:
    file = tmp_path / "k"
    file.write_text(content)
    with pytest.raises(StoreError, match="There is no master key in the file") as refused:
        read_key_file(file)
    assert not content or content not in str(refused.value)


def test_a_key_file_that_others_can_read_is_warned_about(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "k"
    file.write_text(f"  {KEY}\n")
    for mode, warned in ((0o600, False), (0o400, False), (0o640, True), (0o604, True)):
        file.chmod(mode)
        caplog.clear()
        with caplog.at_level(logging.WARNING, "statewright.keys"):
            read_key_file(file)
        assert ("can be read by other users" in caplog.text) is warned


def test_no_key_and_no_value_is_shown(database: Database, ring: Keyring) -> None:
    sealed = seal(database, ring)
    shown = [repr(ring), repr(master_key(KEY, "a test")), repr(keys(ring, database.writer.connection))]
    try:
        read(database, ring, sealed, b"other")
    except SealBroken as error:
        shown += traceback.format_exception(error)
    with pytest.raises(StoreError) as wrong:
        open_keyring(database, OTHER, None)
    shown += traceback.format_exception(wrong.value)
    for text_shown in shown:
        assert not any(secret in text_shown for secret in (KEY, OTHER, "1111111111", VALUE.decode(), "\\x11\\x11"))


# ---- changing it ----


@pytest.fixture
def sealed_values(database: Database, ring: Keyring) -> list[bytes]:
    return [seal(database, ring, alone=True) for _ in range(7)] + [seal(database, ring)]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(limits, "KEYS_REWRAPPED_PER_COMMIT", 3)
    yield


def test_a_change_of_the_master_key_rewraps_all(database: Database, sealed_values: list[bytes], few: None) -> None:
    old, new = master_key(KEY, "old"), master_key(OTHER, "new")
    assert rotate_master(database, old, new) == 8
    again = open_keyring(database, OTHER, None)
    assert [read(database, again, sealed) for sealed in sealed_values] == [VALUE] * 8
    with pytest.raises(StoreError, match=f"under the master key {new.id}"):
        open_keyring(database, KEY, None)
    with pytest.raises(StoreError, match="give the old key as `serve` has it"):
        rotate_master(database, old, new)
    with pytest.raises(StoreError, match="is the master key already"):
        rotate_master(database, new, new)


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_a_change_that_was_stopped_goes_on(
    database: Database, sealed_values: list[bytes], few: None, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = master_key(KEY, "old"), master_key(OTHER, "new")
    left = [steps]
    real = data_keys.rewrap

    def stopped(connection: Connection, rows: list[tuple[bytes, bytes]], master_id: str) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        real(connection, rows, master_id)

    monkeypatch.setattr(data_keys, "rewrap", stopped)
    with pytest.raises(KeyboardInterrupt):
        rotate_master(database, old, new)
    monkeypatch.setattr(data_keys, "rewrap", real)
    for text_of_key in (KEY, OTHER):
        with pytest.raises(StoreError, match=r"was begun and has not ended.*keys rotate"):
            open_keyring(database, text_of_key, None)
    with pytest.raises(StoreError, match="give the key that it was begun with"):
        rotate_master(database, old, master_key("33" * 32, "third"))
    assert rotate_master(database, old, new) == 8 - min(steps * 3, 8)
    again = open_keyring(database, OTHER, None)
    assert [read(database, again, sealed) for sealed in sealed_values] == [VALUE] * 8


def test_a_damaged_data_key_stops_the_change(database: Database, sealed_values: list[bytes]) -> None:
    with database.writer.transaction() as connection:
        connection.execute(text("UPDATE data_keys SET wrapped = substr(wrapped, 1, 40)"))
    with pytest.raises(StoreError, match=r"is damaged: the master key .* does not open it"):
        rotate_master(database, master_key(KEY, "old"), master_key(OTHER, "new"))


def test_the_cache_of_data_keys_is_bounded(database: Database, ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DATA_KEYS_CACHED_MAX", 3)
    sealed = [seal(database, ring, alone=True) for _ in range(9)]
    assert [read(database, ring, value) for value in sealed * 2] == [VALUE] * 18
    assert len(ring._opened) == 3
    assert keyring.FORMAT == b"\x01", "what is in people's databases"
