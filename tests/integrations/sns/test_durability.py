"""Deliveries outlive their server, with a master key nothing of a message stands in the database in clear, and what has
expired is removed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import Connection, Table, func, inspect, select

from engine import limits
from engine.config import EncryptionSettings, NotificationSettings, Settings
from engine.store.components import Component
from engine.store.database import Database, open_database
from engine.store.upgrade import upgrade
from integrations.sns import archive, deduplication, records, tokens
from integrations.sns import tables as t
from integrations.sns.migrations import MIGRATIONS
from integrations.sns.tokens import Pending
from tests.in_process import running_server
from tests.integrations.clients import client_of
from tests.integrations.scripted import Reply, scripted
from tests.integrations.serving import served
from tests.integrations.sns.conftest import Queue
from tests.postgres import new_database

SEEN = "POST /hook"
NUMBER = "+15555550100"
DAY_MS = 86_400_000


def client(endpoint: str, service: str = "sns") -> Any:
    return client_of(endpoint, service)


def test_a_delivery_outlives_a_killed_server(tmp_path: Path) -> None:
    with scripted() as web, served(tmp_path, "", dict(os.environ)) as server:
        web.replies[SEEN] = Reply(status=503)
        sns = client(server.start()._client.meta.endpoint_url)
        topic = sns.create_topic(Name="t")["TopicArn"]
        policy = '{"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 50}}'
        sns.subscribe(
            TopicArn=topic, Protocol="http", Endpoint=f"{web.url}/hook", Attributes={"DeliveryPolicy": policy}
        )
        web.wait_for(SEEN)
        server.kill()
        web.replies[SEEN] = Reply()
        before = len(web.of(SEEN))
        server.start()
        invitation = web.wait_for(SEEN, before + 1)[-1]
        assert invitation.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"


@contextmanager
def server_with_a_key(folder: Path, webhook: str | None = None) -> Iterator[str]:
    settings = Settings(
        port=0,
        db=f"sqlite:///{folder / 'statewright.db'}",
        test_controls=True,
        sns=NotificationSettings(sms_webhook=webhook),
        encryption=EncryptionSettings(master_key_file=folder / "master.key"),
    )

    with running_server(settings) as url:
        yield url


SECRET = "the-moon-is-made-of-cheese"


def test_nothing_of_a_message_is_in_clear_with_a_master_key(tmp_path: Path) -> None:
    with scripted() as web:
        web.replies[SEEN] = Reply(status=503)
        with server_with_a_key(tmp_path) as endpoint:
            sns, sqs = client(endpoint), client(endpoint, "sqs")
            attributes = {
                "FifoTopic": "true",
                "ContentBasedDeduplication": "true",
                "ArchivePolicy": '{"MessageRetentionPeriod": 1}',
                "KmsMasterKeyId": "alias/aws/sns",
            }
            fifo = sns.create_topic(Name="t.fifo", Attributes=attributes)["TopicArn"]
            sns.publish(TopicArn=fifo, Message=SECRET, MessageGroupId="g")
            topic = sns.create_topic(Name="t")["TopicArn"]
            sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{web.url}/hook")
            url = sqs.create_queue(QueueName="q")["QueueUrl"]
            arn = "arn:aws:sqs:us-east-1:000000000000:q"
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
            sns.publish(TopicArn=topic, Message=SECRET)
            sns.publish(PhoneNumber=NUMBER, Message=SECRET)
            sns.create_platform_application(Name="a", Platform="GCM", Attributes={"PlatformCredential": SECRET})
            web.wait_for(SEEN)
            [document] = Queue(sqs, url, arn).documents()
            assert document["Message"] == SECRET
        written = b"".join(file.read_bytes() for file in tmp_path.iterdir() if "statewright.db" in file.name)
        assert SECRET.encode() not in written and b"PRIVATE KEY" not in written
        assert fifo.encode() in written  # what is not secret is there, so the right files were read


def test_a_number_that_opts_out_gets_no_more(tmp_path: Path) -> None:
    with scripted() as web, server_with_a_key(tmp_path, f"{web.url}/sms") as endpoint:
        sns = client(endpoint)
        web.replies["POST /sms"] = Reply({"optedOut": True})
        sns.set_sms_attributes(attributes={"DefaultSenderID": "Shop", "DefaultSMSType": "Transactional"})
        sent = sns.publish(PhoneNumber=NUMBER, Message="hello")
        [asked] = web.wait_for("POST /sms")
        assert asked.headers["idempotency-key"] == sent["MessageId"]
        assert asked.json == {
            "MessageId": sent["MessageId"],
            "PhoneNumber": NUMBER,
            "Message": "hello",
            "SenderId": "Shop",
            "SMSType": "Transactional",
            "TopicArn": None,
            "MessageAttributes": {},
        }
        while not sns.check_if_phone_number_is_opted_out(phoneNumber=NUMBER)["isOptedOut"]:
            anyio.run(anyio.sleep, 0.005)
        assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == [NUMBER]
        with pytest.raises(Exception, match="OptedOut"):
            sns.create_sms_sandbox_phone_number(PhoneNumber=NUMBER)
        sns.publish(PhoneNumber=NUMBER, Message="not wanted")
        sns.opt_in_phone_number(phoneNumber=NUMBER)
        sns.publish(PhoneNumber=NUMBER, Message="wanted again")
        assert web.wait_for("POST /sms", 2)[-1].json["Message"] == "wanted again"
        while not sns.check_if_phone_number_is_opted_out(phoneNumber=NUMBER)["isOptedOut"]:
            anyio.run(anyio.sleep, 0.005)
        with pytest.raises(Exception, match="within the last 30 days"):
            sns.opt_in_phone_number(phoneNumber=NUMBER)


# ---- the database ----


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = new_database() if request.param == "postgres" else f"sqlite:///{tmp_path / 'test.db'}"
    with open_database(url) as opened:
        upgrade(opened, [Component("sns", MIGRATIONS)])
        yield opened


def shape(database: Database) -> dict[str, object]:
    with database.reader() as connection:
        found = inspect(connection)
        return {
            name: (
                [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(name)],
                sorted((str(i["name"]), tuple(i["column_names"])) for i in found.get_indexes(name)),
                sorted(tuple(u["column_names"]) for u in found.get_unique_constraints(name)),
                found.get_pk_constraint(name)["constrained_columns"],
            )
            for name in t.metadata.tables
        }


def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    migrated = shape(database)
    with database.writer.transaction() as connection:
        t.metadata.drop_all(connection)
        t.metadata.create_all(connection)
    assert migrated == shape(database)


def count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_what_has_expired_is_removed_bit_by_bit(database: Database) -> None:
    now_ms = 10 * DAY_MS
    with database.writer.transaction() as connection:
        for number in range(limits.SNS_SWEEP_ROWS + 1):
            row = {"topic": 1, "scope": "", "name": str(number), "message_id": "m", "sequence": 1}
            connection.execute(t.deduplications.insert(), {**row, "expires_ms": now_ms})
        connection.execute(
            t.deduplications.insert(),
            {"topic": 1, "scope": "", "name": "x", "message_id": "m", "sequence": 1, "expires_ms": now_ms + 1},
        )
        for expires_ms in (now_ms, now_ms + 1):
            tokens.add(connection, Pending(f"t{expires_ms}", "t", "s", "http", "e", "o", {}, "b", expires_ms))
        assert deduplication.sweep(connection, now_ms) is True
        assert deduplication.sweep(connection, now_ms) is False
        assert count(connection, t.deduplications) == 1
        assert tokens.sweep(connection, now_ms) is False and count(connection, t.tokens) == 1


def test_archives_end_with_their_days_and_their_topics(database: Database) -> None:
    now_ms = 10 * DAY_MS
    with database.writer.transaction() as connection:
        topic = {"arn": "a", "account": "1", "region": "r", "name": "n", "fifo": 1, "created_ms": 0, "sequence": 0}
        more = {"deleted": 0, "attributes": '{"ArchivePolicy":"{\\"MessageRetentionPeriod\\":2}"}'}
        connection.execute(t.topics.insert(), {**topic, **more, "id": 1, "archive_since_ms": 0})
        for topic_id, time_ms in ((1, 7 * DAY_MS), (1, 9 * DAY_MS), (2, 9 * DAY_MS), (2, 9 * DAY_MS + 1)):
            row = {"topic": topic_id, "time_ms": time_ms, "sealed": 0, "message": b"{}"}
            connection.execute(t.archive.insert(), row)
        connection.execute(t.remains.insert(), {"topic": 2, "until_ms": 9 * DAY_MS})
        while archive.sweep(connection, now_ms):
            pass
        left = connection.execute(select(t.archive.c.topic, t.archive.c.time_ms)).all()
        assert [tuple(row) for row in left] == [(1, 9 * DAY_MS), (2, 9 * DAY_MS + 1)] and count(
            connection, t.remains
        ) == 0


def test_the_newest_records_are_kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SNS_RECORDS_MAX", 3)
    with database.writer.transaction() as connection:
        for number in range(5):
            row = {"account": "1", "region": "r", "kind": "sms", "address": "a", "message_id": str(number)}
            connection.execute(t.outgoing.insert(), {**row, "time_ms": 0, "sealed": 0, "content": b"{}"})
        assert records.sweep(connection) is False
        assert list(connection.execute(select(t.outgoing.c.message_id)).scalars()) == ["2", "3", "4"]
