"""Where in a machine the state under test stands, and the item that it sees there.

A state within a Map is given the first item, which is its own input. Source: AWS Step Functions, "Testing state
machines with TestState API", "Automatic Context population".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.asl.model import AnyState, Flow, Machine, MapState, ParallelState
from engine.core.supply import STATE_DATA

Around = MapState | ParallelState


@dataclass(frozen=True, slots=True)
class Place:
    """`around`: the Maps and Parallels that the state is within, the innermost first."""

    state: AnyState
    around: tuple[Around, ...] = ()


def place_of(machine: Machine, name: str) -> Place | None:
    """Where the state of this name is; None: nowhere."""
    return next((place for place in _places(machine.root, ()) if place.state.name == name), None)


def inner_names(state: AnyState) -> Iterator[str]:
    """The names of all states below a Map or Parallel."""
    for flow in _flows(state):
        yield from (place.state.name for place in _places(flow, ()))


def innermost_map(around: tuple[Around, ...]) -> MapState | None:
    return next((state for state in around if isinstance(state, MapState)), None)


def first_item(around: tuple[Around, ...], value: Any) -> dict[str, Any] | None:
    """`Map.Item` of the context object of a state within a Map, whose input is taken for the first item.

    What a reader reads is in an object that a test does not know, so that such an item has no Source.
    """
    iterating = innermost_map(around)
    if iterating is None:
        return None
    item = {"Index": 0, "Value": value}
    if iterating.distributed and iterating.item_reader is None:
        item["Source"] = STATE_DATA
    return item


def _places(flow: Flow, around: tuple[Around, ...]) -> Iterator[Place]:
    for state in flow.states.values():
        yield Place(state, around)
        if isinstance(state, MapState | ParallelState):
            for inner in _flows(state):
                yield from _places(inner, (state, *around))


def _flows(state: AnyState) -> tuple[Flow, ...]:
    if isinstance(state, MapState):
        return (state.item_processor,)
    return tuple(state.branches) if isinstance(state, ParallelState) else ()
