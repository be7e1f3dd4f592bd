"""SIGKILL of a real server: between 250 and the actions of mails that came in, and between acceptance and delivery of
those that leave. Nothing is lost, and what is exactly once is so."""

import contextlib
import json
import signal
import smtplib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integrations.ses.conftest import User
from tests.integrations.ses.fake_relay import FakeRelay, running
from tests.integrations.ses.mail_server import Raw, connected, free_ports
from tests.integrations.ses.test_events import send, state
from tests.postgres import new_database

ACCOUNT = "530000000000"
MAILS = 12
NAMES = ("mails", "other")  # of buckets, and of who gets what goes there
LISTENS = "Statewright listens on "


@contextlib.contextmanager
def process(folder: Path, db: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    command = [sys.executable, "-m", "engine.cli.main", "serve", "--port", "0", "--db", db]
    with (folder / "stderr").open("ab") as stderr:
        started = subprocess.Popen(
            [*command, "--config", str(folder / "statewright.toml"), "--test-controls"],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        assert started.stdout is not None
        try:
            line = started.stdout.readline()
            assert line.startswith(LISTENS), (folder / "stderr").read_text()
            yield line.removeprefix(LISTENS).split()[0], started
        finally:
            started.kill()
            started.wait()
            started.stdout.close()


def received(user: User, url: str, count: int) -> list[dict[str, Any]]:
    sqs, found = user.client("sqs"), []
    while len(found) < count:
        got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=10).get("Messages", [])
        assert got, f"only {len(found)} of {count}"
        found += [json.loads(one["Body"]) for one in got]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    return found


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_no_mail_that_was_answered_is_lost(backend: str, tmp_path: Path) -> None:
    """The one bucket is not there until the server is up again, so mails for it stand before their first action; those
    for the other one are wherever they have got to. Nor is the relay."""
    db = new_database() if backend == "postgres" else f"sqlite:///{tmp_path / 'statewright.db'}"
    (port,) = free_ports(1)
    bucket = tmp_path / "data" / "mails"
    bucket.mkdir(parents=True)
    (tmp_path / "data" / "other").mkdir()
    gone = FakeRelay()
    with running(gone):
        pass  # nobody listens at its port
    ses = f'[ses]\nsandbox = false\ninbound_port = {port}\nrelay = "smtp://127.0.0.1:{gone.port}"\n'
    (tmp_path / "statewright.toml").write_text(f'{ses}[buckets]\nroot = "data"\n')
    with process(tmp_path, db) as (endpoint, server):
        user = User(endpoint, ACCOUNT, tmp_path)
        queue = prepared(user)
        bucket.rmdir()
        leaving = {send(user, "ann@example.org", ConfigurationSetName="") for _ in range(5)}
        connected(port).close()
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            for at in range(MAILS):
                client.sendmail("ann@other.org", [f"{NAMES[at % 2]}@example.com"], f"Subject: {at}\r\n\r\nHi\r\n")
            server.send_signal(signal.SIGKILL)
            server.wait()
    bucket.mkdir()
    with running(gone) as relay, process(tmp_path, db) as (endpoint, server):
        user = User(endpoint, ACCOUNT, tmp_path)
        found = received(user, queue, 2 * MAILS)
        user.seconds(3600)
        ids = {one.content.split(b"Message-ID: <")[1].split(b"@")[0].decode() for one in relay.wait(len(leaving))}
        assert ids == leaving
        assert all(state(user, one) == {"ann@example.org": "delivered"} for one in leaving)
        with Raw(port) as idle:  # who is there when the server stops is told
            server.terminate()
            assert idle.read() == "421 Service not available, closing transmission channel"
        assert server.wait(20) == 0, (tmp_path / "stderr").read_text()
    subjects = Counter((one["receipt"]["action"]["type"], one["mail"]["commonHeaders"]["subject"]) for one in found)
    assert subjects == Counter({(kind, str(at)): 1 for kind in ("S3", "SNS") for at in range(MAILS)})
    stored = {file.name for name in NAMES for file in (tmp_path / "data" / name).iterdir()}
    assert stored == {one["mail"]["messageId"] for one in found}


def prepared(user: User) -> str:
    """A rule that puts mails into a bucket and publishes them; the queue that hears of both."""
    user.verify("example.com")
    topic = user.client("sns").create_topic(Name="mails")["TopicArn"]
    url = user.client("sqs").create_queue(QueueName="mails")["QueueUrl"]
    attributes = {"RawMessageDelivery": "true"}
    queue = topic.replace(":sns:", ":sqs:")
    user.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=attributes)
    ses = user.client("ses")
    ses.create_receipt_rule_set(RuleSetName="main")
    for name in NAMES:
        actions = [{"S3Action": {"BucketName": name, "TopicArn": topic}}, {"SNSAction": {"TopicArn": topic}}]
        rule = {"Name": name, "Enabled": True, "Recipients": [f"{name}@example.com"], "Actions": actions}
        ses.create_receipt_rule(RuleSetName="main", Rule=rule)
    ses.set_active_receipt_rule_set(RuleSetName="main")
    return url
