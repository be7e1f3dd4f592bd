"""The text of a definition -> its JSON object, or the diagnostics that say why there is none.

Invariant: what comes out nests no deeper than `limits.JSON_DEPTH_MAX` and can be written as UTF-8.
"""

import json
import re
from typing import Any

from engine import jackson, jsontext, limits
from engine.asl.findings import SCHEMA, Findings
from engine.asl.source_map import SourceMap

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_STATES_BLOCK = re.compile(r"(/States/.+(/Branches\[\d+\]|/ItemProcessor|/Iterator))?/States", re.DOTALL)
NOT_AN_OBJECT = "Definition must be a valid JSON object"


def read(text: str, findings: Findings) -> dict[str, Any] | None:
    """The definition's object; None when the findings say what is wrong with the text."""
    if not text.strip():
        findings.error(SCHEMA, NOT_AN_OBJECT, None)
        return None
    if not _fits(text, findings):
        return None
    value = _parse(text, findings)
    if isinstance(value, dict):
        _check_duplicates(text, findings)
        return value
    if value is None:
        return None
    findings.error(SCHEMA, NOT_AN_OBJECT, None)
    return None


def _fits(text: str, findings: Findings) -> bool:
    try:
        size_bytes = jsontext.size_bytes(text)
    except UnicodeEncodeError:
        findings.error("INVALID_JSON_DESCRIPTION", "The definition is not valid UTF-8", None)
        return False
    if size_bytes > limits.DEFINITION_BYTES_MAX:
        findings.error(SCHEMA, f"Definition exceeds the maximum of {limits.DEFINITION_BYTES_MAX} bytes", None)
        return False
    if jsontext.too_deep(text):
        findings.error(
            "INVALID_JSON_DESCRIPTION",
            f"Document nesting depth exceeds the maximum allowed ({limits.JSON_DEPTH_MAX})",
            None,
        )
        return False
    return True


def _check_duplicates(text: str, findings: Findings) -> None:
    """The same name twice in one object: the later one wins in silence, which for a state is an error."""
    if not _has_duplicates(text):
        return
    for block, name in SourceMap(text).duplicates:
        if _STATES_BLOCK.fullmatch(block):
            findings.error("DUPLICATE_STATE_NAME", f"Duplicate State name: {name}", f"{block}/{name}")
        else:
            findings.warn("DUPLICATE_FIELD", f"Field '{name}' appears twice; the last one counts", block or "/")


def _has_duplicates(text: str) -> bool:
    found = False

    def look(members: list[tuple[str, Any]]) -> None:
        nonlocal found
        found = found or len({name for name, _ in members}) < len(members)

    json.loads(text, object_pairs_hook=look)
    return found


def _parse(text: str, findings: Findings) -> Any:
    """The value of the text; None after a finding (a text `null` is one, too)."""
    try:
        value = jsontext.loads(text)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except (jsontext.JsonError, UnicodeEncodeError):
        complaint = jackson.describe(text)
        findings.error("INVALID_JSON_DESCRIPTION", complaint.full, complaint.location)
        return None
    if value is None:
        findings.error(SCHEMA, NOT_AN_OBJECT, None)
    return value
