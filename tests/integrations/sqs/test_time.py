"""What time does to queues: deduplication, expiry, purges, deleted names, attempts. On a clock of the test."""

from typing import Any

import pytest
from sqlalchemy import func, select

from engine import limits
from engine.errors import ServiceError
from integrations.sqs import tables
from tests.integrations.sqs.world import World

NUMBERS = iter(range(1, 10_000))


def new(world: World, suffix: str = "", **attributes: str) -> str:
    return world.queue(f"time-{next(NUMBERS)}{suffix}", **attributes)


def refused(world: World, name: str, **given: Any) -> tuple[str, str]:
    with pytest.raises(ServiceError) as error:
        world.one(name, **given)
    return error.value.code, error.value.message


def test_duplicates_are_known_for_five_minutes_also_after_delete(world: World) -> None:
    url = new(world, ".fifo")
    members = {"MessageGroupId": "g", "MessageDeduplicationId": "once"}
    first = world.send(url, "a", **members)
    [message] = world.receive(url)
    world.delete(url, message)
    world.restart()
    again = world.send(url, "another body", **members)
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert world.receive(url) == []
    world.forward(299)
    world.keep()
    assert world.send(url, "b", **members)["MessageId"] == first["MessageId"]
    world.forward(2)
    later = world.send(url, "c", **members)
    assert later["MessageId"] != first["MessageId"]
    assert int(later["SequenceNumber"]) > int(first["SequenceNumber"])
    assert [message["Body"] for message in world.receive(url)] == ["c"]


def test_duplicates_of_one_batch(world: World) -> None:
    url = new(world, ".fifo", ContentBasedDeduplication="true")
    one = ("SendMessage", {"QueueUrl": url, "MessageBody": "same", "MessageGroupId": "g"})
    answers = world.do(one, one)
    assert answers[0] == answers[1]
    assert len(world.receive(url)) == 1


@pytest.mark.parametrize(("scope", "expected"), [("queue", 1), ("messageGroup", 2)])
def test_the_scope_of_deduplication(world: World, scope: str, expected: int) -> None:
    url = new(world, ".fifo", DeduplicationScope=scope)
    for group in ("a", "b"):
        world.send(url, group, MessageGroupId=group, MessageDeduplicationId="same")
    assert len(world.receive(url)) == expected


def test_a_repeated_attempt_gets_the_same(world: World) -> None:
    url = new(world, ".fifo", ContentBasedDeduplication="true")
    for body in ("a", "b", "c"):
        world.send(url, body, MessageGroupId="g")
    members = {"ReceiveRequestAttemptId": "try", "VisibilityTimeout": 60}
    first = world.receive(url, 2, **members)
    world.forward(30)
    assert world.receive(url, 2, **members) == first
    world.forward(40)
    assert world.receive(url, 2) == []  # the repetition has hidden them anew
    world.delete(url, first[0])
    world.forward(10)
    assert world.receive(url, 2, **members) == []  # one of them was touched; the other one blocks the group
    world.forward(61)
    assert [message["Body"] for message in world.receive(url, 2, **members)] == ["b", "c"]


def test_a_group_waits_for_all_its_messages_in_flight(world: World) -> None:
    url = new(world, ".fifo", ContentBasedDeduplication="true", VisibilityTimeout="30")
    for body in ("a1", "a2", "a3"):
        world.send(url, body, MessageGroupId="a")
    world.send(url, "b1", MessageGroupId="b")
    first, second = world.receive(url, 2)
    assert [first["Body"], second["Body"]] == ["a1", "a2"]
    world.delete(url, first)
    assert [message["Body"] for message in world.receive(url)] == ["b1"]
    world.delete(url, second)
    [third] = world.receive(url)
    assert third["Body"] == "a3"
    world.forward(31)
    with pytest.raises(ServiceError, match="The receipt handle has expired"):
        world.delete(url, third)


