"""Which query language a state is written in, and what follows where it is JSONata.

A machine's `QueryLanguage` holds for its states; a state of a JSONPath machine may choose JSONata, never the other way
round. JSONata is not built yet: such a machine or state is refused once, and of its fields only those are named that
belong to the other language.
"""

from typing import Any

from engine.asl.findings import Findings

_JSONATA = "JSONata is not built yet; write the {} in JSONPath (leave QueryLanguage out)"

_JSONPATH_FIELDS = (
    "InputPath",
    "OutputPath",
    "ResultPath",
    "Parameters",
    "ResultSelector",
    "Result",
    "ItemsPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "SecondsPath",
    "TimestampPath",
    "MaxConcurrencyPath",
    "ToleratedFailurePercentagePath",
    "ToleratedFailureCountPath",
    "ErrorPath",
    "CausePath",
)


def check_machine_language(definition: dict[str, Any], findings: Findings) -> bool:
    """Whether the machine is a JSONata one."""
    if definition.get("QueryLanguage") != "JSONata":
        return False
    findings.unsupported(_JSONATA.format("machine"), "/QueryLanguage")
    return True


def check_state_language(state: dict[str, Any], location: str, jsonata_machine: bool, findings: Findings) -> bool:
    """Whether a state is a JSONata one, reported as far as the machine's own finding does not say it."""
    language = state.get("QueryLanguage")
    if jsonata_machine and language == "JSONPath":
        message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
        findings.schema(message, location)
        return True
    if not jsonata_machine and language != "JSONata":
        return False
    if not jsonata_machine:
        findings.unsupported(_JSONATA.format("state"), f"{location}/QueryLanguage")
    for name in _JSONPATH_FIELDS:
        if name in state:
            message = (
                f"The QueryLanguage is set to 'JSONata', but field '{name}' "
                "is only supported for the 'JSONPath' QueryLanguage"
            )
            findings.schema(message, location)
    return True
