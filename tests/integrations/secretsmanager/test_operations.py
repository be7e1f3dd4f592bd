"""Secrets, their versions and labels by boto3, with their answers and their errors."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from engine import limits
from tests.integrations.secretsmanager.conftest import Served, refused

NO_SECRET = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
MARKED = (
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
)
TOKEN = "0123456789abcdef0123456789abcdef"
CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"


def stages(sm: Any, secret: str) -> dict[str, str]:
    """Label -> version."""
    shown = sm.describe_secret(SecretId=secret).get("VersionIdsToStages", {})
    return {label: version for version, labels in shown.items() for label in labels}


def value(sm: Any, secret: str, **which: str) -> str:
    return str(sm.get_secret_value(SecretId=secret, **which)["SecretString"])


# ---- CreateSecret, DescribeSecret, finding ----


def test_a_secret_from_its_creation_on(sm: Any, name: str, served: Served) -> None:
    now = served.clock()
    tags = [{"Key": "team", "Value": "a"}, {"Key": "empty", "Value": ""}]
    made = sm.create_secret(
        Name=name, SecretString="s", Description="d", KmsKeyId="alias/mine", Tags=tags, ClientRequestToken=TOKEN
    )
    arn = made["ARN"]
    prefix, _, suffix = arn.rpartition("-")
    assert prefix == f"arn:aws:secretsmanager:us-east-1:000000000000:secret:{name}" and len(suffix) == 6
    assert suffix.isalnum() and (made["Name"], made["VersionId"]) == (name, TOKEN)
    shown = sm.describe_secret(SecretId=arn)
    shown.pop("ResponseMetadata")
    for date in ("CreatedDate", "LastChangedDate"):
        assert abs(shown.pop(date).timestamp() - now) < 1
    assert shown == {
        "ARN": arn,
        "Name": name,
        "Description": "d",
        "KmsKeyId": "alias/mine",
        "Tags": tags,
        "VersionIdsToStages": {TOKEN: [CURRENT]},
    }
    got = sm.get_secret_value(SecretId=name)
    assert abs(got.pop("CreatedDate").timestamp() - now) < 1
    got.pop("ResponseMetadata")
    assert got == {"ARN": arn, "Name": name, "VersionId": TOKEN, "SecretString": "s", "VersionStages": [CURRENT]}
    assert sm.describe_secret(SecretId=name)["LastAccessedDate"].timestamp() == now // 86_400 * 86_400


def test_a_secret_without_a_value(sm: Any, name: str) -> None:
    assert "VersionId" not in sm.create_secret(Name=name)
    assert "VersionIdsToStages" not in sm.describe_secret(SecretId=name)
    assert refused(sm.get_secret_value, SecretId=name) == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    )
    first = sm.put_secret_value(SecretId=name, SecretString="x", VersionStages=["mine"])
    assert first["VersionStages"] == [CURRENT, "mine"], "the first one is AWSCURRENT in any case"


def test_binary_values(sm: Any, name: str) -> None:
    data = bytes(range(256)) * 256
    sm.create_secret(Name=name, SecretBinary=data)
    got = sm.get_secret_value(SecretId=name)
    assert got["SecretBinary"] == data and "SecretString" not in got
    code, text = refused(sm.put_secret_value, SecretId=name, SecretBinary=data + b"1")
    assert code in ("InvalidParameterException", "ValidationException") and "65536" in text
    sm.put_secret_value(SecretId=name, SecretString="ü" * 32_768)
    code, text = refused(sm.put_secret_value, SecretId=name, SecretString="ü" * 32_769)
    assert (code, text) == ("InvalidParameterException", "The secret value has more than 65536 bytes.")


@pytest.mark.parametrize("text", ["plain", '{"a": 1}', "ü€😀\x01\n", "\ufeff", " "])
def test_texts_come_back_as_they_went_in(sm: Any, name: str, text: str) -> None:
    sm.create_secret(Name=name, SecretString=text)
    assert value(sm, name) == text


def test_a_secret_is_found_by_name_and_by_arn(sm: Any, secret: str, served: Served) -> None:
    arn = sm.describe_secret(SecretId=secret)["ARN"]
    for secret_id in (secret, arn, arn[:-7]):
        assert value(sm, secret_id) == "first"
    for secret_id in (
        secret.upper(),
        arn[:-1],
        arn + "x",
        arn.rpartition(":")[2],
        "arn:aws:secretsmanager:x",
        "nobody",
    ):
        assert refused(sm.get_secret_value, SecretId=secret_id) == NO_SECRET
    assert refused(served.client(region="eu-west-1").get_secret_value, SecretId=secret) == NO_SECRET
    assert refused(served.client(region="eu-west-1").get_secret_value, SecretId=arn) == NO_SECRET
    assert refused(served.client(account="111111111111").get_secret_value, SecretId=secret) == NO_SECRET


def test_a_name_that_ends_like_an_arn(sm: Any, name: str) -> None:
    """By its partial ARN it is found, unless a full ARN is just that."""
    one = f"{name}-AbCdEf"
    sm.create_secret(Name=one, SecretString="with six more")
    assert value(sm, f"arn:aws:secretsmanager:us-east-1:000000000000:secret:{one}") == "with six more"


@pytest.mark.parametrize("bad", ["with space", "ä", "a:b", "a*", "a\n", "x" * 513])
def test_names_that_are_refused(sm: Any, bad: str) -> None:
    code, text = refused(sm.create_secret, Name=bad, SecretString="hunter2")
    assert code == "ValidationException" or len(bad) > 512
    if len(bad) <= 512:
        assert text == (
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        )
        # smithy-typescript#1546 of GetSecretValue, terraform-provider-aws#39406 of RotateSecret
        for operation in (sm.get_secret_value, sm.rotate_secret, sm.describe_secret, sm.delete_secret):
            assert refused(operation, SecretId=bad) == (code, text)
    assert "hunter2" not in text


def test_create_is_idempotent_by_its_token(sm: Any, name: str) -> None:
    first = sm.create_secret(Name=name, SecretString="s", ClientRequestToken=TOKEN)
    again = sm.create_secret(Name=name, SecretString="s", ClientRequestToken=TOKEN)
    assert (first["ARN"], first["VersionId"]) == (again["ARN"], again["VersionId"])
    exists = ("ResourceExistsException", f"The operation failed because the secret {name} already exists.")
    assert refused(sm.create_secret, Name=name, SecretString="other", ClientRequestToken=TOKEN) == exists
    assert refused(sm.create_secret, Name=name, SecretBinary=b"s", ClientRequestToken=TOKEN) == exists
    assert refused(sm.create_secret, Name=name, SecretString="s") == exists
    assert refused(sm.create_secret, Name=name) == exists


REFUSED_CREATES: list[tuple[dict[str, Any], str, str]] = [
    ({"SecretString": "a", "SecretBinary": b"a"}, "InvalidParameterException", "both a binary secret value and a"),
    ({"CrossAccountPrimaryARN": "arn:aws:secretsmanager:::"}, "InvalidParameterException", "CrossAccountPrimaryARN"),
    ({"Type": "SalesforceClientSecret"}, "InvalidParameterException", "'SalesforceClientSecret' is not supported"),
    ({"Type": "RDS", "SecretString": "{}"}, "InvalidParameterException", "missing or wrong are engine, host, username"),
    ({"Tags": [{"Key": "aws:x", "Value": ""}]}, "InvalidParameterException", "reserved"),
    ({"Tags": [{"Key": "x"}, {"Key": "x"}]}, "InvalidParameterException", "given twice"),
    ({"Tags": [{"Value": "x"}]}, "InvalidParameterException", "no Key"),
    ({"Tags": [{"Key": str(n)} for n in range(51)]}, "InvalidParameterException", "50 tags at most"),
    (
        {"AddReplicaRegions": [{"Region": "us-east-1"}]},
        "InvalidParameterException",
        "Invalid replica region.",
    ),  # aws-health-aware#32
    ({"AddReplicaRegions": [{"KmsKeyId": "k"}]}, "InvalidParameterException", "no Region"),
    ({"AddReplicaRegions": [{"Region": "eu-west-1"}] * 2}, "InvalidParameterException", "given twice"),
    (
        {"AddReplicaRegions": [{"Region": f"eu-west-{number}"} for number in range(51)]},
        "InvalidParameterException",
        "50 Regions at most",
    ),
    ({"ClientRequestToken": "short", "SecretString": "s"}, "ValidationException", "clientRequestToken"),
    ({"SecretString": ""}, "ValidationException", "secretString"),
]


@pytest.mark.parametrize(("parameters", "code", "text"), REFUSED_CREATES)
def test_creations_that_are_refused_leave_nothing(
    sm: Any, name: str, parameters: dict[str, Any], code: str, text: str
) -> None:
    found = refused(sm.create_secret, Name=name, **parameters)
    assert found[0] == code and text in found[1]
    assert refused(sm.describe_secret, SecretId=name) == NO_SECRET


def test_types_are_kept_and_checked_with_every_value(sm: Any, name: str) -> None:
    good = '{"engine": "mysql", "host": "h", "username": "u", "password": "hunter2"}'
    sm.create_secret(Name=name, Type="RDS", SecretString=good)
    assert sm.describe_secret(SecretId=name)["Type"] == "RDS"
    for operation in (sm.put_secret_value, sm.update_secret):
        code, text = refused(operation, SecretId=name, SecretString="hunter3")
        assert code == "InvalidParameterException" and "hunter3" not in text
    assert refused(sm.update_secret, SecretId=name, Type="Redshift")[0] == "InvalidParameterException"
    sm.update_secret(SecretId=name, Type="")
    sm.put_secret_value(SecretId=name, SecretString="anything")
    assert "Type" not in sm.describe_secret(SecretId=name)


# ---- versions and labels ----


def test_a_new_value_is_current_and_the_old_one_previous(sm: Any, secret: str) -> None:
    first = stages(sm, secret)[CURRENT]
    put = sm.put_secret_value(SecretId=secret, SecretString="second")
    assert put["VersionStages"] == [CURRENT] and stages(sm, secret) == {CURRENT: put["VersionId"], PREVIOUS: first}
    assert [value(sm, secret), value(sm, secret, VersionStage=PREVIOUS)] == ["second", "first"]
    assert value(sm, secret, VersionId=first) == value(sm, secret, VersionId=first, VersionStage=PREVIOUS) == "first"
    third = sm.update_secret(SecretId=secret, SecretString="third", Description="new")["VersionId"]
    assert stages(sm, secret) == {CURRENT: third, PREVIOUS: put["VersionId"]}
    assert sm.describe_secret(SecretId=secret)["Description"] == "new"
    sm.update_secret(SecretId=secret, Description="")
    assert "Description" not in sm.describe_secret(SecretId=secret)
    assert value(sm, secret) == "third"


def test_another_key_is_that_of_the_versions_in_use_too(sm: Any, secret: str) -> None:
    for number in range(3):
        sm.put_secret_value(SecretId=secret, SecretString=str(number))
    keys = lambda: [one["KmsKeyIds"][0] for one in _all_versions(sm, secret)]  # noqa: E731
    assert keys() == ["DefaultEncryptionKey"] * 4
    sm.update_secret(SecretId=secret, KmsKeyId="alias/mine")
    assert keys() == ["DefaultEncryptionKey"] * 2 + ["alias/mine"] * 2
    assert sm.describe_secret(SecretId=secret)["KmsKeyId"] == "alias/mine"
    sm.update_secret(SecretId=secret, KmsKeyId="")
    assert keys() == ["DefaultEncryptionKey"] * 4 and "KmsKeyId" not in sm.describe_secret(SecretId=secret)


def test_labels_of_ones_own(sm: Any, secret: str) -> None:
    current = stages(sm, secret)[CURRENT]
    put = sm.put_secret_value(SecretId=secret, SecretString="later", VersionStages=["mine", "yours"])
    assert stages(sm, secret) == {CURRENT: current, "mine": put["VersionId"], "yours": put["VersionId"]}
    assert value(sm, secret) == "first" and value(sm, secret, VersionStage="mine") == "later"
    moved = sm.put_secret_value(SecretId=secret, SecretString="latest", VersionStages=["mine"])
    assert stages(sm, secret)["mine"] == moved["VersionId"]


def test_a_token_is_the_version(sm: Any, secret: str) -> None:
    for operation, token in ((sm.put_secret_value, TOKEN), (sm.update_secret, TOKEN[::-1])):
        for _ in range(2):
            assert operation(SecretId=secret, SecretString="v", ClientRequestToken=token)["VersionId"] == token
        arn = sm.describe_secret(SecretId=secret)["ARN"]
        assert refused(operation, SecretId=secret, SecretString="w", ClientRequestToken=token) == (
            "ResourceExistsException",
            f"You can't use ClientRequestToken {token} because that value is already in use for a version of secret "
            f"{arn}.",
        )
    versions = sm.list_secret_version_ids(SecretId=secret, IncludeDeprecated=True)["Versions"]
    assert len(versions) == 3


REFUSED_READS: list[tuple[dict[str, Any], str, str]] = [
    ({"VersionStage": "none"}, "ResourceNotFoundException", "secret value for staging label: none"),
    ({"VersionId": TOKEN}, "ResourceNotFoundException", f"secret value for VersionId: {TOKEN}"),
    ({"VersionId": TOKEN, "VersionStage": CURRENT}, "ResourceNotFoundException", f"for VersionId: {TOKEN}"),
]


@pytest.mark.parametrize(("which", "code", "text"), REFUSED_READS)
def test_versions_that_are_not_there(sm: Any, secret: str, which: dict[str, Any], code: str, text: str) -> None:
    found = refused(sm.get_secret_value, SecretId=secret, **which)
    assert found[0] == code and found[1].endswith(text)


def test_a_label_that_is_on_another_version(sm: Any, secret: str) -> None:
    version = stages(sm, secret)[CURRENT]
    sm.put_secret_value(SecretId=secret, SecretString="second")
    assert refused(sm.get_secret_value, SecretId=secret, VersionId=version, VersionStage=CURRENT) == (
        "InvalidRequestException",
        "You provided a VersionStage that is not associated to the provided VersionId.",
    )


def test_a_value_has_to_be_given(sm: Any, secret: str) -> None:
    assert refused(sm.put_secret_value, SecretId=secret) == (
        "InvalidRequestException",
        "You must provide either SecretString or SecretBinary.",
    )
    token = {"SecretString": "x", "RotationToken": str(uuid.uuid4())}
    code, text = refused(sm.put_secret_value, SecretId=secret, **token)
    assert code == "InvalidRequestException" and "RotationToken" in text
    assert value(sm, secret) == "first"


def test_more_labels_than_a_secret_may_have(sm: Any, secret: str) -> None:
    """All versions of a secret together have 20: AWS's quotas, terraform-provider-aws#47597."""
    version = stages(sm, secret)[CURRENT]
    for number in range(19):
        sm.update_secret_version_stage(SecretId=secret, VersionStage=f"label-{number}", MoveToVersionId=version)
    code, text = refused(
        sm.update_secret_version_stage, SecretId=secret, VersionStage="one more", MoveToVersionId=version
    )
    assert code == "LimitExceededException" and "more than 20 staging labels" in text
    parameters = {"SecretString": "second", "VersionStages": ["one more"]}
    assert refused(sm.put_secret_value, SecretId=secret, **parameters)[0] == "LimitExceededException"
    sm.put_secret_value(SecretId=secret, SecretString="second")  # AWSPREVIOUS is never in the way
    assert len(stages(sm, secret)) == 21


