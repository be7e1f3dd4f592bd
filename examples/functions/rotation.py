"""A rotation function, as it would run on AWS Lambda: four steps, each of which may be called again.

The password here is one that nothing else knows; where `set_secret` and `test_secret` are, yours tell the database and
try the new one. The client finds the server by AWS_ENDPOINT_URL_SECRETS_MANAGER.
"""

import json
from typing import Any

import botocore.session

PASSWORD = {"PasswordLength": 24, "ExcludePunctuation": True}


def rotate(event: dict[str, Any], context: Any) -> None:
    """What Secrets Manager calls. The secret's value is JSON with a `password`."""
    client = botocore.session.get_session().create_client("secretsmanager")
    secret, token = event["SecretId"], event["ClientRequestToken"]
    versions = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
    if "AWSCURRENT" in versions.get(token, []):
        return  # called again after the end
    _STEPS[event["Step"]](client, secret, token, versions)


def _create_secret(client: Any, secret: str, token: str, versions: dict[str, list[str]]) -> None:
    try:
        client.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
    except client.exceptions.ResourceNotFoundException:
        value = json.loads(client.get_secret_value(SecretId=secret)["SecretString"])
        value["password"] = client.get_random_password(**PASSWORD)["RandomPassword"]
        client.put_secret_value(
            SecretId=secret, ClientRequestToken=token, SecretString=json.dumps(value), VersionStages=["AWSPENDING"]
        )


def _set_secret(client: Any, secret: str, token: str, versions: dict[str, list[str]]) -> None:
    """Tell the database its user's new password."""


def _test_secret(client: Any, secret: str, token: str, versions: dict[str, list[str]]) -> None:
    """Log in with the new password."""
    pending = client.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
    if not json.loads(pending["SecretString"])["password"]:
        raise ValueError("the new password is empty")


def _finish_secret(client: Any, secret: str, token: str, versions: dict[str, list[str]]) -> None:
    current = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
    client.update_secret_version_stage(
        SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
    )


_STEPS = {
    "createSecret": _create_secret,
    "setSecret": _set_secret,
    "testSecret": _test_secret,
    "finishSecret": _finish_secret,
}
