"""Whatever comes in, diagnostics come out: hostile texts, and mutations of sound definitions."""

import json
import random
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import limits
from engine.asl.compiler import compile_machine, validate
from engine.asl.findings import invalid_definition_message
from engine.asl.graph import mermaid
from engine.asl.model import ChoiceState, Machine, MapState, ParallelState, TaskState
from engine.asl.source_map import SourceMap
from engine.errors import DefinitionError

VALID = [file.read_text() for file in sorted((Path(__file__).parent / "valid").glob("*.asl.json"))]
ODD: list[Any] = [None, True, 0, -1, 1.5, 10**25, "", "$", "$.a", "States.ALL", "A", "\u0000", [], {}, [[]], {"a": {}}]


def _codes(text: str) -> list[str]:
    return [found.code for found in validate(text)]


def test_100_000_brackets() -> None:
    for text in ("[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000):
        assert _codes(text) == ["INVALID_JSON_DESCRIPTION"]


def test_too_long() -> None:
    text = '{"StartAt":"' + "x" * limits.DEFINITION_BYTES_MAX + '"}'
    assert _codes(text) == ["SCHEMA_VALIDATION_FAILED"]
    assert "exceeds the maximum" in validate(text)[0].message


def test_a_megabyte_of_states_is_bounded() -> None:
    states = {f"s{number}": {"Type": "Pass"} for number in range(20_000)}
    text = json.dumps({"StartAt": "s0", "States": states})
    assert len(_codes(text)) == limits.DIAGNOSTICS_MAX


def test_text_that_is_no_utf8() -> None:
    assert _codes('{"StartAt": "\ud800"}') == ["INVALID_JSON_DESCRIPTION"]


def _nested_parallel(depth: int) -> dict[str, Any]:
    flow: dict[str, Any] = {"StartAt": "leaf", "States": {"leaf": {"Type": "Succeed"}}}
    for level in range(depth):
        state = {"Type": "Parallel", "End": True, "Branches": [flow]}
        flow = {"StartAt": f"p{level}", "States": {f"p{level}": state}}
    return flow


def _nested_choice(depth: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"Variable": "$.a", "IsNull": True}
    for _ in range(depth - 1):
        rule = {"And": [rule]}
    states = {"C": {"Type": "Choice", "Choices": [{**rule, "Next": "S"}]}, "S": {"Type": "Succeed"}}
    return {"StartAt": "C", "States": states}


@pytest.mark.parametrize("make", [_nested_parallel, _nested_choice])
def test_nesting(make: Any) -> None:
    assert validate(json.dumps(make(limits.DEFINITION_DEPTH_MAX))) == []
    assert _codes(json.dumps(make(limits.DEFINITION_DEPTH_MAX + 1))) == ["TOO_DEEPLY_NESTED"]


def _places(value: Any) -> list[tuple[Any, Any]]:
    """(container, key) of everything inside a value."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        current = waiting.pop()
        entries = list(current.items()) if isinstance(current, dict) else list(enumerate(current))
        for key, item in entries:
            found.append((current, key))
            if isinstance(item, dict | list):
                waiting.append(item)
    return found


def _mutate(value: Any, source: random.Random) -> None:
    places = _places(value)
    if not places:
        return
    container, key = source.choice(places)
    other_container, other_key = source.choice(places)
    match source.randrange(5):
        case 0:
            del container[key]
        case 1:
            container[key] = deepcopy(source.choice(ODD))  # a shared one would come to hold itself
        case 2:
            container[key] = json.loads(json.dumps(other_container[other_key]))
        case 3 if isinstance(container, dict):
            container[str(other_key)] = container.pop(key)
        case _ if isinstance(container, list):
            container.append(json.loads(json.dumps(container[key])))
        case _:
            container[key + "x"] = deepcopy(container[key])


def _check(text: str) -> None:
    found = validate(text)
    assert len(found) <= limits.DIAGNOSTICS_MAX
    for each in found:
        assert each.message.encode() and each.code.isupper()
        assert min(SourceMap(text).find(each.location)) >= 1
    try:
        machine = compile_machine(text)
    except DefinitionError as error:
        assert error.diagnostics == found
        assert any(each.severity == "ERROR" for each in found)
        assert invalid_definition_message(found).startswith("Invalid State Machine Definition: '")
    else:
        assert all(each.severity == "WARNING" for each in found)
        _check_targets(machine)


def _check_targets(machine: Machine) -> None:
    for flow in machine.flows:
        targets = {flow.start_at}
        for state in flow.states.values():
            targets |= {state.next} if state.next is not None else set()
            if isinstance(state, ChoiceState):
                targets |= {rule.next for rule in state.choices}
                targets |= {state.default} if state.default is not None else set()
            if isinstance(state, TaskState | ParallelState | MapState):
                targets |= {catcher.next for catcher in state.catch}
        assert targets <= set(flow.states)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(VALID), st.integers(0, 2**32), st.integers(1, 6))
def test_mutated_definitions(text: str, seed: int, count: int) -> None:
    value = json.loads(text)
    source = random.Random(seed)
    for _ in range(count):
        _mutate(value, source)
    _check(json.dumps(value))
    assert mermaid(value).startswith("flowchart TD\n")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(VALID), st.integers(0, 10_000), st.integers(0, 20), st.text(max_size=3))
def test_damaged_texts(text: str, start: int, length: int, inserted: str) -> None:
    start %= len(text)
    _check(text[:start] + inserted + text[start + length :])


NAMES = st.sampled_from(
    ["StartAt", "States", "Type", "Choices", "Next", "End", "Branches", "ItemProcessor", "A", "x.$"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_any_json(value: Any) -> None:
    _check(json.dumps(value))
    assert mermaid(value).startswith("flowchart TD")