def test_moving_labels(sm: Any, secret: str) -> None:
    first = stages(sm, secret)[CURRENT]
    second = sm.put_secret_value(SecretId=secret, SecretString="second", VersionStages=["next"])["VersionId"]
    code, text = refused(sm.update_secret_version_stage, SecretId=secret, VersionStage=CURRENT, MoveToVersionId=second)
    assert (code, text) == (
        "InvalidParameterException",
        f"The parameter RemoveFromVersionId can't be empty. Staging label {CURRENT} is currently attached to version "
        f"{first}, so you must explicitly reference that version in RemoveFromVersionId.",
    )
    moved = {"SecretId": secret, "VersionStage": CURRENT, "MoveToVersionId": second, "RemoveFromVersionId": first}
    assert sm.update_secret_version_stage(**moved)["Name"] == secret
    assert stages(sm, secret) == {CURRENT: second, PREVIOUS: first, "next": second}
    assert value(sm, secret) == "second"
    sm.update_secret_version_stage(SecretId=secret, VersionStage="next", RemoveFromVersionId=second)
    assert stages(sm, secret) == {CURRENT: second, PREVIOUS: first}
    back = {"SecretId": secret, "VersionStage": CURRENT, "MoveToVersionId": first, "RemoveFromVersionId": second}
    sm.update_secret_version_stage(**back)
    assert stages(sm, secret) == {CURRENT: first, PREVIOUS: second}


