"""A FIFO queue against a reference model of a few lines, under random operations on a virtual clock."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ServiceError
from tests.integrations.sqs.world import Json, World

HIDDEN, WINDOW = 30, 300


@dataclass
class Model:
    """Groups in order; a group with a message in flight gives none; ids count for five minutes, deleted or not."""

    now: int = 0
    queue: list[list[Any]] = field(default_factory=list)  # [body, group, hidden until]
    ids: dict[str, int] = field(default_factory=dict)

    def send(self, body: str, group: str, id: str) -> None:
        if self.ids.get(id, -1) <= self.now:
            self.ids[id] = self.now + WINDOW
            self.queue.append([body, group, 0])

    def may_receive(self) -> dict[str, list[str]]:
        blocked = {entry[1] for entry in self.queue if entry[2] > self.now}
        found: dict[str, list[str]] = {}
        for body, group, _ in self.queue:
            if group not in blocked:
                found.setdefault(group, []).append(body)
        return found

    def hide(self, bodies: list[str], seconds: int) -> None:
        for entry in self.queue:
            if entry[0] in bodies:
                entry[2] = self.now + seconds

    def delete(self, body: str) -> None:
        self.queue = [entry for entry in self.queue if entry[0] != body]


STEPS = st.one_of(
    st.tuples(st.just("send"), st.sampled_from("ab"), st.integers(0, 40)),
    st.tuples(st.just("send"), st.sampled_from("abc"), st.integers(0, 3)),
    st.tuples(st.just("receive"), st.integers(1, 5), st.just(0)),
    st.tuples(st.just("delete"), st.integers(0, 4), st.just(0)),
    st.tuples(st.just("show"), st.integers(0, 4), st.sampled_from([0, 5, 60])),
    st.tuples(st.just("wait"), st.sampled_from([1, 4, 31, 301]), st.just(0)),
    st.tuples(st.just("restart"), st.just(0), st.just(0)),
)


@settings(max_examples=12, deadline=None)
@given(steps=st.lists(STEPS, min_size=25, max_size=50))
def test_a_fifo_queue_is_its_model(world: World, steps: list[tuple[str, Any, int]]) -> None:
    model, held = Model(), list[Json]()
    url = world.queue(f"model-{world.clock.source.getrandbits(64):x}.fifo")
    for number, (step, one, two) in enumerate(steps):
        if step == "send":
            world.send(url, f"m{number}", MessageGroupId=one, MessageDeduplicationId=f"id{two}")
            model.send(f"m{number}", one, f"id{two}")
        elif step == "receive":
            held = _receive(world, model, url, one) + held
        elif step == "wait":
            world.forward(one)
            model.now += one
        elif step == "restart":
            world.restart()
        elif held:
            _touch(world, model, url, step, held[one % len(held)], two)
        assert world.counts(url)[0] + world.counts(url)[1] == len(model.queue)


def _receive(world: World, model: Model, url: str, count: int) -> list[Json]:
    may = model.may_receive()
    got = world.receive(url, count, AttributeNames=["MessageGroupId"], VisibilityTimeout=HIDDEN)
    by_group: dict[str, list[str]] = {}
    for message in got:
        by_group.setdefault(message["Attributes"]["MessageGroupId"], []).append(message["Body"])
    for group, bodies in by_group.items():
        assert bodies == may[group][: len(bodies)], "in order, from the first"
    assert len(got) == min(count, sum(map(len, may.values()))), "all that there are"
    model.hide([message["Body"] for message in got], HIDDEN)
    return got


def _touch(world: World, model: Model, url: str, step: str, message: Json, seconds: int) -> None:
    """Delete a message that was received, or change when it is visible: as long as it is in flight."""
    entry = next((entry for entry in model.queue if entry[0] == message["Body"]), None)
    hidden = entry is not None and entry[2] > model.now
    handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
    try:
        if step == "delete":
            world.one("DeleteMessage", **handle)
            if hidden:
                model.delete(message["Body"])
        else:
            world.one("ChangeMessageVisibility", **handle, VisibilityTimeout=seconds)
            assert hidden
            model.hide([message["Body"]], seconds)
    except ServiceError as error:
        assert error.code in ("InvalidParameterValue", "MessageNotInflight")
        assert not hidden or "expired" in error.message
