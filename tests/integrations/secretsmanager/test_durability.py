"""A server in a process of its own: killed between and within the steps of a rotation; started with another key; and
what of the values can be found outside of it (nothing)."""

import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ClientError
from sqlalchemy import text

from engine.store.database import open_database
from engine.store.keyring import TransactionKeys, open_keyring
from engine.store.upgrade import upgrade
from tests.integrations.scripted import scripted
from tests.integrations.secretsmanager.conftest import CONFIG
from tests.integrations.secretsmanager.rotator import Event, Rotator
from tests.integrations.serving import ROOT, Served, served
from tests.postgres import postgres_url

__all__ = ["postgres_url"]

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:rotate"
STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]
KEY = "5a" * 32
PATIENCE_SECONDS = 20


def environ(**variables: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STATEWRIGHT_")}
    return {**clean, "STATEWRIGHT_MASTER_KEY": KEY, **variables}


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    return str(request.getfixturevalue("postgres_url"))


@dataclass
class Running:
    server: Served
    rotator: Rotator
    ready: threading.Event = field(default_factory=threading.Event)  # the rotation function can reach the server

    def start(self) -> Any:
        """A server, and a client of it, which the rotation function uses too."""
        self.server.start()
        self.rotator.client = client(self.server)
        self.ready.set()
        return self.rotator.client

    def kill(self) -> None:
        self.ready.clear()
        self.server.kill()


def client(server: Served, service: str = "secretsmanager") -> Any:
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="000000000000",
        aws_secret_access_key="secret",
        config=CONFIG,
    )


@pytest.fixture
def running(db: str, tmp_path: Path) -> Iterator[Running]:
    with scripted() as functions:
        settings = f'[functions.rotate]\nurl = "{functions.url}"\n'
        with served(tmp_path, settings, environ(), db) as server:
            yield Running(server, Rotator(functions))


def wait_until_rotated(sm: Any, arn: str, token: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while "LastRotatedDate" not in (shown := sm.describe_secret(SecretId=arn)):
        assert time.monotonic() < until, shown
        time.sleep(0.02)  # another process's work: there is nothing here to wait for
    assert shown["VersionIdsToStages"][token] == ["AWSCURRENT"]


def test_a_rotation_survives_a_crash_in_each_step(running: Running, db: str) -> None:
    killed_in = [STEPS[0], STEPS[3]] if db.startswith("sqlite") else STEPS[1:3]  # a start takes seconds
    reached, released = threading.Semaphore(0), {step: threading.Event() for step in killed_in}
    held: list[str] = []

    def hold(event: Event) -> None:
        step = event["Step"]
        if step in released and step not in held:
            held.append(step)
            reached.release()
            assert released[step].wait(PATIENCE_SECONDS)
        assert running.ready.wait(PATIENCE_SECONDS)

    running.rotator.before = hold
    sm = running.start()
    arn = sm.create_secret(Name="s", SecretString="first")["ARN"]
    token = sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION)["VersionId"]
    for step in killed_in:
        assert reached.acquire(timeout=PATIENCE_SECONDS) and held[-1] == step
        running.kill()
        released[step].set()  # what it does comes late
        sm = running.start()
    wait_until_rotated(sm, arn, token)
    assert sm.get_secret_value(SecretId=arn)["SecretString"] == f"new {token}"
    versions = sm.list_secret_version_ids(SecretId=arn, IncludeDeprecated=True)["Versions"]
    assert len(versions) == 2, "the first one and the new one"
    expected = [step for step in STEPS for _ in range(1 + (step in killed_in))]
    assert running.rotator.steps(arn) == expected, "called again where it was killed, and none left out"