def test_moves_that_are_refused(sm: Any, secret: str) -> None:
    version = stages(sm, secret)[CURRENT]
    other = sm.put_secret_value(SecretId=secret, SecretString="x", VersionStages=["mine"])["VersionId"]
    cases: list[tuple[dict[str, str], str, str]] = [
        ({"VersionStage": "a"}, "InvalidParameterException", "You must specify a value for MoveToVersionId"),
        ({"VersionStage": "a", "MoveToVersionId": TOKEN}, "ResourceNotFoundException", TOKEN),
        ({"VersionStage": "a", "RemoveFromVersionId": version}, "InvalidParameterException", "not attached to it"),
        ({"VersionStage": "mine", "RemoveFromVersionId": version}, "InvalidParameterException", "not attached to it"),
        ({"VersionStage": CURRENT, "RemoveFromVersionId": version}, "InvalidRequestException", "every secret must"),
        (
            {"VersionStage": "mine", "RemoveFromVersionId": version, "MoveToVersionId": version},
            "InvalidParameterException",
            f"currently attached to version {other}",
        ),
    ]
    for parameters, code, text in cases:
        found = refused(sm.update_secret_version_stage, SecretId=secret, **parameters)
        assert found[0] == code and text in found[1], (parameters, found)
    assert stages(sm, secret) == {CURRENT: version, "mine": other}


