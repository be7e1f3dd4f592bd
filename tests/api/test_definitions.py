"""ValidateStateMachineDefinition: result, severity, how many are shown."""

import json
from typing import Any

import pytest

from tests.api.client import Api, refusal
from tests.api.machines import PASS, definition

# Nine states without a way to reach them, and no other fault.
MANY_FAULTS = json.dumps(
    {"StartAt": "A", "States": {name: {"Type": "Pass", "Next": "Nowhere"} for name in "ABCDEFGHI"}}
)


def test_a_good_definition(api: Api) -> None:
    for parameters in ({}, {"type": "EXPRESS"}, {"severity": "WARNING"}, {"maxResults": 1}):
        answer = api.validate_state_machine_definition(definition=PASS, **parameters)
        assert answer == {"result": "OK", "diagnostics": [], "truncated": False}


# definition, the only diagnostic
RECORDED: list[tuple[str, dict[str, str]]] = [
    (
        " ",
        {
            "severity": "ERROR",
            "code": "SCHEMA_VALIDATION_FAILED",
            "message": "Definition must be a valid JSON object",
        },
    ),
    (
        "not a definition",
        {
            "severity": "ERROR",
            "code": "INVALID_JSON_DESCRIPTION",
            "location": '[Source: (String)"not a definition"; line: 1, column: 4]',
            "message": "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', "
            "'true' or 'false')\n at [Source: (String)\"not a definition\"; line: 1, column: 4]",
        },
    ),
]


@pytest.mark.parametrize(("text", "diagnostic"), RECORDED)
def test_recorded_on_aws(api: Api, text: str, diagnostic: dict[str, str]) -> None:
    answer = api.validate_state_machine_definition(definition=text, type="STANDARD")
    assert answer == {"result": "FAIL", "diagnostics": [diagnostic], "truncated": False}


def test_the_type_matters(api: Api) -> None:
    callback = definition(
        ("Ask", {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "Parameters": {}})
    )
    found = api.validate_state_machine_definition(definition=callback, type="EXPRESS")["diagnostics"]
    assert {each["location"] for each in found} == {"/States/Ask/Resource"}


def test_no_more_are_shown_than_asked_for(api: Api) -> None:
    whole = api.validate_state_machine_definition(definition=MANY_FAULTS)
    assert (whole["result"], whole["truncated"]) == ("FAIL", False)
    count = len(whole["diagnostics"])
    assert count >= 9
    cut = api.validate_state_machine_definition(definition=MANY_FAULTS, maxResults=count - 1)
    assert (cut["result"], cut["truncated"], cut["diagnostics"]) == ("FAIL", True, whole["diagnostics"][:-1])
    exact = api.validate_state_machine_definition(definition=MANY_FAULTS, maxResults=count)
    assert exact == whole
    assert api.validate_state_machine_definition(definition=MANY_FAULTS, maxResults=0) == whole


# parameters, a part of the message
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"definition": ""}, "'definition' failed to satisfy constraint"),
    ({"definition": PASS, "type": "SLOW"}, "'type' failed to satisfy constraint"),
    ({"definition": PASS, "severity": "INFO"}, "'severity' failed to satisfy constraint"),
    ({"definition": PASS, "maxResults": 101}, "'maxResults' failed to satisfy constraint"),
]


@pytest.mark.parametrize(("bad", "message"), REFUSED)
def test_refused(api: Api, bad: dict[str, Any], message: str) -> None:
    code, found = refusal(api.validate_state_machine_definition, **bad)
    assert code == "ValidationException"
    assert message in found
