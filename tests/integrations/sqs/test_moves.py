"""Dead letters, and the message move tasks that bring them back, on a clock of the test."""

from typing import Any

import pytest

from engine import limits
from engine.contract import Caller
from engine.errors import ServiceError
from engine.jsontext import dumps
from tests.integrations.sqs.calls import arn_of
from tests.integrations.sqs.world import Json, World

NUMBERS = iter(range(1, 10_000))


def redrive(target: str, receives: int = 1) -> str:
    return dumps({"deadLetterTargetArn": arn_of(target), "maxReceiveCount": receives})


def pair(world: World, suffix: str = "", **attributes: str) -> tuple[str, str]:
    """A queue, and where its dead letters go after one receipt."""
    number = next(NUMBERS)
    dead = world.queue(f"dead-{number}{suffix}")
    return world.queue(f"live-{number}{suffix}", RedrivePolicy=redrive(dead), **attributes), dead


def bury(world: World, live: str, count: int, **members: str) -> None:
    """Send messages that end as dead letters."""
    for number in range(count):
        own = {"MessageDeduplicationId": f"{number}"} if members else {}
        world.send(live, f"m{number}", **members, **own)
    for _ in range(count):
        world.receive(live, VisibilityTimeout=0)
        world.forward(0.01)
    assert world.receive(live) == []


def refused(world: World, name: str, **given: Any) -> tuple[str, str]:
    with pytest.raises(ServiceError) as error:
        world.one(name, **given)
    return error.value.code, error.value.message


def tasks(world: World, source: str, count: int = 10) -> list[Json]:
    return list(world.one("ListMessageMoveTasks", SourceArn=arn_of(source), MaxResults=count).get("Results", []))


def test_a_message_that_nobody_deletes_becomes_a_dead_letter(world: World) -> None:
    dead = world.queue(f"dead-{next(NUMBERS)}")
    live = world.queue(f"live-{next(NUMBERS)}", RedrivePolicy=redrive(dead, 2), VisibilityTimeout="30")
    sent = world.send(live, "poison")
    sent_at = world.clock.epoch_ms
    for _ in range(2):
        assert len(world.receive(live)) == 1
        world.forward(31)
    assert world.counts(dead) == (0, 0, 0)
    assert world.receive(live) == []
    assert (world.counts(live), world.counts(dead)) == ((0, 0, 0), (1, 0, 0))
    [letter] = world.receive(dead, AttributeNames=["All"])
    assert (letter["MessageId"], letter["Body"]) == (sent["MessageId"], "poison")
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == arn_of(live)
    assert letter["Attributes"]["SentTimestamp"] == str(sent_at)
    assert letter["Attributes"]["ApproximateReceiveCount"] == "3"
    sources = world.one("ListDeadLetterSourceQueues", QueueUrl=dead)["queueUrls"]
    assert sources == [live]


def test_dead_letters_have_their_chances_in_each_queue(world: World) -> None:
    last = world.queue(f"last-{next(NUMBERS)}")
    middle = world.queue(f"middle-{next(NUMBERS)}", RedrivePolicy=redrive(last, 2))
    first = world.queue(f"first-{next(NUMBERS)}", RedrivePolicy=redrive(middle, 3))
    world.send(first, "x")
    seen = []
    for _ in range(9):
        seen.append([len(world.receive(url, VisibilityTimeout=0)) for url in (first, middle, last)])
        world.forward(1)
    assert [sum(column) for column in zip(*seen, strict=True)] == [3, 2, 9 - 3 - 2]


def test_a_fifo_queue_buries_in_order_and_goes_on(world: World) -> None:
    live, dead = pair(world, ".fifo")
    for body in ("a", "b", "c"):
        world.send(live, body, MessageGroupId="g", MessageDeduplicationId=body)
    assert [message["Body"] for message in world.receive(live, 2)] == ["a", "b"]
    world.forward(31)
    assert [message["Body"] for message in world.receive(live)] == ["c"]
    assert [message["Body"] for message in world.receive(dead)] == ["a", "b"]


def test_dead_letters_stay_where_their_queue_is_gone(world: World) -> None:
    live, dead = pair(world)
    world.send(live, "x")
    world.one("DeleteQueue", QueueUrl=dead)
    for _ in range(3):
        assert len(world.receive(live)) == 1
        world.forward(31)


def test_letters_go_back_to_where_they_came_from(world: World) -> None:
    live, dead = pair(world)
    bury(world, live, 3)
    source = {"SourceArn": arn_of(dead)}
    handle = world.one("StartMessageMoveTask", **source)["TaskHandle"]
    [task] = tasks(world, dead)
    assert task == {
        "TaskHandle": handle,
        "Status": "RUNNING",
        "SourceArn": arn_of(dead),
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": 3,
        "StartedTimestamp": world.clock.epoch_ms,
    }
    code, text = refused(world, "StartMessageMoveTask", **source)
    assert code == "InvalidParameterValue"
    assert "Only one active task is allowed" in text
    world.keep()
    [task] = tasks(world, dead)
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 3)
    assert "TaskHandle" not in task
    assert (world.counts(dead), world.counts(live)) == ((0, 0, 0), (3, 0, 0))
    got = world.receive(live, AttributeNames=["All"])
    assert sorted(message["Body"] for message in got) == ["m0", "m1", "m2"]
    assert {message["Attributes"]["ApproximateReceiveCount"] for message in got} == {"1"}
    assert all("DeadLetterQueueSourceArn" not in message["Attributes"] for message in got)


