"""Each error that the service's model documents of an operation is provoked by boto3, or a table says why it cannot be.

For an operation with a SecretId three are provoked alike: a secret that there is not, one that is marked for deletion,
and an id that no database holds. What an operation does otherwise stands in the table.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import text

from engine import limits
from engine.store.database import open_database
from engine.wire.service import load_service
from integrations.secretsmanager import integration
from tests.integrations.secretsmanager.conftest import Served, refused

PARAMETER, REQUEST, NOT_FOUND = "InvalidParameterException", "InvalidRequestException", "ResourceNotFoundException"
TOKEN_ERROR, LIMIT, EXISTS = "InvalidNextTokenException", "LimitExceededException", "ResourceExistsException"
DECRYPTION, MALFORMED = "DecryptionFailure", "MalformedPolicyDocumentException"

POLICY = '{"Version": "2012-10-17", "Statement": []}'
PUBLIC = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}'
)
REGION = [{"Region": "eu-west-1"}]
# What the operations need besides a SecretId.
REQUIRED: Mapping[str, dict[str, Any]] = {
    "PutResourcePolicy": {"ResourcePolicy": POLICY},
    "PutSecretValue": {"SecretString": "x"},
    "RemoveRegionsFromReplication": {"RemoveReplicaRegions": ["eu-west-1"]},
    "ReplicateSecretToRegions": {"AddReplicaRegions": REGION},
    "RotateSecret": {"RotationLambdaARN": "rotate"},
    "TagResource": {"Tags": [{"Key": "a", "Value": "b"}]},
    "UntagResource": {"TagKeys": ["a"]},
    "UpdateSecretVersionStage": {"VersionStage": "MINE"},
    "ValidateResourcePolicy": {"ResourcePolicy": POLICY},
}
ALIKE: Mapping[str, dict[str, Any]] = {
    NOT_FOUND: {"SecretId": "nobody/knows"},
    REQUEST: {"SecretId": "GONE"},
    PARAMETER: {"SecretId": "a\0b"},
}
# (operation, error) -> the parameters that provoke it, where it is not as above
OTHERWISE: Mapping[tuple[str, str], dict[str, Any]] = {
    ("BatchGetSecretValue", PARAMETER): {},
    ("BatchGetSecretValue", TOKEN_ERROR): {"Filters": [{"Key": "name", "Values": ["x"]}], "NextToken": "x"},
    ("CreateSecret", PARAMETER): {"Name": "NEW", "SecretString": "x", "SecretBinary": b"x"},
    ("CreateSecret", REQUEST): {"Name": "GONE"},
    ("CreateSecret", EXISTS): {"Name": "LIVE"},
    ("CreateSecret", LIMIT): {"Name": "NEW"},
    ("CreateSecret", DECRYPTION): {"Name": "DAMAGED", "ClientRequestToken": "VERSION", "SecretString": "x"},
    ("GetRandomPassword", PARAMETER): {"PasswordLength": 3},
    ("GetSecretValue", DECRYPTION): {"SecretId": "DAMAGED"},
    ("ListResourcePolicies", TOKEN_ERROR): {"SecretId": "LIVE", "NextToken": "x"},
    ("ListSecretVersionIds", TOKEN_ERROR): {"SecretId": "LIVE", "NextToken": "x"},
    ("ListSecrets", PARAMETER): {"Filters": [{"Key": "name"}]},
    ("ListSecrets", TOKEN_ERROR): {"NextToken": "x"},
    ("PutResourcePolicy", MALFORMED): {"SecretId": "LIVE", "ResourcePolicy": "{"},
    ("PutResourcePolicy", "PublicPolicyException"): {
        "SecretId": "LIVE",
        "ResourcePolicy": PUBLIC,
        "BlockPublicPolicy": True,
    },
    ("PutSecretValue", EXISTS): {"SecretId": "LIVE", "ClientRequestToken": "OLD", "SecretString": "other"},
    ("PutSecretValue", LIMIT): {"SecretId": "LIVE", "SecretString": "other"},
    ("PutSecretValue", DECRYPTION): {"SecretId": "DAMAGED", "ClientRequestToken": "VERSION", "SecretString": "x"},
    ("UpdateSecret", EXISTS): {"SecretId": "LIVE", "ClientRequestToken": "OLD", "SecretString": "other"},
    ("UpdateSecret", LIMIT): {"SecretId": "LIVE", "SecretString": "other"},
    ("UpdateSecret", DECRYPTION): {"SecretId": "DAMAGED", "ClientRequestToken": "VERSION", "SecretString": "x"},
    ("UpdateSecretVersionStage", LIMIT): {"SecretId": "LIVE", "VersionStage": "ONE MORE", "MoveToVersionId": "OLD"},
}
# Errors that nothing here can provoke, of all operations or of one.
NEVER: Mapping[str | tuple[str, str], str] = {
    "InternalServiceError": "a bug of ours is answered with InternalFailure",
    "EncryptionFailure": "there are no keys of KMS that could be out of use; the master key is proven at the start",
    "PreconditionNotMetException": "no secret of another service is kept",
    ("BatchGetSecretValue", DECRYPTION): "it is in Errors of the answer: test_tampering",
    ("BatchGetSecretValue", NOT_FOUND): "it is in Errors of the answer",
    ("BatchGetSecretValue", REQUEST): "it is in Errors of the answer",
    ("CreateSecret", MALFORMED): "it takes no policy",
    ("CreateSecret", NOT_FOUND): "of keys of KMS",
    ("GetRandomPassword", REQUEST): "there is no state that could be in its way",
    ("ListSecrets", REQUEST): "there is no state that could be in its way",
    ("RestoreSecret", REQUEST): "restoring what is not marked for deletion changes nothing",
    ("UpdateSecret", MALFORMED): "it takes no policy",
    ("ValidateResourcePolicy", MALFORMED): "it is a finding in the answer",
}


@pytest.fixture
def named(sm: Any, served: Served, secret: str, name: str) -> dict[str, str]:
    """The secrets and versions that the table names."""
    old = sm.list_secret_version_ids(SecretId=secret)["Versions"][0]["VersionId"]
    gone, damaged = f"{name}/gone", f"{name}/damaged"
    sm.create_secret(Name=gone, SecretString="x")
    sm.delete_secret(SecretId=gone)
    version = sm.create_secret(Name=damaged, SecretString="x")["VersionId"]
    with open_database(served.db) as database, database.writer.transaction() as connection:
        statement = "UPDATE secret_versions SET value = substr(value, 1, 30) WHERE version_id = :version"
        assert connection.execute(text(statement), {"version": version}).rowcount == 1
    return {"LIVE": secret, "OLD": old, "GONE": gone, "DAMAGED": damaged, "VERSION": version, "NEW": f"{name}/new"}


def documented() -> list[tuple[str, str]]:
    service = load_service("secretsmanager")
    return [
        (operation, shape.name)
        for operation in integration.operations
        for shape in service.operation(operation).error_shapes
    ]


def parameters_of(operation: str, error: str) -> dict[str, Any] | None:
    if (operation, error) in OTHERWISE:
        return OTHERWISE[operation, error]
    if error in NEVER or (operation, error) in NEVER:
        return None
    return {**ALIKE[error], **REQUIRED.get(operation, {})}


def test_every_documented_error(
    sm: Any, served: Served, named: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for operation, error in documented():
        parameters = parameters_of(operation, error)
        if parameters is None:
            continue
        given = {
            member: named.get(value, value) if isinstance(value, str) else value for member, value in parameters.items()
        }
        with monkeypatch.context() as patched:
            if error == LIMIT:
                for bound in ("SECRETS_MAX", "SECRET_VERSIONS_MAX", "SECRET_LABELS_MAX"):
                    patched.setattr(limits, bound, 1)
            method = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")
            found = refused(getattr(sm, method), **given)
        assert found[0] == error, (operation, error, given, found)
    shown = sm.describe_secret(SecretId=named["LIVE"])
    assert list(shown["VersionIdsToStages"]) == [named["OLD"]], "what was refused has changed nothing"
    sm.delete_secret(SecretId=named["DAMAGED"], ForceDeleteWithoutRecovery=True)
    sm.delete_secret(SecretId=named["GONE"], ForceDeleteWithoutRecovery=True)


def test_the_table_says_nothing_that_is_not_documented() -> None:
    pairs = documented()
    assert set(OTHERWISE) <= set(pairs)
    assert {key for key in NEVER if isinstance(key, tuple)} <= set(pairs)
    assert {key for key in NEVER if isinstance(key, str)} <= {error for _, error in pairs}
