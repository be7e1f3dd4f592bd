"""The text of an input that passes states untouched: blanks, line ends and the spelling of numbers stay.

Sources: the log of a Pass state in aws-samples (logging and masking of Step Functions), whose input, output and the
output of the execution have the blanks of the caller; notices of AWS users whose causes quote an input with its line
ends, of a state in a Parallel too (event 4).
"""

from collections.abc import Callable
from typing import Any

import pytest

from engine.core.execution import Execution
from engine.core.signals import Started, TimerFired
from engine.core.snapshot import freeze, relink, restore
from engine.jsontext import loads
from tests.core.player import Player, new_execution

RAW = '{\n  "order-id": 1E2, "big": 10000000000000000000000,\t"twice": 1, "twice": 2, "A": "\\u0041é" }'

END = {"Type": "Pass", "End": True}
UNTOUCHED: dict[str, Any] = {
    "Pass": {"A": END},
    "Pass without its result": {"A": {"Type": "Pass", "Result": 1, "ResultPath": None, "End": True}},
    "Choice, Wait, Succeed": {
        "A": {"Type": "Choice", "Choices": [{"Variable": "$.twice", "NumericEquals": 2, "Next": "B"}]},
        "B": {"Type": "Wait", "Seconds": 5, "Next": "C"},
        "C": {"Type": "Succeed"},
    },
    "JSONata": {"A": {"Type": "Pass", "QueryLanguage": "JSONata", "End": True}},
}


def started(states: dict[str, Any]) -> Player:
    execution = new_execution({"StartAt": "A", "States": states}, loads(RAW))
    execution.input_text = RAW
    player = Player(execution)
    player.advance(Started())
    return player


def restored(execution: Execution) -> None:
    """As after a restart: from the rows of the branches."""
    branches = execution.branches.values()
    execution.branches = {each.id: restore(each.id, each.wake_ms, freeze(each)) for each in branches}
    execution.ready.clear()
    relink(execution)


@pytest.mark.parametrize("interrupt", [lambda execution: None, restored])
@pytest.mark.parametrize("states", [UNTOUCHED[name] for name in sorted(UNTOUCHED)])
def test_an_input_keeps_its_text(states: dict[str, Any], interrupt: Callable[[Execution], None]) -> None:
    player = started(states)
    root = player.execution.branches.get(0)
    if root is not None and root.wake_ms is not None:
        interrupt(player.execution)
        player.now_ms = root.wake_ms
        player.advance(TimerFired(0, root.wake_ms))
    assert player.execution.output_text == RAW
    texts = [details for event in player.events for name, details in event.items() if name.endswith("Details")]
    assert {each.get("input", each.get("output")) for each in texts} == {RAW}


def test_a_branch_gets_its_text_and_a_cause_quotes_it() -> None:
    inner = {"Type": "Pass", "Parameters": {"jobOption.$": "$.jobOption"}, "End": True}
    flow = {"StartAt": "I", "States": {"I": inner}}
    player = started({"A": {"Type": "Parallel", "Branches": [flow], "End": True}})
    cause = (
        "An error occurred while executing the state 'I' (entered at the event id #4). The JSONPath '$.jobOption' "
        f"specified for the field 'jobOption.$' could not be found in the input '{RAW}'"
    )
    assert (player.execution.status, player.execution.cause) == ("FAILED", cause)


def test_what_a_state_has_made_is_compact() -> None:
    player = started({"A": {"Type": "Pass", "InputPath": "$['A','twice']", "End": True}})
    assert player.execution.output_text == '{"A":"Aé","twice":2}'


def test_a_row_without_the_length_of_its_input_is_read() -> None:
    player = started(UNTOUCHED["Choice, Wait, Succeed"])
    root = player.execution.branches[0]
    old = freeze(root).replace(f',"inputChars":{len(RAW)}', "")
    assert restore(0, root.wake_ms, old).input == root.input
