"""Every statement of SQS finds its rows by an index: a long queue is as fast as a short one."""

from typing import Any

import pytest
from sqlalchemy import event

from engine import limits
from tests.integrations.sqs.calls import arn_of
from tests.integrations.sqs.test_moves import redrive
from tests.integrations.sqs.world import World, opened


def everything(world: World) -> None:
    """Each operation, and what they do behind the scenes."""
    dead = world.queue("dead")
    live = world.queue("live", RedrivePolicy=redrive(dead))
    ordered = world.queue("o.fifo", ContentBasedDeduplication="true")
    for number in range(40):
        world.send(live, f"{number}", MessageGroupId=f"{number % 3}")
        world.send(ordered, f"{number}", MessageGroupId=f"{number % 3}")
    world.restart()
    held = world.receive(live, 2)
    extra = world.queue("extra")
    for number in range(80):
        world.send(extra, f"{number}")
    world.restart()
    got = [message for _ in range(8) for message in world.receive(extra)]
    world.do(*(("DeleteMessage", {"QueueUrl": extra, "ReceiptHandle": one["ReceiptHandle"]}) for one in got))
    assert world.counts(extra) == (0, 0, 0)
    handle = {"QueueUrl": live, "ReceiptHandle": held[0]["ReceiptHandle"]}
    world.one("ChangeMessageVisibility", **handle, VisibilityTimeout=0)
    world.delete(live, held[1])
    for message in world.receive(ordered, 3, ReceiveRequestAttemptId="a"):
        world.delete(ordered, message)
    world.receive(ordered, 3, ReceiveRequestAttemptId="a")
    world.forward(31)
    world.receive(live, 10)
    world.forward(31)
    world.receive(live, 10)
    world.one("StartMessageMoveTask", SourceArn=arn_of(dead))
    world.one("ListMessageMoveTasks", SourceArn=arn_of(dead))
    world.keep()
    world.counts(live)
    world.one("ListQueues", QueueNamePrefix="l", MaxResults=1)
    world.one("ListDeadLetterSourceQueues", QueueUrl=dead)
    world.one("TagQueue", QueueUrl=live, Tags={"a": "b"})
    world.one("SetQueueAttributes", QueueUrl=ordered, Attributes={"MessageRetentionPeriod": "60"})
    world.forward(400)
    world.one("PurgeQueue", QueueUrl=live)
    world.one("DeleteQueue", QueueUrl=dead)
    world.keep()


def test_no_statement_scans_a_table() -> None:
    seen: dict[str, Any] = {}
    with opened("sqlite:///:memory:") as world:
        engine = world.database.writer.connection.engine

        @event.listens_for(engine, "before_cursor_execute")
        def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
            if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")) and "sqs_" in statement:
                seen.setdefault(statement, parameters[0] if many else parameters)

        everything(world)
        event.remove(engine, "before_cursor_execute", note)
        assert len(seen) > 40
        with world.database.reader() as connection:
            for statement, parameters in seen.items():
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                steps = [row[3] for row in plan]
                assert not any(step.startswith("SCAN sqs") for step in steps), (statement, steps)
                if " key IN (" in statement:  # of one message, or of many
                    assert steps == ["SEARCH sqs_messages USING INTEGER PRIMARY KEY (rowid=?)"], statement


def test_the_upkeep_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SQS_SWEEP_ROWS", 3)
    world.keep()
    url = world.queue("swept.fifo", ContentBasedDeduplication="true", MessageRetentionPeriod="60")
    for number in range(10):
        world.send(url, f"{number}", MessageGroupId=f"{number}")
    world.forward(301)
    assert world.keep() >= 2 * 3  # ids and messages, three in a commit
    assert world.counts(url) == (0, 0, 0)
