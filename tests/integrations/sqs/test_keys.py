"""Keys of messages: one that was deleted is not given again, though memory forgot it and the clock stands."""

import pytest

from tests.integrations.sqs.world import World


@pytest.mark.parametrize("fifo", [False, True])
def test_an_old_receipt_handle_deletes_no_new_message(world: World, fifo: bool) -> None:
    url = world.queue(f"keys-{world.clock.source.getrandbits(64):x}" + (".fifo" if fifo else ""))
    groups = [{"MessageGroupId": "g", "MessageDeduplicationId": str(number)} if fifo else {} for number in range(2)]
    world.send(url, "old", **groups[0])
    (old,) = world.receive(url, 1)
    world.restart()
    world.one("DeleteMessage", QueueUrl=url, ReceiptHandle=old["ReceiptHandle"])
    world.send(url, "new", **groups[1])
    (new,) = world.receive(url, 1)
    world.one("DeleteMessage", QueueUrl=url, ReceiptHandle=old["ReceiptHandle"])
    assert sum(world.counts(url)) == 1
    world.one("DeleteMessage", QueueUrl=url, ReceiptHandle=new["ReceiptHandle"])
    assert sum(world.counts(url)) == 0


@pytest.mark.parametrize("fifo", [False, True])
def test_nor_where_others_were_sent_in_the_same_moment(world: World, fifo: bool) -> None:
    for attempt in range(10):
        url = world.queue(f"more-{world.clock.source.getrandbits(64):x}" + (".fifo" if fifo else ""))
        for body in ("kept", "old"):
            world.send(url, body, **({"MessageGroupId": body, "MessageDeduplicationId": body} if fifo else {}))
        [old] = [message for message in world.receive(url, 2) if message["Body"] == "old"]
        world.one("DeleteMessage", QueueUrl=url, ReceiptHandle=old["ReceiptHandle"])
        world.restart()
        world.send(url, "new", **({"MessageGroupId": "new", "MessageDeduplicationId": "new"} if fifo else {}))
        assert [message["Body"] for message in world.receive(url, 2)] == ["new"]
        world.one("DeleteMessage", QueueUrl=url, ReceiptHandle=old["ReceiptHandle"])
        assert sum(world.counts(url)) == 2, attempt