def test_nobody_receives_an_expired_message(world: World) -> None:
    for suffix, members in (("", {}), (".fifo", {"MessageGroupId": "g", "MessageDeduplicationId": "1"})):
        url = new(world, suffix, MessageRetentionPeriod="60")
        world.send(url, "old", **members)
        world.forward(61)
        assert world.counts(url) == (0, 0, 0)
        assert world.receive(url) == []
        world.send(url, "new", **(members | {"MessageDeduplicationId": "2"} if members else {}))
        assert [message["Body"] for message in world.receive(url)] == ["new"]


def test_the_upkeep_removes_what_is_over(world: World) -> None:
    url, ordered = new(world, MessageRetentionPeriod="60"), new(world, ".fifo", MessageRetentionPeriod="60")
    for number in range(5):
        world.send(url, "x")
        world.send(
            ordered,
            "x",
            MessageGroupId="g",
            MessageDeduplicationId=str(number),
        )
    world.receive(url, 2)
    world.forward(3 * 86_400 * 5)
    world.keep()
    bins = {"q": url, "f": ordered}
    left = world.rows(lambda connection: connection.execute(select(func.count()).select_from(tables.messages)).scalar())
    groups = world.rows(lambda connection: connection.execute(select(func.count()).select_from(tables.groups)).scalar())
    ids = world.rows(
        lambda connection: connection.execute(select(func.count()).select_from(tables.duplicates)).scalar()
    )
    assert (left, groups, ids) == (0, 0, 0)
    assert all(world.counts(found) == (0, 0, 0) for found in bins.values())


def test_a_purge_is_at_once_and_not_too_often(world: World) -> None:
    url = new(world)
    for _ in range(3):
        world.send(url, "x")
    [held] = world.receive(url, 1)
    world.one("PurgeQueue", QueueUrl=url)
    assert world.counts(url) == (0, 0, 0)
    assert world.receive(url) == []
    world.delete(url, held)  # it has gone, which is no error
    world.send(url, "after")
    code, text = refused(world, "PurgeQueue", QueueUrl=url)
    assert code == "PurgeQueueInProgress"
    assert "is allowed every 60 seconds" in text
    world.keep()
    assert [message["Body"] for message in world.receive(url)] == ["after"]
    world.forward(60)
    world.one("PurgeQueue", QueueUrl=url)
    world.keep()
    dropped = world.rows(
        lambda connection: connection.execute(
            select(func.count()).select_from(tables.bins).where(tables.bins.c.dropped_ms.is_not(None))
        ).scalar()
    )
    assert dropped == 0


