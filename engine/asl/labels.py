"""Labels of distributed Map states, which become part of ARNs: what AWS lets them be.

CreateStateMachine and UpdateStateMachine refuse a bad label before anything else is looked at, in a sentence of its
own that is recorded. Among the diagnostics it is INVALID_LABEL_NAME, and a label that stands twice
DUPLICATE_LABEL_NAME: the codes that AWS documents (API reference, ValidateStateMachineDefinitionDiagnostic).
Source of the rules: AWS Step Functions, "Using Map state in Distributed mode", Label; the recorded cases.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from engine import limits
from engine.asl.findings import Findings
from engine.asl.scopes import Place
from engine.jsontext import JsonError, loads

_BARRED = frozenset(' \t\n\r?*<>{}[]"#%\\^|~`$&,;:/')


def label_complaint(definition: str) -> str | None:
    """What AWS answers to a definition with a bad label; None where every label is good."""
    if '"Label"' not in definition:
        return None
    try:
        value = loads(definition)
    except JsonError:
        return None  # which is refused elsewhere
    for label in _labels(value):
        wrong = _wrong(label)
        if wrong is not None:
            return f"Error=ValueError Args={[wrong]!r} in definition '{definition}'."
    return None


def check_labels(places: Sequence[Place], findings: Findings) -> None:
    """Labels are well formed, and no two Maps of a machine have the same one. `places` have passed their schemas."""
    seen: set[str] = set()
    for place in places:
        for name, state in place.flow["States"].items():
            label = state.get("Label")
            if label is not None:
                _check_label(label, f"{place.location}/States/{name}/Label", seen, findings)


def _check_label(label: str, location: str, seen: set[str], findings: Findings) -> None:
    wrong = _wrong(label)
    if wrong is not None:
        findings.error("INVALID_LABEL_NAME", wrong, location)
    elif label in seen:
        findings.error("DUPLICATE_LABEL_NAME", f"Duplicate Label: {label}", location)
    seen.add(label)


def _wrong(label: str) -> str | None:
    if not label:
        return "Label cannot be empty"
    for character in label:
        if character in _BARRED or _is_control(character):
            return f"Label contains invalid character: {character!r}"
    if len(label) > limits.LABEL_CHARS_MAX:
        return f"Label cannot be longer than {limits.LABEL_CHARS_MAX} characters"
    return None


def _is_control(character: str) -> bool:
    return character <= "\x1f" or "\x7f" <= character <= "\x9f"


def _labels(definition: Any) -> Iterator[str]:
    """The labels of all Map states, without recursion: a definition may nest as deep as JSON may."""
    waiting = [definition]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if value.get("Type") == "Map" and isinstance(value.get("Label"), str):
                yield value["Label"]
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
