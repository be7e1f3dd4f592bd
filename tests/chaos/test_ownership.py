"""One process at a time writes to a database: a second one is refused, and one that was taken over commits nothing."""

import json
import signal
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.chaos.client import Client, error_code
from tests.chaos.functions import Functions
from tests.chaos.machines import machine
from tests.chaos.server import Server, settings_file
from tests.chaos.storm import ROLE

PASS = json.dumps(machine(("Only", {"Type": "Pass"})))


@pytest.fixture
def second(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Server:
    """Another process on the same database."""
    folder = tmp_path / "second"
    folder.mkdir()
    settings_file(folder, {})
    made = Server(server.db, folder)
    request.addfinalizer(made.close)
    return made


def test_a_second_process_is_refused(server: Server, second: Server, client: Client) -> None:
    server.start()
    second.launch()
    assert second.ended() != 0
    assert "in use by another Statewright process" in second.log
    assert server.process is not None
    assert f"pid {server.process.pid} " in second.log
    assert "Traceback" not in second.log
    client.call("create_state_machine", name="still-served", definition=PASS, roleArn=ROLE)


def test_after_a_kill_the_next_takes_over_at_once(server: Server, second: Server) -> None:
    server.start()
    server.kill()
    began = time.monotonic()
    second.start()
    assert time.monotonic() - began < 20
    client = Client(second)
    client.call("create_state_machine", name="taken-over", definition=PASS, roleArn=ROLE)
    client.close()


def test_an_owner_that_was_taken_over_commits_nothing(
    postgres_url: str, tmp_path: Path, functions: Functions, request: pytest.FixtureRequest
) -> None:
    """The first is stopped and its lock's connection ends; a second takes over; the first wakes up."""
    servers = []
    for name in ("old", "new"):
        folder = tmp_path / name
        folder.mkdir()
        settings_file(folder, {})
        servers.append(Server(postgres_url, folder))
        request.addfinalizer(servers[-1].close)
    old, new = servers
    old.start()
    old_client, new_client = Client(old), Client(new)
    made = old_client.call("create_state_machine", name="m", definition=PASS, roleArn=ROLE)["stateMachineArn"]
    assert old.process is not None
    old.process.send_signal(signal.SIGSTOP)
    try:
        _end_lock(postgres_url)
        new.start()
    finally:
        old.process.send_signal(signal.SIGCONT)
    with pytest.raises(Exception) as refused:  # 503, or a connection that is closed: the process ends
        old_client.once("start_execution", stateMachineArn=made, name="too-late")
    assert not hasattr(refused.value, "response") or error_code(refused.value) == "ServiceUnavailable"
    assert old.ended() != 0
    assert "taken over" in old.log
    assert new_client.call("list_executions", stateMachineArn=made)["executions"] == []
    started = new_client.call("start_execution", stateMachineArn=made, name="in-time")
    assert new_client.until_ended(started["executionArn"])["status"] == "SUCCEEDED"


def _end_lock(url: str) -> None:
    """End the connection that holds the ownership lock, and see it gone."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'statewright lock'"
        ).fetchall()
    assert ended == [(True,)]
