"""Bodies at rest: sealed where a master key is configured and the queue wants it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.errors import ServiceError
from integrations.sqs import tables
from tests.integrations.sqs.world import World, opened

SECRET = "what nobody may read at rest"


@pytest.fixture
def encrypted(tmp_path: Path) -> Any:
    with opened(f"sqlite:///{tmp_path / 'test.db'}", tmp_path / "key") as world:
        yield world


def at_rest(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("test.db*"))


@pytest.mark.parametrize(
    ("attributes", "hidden"),
    [({}, True), ({"KmsMasterKeyId": "alias/aws/sqs"}, True), ({"SqsManagedSseEnabled": "false"}, False)],
)
def test_a_body_is_sealed(tmp_path: Path, encrypted: World, attributes: dict[str, str], hidden: bool) -> None:
    url = encrypted.queue(**attributes)
    encrypted.send(url, SECRET)
    assert (SECRET.encode() not in at_rest(tmp_path)) is hidden
    encrypted.restart()
    [message] = encrypted.receive(url)
    assert message["Body"] == SECRET


def test_without_a_key_bodies_are_plain(world: World) -> None:
    url = world.queue("plain")
    world.send(url, SECRET)
    found = world.rows(lambda connection: connection.execute(select(tables.messages.c.sealed)).scalars().all())
    assert set(found) == {None}
    world.one("DeleteQueue", QueueUrl=url)


def test_a_sealed_body_survives_its_moves(encrypted: World) -> None:
    dead = encrypted.queue("dead")
    policy = '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": 1}'
    live = encrypted.queue("live", RedrivePolicy=policy)
    encrypted.send(live, SECRET)
    encrypted.receive(live, VisibilityTimeout=0)
    encrypted.forward(1)
    assert encrypted.receive(live) == []
    [letter] = encrypted.receive(dead, VisibilityTimeout=0)
    assert letter["Body"] == SECRET
    encrypted.forward(1)
    encrypted.one("StartMessageMoveTask", SourceArn="arn:aws:sqs:us-east-1:000000000000:dead")
    encrypted.keep()
    [message] = encrypted.receive(live)
    assert (message["Body"], message["MessageId"] == letter["MessageId"]) == (SECRET, False)


def test_a_body_that_was_changed_at_rest_is_refused(encrypted: World) -> None:
    url = encrypted.queue()
    encrypted.send(url, SECRET)
    encrypted.send(url, "another")
    with encrypted.database.writer.transaction() as connection:
        sealed = list(connection.execute(select(tables.messages.c.key, tables.messages.c.sealed)))
        swapped = zip(sealed, reversed(sealed), strict=True)
        for (key, _), (_, other) in swapped:
            connection.execute(update(tables.messages).where(tables.messages.c.key == key).values(sealed=other))
    encrypted.restart()
    with pytest.raises(ServiceError) as error:
        encrypted.receive(url)
    assert (error.value.code, error.value.status) == ("InternalFailure", 500)
    assert SECRET not in error.value.message
