"""Messages through a state machine, topics and queues while the server is killed: published is what is in the queues.

A failure prints the seed of the kills.
"""

import os
from collections import defaultdict

import pytest

from tests.chaos.couriers import QUEUES, Couriers
from tests.chaos.server import Server


@pytest.mark.timeout(120)
def test_two_hundred_messages_over_two_kills(server: Server) -> None:
    prove(server, groups=10, each=20, kills=2)


@pytest.mark.chaos
@pytest.mark.timeout(1_800)
def test_five_thousand_messages_over_ten_kills(server: Server) -> None:
    prove(server, groups=100, each=50, kills=10)


def prove(server: Server, groups: int, each: int, kills: int) -> None:
    seed = int(os.environ.get("CHAOS_SEED", "0")) or int.from_bytes(os.urandom(4))
    print(f"CHAOS_SEED={seed}")
    couriers = Couriers(server, groups, each, kills, seed)
    couriers.run()
    sent = {(f"g{group}", number) for group in range(groups) for number in range(each)}
    check_published(couriers, sent)
    for queue in QUEUES:
        check_queue(couriers, queue, {one for one in sent if queue != "even" or one[1] % 2 == 0})
    check_order(couriers)
    assert server.stop() == 0, server.log
    assert "Traceback" not in server.log, server.log


def check_published(couriers: Couriers, sent: set[tuple[str, int]]) -> None:
    """Each Task has published once: every result is another message."""
    ids = {(group, n) for group, found in couriers.published.items() for n in range(len(found))}
    assert ids == sent
    every = [one[topic] for found in couriers.published.values() for one in found for topic in ("ordered", "plain")]
    assert len(set(every)) == len(every) == 2 * len(sent)


def check_queue(couriers: Couriers, queue: str, expected: set[tuple[str, int]]) -> None:
    """As many messages as were published, none lost, none twice: what comes again is the same publication."""
    assert couriers.counted[queue] == len(expected), queue
    received = couriers.received[queue]
    assert {(one.group, one.number) for one in received} == expected, queue
    topic = "ordered" if QUEUES[queue] else "plain"
    for one in received:
        assert one.id in (None, couriers.published[one.group][one.number][topic]), (queue, one)


def check_order(couriers: Couriers) -> None:
    """Of each group, in the order in which it was published, whatever came again after a kill."""
    seen: defaultdict[str, list[int]] = defaultdict(list)
    for one in couriers.received["ordered.fifo"]:
        if one.number not in seen[one.group]:
            seen[one.group].append(one.number)
    for group, numbers in seen.items():
        assert numbers == sorted(numbers), (group, numbers)
