"""The interpreter over a reader: whatever is read twice or late, and wherever memory is lost, every item goes into one
child and the run comes to its end."""

import json
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.core.effects import GatherResults, MakeRoom, ReadItems, StartChild
from engine.core.execution import Execution
from engine.core.interpreter import advance
from engine.core.signals import ChildEnded, ItemsNotRead, ItemsRead, RoomMade, Signal, Started
from engine.core.snapshot import freeze, restore
from engine.moment import Moment
from tests.core.player import START_MS, World, new_execution
from tests.map_runs.machines import PASS, distributed, only_map
from tests.map_runs.test_supply import Reader

RUN_KEY = 7


def machine(**fields: Any) -> dict[str, Any]:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSONL"},
        "Parameters": {"Bucket": "b", "Key": "k"},
    }
    definition: dict[str, Any] = json.loads(only_map(distributed(PASS, ItemReader=reader, **fields)))
    return definition


class Shell:
    """Does what the effects ask for, in any order; forgets what is memory only."""

    def __init__(self, reader: Reader, definition: dict[str, Any], chance: random.Random):
        self.reader = reader
        self.chance = chance
        self.execution: Execution = new_execution(definition, {})
        self.moment = Moment(START_MS, random.Random(1))
        self.open: list[Signal] = []  # what will be said to it, in any order
        self.said: list[Signal] = []  # reads, which may be said again
        self.children: list[Any] = []
        self.gathered = False

    def say(self, signal: Signal) -> None:
        step = advance(self.execution, signal, self.moment, World())
        for run in step.map_runs:
            run.key = RUN_KEY
        for effect in step.effects:
            if isinstance(effect, MakeRoom):
                self.open.append(RoomMade(effect.branch, RUN_KEY, self.chance.randint(1, 6)))
            elif isinstance(effect, ReadItems):
                read = ItemsRead(effect.branch, RUN_KEY, effect.cursor, self.reader.page(effect.cursor))
                self.open.append(read)
                self.said.append(read)
            elif isinstance(effect, StartChild):
                value = effect.input["Items"] if isinstance(effect.input, dict) else [effect.input]
                self.children.append(value)
                self.open.append(ChildEnded(effect.branch, RUN_KEY, "SUCCEEDED", 1, len(value)))
            elif isinstance(effect, GatherResults):
                self.gathered = True

    def lose_memory(self) -> None:
        """As after an eviction: what is not in the store is gone, what was asked for may still come."""
        for key, branch in list(self.execution.branches.items()):
            again = restore(key, branch.wake_ms, freeze(branch))
            if branch.join is not None and again.join is not None:
                again.join.map_run = branch.join.map_run
            self.execution.branches[key] = again
        self.open.append(RoomMade(0, RUN_KEY, self.chance.randint(1, 6)))  # as the recovery says


@given(st.integers(0, 25), st.integers(1, 6), st.integers(0, 4), st.integers(0, 3), st.integers(0, 99_999))
def test_every_item_is_in_one_child(total: int, size: int, batch: int, concurrency: int, seed: int) -> None:
    fields: dict[str, Any] = {"MaxConcurrency": concurrency}
    if batch:
        fields["ItemBatcher"] = {"MaxItemsPerBatch": batch}
    chance = random.Random(seed)
    shell = Shell(Reader(total, size), machine(**fields), chance)
    shell.say(Started())
    losses, repeats = 5, 5
    while shell.open:
        if losses and chance.random() < 0.2:
            losses -= 1
            shell.lose_memory()
        if repeats and shell.said and chance.random() < 0.2:
            repeats -= 1
            shell.say(chance.choice(shell.said))
        shell.say(shell.open.pop(chance.randrange(len(shell.open))))
    assert shell.gathered and not shell.open
    assert [item for child in shell.children for item in child] == list(range(total))
    assert all(len(child) == max(batch, 1) for child in shell.children[:-1])
    join = shell.execution.branches[0].join
    assert join is not None and join.map_run is not None
    run = join.map_run
    assert (run.ended, run.total, run.items_total, run.complete) == (len(shell.children), run.started, total, True)


def test_what_cannot_be_read_fails_the_run_once() -> None:
    shell = Shell(Reader(3, 2), machine(), random.Random(1))
    shell.say(Started())
    (read,) = shell.open
    assert isinstance(read, ItemsRead) and read.cursor == ""
    shell.say(read)
    shell.say(ItemsNotRead(0, RUN_KEY, "", "too late"))  # that page has come
    assert shell.execution.status == "RUNNING"
    for signal in shell.open[1:]:
        shell.say(signal)
    shell.say(ItemsNotRead(0, RUN_KEY, "2", "gone"))
    assert (shell.execution.status, shell.execution.error, shell.execution.cause) == (
        "FAILED",
        "States.ItemReaderFailed",
        "gone",
    )
