"""Variables as branches keep them: through rows, within their limits, and no longer than their scope."""

import json
from typing import Any

import pytest

from engine import limits
from engine.core import variables
from engine.core.execution import Branch, Execution
from engine.core.snapshot import freeze, relink, restore
from engine.core.variables import Assigned
from engine.errors import StateError
from engine.jsontext import dumps
from tests.core.player import Player, new_execution

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
WAITS = {"Type": "Task", "Resource": FUNCTION, "End": True}


def _flow(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def _started(definition: dict[str, Any], value: Any) -> Player:
    player = Player(new_execution(definition, value))
    player.play({"start": True})
    return player


def _keep(execution: Execution, branch: Branch, **values: Any) -> None:
    variables.keep(execution, branch, Assigned(values, {name: dumps(value) for name, value in values.items()}))


def test_a_row_holds_them() -> None:
    values = {"x": 1, "größe": {"a": [None, True, "ü\n"]}, "big": 10**30}
    player = _started(_flow(A={"Type": "Pass", "Assign": values, "Next": "B"}, B=WAITS), {})
    branch = player.execution.branches[0]
    text = freeze(branch)
    assert json.loads(text)["variables"] == values
    again = restore(0, branch.wake_ms, text)
    assert again == branch and again.variables == values
    bytes_before, player.execution.branches[0] = player.execution.variable_bytes, again
    player.execution.variable_bytes = 0
    relink(player.execution)
    assert (
        player.execution.variable_bytes == bytes_before == sum(len(dumps(value).encode()) for value in values.values())
    )


def test_a_row_without_them_does_not_mention_them() -> None:
    player = _started(_flow(B=WAITS), {})
    assert "variables" not in freeze(player.execution.branches[0])
    assert player.execution.branches[0].variables is None


def test_a_scope_ends_with_its_branch() -> None:
    inner = _flow(I={"Type": "Pass", "Assign": {"i.$": "$"}, "Next": "J"}, J=WAITS)
    machine = _flow(
        A={"Type": "Pass", "Assign": {"a": 1}, "Next": "M"}, M={"Type": "Map", "ItemProcessor": inner, "End": True}
    )
    player = _started(machine, ["one", "two"])
    execution = player.execution
    outer, kept = len("1"), len('"one"') + len('"two"')
    assert execution.variable_bytes == outer + kept
    seen = variables.visible(execution, player.branch_in("J"))
    assert dict(seen) == {"i": "one", "a": 1} and "x" not in seen
    player.play({"succeed": "J", "output": 1})
    assert execution.variable_bytes == outer + len('"two"')
    player.play({"fail": "J", "error": "E"})
    assert execution.status == "FAILED" and execution.variable_bytes == 0


def test_what_replaces_a_variable_counts_instead_of_it() -> None:
    player = _started(_flow(B=WAITS), {})
    execution, branch = player.execution, player.execution.branches[0]
    _keep(execution, branch, x="a" * 98, y=1)
    assert execution.variable_bytes == 101
    _keep(execution, branch, x=2)
    assert (execution.variable_bytes, branch.variables) == (2, {"x": 2, "y": 1})


def test_ten_mebibytes_in_all() -> None:
    player = _started(_flow(B=WAITS), {})
    execution, branch = player.execution, player.execution.branches[0]
    for number in range(40):
        _keep(execution, branch, **{f"v{number}": "x" * (limits.VARIABLE_BYTES_MAX - 2)})
    assert execution.variable_bytes == limits.VARIABLES_BYTES_MAX
    before = branch.variables
    with pytest.raises(StateError) as caught:
        _keep(execution, branch, one=1)
    assert caught.value.name == "States.DataLimitExceeded"
    assert branch.variables is before and execution.variable_bytes == limits.VARIABLES_BYTES_MAX
    _keep(execution, branch, v0=1)
    assert execution.variable_bytes == limits.VARIABLES_BYTES_MAX - limits.VARIABLE_BYTES_MAX + 1


@pytest.mark.parametrize(
    ("characters", "status"), [(limits.VARIABLE_BYTES_MAX - 2, "SUCCEEDED"), (limits.VARIABLE_BYTES_MAX - 1, "FAILED")]
)
def test_an_assign_holds_256_kibibytes(characters: int, status: str) -> None:
    # The text comes in two halves: no single result may be so large beside the event that has it.
    half = "$.h"
    assign = {"x.$": f"States.Format('{{}}{{}}', {half}, $.r)"}
    machine = _flow(A={"Type": "Pass", "Assign": assign, "ResultPath": None, "Next": "B"}, B={"Type": "Succeed"})
    data = {"h": "x" * 1000, "r": "y" * (characters - 1000)}
    execution = _started(machine, data).execution
    assert (execution.status, execution.error) == (
        status,
        None if status == "SUCCEEDED" else "States.DataLimitExceeded",
    )


def test_items_of_chance_are_the_same_after_a_restart() -> None:
    items = "{% [1..3].$random() %}"
    inner = _flow(I={"Type": "Task", "Resource": FUNCTION, "End": True})
    machine = {
        "QueryLanguage": "JSONata",
        **_flow(M={"Type": "Map", "Items": items, "MaxConcurrency": 1, "ItemProcessor": inner, "End": True}),
    }
    player = _started(machine, {})
    execution = player.execution
    join = execution.branches[0].join
    assert join is not None and join.items is not None and len(set(join.items)) == 3
    first, join.items = join.items, None  # what a restart forgets
    player.now_ms += 60_000
    player.play({"succeed": "I", "output": "one"})
    assert join.items == first
    assert json.loads(player.branch_in("I").input_text) == first[1]
