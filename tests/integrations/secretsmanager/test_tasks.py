"""`aws-sdk:secretsmanager:*` as Tasks: the same operations, in the execution's transaction."""

import base64
import json
from typing import Any

import pytest

from tests.integrations.secretsmanager.conftest import Served, refused

ROLE = "arn:aws:iam::000000000000:role/r"
SDK = "arn:aws:states:::aws-sdk:secretsmanager:"


def run(served: Served, name: str, action: str, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    """How an execution of one Task ended."""
    states = served.client("stepfunctions")
    state = {"Type": "Task", "Resource": SDK + action, "Parameters": parameters, "End": True, **more}
    definition = json.dumps({"StartAt": "A", "States": {"A": state}})
    arn = f"arn:aws:states:us-east-1:000000000000:stateMachine:{name.replace('/', '-')}"
    states.create_state_machine(name=arn.rpartition(":")[2], definition=definition, roleArn=ROLE)
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    served.clock()
    ended = states.describe_execution(executionArn=execution)
    states.delete_state_machine(stateMachineArn=arn)
    assert isinstance(ended, dict)
    return ended


def output(ended: dict[str, Any]) -> Any:
    assert ended["status"] == "SUCCEEDED", ended
    return json.loads(ended["output"])


def test_a_secret_is_made_changed_and_read(served: Served, sm: Any, name: str) -> None:
    made = output(run(served, name, "createSecret", {"Name": name, "SecretString": "one", "Tags": [{"Key": "a"}]}))
    assert made["Name"] == name and len(made["VersionId"]) == 36, "the SDK makes the token"
    assert sm.get_secret_value(SecretId=name)["SecretString"] == "one"
    output(run(served, name, "putSecretValue", {"SecretId": name, "SecretString": "two"}))
    got = output(run(served, name, "getSecretValue", {"SecretId": name}))
    assert (got["SecretString"], got["VersionStages"]) == ("two", ["AWSCURRENT"])
    assert got["Arn"] == made["Arn"], "as the SDK for Java names it"
    password = output(run(served, name, "getRandomPassword", {"PasswordLength": 8, "ExcludePunctuation": True}))
    assert len(password["RandomPassword"]) == 8 and password["RandomPassword"].isalnum()


def test_binary_values_are_base64(served: Served, sm: Any, name: str) -> None:
    sm.create_secret(Name=name, SecretBinary=b"\x00\xff")
    got = output(run(served, name, "getSecretValue", {"SecretId": name}))
    assert base64.b64decode(got["SecretBinary"]) == b"\x00\xff"


FAILURES: list[tuple[str, dict[str, Any], str, str]] = [
    ("getSecretValue", {"SecretId": "nobody"}, "ResourceNotFoundException", "can't find the specified secret."),
    ("createSecret", {"Name": "a b"}, "SecretsManagerException", "Invalid name. Must be a valid name"),
    ("createSecret", {"Name": "{name}"}, "ResourceExistsException", "already exists"),
    ("putSecretValue", {"SecretId": "{name}"}, "InvalidRequestException", "either SecretString or SecretBinary"),
    ("deleteSecret", {"SecretId": "{name}", "RecoveryWindowInDays": 1}, "InvalidParameterException", "7 and 30"),
    ("listSecrets", {"NextToken": "x"}, "InvalidNextTokenException", "NextToken"),
    (
        "putResourcePolicy",
        {"SecretId": "{name}", "ResourcePolicy": "x"},
        "MalformedPolicyDocumentException",
        "syntax error",
    ),
]


@pytest.mark.parametrize(("action", "parameters", "error", "cause"), FAILURES)
def test_errors_have_their_names(
    served: Served, secret: str, action: str, parameters: dict[str, Any], error: str, cause: str
) -> None:
    given = {key: secret if value == "{name}" else value for key, value in parameters.items()}
    ended = run(served, secret, action, given)
    assert ended["error"] == f"SecretsManager.{error}"
    assert cause in ended["cause"] and "(Service: SecretsManager, Status Code: 400, Request ID:" in ended["cause"]


def test_what_a_failed_task_began_is_undone(served: Served, sm: Any, secret: str) -> None:
    """UpdateSecret writes the description before it meets the value that it cannot take."""
    version = sm.list_secret_version_ids(SecretId=secret)["Versions"][0]["VersionId"]
    changes = {"SecretId": secret, "Description": "new", "SecretString": "other", "ClientRequestToken": version}
    ended = run(served, secret, "updateSecret", changes)
    assert ended["error"] == "SecretsManager.ResourceExistsException"
    assert "Description" not in sm.describe_secret(SecretId=secret)
    assert refused(sm.update_secret, **changes)[0] == "ResourceExistsException"
    assert "Description" not in sm.describe_secret(SecretId=secret)


def test_operations_that_are_not_built_are_refused_with_the_machine(served: Served, name: str) -> None:
    states = served.client("stepfunctions")
    state = {"Type": "Task", "Resource": SDK + "associateCrossAccountReplica", "End": True}
    definition = json.dumps({"StartAt": "A", "States": {"A": state}})
    code, text = refused(states.create_state_machine, name=name.replace("/", "-"), definition=definition, roleArn=ROLE)
    assert code == "InvalidDefinition" and "associateCrossAccountReplica" in text
