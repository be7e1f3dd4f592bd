"""Which query language a state is written in.

A machine's `QueryLanguage` holds for all its states, those within a Map or Parallel too, whatever the Map or Parallel
itself says; a state of a JSONPath machine may choose JSONata, never the other way round.
"""

from typing import Any, Literal

from engine.asl.findings import Findings

QueryLanguage = Literal["JSONPath", "JSONata"]

_DOWNGRADE = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"


def language_of(value: dict[str, Any], inherited: QueryLanguage = "JSONPath") -> QueryLanguage:
    """What a machine or a state says, or inherits. A value that is neither is for the schema to report."""
    language = value.get("QueryLanguage", inherited)
    return "JSONata" if language == "JSONata" else "JSONPath"


def check_downgrade(state: dict[str, Any], location: str, machine: QueryLanguage, findings: Findings) -> bool:
    """Whether a state of a JSONata machine asks for JSONPath, which is reported."""
    if machine == "JSONPath" or state.get("QueryLanguage") != "JSONPath":
        return False
    findings.schema(_DOWNGRADE, location)
    return True
