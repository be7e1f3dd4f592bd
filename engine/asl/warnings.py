"""Warnings: what AWS accepts and an author hardly means.

| code | what it says |
|---|---|
| NO_DOLLAR | a template's field holds a path or an intrinsic call, but its name does not end in `.$` |
| NO_PATH | a constant field holds a path, and a `...Path` field exists for that |
| PASS_RESULT_IS_STATIC | a path inside the Result of a Pass, which is never evaluated |
"""

import re
from collections.abc import Iterator
from typing import Any

from engine.asl.findings import Findings

_MESSAGES = {
    "NO_DOLLAR": "No '.$' on a field that appears to be a JSONPath or Intrinsic Function: {}",
    "NO_PATH": "Field value looks like a path, but field name does not end with 'Path': {}",
    "PASS_RESULT_IS_STATIC": "Attempt to use a path in the result of a pass state: {}",
}
_PATH_LIKE = re.compile(r"\$\$?(\.[A-Za-z_]|\[)|States\.[A-Z]\w*\(")


def warn_paths_in_constants(value: Any, location: str, findings: Findings, code: str = "NO_DOLLAR") -> None:
    """For each field of a template whose value looks like a path and is taken literally."""
    for name, place in _path_like_fields(value, location):
        if not name.endswith(".$"):
            findings.warn(code, _MESSAGES[code].format(name), place)


def warn_static_result(value: Any, location: str, findings: Findings) -> None:
    for name, place in _path_like_fields(value, location):
        findings.warn("PASS_RESULT_IS_STATIC", _MESSAGES["PASS_RESULT_IS_STATIC"].format(name), place)


def _path_like_fields(value: Any, location: str) -> Iterator[tuple[str, str]]:
    """(name, location of its object) of every field that holds a path-like text; keeps its own stack."""
    waiting = [(value, location)]
    while waiting:
        current, place = waiting.pop()
        if isinstance(current, list):
            waiting.extend((item, f"{place}[{index}]") for index, item in enumerate(current))
        elif isinstance(current, dict):
            for name, item in current.items():
                if isinstance(item, str) and _PATH_LIKE.match(item):
                    yield name, place
                elif isinstance(item, dict | list):
                    waiting.append((item, f"{place}/{name}"))