def test_a_deleted_name_is_free_after_a_minute(world: World) -> None:
    url = new(world)
    name = url.rsplit("/", 1)[1]
    world.send(url, "x")
    world.one("DeleteQueue", QueueUrl=url)
    assert refused(world, "SendMessage", QueueUrl=url, MessageBody="x")[0] == "QueueDoesNotExist"
    code, text = refused(world, "CreateQueue", QueueName=name)
    assert (code, text) == (
        "QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    )
    world.forward(60)
    assert world.queue(name) == url
    assert world.counts(url) == (0, 0, 0)


def test_a_message_is_hidden_for_twelve_hours_at_most(world: World) -> None:
    url = new(world)
    world.send(url, "x")
    [message] = world.receive(url, VisibilityTimeout=43_200)
    world.forward(3_600)
    handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
    world.one("ChangeMessageVisibility", **handle, VisibilityTimeout=43_200 - 3_600)
    code, text = refused(world, "ChangeMessageVisibility", **handle, VisibilityTimeout=43_200 - 3_599)
    assert code == "InvalidParameterValue"
    assert "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]." in text


def test_too_many_in_flight(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SQS_IN_FLIGHT_MAX", 3)
    world.restart()
    url, ordered = new(world), new(world, ".fifo")
    for number in range(5):
        world.send(url, "x")
        world.send(ordered, "x", MessageGroupId=str(number), MessageDeduplicationId=str(number))
    assert len(world.receive(url, 3)) == 3
    assert refused(world, "ReceiveMessage", QueueUrl=url)[0] == "OverLimit"
    assert len(world.receive(ordered, 3)) == 3
    assert world.receive(ordered) == []  # a FIFO queue says nothing
    world.forward(31)
    assert len(world.receive(url, 1)) == 1
    assert len(world.receive(ordered, 1)) == 1


def test_a_fair_queue_serves_a_quiet_tenant_behind_a_noisy_one(world: World) -> None:
    url = new(world)
    entries = [{"Id": str(number), "MessageBody": "noise", "MessageGroupId": "noisy"} for number in range(10)]
    for _ in range(100):
        world.one("SendMessageBatch", QueueUrl=url, Entries=entries)
    world.restart()
    world.receive(url, 5)
    world.send(url, "quiet", MessageGroupId="quiet")
    world.send(url, "silent", MessageGroupId="silent")
    got = world.receive(url, 4, AttributeNames=["MessageGroupId"])
    assert {"quiet", "silent"} <= {message["Body"] for message in got}
    assert {message["Attributes"]["MessageGroupId"] for message in got} == {"noisy", "quiet", "silent"}
    world.send(url, "late", MessageGroupId="late")
    world.restart()  # found in the store, behind a thousand others
    assert "late" in {message["Body"] for message in world.receive(url, 10)}


def test_counts_are_exact(world: World) -> None:
    url = new(world)
    for number in range(20):
        world.send(url, str(number), DelaySeconds=10 if number % 4 == 0 else 0)
    assert world.counts(url) == (15, 0, 5)
    got = world.receive(url, 6)
    assert world.counts(url) == (9, 6, 5)
    world.delete(url, got[0])
    world.delete(url, got[0])
    assert world.counts(url) == (9, 5, 5)
    world.forward(31)
    assert world.counts(url) == (19, 0, 0)
    world.restart()
    assert world.counts(url) == (19, 0, 0)


def test_a_batch_that_is_lost_leaves_nothing(world: World) -> None:
    url = new(world)

    def broken(*_: Any) -> None:
        raise RuntimeError("our bug")

    world.send(url, "kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("integrations.sqs.books.message_store.insert", broken)
        [answer] = world.do(("SendMessage", {"QueueUrl": url, "MessageBody": "lost"}))
    assert isinstance(answer, RuntimeError)
    assert world.counts(url) == (1, 0, 0)
    assert [message["Body"] for message in world.receive(url)] == ["kept"]


def test_one_batch_sends_receives_and_deletes(world: World) -> None:
    url = new(world)
    send = ("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    take = ("ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 0})
    answers = world.do(send, send, take, take, take)
    assert [len(answer.get("Messages", [])) for answer in answers[2:]] == [1, 1, 0]
    assert world.counts(url) == (0, 2, 0)
    messages = [answer["Messages"][0] for answer in answers[2:4]]
    world.do(*(("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": one["ReceiptHandle"]}) for one in messages))
    assert world.counts(url) == (0, 0, 0)


def test_a_visible_message_is_deleted_by_its_old_handle(world: World) -> None:
    url = new(world)
    for body in ("a", "b", "c"):
        world.send(url, body)
    [held] = world.receive(url, 1, VisibilityTimeout=1)
    world.forward(2)
    assert [message["Body"] for message in world.receive(url, 1)] == ["b"]  # with the others at hand
    world.delete(url, held)
    assert [message["Body"] for message in world.receive(url)] == ["c"]
    assert world.counts(url) == (0, 2, 0)


def test_many_large_messages_do_not_fill_the_memory(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SQS_SHELVES_BYTES_MAX", 100_000)
    world.restart()
    urls = [new(world) for _ in range(4)]
    for url in urls:
        for number in range(8):
            world.send(url, f"{number}" * 40_000)
    for count in (1, 3, 4):
        for url in urls:
            assert len(world.receive(url, count)) == count
            held = world.kernel_memory("sqs")["books"]
            assert sum(shelf.bytes for shelf in held.shelves.values()) <= 100_000 + 8 * 40_000
    assert [world.counts(url) for url in urls] == [(0, 8, 0)] * 4
