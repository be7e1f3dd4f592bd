"""State machines through the API: create, update, describe, list, delete, and each error that AWS documents."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.client import Api, refusal
from tests.api.machines import OTHER_PASS, PASS, ROLE, WAIT


def test_a_machine_is_as_it_was_created(api: Api) -> None:
    name = api.name("größe.")
    made = api.create_state_machine(name=name, definition=PASS, roleArn=ROLE)
    assert made["stateMachineArn"] == api.arn(f"stateMachine:{name}")
    assert isinstance(made["creationDate"], datetime)
    assert api.describe_state_machine(stateMachineArn=made["stateMachineArn"]) == {
        "stateMachineArn": made["stateMachineArn"],
        "name": name,
        "status": "ACTIVE",
        "definition": PASS,
        "roleArn": ROLE,
        "type": "STANDARD",
        "creationDate": made["creationDate"],
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
        "tracingConfiguration": {"enabled": False},
    }


def test_metadata_only_hides_the_definition(api: Api) -> None:
    arn = api.machine(PASS)
    assert api.describe_state_machine(stateMachineArn=arn, includedData="METADATA_ONLY")["definition"] == "{}"
    assert api.describe_state_machine(stateMachineArn=arn, includedData="ALL_DATA")["definition"] == PASS


LOGGING = {
    "level": "OFF",
    "includeExecutionData": True,
    "destinations": [
        {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:/aws/sf:*"}}
    ],
}


def test_settings_are_shown_as_given(api: Api) -> None:
    arn = api.machine(
        PASS,
        type="EXPRESS",
        loggingConfiguration=LOGGING,
        tracingConfiguration={"enabled": False},
        encryptionConfiguration={"type": "AWS_OWNED_KEY"},
    )
    shown = api.describe_state_machine(stateMachineArn=arn)
    assert shown["type"] == "EXPRESS"
    assert shown["loggingConfiguration"] == LOGGING
    assert shown["encryptionConfiguration"] == {"type": "AWS_OWNED_KEY"}


# what the second CreateStateMachine says otherwise; whether it is taken for the first
REPEATED = [
    ({}, True),
    ({"roleArn": ROLE + "2"}, True),
    ({"tags": [{"key": "k", "value": "v"}]}, True),
    ({"type": "STANDARD", "publish": False, "loggingConfiguration": {"level": "OFF"}}, True),
    ({"encryptionConfiguration": {"type": "AWS_OWNED_KEY"}}, True),
    ({"definition": OTHER_PASS}, False),
    ({"type": "EXPRESS"}, False),
    ({"loggingConfiguration": {"level": "OFF", "includeExecutionData": True}}, False),
]


@pytest.mark.parametrize(("otherwise", "same"), REPEATED)
def test_creation_is_idempotent(api: Api, otherwise: dict[str, object], same: bool) -> None:
    first = {"name": api.name(), "definition": PASS, "roleArn": ROLE}
    made = api.create_state_machine(**first)
    if same:
        assert api.create_state_machine(**first | otherwise) == made
        assert api.describe_state_machine(stateMachineArn=made["stateMachineArn"])["roleArn"] == ROLE
        assert api.list_tags_for_resource(resourceArn=made["stateMachineArn"])["tags"] == []
    else:
        assert refusal(api.create_state_machine, **first | otherwise) == (
            "StateMachineAlreadyExists",
            f"State Machine Already Exists: '{made['stateMachineArn']}'",
        )


# parameters that replace the good ones, error code, message or a part of it
CREATE_REFUSED = [
    ({"name": "a b"}, "InvalidName", "Invalid Name: 'a b'"),
    ({"name": "x" * 81}, "ValidationException", "Member must have length less than or equal to 80"),
    ({"roleArn": "nobody"}, "InvalidArn", "Invalid Role Arn: 'nobody'"),
    ({"definition": "not a definition"}, "InvalidDefinition", "Unrecognized token 'not'"),
    ({"definition": "{}"}, "InvalidDefinition", "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: "),
    ({"definition": "[" * 100_000}, "InvalidDefinition", "Invalid State Machine Definition: '"),
    (
        {"type": "SLOW"},
        "ValidationException",
        "'type' failed to satisfy constraint: Member must satisfy enum value set",
    ),
    ({"versionDescription": "v"}, "ValidationException", "Version description can only be set when publish is true"),
    (
        {"loggingConfiguration": {"level": "ALL"}},
        "InvalidLoggingConfiguration",
        "Invalid Logging Configuration: Must specify exactly one Log Destination.",
    ),
    ({"loggingConfiguration": LOGGING | {"level": "ALL"}}, "AccessDeniedException", "access the Log Destination"),
    ({"tracingConfiguration": {"enabled": True}}, "InvalidTracingConfiguration", "X-Ray tracing is not supported"),
    (
        {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}},
        "InvalidEncryptionConfiguration",
        "CUSTOMER_MANAGED_KMS_KEY",
    ),
    ({"tags": [{"key": f"k{n}", "value": ""} for n in range(51)]}, "TooManyTags", "50 tags at most"),
    ({"tags": [{"key": "aws:x", "value": ""}]}, "ValidationException", "must not begin with 'aws:'"),
]


@pytest.mark.parametrize(("bad", "code", "message"), CREATE_REFUSED)
def test_creation_refused(api: Api, bad: dict[str, object], code: str, message: str) -> None:
    good = {"name": api.name(), "definition": PASS, "roleArn": ROLE}
    found_code, found_message = refusal(api.create_state_machine, **good | bad)
    assert found_code == code
    assert message in found_message
    arn = api.arn(f"stateMachine:{good['name']}")
    assert refusal(api.describe_state_machine, stateMachineArn=arn)[0] == "StateMachineDoesNotExist"


def test_an_update_makes_a_revision(api: Api) -> None:
    arn = api.machine(PASS)
    first = api.update_state_machine(stateMachineArn=arn, definition=OTHER_PASS)
    second = api.update_state_machine(stateMachineArn=arn, roleArn=ROLE + "2")
    shown = api.describe_state_machine(stateMachineArn=arn)
    assert (shown["definition"], shown["roleArn"]) == (OTHER_PASS, ROLE + "2")
    assert shown["revisionId"] == second["revisionId"] != first["revisionId"]
    assert shown["creationDate"] <= first["updateDate"] <= second["updateDate"]


def test_an_update_that_changes_nothing_makes_none(api: Api) -> None:
    arn = api.machine(PASS)
    unchanged = api.update_state_machine(stateMachineArn=arn, definition=PASS, roleArn=ROLE)
    assert "revisionId" not in unchanged
    assert "revisionId" not in api.describe_state_machine(stateMachineArn=arn)
    changed = api.update_state_machine(stateMachineArn=arn, loggingConfiguration={"includeExecutionData": True})
    again = api.update_state_machine(stateMachineArn=arn, definition=PASS)
    assert again["revisionId"] == changed["revisionId"]


# parameters beside the machine's ARN, error code, message or a part of it
UPDATE_REFUSED = [
    (
        {},
        "MissingRequiredParameter",
        "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
    ),
    ({"definition": "{}"}, "InvalidDefinition", "Invalid State Machine Definition: '"),
    ({"roleArn": "nobody"}, "InvalidArn", "Invalid Role Arn: 'nobody'"),
    ({"publish": True}, "MissingRequiredParameter", "Either the definition, the role ARN"),
    ({"roleArn": ROLE, "versionDescription": "v"}, "ValidationException", "publish is true"),
    ({"loggingConfiguration": {"level": "FATAL"}}, "InvalidLoggingConfiguration", "exactly one Log Destination"),
    ({"tracingConfiguration": {"enabled": True}}, "InvalidTracingConfiguration", "not supported"),
]


@pytest.mark.parametrize(("bad", "code", "message"), UPDATE_REFUSED)
def test_update_refused(api: Api, bad: dict[str, object], code: str, message: str) -> None:
    arn = api.machine(PASS)
    before = api.describe_state_machine(stateMachineArn=arn)
    found_code, found_message = refusal(api.update_state_machine, stateMachineArn=arn, **bad)
    assert found_code == code
    assert message in found_message
    assert api.describe_state_machine(stateMachineArn=arn) == before


def test_the_definition_of_an_update_is_checked_for_the_machines_type(api: Api) -> None:
    callback = json.dumps(
        {
            "StartAt": "Ask",
            "States": {
                "Ask": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                    "Parameters": {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}},
                    "End": True,
                }
            },
        }
    )
    api.update_state_machine(stateMachineArn=api.machine(PASS), definition=callback)
    express = api.machine(PASS, type="EXPRESS")
    code, message = refusal(api.update_state_machine, stateMachineArn=express, definition=callback)
    assert code == "InvalidDefinition"
    assert "Express state machine does not support '.waitForTaskToken' service integration" in message


# operations that take a machine's ARN, with what else they need
BY_ARN = [
    ("describe_state_machine", {}),
    ("update_state_machine", {"roleArn": ROLE}),
    ("update_state_machine", {"definition": PASS}),
    ("start_execution", {}),
    ("start_sync_execution", {}),
    ("list_executions", {}),
]

# ARN (after the caller's own prefix where it begins with a colon), error code, message
WRONG_ARNS = [
    ("not_a_valid_arn", "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'"),
    (":activity:a", "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: activity'"),
    (":stateMachine:unknown", "StateMachineDoesNotExist", "State Machine Does Not Exist: '{}'"),
    (":stateMachine:unknown:PROD", "StateMachineDoesNotExist", "State Machine Does Not Exist: '{}'"),
    (":stateMachine:unknown/label", "ValidationException", None),
]


@pytest.mark.parametrize(("operation", "others"), BY_ARN)
@pytest.mark.parametrize(("arn", "code", "message"), WRONG_ARNS)
def test_wrong_machine_arns(
    api: Api, operation: str, others: dict[str, object], arn: str, code: str, message: str | None
) -> None:
    arn = api.arn(arn[1:]) if arn.startswith(":") else arn
    found_code, found_message = refusal(getattr(api, operation), stateMachineArn=arn, **others)
    assert found_code == code
    assert message is None or found_message == message.format(arn)


def test_a_machine_is_not_there_for_others(api: Api, other_region: Api, other_account: Api) -> None:
    arn = api.machine(PASS)
    for other in (other_region, other_account):
        assert refusal(other.describe_state_machine, stateMachineArn=arn)[0] == "StateMachineDoesNotExist"
        assert other.delete_state_machine(stateMachineArn=arn) == {}
    assert api.describe_state_machine(stateMachineArn=arn)["status"] == "ACTIVE"


def test_deletion_is_idempotent(api: Api) -> None:
    arn = api.machine(PASS, tags=[{"key": "k", "value": "v"}])
    for _ in range(2):
        assert api.delete_state_machine(stateMachineArn=arn) == {}
    assert refusal(api.describe_state_machine, stateMachineArn=arn)[0] == "StateMachineDoesNotExist"
    assert refusal(api.delete_state_machine, stateMachineArn="x")[0] == "InvalidArn"
    name = arn.rpartition(":")[2]
    again = api.create_state_machine(name=name, definition=OTHER_PASS, roleArn=ROLE)["stateMachineArn"]
    assert again == arn
    assert api.list_tags_for_resource(resourceArn=arn)["tags"] == []


def test_a_machine_with_running_executions_is_deleting(api: Api) -> None:
    arn = api.machine(WAIT)
    execution = api.start_execution(stateMachineArn=arn)["executionArn"]
    api.delete_state_machine(stateMachineArn=arn)
    assert api.describe_state_machine(stateMachineArn=arn)["status"] == "DELETING"
    deleting = ("StateMachineDeleting", f"State Machine is being deleted: '{arn}'")
    assert refusal(api.start_execution, stateMachineArn=arn) == deleting
    assert refusal(api.update_state_machine, stateMachineArn=arn, roleArn=ROLE) == deleting
    name = arn.rpartition(":")[2]
    assert refusal(api.create_state_machine, name=name, definition=WAIT, roleArn=ROLE) == deleting
    assert api.delete_state_machine(stateMachineArn=arn) == {}
    reason = api.describe_execution(executionArn=execution)["redriveStatusReason"]
    assert reason == "State machine is in DELETING status"
    api.stop_execution(executionArn=execution)
    api.until(lambda: _refused(api.describe_state_machine, stateMachineArn=arn), lambda refused: refused)


def _refused(operation: Callable[..., Any], **parameters: Any) -> bool:
    """Whether a call is refused by now."""
    try:
        operation(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "StateMachineDoesNotExist"
        return True
    return False


def test_an_execution_keeps_its_revision(api: Api) -> None:
    arn = api.machine(WAIT)
    before = api.start_execution(stateMachineArn=arn)["executionArn"]
    update = api.update_state_machine(stateMachineArn=arn, definition=PASS)
    after = api.start_execution(stateMachineArn=arn)["executionArn"]
    old = api.describe_state_machine_for_execution(executionArn=before)
    new = api.describe_state_machine_for_execution(executionArn=after)
    assert (old["definition"], new["definition"]) == (WAIT, PASS)
    assert "revisionId" not in old
    assert (new["revisionId"], new["updateDate"]) == (update["revisionId"], update["updateDate"])
    assert (old["stateMachineArn"], old["name"]) == (arn, arn.rpartition(":")[2])
    hidden = api.describe_state_machine_for_execution(executionArn=after, includedData="METADATA_ONLY")
    assert hidden["definition"] == "{}"


def test_a_list_holds_each_machine_once(lonely: Api) -> None:
    """`lonely` is an account of its own, so that the list is all that this test made."""
    made = {lonely.machine(PASS, type=kind) for kind in ["STANDARD", "EXPRESS"] * 4}
    listed: list[dict[str, Any]] = []
    token: dict[str, str] | None = {}
    while token is not None:
        page = lonely.list_state_machines(maxResults=3, **token)
        assert len(page["stateMachines"]) <= 3
        listed += page["stateMachines"]
        token = {"nextToken": page["nextToken"]} if "nextToken" in page else None
    assert sorted(each["stateMachineArn"] for each in listed) == sorted(made)
    assert all(set(each) == {"stateMachineArn", "name", "type", "creationDate"} for each in listed)
    assert len(lonely.list_state_machines(maxResults=0)["stateMachines"]) == len(made)
    assert refusal(lonely.list_state_machines, nextToken="xyz") == ("InvalidToken", "Invalid Token: 'Invalid token'")
