"""Diagnostics of a definition as lines that editors find their way by: FILE:LINE:COLUMN: SEVERITY CODE message.

What is no JSON has no locations: there the line and column are those that AWS's parser names in its message.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from engine import jsontext
from engine.asl.source_map import SourceMap
from engine.errors import Diagnostic

if TYPE_CHECKING:
    from engine.contract import Targets

_SOURCE = re.compile(r"\s*(at )?\[Source: .*\]$", re.DOTALL)  # the parser quotes the text; the file is at hand
_PARSER_PLACE = re.compile(r"line: (\d+), column: (\d+)\]$")

MachineType = Literal["STANDARD", "EXPRESS"]


def check(definition: str, machine_type: MachineType, targets: "Targets | None") -> list[Diagnostic]:
    """What is wrong with a definition; with `targets` also what this server cannot call."""
    from engine.asl.compiler import validate

    return validate(definition, machine_type, targets)


def located(name: str, definition: str, diagnostics: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """Each diagnostic with its place in the text, in the text's order."""
    # A document too deep to be read has no places but its beginning.
    places = SourceMap("" if jsontext.too_deep(definition) else definition)
    found = []
    for one in diagnostics:
        line, column = _parser_place(one) or places.find(_pointer(one.location))
        found.append(
            {
                "file": name,
                "line": line,
                "column": column,
                "severity": one.severity,
                "code": one.code,
                "message": _SOURCE.sub("", one.message),
                "location": one.location,
            }
        )
    return sorted(found, key=lambda place: (place["line"], place["column"]))


def _parser_place(diagnostic: Diagnostic) -> tuple[int, int] | None:
    """The place that the parser names where a text is no JSON."""
    for text in (diagnostic.location, diagnostic.message):
        found = _PARSER_PLACE.search(text or "")
        if found and _SOURCE.search(text or ""):
            return int(found[1]), int(found[2])
    return None


def _pointer(location: str | None) -> str | None:
    """A location in the definition; None for one that is not a path (Jackson's `[Source: ...]`)."""
    return location if location is not None and location.startswith("/") else None


def line_of(place: dict[str, Any]) -> str:
    """`order.asl.json:7:13: ERROR MISSING_TRANSITION_TARGET Missing 'Next' target: B at /States/A/Next`."""
    text = f"{place['file']}:{place['line']}:{place['column']}: {place['severity']} {place['code']} {place['message']}"
    return f"{text} at {place['location']}" if _pointer(place["location"]) else text
