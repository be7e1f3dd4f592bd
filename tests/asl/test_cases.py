"""Every file in cases/: a definition and exactly the diagnostics that it gets, in their order."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.asl.compiler import compile_machine, validate
from engine.asl.model import Pattern
from engine.errors import DefinitionError

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.json"))
    for case in json.loads(file.read_text())
]


class _Targets:
    """Supports the actions that a case names."""

    def __init__(self, names: list[str]):
        self.names = names

    def supports(self, service: str, action: str, pattern: Pattern, sdk: bool) -> bool:
        return f"{service}:{action}{pattern.value}" in self.names

    def objects_problem(self, input_type: str | None) -> str | None:
        return None if "s3" in self.names else "no place for objects"


def _inputs(case: dict[str, Any]) -> tuple[Any, ...]:
    text = case["text"] if "text" in case else json.dumps(case["definition"])
    targets = _Targets(case["targets"]) if "targets" in case else None
    return text, case.get("type", "STANDARD"), targets


@pytest.mark.parametrize("case", CASES)
def test_diagnostics(case: dict[str, Any]) -> None:
    found = validate(*_inputs(case))
    expected = [
        (each["code"], each["message"], each["location"], each.get("severity", "ERROR")) for each in case["diagnostics"]
    ]
    assert [(each.code, each.message, each.location, each.severity) for each in found] == expected


@pytest.mark.parametrize("case", CASES)
def test_compiles_exactly_without_errors(case: dict[str, Any]) -> None:
    if any(each.get("severity") != "WARNING" for each in case["diagnostics"]):
        with pytest.raises(DefinitionError):
            compile_machine(*_inputs(case))
    else:
        assert compile_machine(*_inputs(case)).root.states
