"""The scopes of variables: each `States` block is one, and reads the variables of those around it.

No inner scope assigns a variable that an outer one assigns too, before or after: such a machine is refused. The
children of a distributed Map are executions of their own and see nothing of what is around them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.asl.findings import Findings


@dataclass(frozen=True, slots=True)
class Place:
    """A flow's JSON, where it stands, and the number of the flow around it."""

    flow: Mapping[str, Any]
    location: str
    outer: int | None


def check_scopes(places: Sequence[Place], findings: Findings) -> None:
    """`places`, each after the one around it, have passed their schemas."""
    assigned = [dict(_assigned(place)) for place in places]
    for number, place in enumerate(places):
        for name, location in assigned[number].items():
            if any(name in assigned[outer] for outer in _around(places, place)):
                message = f"Variable '{name}' is assigned in an outer scope and can not be assigned here"
                findings.schema(message, location)


def _around(places: Sequence[Place], place: Place) -> Iterator[int]:
    while place.outer is not None and place.flow.get("ProcessorConfig", {}).get("Mode") != "DISTRIBUTED":
        yield place.outer
        place = places[place.outer]


def _assigned(place: Place) -> Iterator[tuple[str, str]]:
    """(variable, where it is assigned) for all states of a flow, their Choice rules and catchers."""
    for state_name, state in place.flow["States"].items():
        at = f"{place.location}/States/{state_name}"
        yield from _names(state, at)
        for field in ("Choices", "Catch"):
            for index, entry in enumerate(state.get(field, ())):
                yield from _names(entry, f"{at}/{field}[{index}]")


def _names(value: Mapping[str, Any], location: str) -> Iterator[tuple[str, str]]:
    for key in value.get("Assign", ()):
        yield key.removesuffix(".$"), f"{location}/Assign/{key}"
