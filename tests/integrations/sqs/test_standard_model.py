"""A standard queue against a reference model, under random operations in random batches on a virtual clock.

What is in memory (the shelf, what a batch gathers) must not show: every message that is visible is received, none that
is not, each once, whatever was asked together, lost or restarted.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import limits
from tests.integrations.sqs.world import Json, World

HIDDEN = 30
Step = tuple[str, int]

STEPS = st.one_of(
    st.tuples(st.just("send"), st.sampled_from([0, 0, 0, 5])),
    st.tuples(st.just("tenant"), st.integers(0, 3)),
    st.tuples(st.just("receive"), st.integers(1, 6)),
    st.tuples(st.just("delete"), st.integers(0, 4)),
    st.tuples(st.just("show"), st.sampled_from([0, 5, 60])),
    st.tuples(st.just("commit"), st.just(0)),
    st.tuples(st.just("wait"), st.sampled_from([1, 6, 31])),
    st.tuples(st.just("restart"), st.just(0)),
    st.tuples(st.just("purge"), st.just(0)),
)


class Play:
    """`hidden`: body -> until when, of all messages that there are. `calls` are to be one batch."""

    def __init__(self, world: World):
        self.world = world
        self.url = world.queue(f"standard-{world.clock.source.getrandbits(64):x}")
        self.hidden: dict[str, int] = {}
        self.held: list[Json] = []
        self.calls: list[tuple[str, Json]] = []
        self.sent = 0
        self.purged_ms = 0

    @property
    def now(self) -> int:
        return self.world.clock.epoch_ms

    def call(self, name: str, **members: Any) -> None:
        self.calls.append((name, {"QueueUrl": self.url, **members}))

    def commit(self) -> None:
        """The calls in one batch, and then the model after them, one by one."""
        calls, self.calls = self.calls, []
        for (name, members), answer in zip(calls, self.world.do(*calls), strict=True):
            assert not isinstance(answer, Exception), (name, answer)
            if name == "SendMessage":
                self.hidden[members["MessageBody"]] = self.now + members["DelaySeconds"] * 1000
            elif name == "ReceiveMessage":
                self._received(answer.get("Messages", []), members["MaxNumberOfMessages"])
            elif name == "PurgeQueue":
                self.hidden.clear()
        visible = sum(until <= self.now for until in self.hidden.values())
        counts = self.world.counts(self.url)
        assert (counts[0], counts[1] + counts[2]) == (visible, len(self.hidden) - visible)

    def _received(self, messages: list[Json], count: int) -> None:
        visible = [body for body, until in self.hidden.items() if until <= self.now]
        got = [message["Body"] for message in messages]
        assert len(got) == min(count, len(visible)), "all that are visible"
        assert len(set(got)) == len(got)
        assert set(got) <= set(visible)
        for message in messages:
            self.hidden[message["Body"]] = self.now + HIDDEN * 1000
            self.held.insert(0, message)

    def send(self, delay: int, **members: str) -> None:
        self.sent += 1
        self.call("SendMessage", MessageBody=f"m{self.sent}", DelaySeconds=delay, **members)

    def delete(self, number: int) -> None:
        if number < len(self.held):
            self.commit()
            message = self.held.pop(number)
            self.call("DeleteMessage", ReceiptHandle=message["ReceiptHandle"])
            self.hidden.pop(message["Body"], None)

    def show(self, seconds: int) -> None:
        """Of the message that was received last, if it is still hidden."""
        self.commit()
        if self.held and self.hidden.get(self.held[0]["Body"], 0) > self.now:
            self.call("ChangeMessageVisibility", ReceiptHandle=self.held[0]["ReceiptHandle"], VisibilityTimeout=seconds)
            self.hidden[self.held[0]["Body"]] = self.now + seconds * 1000
            self.commit()
            self.world.forward(0.001)

    def purge(self) -> None:
        if self.now - self.purged_ms > limits.SQS_PURGE_MS:
            self.purged_ms = self.now
            self.call("PurgeQueue")
            self.commit()
            self.held.clear()


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(STEPS, min_size=20, max_size=50), refill=st.sampled_from([1, 2, 4]))
def test_a_standard_queue_is_its_model(world: World, steps: list[Step], refill: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "SQS_SHELF_FIRST_MESSAGES", refill)
        patch.setattr(limits, "SQS_SHELF_MESSAGES_MAX", 2 * refill)
        _play(Play(world), steps)


def _play(play: Play, steps: list[Step]) -> None:
    for step, number in steps:
        if step == "send":
            play.send(number)
        elif step == "tenant":
            play.send(0, MessageGroupId=f"t{number}")
        elif step == "receive":
            play.call("ReceiveMessage", MaxNumberOfMessages=number, VisibilityTimeout=HIDDEN, WaitTimeSeconds=0)
        elif step == "delete":
            play.delete(number)
        elif step == "show":
            play.show(number)
        elif step == "purge":
            play.purge()
        else:
            play.commit()
            play.world.forward(number + 0.001)
            if step == "restart":
                play.world.restart()
    play.commit()