def test_letters_go_to_another_queue_at_a_rate(world: World) -> None:
    live, dead = pair(world)
    other = world.queue(f"other-{next(NUMBERS)}")
    bury(world, live, 9)
    members = {"SourceArn": arn_of(dead), "DestinationArn": arn_of(other), "MaxNumberOfMessagesPerSecond": 4}
    world.one("StartMessageMoveTask", **members)
    seen = []
    for _ in range(4):
        world.keep()
        world.restart()  # another process goes on with it
        seen.append(world.counts(other)[0])
        world.forward(1)
    assert seen == [4, 8, 9, 9]
    [task] = tasks(world, dead)
    assert (task["Status"], task["MaxNumberOfMessagesPerSecond"]) == ("COMPLETED", 4)
    assert task["DestinationArn"] == arn_of(other)


def test_more_than_one_commit_moves(world: World) -> None:
    live, dead = pair(world)
    entries = [{"Id": str(number), "MessageBody": "x"} for number in range(10)]
    for _ in range(45):
        world.one("SendMessageBatch", QueueUrl=dead, Entries=entries)
    world.one("StartMessageMoveTask", SourceArn=arn_of(dead), DestinationArn=arn_of(live))
    assert world.keep() >= 450 // limits.SQS_MOVED_PER_BATCH_MAX
    assert (world.counts(dead), world.counts(live)) == ((0, 0, 0), (450, 0, 0))


def test_fifo_letters_keep_their_order(world: World) -> None:
    live, dead = pair(world, ".fifo")
    bury(world, live, 4, MessageGroupId="g")
    world.one("StartMessageMoveTask", SourceArn=arn_of(dead))
    world.keep()
    assert [message["Body"] for message in world.receive(live)] == ["m0", "m1", "m2", "m3"]
    assert world.receive(dead) == []


def test_a_task_is_cancelled(world: World) -> None:
    live, dead = pair(world)
    bury(world, live, 5)
    members = {"SourceArn": arn_of(dead), "MaxNumberOfMessagesPerSecond": 2}
    handle = world.one("StartMessageMoveTask", **members)["TaskHandle"]
    world.keep()
    assert world.one("CancelMessageMoveTask", TaskHandle=handle) == {"ApproximateNumberOfMessagesMoved": 2}
    assert tasks(world, dead)[0]["Status"] == "CANCELLING"
    assert refused(world, "CancelMessageMoveTask", TaskHandle=handle)[0] == "UnsupportedOperation"
    world.forward(1)
    world.keep()
    assert tasks(world, dead)[0]["Status"] == "CANCELLED"
    assert world.counts(dead)[0] == 3
    world.one("StartMessageMoveTask", SourceArn=arn_of(dead))  # there may be another one now
    world.keep()
    assert [task["Status"] for task in tasks(world, dead)] == ["COMPLETED", "CANCELLED"]
    assert len(tasks(world, dead, 1)) == 1


def test_a_letter_without_a_source_fails_the_task(world: World) -> None:
    _, dead = pair(world)
    world.send(dead, "sent here")
    world.one("StartMessageMoveTask", SourceArn=arn_of(dead))
    world.keep()
    [task] = tasks(world, dead)
    assert task["Status"] == "FAILED"
    assert "was not moved here" in task["FailureReason"]
    assert world.counts(dead) == (1, 0, 0)


def test_tasks_that_are_refused(world: World) -> None:
    live, dead = pair(world)
    ordered = world.queue(f"ordered-{next(NUMBERS)}.fifo")
    source = {"SourceArn": arn_of(dead)}
    gone = "arn:aws:sqs:us-east-1:000000000000:nothing"
    assert refused(world, "StartMessageMoveTask", SourceArn=gone)[0] == "ResourceNotFoundException"
    assert refused(world, "StartMessageMoveTask", SourceArn="junk")[0] == "ResourceNotFoundException"
    assert refused(world, "StartMessageMoveTask", **source, DestinationArn=gone)[0] == "ResourceNotFoundException"
    assert refused(world, "ListMessageMoveTasks", SourceArn=gone)[0] == "ResourceNotFoundException"
    assert refused(world, "CancelMessageMoveTask", TaskHandle="junk")[0] == "ResourceNotFoundException"
    for members in (
        {"SourceArn": arn_of(live)},  # nobody's dead-letter queue
        {**source, "DestinationArn": arn_of(dead)},
        {**source, "DestinationArn": arn_of(ordered)},
        {**source, "MaxNumberOfMessagesPerSecond": 501},
    ):
        assert refused(world, "StartMessageMoveTask", **members)[0] == "InvalidParameterValue"
    assert refused(world, "ListMessageMoveTasks", **source, MaxResults=11)[0] == "InvalidParameterValue"
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        world.one("StartMessageMoveTask", Caller("111111111111", "us-east-1"), **source)
