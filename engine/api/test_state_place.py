"""Where in a machine the state under test stands: the Maps and Parallels that it is within."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.asl.model import AnyState, Flow, Machine, MapState, ParallelState

Around = MapState | ParallelState


@dataclass(frozen=True, slots=True)
class Place:
    """`around`: the Maps and Parallels that the state is within, the innermost first."""

    state: AnyState
    around: tuple[Around, ...] = ()

    @property
    def line(self) -> tuple[AnyState, ...]:
        """The state, and those around it."""
        return (self.state, *self.around)

    @property
    def distributed(self) -> bool:
        """Whether the innermost Map around the state is a distributed one."""
        return next((one.distributed for one in self.around if isinstance(one, MapState)), False)


def place_of(machine: Machine, name: str) -> Place | None:
    """Where the state of this name is; None: nowhere."""
    return next((place for place in _places(machine.root, ()) if place.state.name == name), None)


def inner_names(state: AnyState) -> Iterator[str]:
    """The names of all states below a Map or Parallel."""
    for flow in _flows(state):
        yield from (place.state.name for place in _places(flow, ()))


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