def test_versions_are_listed_page_by_page(sm: Any, secret: str) -> None:
    made = [sm.put_secret_value(SecretId=secret, SecretString=str(number))["VersionId"] for number in range(4)]
    listed = sm.list_secret_version_ids(SecretId=secret)
    assert [version["VersionId"] for version in listed["Versions"]] == made[-2:] and listed["Name"] == secret
    assert listed["Versions"][1]["KmsKeyIds"] == ["DefaultEncryptionKey"]
    found, token = [], {}
    while True:
        page = sm.list_secret_version_ids(SecretId=secret, IncludeDeprecated=True, MaxResults=2, **token)
        found += [version["VersionId"] for version in page["Versions"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found[1:] == made and len(found) == 5
    for bad in ("x", "AAAA", page["Versions"][0]["VersionId"]):
        assert refused(sm.list_secret_version_ids, SecretId=secret, NextToken=bad)[0] == "InvalidNextTokenException"


def test_old_versions_without_a_label_go(sm: Any, secret: str, served: Served) -> None:
    for number in range(103):
        sm.put_secret_value(SecretId=secret, SecretString=str(number))
    count = lambda: len(_all_versions(sm, secret))  # noqa: E731
    assert count() == 104, "none of the last 24 hours"
    served.days(1.01)
    assert count() == 104
    sm.put_secret_value(SecretId=secret, SecretString="new")
    assert count() == 100
    assert value(sm, secret, VersionStage=PREVIOUS) == "102"


def _all_versions(sm: Any, secret: str) -> list[Any]:
    page = sm.list_secret_version_ids(SecretId=secret, IncludeDeprecated=True)
    found = list(page["Versions"])
    while "NextToken" in page:
        page = sm.list_secret_version_ids(SecretId=secret, IncludeDeprecated=True, NextToken=page["NextToken"])
        found += page["Versions"]
    return found


NUL = "a\0b"
WITH_NUL: list[tuple[str, dict[str, Any], str]] = [
    ("get_secret_value", {"SecretId": NUL}, "SecretId"),
    ("describe_secret", {"SecretId": f"arn:aws:secretsmanager:us-east-1:000000000000:secret:{NUL}"}, "SecretId"),
    ("get_secret_value", {"SecretId": "a", "VersionStage": NUL}, "VersionStage"),
    ("get_secret_value", {"SecretId": "a", "VersionId": NUL * 12}, "VersionId"),
    ("create_secret", {"Name": "a", "Description": NUL}, "Description"),
    ("create_secret", {"Name": "a", "SecretString": "x", "ClientRequestToken": NUL * 12}, "ClientRequestToken"),
    ("create_secret", {"Name": "a", "Tags": [{"Key": "k", "Value": NUL}]}, "Tags"),
    ("put_secret_value", {"SecretId": "a", "SecretString": "x", "VersionStages": [NUL]}, "VersionStages"),
    ("list_secrets", {"NextToken": NUL}, "NextToken"),
    ("untag_resource", {"SecretId": "a", "TagKeys": [NUL]}, "TagKeys"),
]


@pytest.mark.parametrize(("operation", "parameters", "member"), WITH_NUL)
def test_what_the_database_cannot_hold_is_refused(
    sm: Any, operation: str, parameters: dict[str, Any], member: str
) -> None:
    assert refused(getattr(sm, operation), **parameters) == (
        "InvalidParameterException",
        f"The {member} holds a NUL character.",
    )


def test_a_value_may_hold_anything(sm: Any, secret: str) -> None:
    sm.put_secret_value(SecretId=secret, SecretString=NUL)
    assert value(sm, secret) == NUL


def test_bounds(sm: Any, secret: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECRET_VERSIONS_MAX", 3)
    for number in range(2):
        sm.put_secret_value(SecretId=secret, SecretString=str(number))
    code, text = refused(sm.put_secret_value, SecretId=secret, SecretString="hunter2")
    assert code == "LimitExceededException" and "has 3 versions" in text and "hunter2" not in text
    assert value(sm, secret) == "1"
    monkeypatch.setattr(limits, "SECRETS_MAX", 1)
    code, text = refused(sm.create_secret, Name=f"{name}/more")
    assert code == "LimitExceededException" and "There are 1 secrets" in text


# ---- deletion ----


def test_a_deletion_can_be_taken_back(sm: Any, secret: str, served: Served) -> None:
    now = served.clock()
    deleted = sm.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    assert abs(deleted["DeletionDate"].timestamp() - now - 7 * 86_400) < 1
    assert sm.describe_secret(SecretId=secret)["DeletedDate"] == deleted["DeletionDate"]
    served.days(6)
    restored = sm.restore_secret(SecretId=secret)
    assert (restored["Name"], restored["ARN"]) == (secret, deleted["ARN"])
    served.days(30)
    assert value(sm, secret) == "first"
    assert sm.restore_secret(SecretId=secret)["Name"] == secret


def test_after_its_recovery_window_a_secret_is_gone(sm: Any, secret: str, served: Served) -> None:
    arn = sm.delete_secret(SecretId=secret)["ARN"]
    served.days(29.9)
    assert sm.describe_secret(SecretId=secret)["ARN"] == arn
    served.days(0.2)
    assert refused(sm.describe_secret, SecretId=secret) == NO_SECRET
    assert refused(sm.restore_secret, SecretId=arn) == NO_SECRET
    assert sm.create_secret(Name=secret, SecretString="anew")["ARN"] != arn


def test_what_is_marked_for_deletion_is_out_of_reach(sm: Any, secret: str, served: Served) -> None:
    sm.delete_secret(SecretId=secret)
    version = stages(sm, secret)[CURRENT]
    operations: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (sm.get_secret_value, {}),
        (sm.put_secret_value, {"SecretString": "x"}),
        (sm.update_secret, {"Description": "x"}),
        (sm.update_secret_version_stage, {"VersionStage": "a", "MoveToVersionId": version}),
        (sm.rotate_secret, {}),
        (sm.cancel_rotate_secret, {}),
        (sm.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (sm.untag_resource, {"TagKeys": ["a"]}),
        (sm.get_resource_policy, {}),
        (sm.put_resource_policy, {"ResourcePolicy": "{}"}),
        (sm.delete_resource_policy, {}),
        (sm.validate_resource_policy, {"ResourcePolicy": "{}"}),
        (sm.list_resource_policies, {}),
        (sm.replicate_secret_to_regions, {"AddReplicaRegions": [{"Region": "eu-west-1"}]}),
        (sm.remove_regions_from_replication, {"RemoveReplicaRegions": ["eu-west-1"]}),
        (sm.stop_replication_to_replica, {}),
        (sm.delete_secret, {}),
    ]
    for operation, parameters in operations:
        assert refused(operation, SecretId=secret, **parameters) == MARKED, operation
    assert refused(sm.create_secret, Name=secret, SecretString="x") == (
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    )
    assert sm.list_secret_version_ids(SecretId=secret)["Versions"][0]["VersionId"] == version
    sm.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    assert refused(sm.describe_secret, SecretId=secret) == NO_SECRET


def test_a_forced_deletion_is_at_once(sm: Any, secret: str, served: Served) -> None:
    deleted = sm.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    assert abs(deleted["DeletionDate"].timestamp() - served.clock()) < 1
    again = sm.create_secret(Name=secret, SecretString="anew")
    assert again["ARN"] != deleted["ARN"] and value(sm, secret) == "anew"
    nobody = sm.delete_secret(SecretId=f"{secret}/never", ForceDeleteWithoutRecovery=True)
    assert nobody["Name"] == f"{secret}/never"


REFUSED_DELETIONS: list[tuple[dict[str, Any], str]] = [
    ({"RecoveryWindowInDays": 6}, "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."),
    ({"RecoveryWindowInDays": 31}, "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."),
    (
        {"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True},
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    ),
]


@pytest.mark.parametrize(("parameters", "text"), REFUSED_DELETIONS)
def test_deletions_that_are_refused(sm: Any, secret: str, parameters: dict[str, Any], text: str) -> None:
    assert refused(sm.delete_secret, SecretId=secret, **parameters) == ("InvalidParameterException", text)


def test_what_is_not_there(sm: Any) -> None:
    operations: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (sm.describe_secret, {}),
        (sm.get_secret_value, {}),
        (sm.put_secret_value, {"SecretString": "x"}),
        (sm.update_secret, {}),
        (sm.delete_secret, {}),
        (sm.restore_secret, {}),
        (sm.list_secret_version_ids, {}),
        (sm.update_secret_version_stage, {"VersionStage": "a", "MoveToVersionId": TOKEN}),
        (sm.rotate_secret, {}),
        (sm.cancel_rotate_secret, {}),
        (sm.tag_resource, {"Tags": []}),
        (sm.untag_resource, {"TagKeys": []}),
        (sm.get_resource_policy, {}),
        (sm.put_resource_policy, {"ResourcePolicy": "{}"}),
        (sm.delete_resource_policy, {}),
        (sm.validate_resource_policy, {"ResourcePolicy": "{}"}),
        (sm.replicate_secret_to_regions, {"AddReplicaRegions": [{"Region": "eu-west-1"}]}),
        (sm.remove_regions_from_replication, {"RemoveReplicaRegions": ["eu-west-1"]}),
        (sm.stop_replication_to_replica, {}),
    ]
    for operation, parameters in operations:
        assert refused(operation, SecretId="test/nobody", **parameters) == NO_SECRET, operation


# ---- tags ----


def test_tags(sm: Any, secret: str) -> None:
    sm.tag_resource(SecretId=secret, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sm.tag_resource(SecretId=secret, Tags=[{"Key": "a", "Value": "3"}])
    sm.untag_resource(SecretId=secret, TagKeys=["b", "never"])
    assert sm.describe_secret(SecretId=secret)["Tags"] == [{"Key": "a", "Value": "3"}]
    many = [{"Key": str(number), "Value": ""} for number in range(50)]
    assert refused(sm.tag_resource, SecretId=secret, Tags=many)[0] == "InvalidParameterException"


# ---- random passwords ----


def test_random_passwords(sm: Any) -> None:
    assert len(sm.get_random_password()["RandomPassword"]) == 32
    many = {sm.get_random_password(PasswordLength=16)["RandomPassword"] for _ in range(20)}
    assert len(many) == 20 and {len(password) for password in many} == {16}
    only = sm.get_random_password(
        PasswordLength=4096, ExcludePunctuation=True, ExcludeUppercase=True, ExcludeLowercase=True
    )["RandomPassword"]
    assert only.isdigit() and len(only) == 4096
    assert refused(sm.get_random_password, PasswordLength=3)[0] == "InvalidParameterException"
    assert refused(sm.get_random_password, PasswordLength=4097)[0] == "ValidationException"


def test_operations_between_accounts_are_refused_by_name(sm: Any, secret: str) -> None:
    arn = sm.describe_secret(SecretId=secret)["ARN"]
    for operation in (sm.associate_cross_account_replica, sm.disassociate_cross_account_replica):
        code, text = refused(operation, SecretId=secret, CrossAccountReplicaARN=arn)
        assert code == "UnsupportedOperation" and "CrossAccountReplica" in text
