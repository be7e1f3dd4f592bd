"""ItemBatcher: children with several items each, and counters of both."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.batches import Batcher
from engine.core.map_run import ItemCounts, MapRun
from engine.core.supply import Supply
from engine.jsontext import dumps
from tests.api.client import Api, refusal
from tests.map_runs.machines import PASS, WAIT, distributed, only_map
from tests.map_runs.test_running import map_run, run, start

ALL = {"MaxItemsPerBatch": 3, "BatchInput": {"fact.$": "$.fact"}}


def inputs(api: Api, execution: str) -> list[Any]:
    """The inputs of the children, in the order of their items."""
    listed = api.list_executions(mapRunArn=map_run(api, execution)["mapRunArn"])["executions"]
    described = [api.describe_execution(executionArn=child["executionArn"]) for child in listed]
    return sorted((json.loads(child["input"]) for child in described), key=lambda found: str(found["Items"]))


def test_batches_and_their_counters(api: Api) -> None:
    definition = only_map(distributed(PASS, ItemsPath="$.items", ItemBatcher=ALL))
    ended = run(api, definition, {"items": list(range(7)), "fact": True})
    given = [{"BatchInput": {"fact": True}, "Items": items} for items in ([0, 1, 2], [3, 4, 5], [6])]
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", given)
    shown = map_run(api, ended["executionArn"])
    assert (shown["itemCounts"]["succeeded"], shown["itemCounts"]["total"], shown["itemCounts"]["pending"]) == (7, 7, 0)
    assert (shown["executionCounts"]["succeeded"], shown["executionCounts"]["total"]) == (3, 3)
    assert inputs(api, ended["executionArn"]) == given
    listed = api.list_executions(mapRunArn=shown["mapRunArn"])["executions"]
    assert sorted(child["itemCount"] for child in listed) == [1, 3, 3]


def test_counters_while_it_runs(api: Api) -> None:
    definition = only_map(distributed(WAIT, ItemBatcher={"MaxItemsPerBatch": 2}, MaxConcurrency=2))
    execution = start(api, definition, list(range(9)))
    shown = api.until(lambda: map_run(api, execution), lambda run: run["executionCounts"]["running"] == 2)
    items, children = shown["itemCounts"], shown["executionCounts"]
    assert (items["running"], items["pending"], items["total"]) == (4, 5, 9)
    assert (children["running"], children["pending"], children["total"]) == (2, 0, 2)
    api.stop_execution(executionArn=execution)
    shown = api.until(lambda: map_run(api, execution), lambda run: run["executionCounts"]["aborted"] == 2)
    assert (shown["itemCounts"]["aborted"], shown["itemCounts"]["pending"]) == (4, 5)


def test_items_are_selected_before_they_are_batched(api: Api) -> None:
    selector = {"n.$": "$$.Map.Item.Index", "of.$": "$$.Map.Item.Source", "v.$": "$$.Map.Item.Value"}
    batcher = {"MaxInputBytesPerBatchPath": "$.bytes"}
    definition = only_map(distributed(PASS, ItemsPath="$.items", ItemSelector=selector, ItemBatcher=batcher))
    ended = run(api, definition, {"items": ["a", "b", "c"], "bytes": 100})
    one, two, three = ({"n": n, "of": "STATE_DATA", "v": v} for n, v in enumerate("abc"))
    assert json.loads(ended["output"]) == [{"Items": [one, two]}, {"Items": [three]}]


def test_jsonata(api: Api) -> None:
    batcher = {"MaxItemsPerBatch": "{% $states.input.most %}", "BatchInput": "{% $states.input.most %}"}
    machine = json.loads(only_map(distributed(PASS, Items="{% [1..3] %}", ItemBatcher=batcher)))
    ended = run(api, json.dumps(machine | {"QueryLanguage": "JSONata"}), {"most": 2})
    assert json.loads(ended["output"]) == [{"BatchInput": 2, "Items": [1, 2]}, {"BatchInput": 2, "Items": [3]}]


def test_all_items_of_a_child_that_fails_have_failed(api: Api) -> None:
    fails_on_first = {
        "Only": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.Items[0]", "NumericEquals": 0, "Next": "Broken"}],
            "Default": "Fine",
        },
        "Broken": {"Type": "Fail"},
        "Fine": {"Type": "Succeed"},
    }
    for tolerated, status in ((2, "FAILED"), (3, "SUCCEEDED")):
        fields = {"ItemBatcher": {"MaxItemsPerBatch": 3}, "ToleratedFailureCount": tolerated, "MaxConcurrency": 1}
        ended = run(api, only_map(distributed(fails_on_first, **fields)), list(range(6)))
        assert ended["status"] == status
        shown = map_run(api, ended["executionArn"])
        assert (shown["itemCounts"]["failed"], shown["executionCounts"]["failed"]) == (3, 1)


@pytest.mark.parametrize("batcher", [{}, {"MaxItemsPerBatch": 0}, {"MaxInputBytesPerBatch": 262_145}, {"Most": 1}])
def test_refused(api: Api, batcher: dict[str, Any]) -> None:
    definition = only_map(distributed(PASS, ItemBatcher=batcher))
    code, text = refusal(
        api.create_state_machine, name=api.name(), definition=definition, roleArn="arn:aws:iam::000000000000:role/r"
    )
    assert code == "InvalidDefinition" and "/States/Each/ItemBatcher" in text


def test_an_item_that_no_batch_can_hold(api: Api) -> None:
    ended = run(api, only_map(distributed(PASS, ItemBatcher={"MaxInputBytesPerBatch": 20})), ["short", "x" * 20])
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")


VALUES = st.lists(
    st.one_of(st.integers(-9_999, 9_999), st.text(max_size=3), st.lists(st.booleans(), max_size=3)), max_size=25
)


@given(VALUES, st.integers(1, 6), st.integers(30, 60), st.booleans())
def test_batches_hold_all_items_in_order_within_their_bounds(
    values: list[Any], most: int, room: int, given: bool
) -> None:
    batcher = Batcher(most, room, {"BatchInput": 1} if given else {})
    made = MapRun(
        arn="a",
        branch=0,
        flow=1,
        total=0,
        concurrency=0,
        tolerated_count=0,
        tolerated_percentage=0,
        start_ms=0,
        items=ItemCounts(len(values)),
    )
    supply = Supply("Each", None, batcher, index=0, end=0)
    supply.add_dataset(values)
    batches = []
    while (child := supply.next_child(made, None)) is not None:
        assert json.loads(child.text) == child.value and child.items == len(child.value["Items"])
        batches.append(child.value["Items"])
    assert [value for batch in batches for value in batch] == values
    assert all(0 < len(batch) <= most and len(dumps(batch).encode()) - 2 <= room for batch in batches)
    for batch, after in pairwise(batches):  # none could have held one more
        assert len(batch) == most or len(dumps([*batch, after[0]]).encode()) - 2 > room
    assert (made.started, made.total, made.taken, made.more) == (len(batches), len(batches), len(values), False)