def test_another_master_key_is_refused_at_the_start(tmp_path: Path) -> None:
    db = f"sqlite:///{tmp_path}/test.db"
    with open_database(db) as database:
        upgrade(database)
        ring = open_keyring(database, KEY, None)
        with database.writer.transaction() as connection:
            TransactionKeys(ring, connection, 1).seal_alone(b"hunter2", b"")
    (tmp_path / "empty.toml").write_text("")
    command = [sys.executable, "-m", "engine.cli.main", "serve", "--port", "0", "--db", db]
    refused = subprocess.run(
        [*command, "--config", str(tmp_path / "empty.toml")],
        cwd=ROOT,
        env=environ(STATEWRIGHT_MASTER_KEY="77" * 32),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode == 1 and refused.stdout == ""
    assert f"under the master key {ring.master_id}, but the one in the variable" in refused.stderr
    assert "master_key_file" in refused.stderr and "Traceback" not in refused.stderr
    assert "7777" not in refused.stderr and "5a5a" not in refused.stderr


# ---- what can be found outside ----

MARKS = ["Mark-Text-1f9a", "Mark-Json-77c2", "Mark-Binary-03be", "Mark-Rotated-5d21", "Mark-Error-c0de", KEY]


def test_no_value_is_found_in_any_file_log_page_or_command_line(db: str, tmp_path: Path) -> None:
    text_mark, json_mark, binary_mark, rotated_mark, error_mark, _ = MARKS
    with scripted() as functions:
        rotator = Rotator(functions)
        settings = f'[functions.rotate]\nurl = "{functions.url}"\n'
        with served(tmp_path, settings, environ(), db) as server:
            server.log_level = "debug"
            server.start()
            sm = rotator.client = client(server)
            sm.create_secret(Name="a", SecretString=text_mark, AddReplicaRegions=[{"Region": "eu-west-1"}])
            sm.create_secret(Name="b", SecretString=f'{{"password": "{json_mark}"}}')
            sm.create_secret(Name="c", SecretBinary=binary_mark.encode())
            sm.put_secret_value(SecretId="a", SecretString=rotated_mark)
            for name in "abc":
                sm.get_secret_value(SecretId=name)
            _fail_with(sm, error_mark)
            arn = sm.rotate_secret(SecretId="b", RotationLambdaARN=FUNCTION)
            wait_until_rotated(sm, arn["ARN"], arn["VersionId"])
            history = _run_tasks(client(server, "stepfunctions"))
            with urllib.request.urlopen(server.url + "/metrics") as answer:
                pages = answer.read() + history.encode()
            assert server._process is not None
            command_line = Path(f"/proc/{server._process.pid}/cmdline").read_bytes()
            _nowhere(pages + command_line, "pages, history and command line")
            for file in tmp_path.rglob("*"):
                if file.is_file():
                    _nowhere(file.read_bytes(), str(file))
            server.kill()
        for file in tmp_path.rglob("*"):
            if file.is_file():
                _nowhere(file.read_bytes(), str(file))
        if not db.startswith("sqlite"):
            _nowhere(_dump(db), "the database")


def _fail_with(sm: Any, mark: str) -> None:
    """Requests that are refused, with the value in them."""
    for operation, parameters in (
        (sm.create_secret, {"Name": "not a name", "SecretString": mark}),
        (sm.create_secret, {"Name": "x", "Type": "RDS", "SecretString": mark}),
        (sm.create_secret, {"Name": "a", "SecretString": mark}),
        (sm.put_secret_value, {"SecretId": "nobody", "SecretString": mark}),
        (sm.put_secret_value, {"SecretId": "a", "SecretString": mark, "SecretBinary": mark.encode()}),
        (sm.put_secret_value, {"SecretId": "a", "SecretString": mark * 5_000}),
    ):
        with pytest.raises(ClientError) as refused:
            operation(**parameters)
        assert mark not in str(refused.value)


def _run_tasks(states: Any) -> str:
    """The history of an execution that works with secrets without asking for a value."""
    definition = (
        '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:secretsmanager:'
        'describeSecret", "Parameters": {"SecretId": "b"}, "Next": "B"}, "B": {"Type": "Task", "Resource": '
        '"arn:aws:states:::aws-sdk:secretsmanager:listSecretVersionIds", "Parameters": {"SecretId": "c"}, '
        '"End": true}}}'
    )
    machine = states.create_state_machine(name="m", definition=definition, roleArn="arn:aws:iam::000000000000:role/r")
    execution = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    until = time.monotonic() + PATIENCE_SECONDS
    while (status := states.describe_execution(executionArn=execution)["status"]) == "RUNNING":
        assert time.monotonic() < until
        time.sleep(0.02)
    assert status == "SUCCEEDED"
    return str(states.get_execution_history(executionArn=execution))


def _dump(db: str) -> bytes:
    """All that the tables hold, as texts and as bytes."""
    with open_database(db) as database, database.reader() as connection:
        names = connection.execute(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        ).scalars()
        rows = [tuple(row) for name in names for row in connection.execute(text(f'SELECT * FROM "{name}"'))]
    assert len(rows) > 10
    return b"\n".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for row in rows for value in row
    )


def _nowhere(content: bytes, where: str) -> None:
    for mark in MARKS:
        for shape in (mark.encode(), mark.encode().hex().encode(), bytes.fromhex(mark) if mark == KEY else b"\0never"):
            assert shape not in content, f"{mark} is in {where}"
