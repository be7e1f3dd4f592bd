"""Resource policies, and replicas in other regions."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from integrations.secretsmanager.policy_rules import UNSUPPORTED_PRINCIPAL
from tests.integrations.secretsmanager.conftest import Served, refused

READ_ONLY = (  # cloud-nuke#435, terraform-aws-secrets-manager#188 of lgallard
    "InvalidParameterException",
    "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
)


def policy(principal: Any = "*", **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | more]})


# ---- policies ----


def test_a_policy_is_attached_and_taken_off(sm: Any, secret: str) -> None:
    assert "ResourcePolicy" not in sm.get_resource_policy(SecretId=secret)
    assert sm.list_resource_policies(SecretId=secret)["ResourcePolicies"] == []
    text = policy({"AWS": "arn:aws:iam::111111111111:root"})
    assert sm.put_resource_policy(SecretId=secret, ResourcePolicy=text, BlockPublicPolicy=True)["Name"] == secret
    assert sm.get_resource_policy(SecretId=secret, PolicyName="default")["ResourcePolicy"] == text
    assert sm.list_resource_policies(SecretId=secret)["ResourcePolicies"] == [{"PolicyName": "default"}]
    sm.delete_resource_policy(SecretId=secret)
    sm.delete_resource_policy(SecretId=secret)
    assert "ResourcePolicy" not in sm.get_resource_policy(SecretId=secret)


def test_public_policies_are_blocked_on_demand(sm: Any, secret: str) -> None:
    assert refused(sm.put_resource_policy, SecretId=secret, ResourcePolicy=policy(), BlockPublicPolicy=True) == (
        "PublicPolicyException",
        "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to the "
        "secret.",
    )
    assert sm.put_resource_policy(SecretId=secret, ResourcePolicy=policy())["Name"] == secret


BAD_POLICIES = [
    "no json",
    "[]",
    "{}",
    '{"Statement": []}',
    '{"Statement": ["x"]}',
    '{"Statement": {"Effect": "Maybe"}}',
    json.dumps({"Version": "1999-01-01", **json.loads(policy())} | {"Version": "1999-01-01"}),
    json.dumps(json.loads(policy()) | {"Extra": 1}),
    policy({"AWS": []}),
    policy({"Nobody": "x"}),
    policy("someone"),
    policy(Action="GetSecretValue"),
    policy(Resource=1),
    policy(NotAction="secretsmanager:*"),
    policy(Condition=[]),
    policy(Colour="red"),
]


@pytest.mark.parametrize("text", BAD_POLICIES)
def test_policies_that_are_malformed(sm: Any, secret: str, text: str) -> None:
    code, said = refused(sm.put_resource_policy, SecretId=secret, ResourcePolicy=text)
    assert code == "MalformedPolicyDocumentException"
    # terraform-aws-modules/terraform-aws-secrets-manager#2
    assert said in ("This resource policy contains a syntax error.", UNSUPPORTED_PRINCIPAL)
    checked = sm.validate_resource_policy(ResourcePolicy=text)
    assert checked["PolicyValidationPassed"] is False
    assert [finding["CheckName"] for finding in checked["ValidationErrors"]] == ["SYNTAX_CHECK"]


def test_policies_are_validated(sm: Any, secret: str) -> None:
    good = sm.validate_resource_policy(SecretId=secret, ResourcePolicy=policy({"AWS": "111111111111"}))
    assert (good["PolicyValidationPassed"], good["ValidationErrors"]) == (True, [])
    bad = sm.validate_resource_policy(ResourcePolicy=policy())
    assert [finding["CheckName"] for finding in bad["ValidationErrors"]] == ["PUBLIC_POLICY_CHECK"]
    assert refused(sm.put_resource_policy, SecretId=secret, ResourcePolicy="x" * 20_481)[0] == "ValidationException"


def test_policies_of_other_names(sm: Any, secret: str) -> None:
    other = {"SecretId": secret, "PolicyName": "other"}
    assert refused(sm.put_resource_policy, ResourcePolicy=policy(), **other)[0] == "InvalidParameterException"
    assert refused(sm.delete_resource_policy, **other)[0] == "InvalidParameterException"
    assert refused(sm.get_resource_policy, **other)[0] == "ResourceNotFoundException"
    assert refused(sm.list_resource_policies, SecretId=secret, NextToken="x")[0] == "InvalidNextTokenException"


def test_another_account_reads_what_a_policy_lets_it(sm: Any, secret: str, served: Served) -> None:
    stranger = served.client(account="111111111111")
    arn = sm.describe_secret(SecretId=secret)["ARN"]
    denied = refused(stranger.get_secret_value, SecretId=arn)
    assert denied[0] == "AccessDeniedException" and "because no resource-based policy allows" in denied[1]
    assert refused(stranger.get_secret_value, SecretId=arn + "x")[0] == "AccessDeniedException", "tells nothing"
    sm.put_resource_policy(SecretId=secret, ResourcePolicy=policy({"AWS": "arn:aws:iam::111111111111:root"}))
    assert stranger.get_secret_value(SecretId=arn)["SecretString"] == "first"
    batch = stranger.batch_get_secret_value(SecretIdList=[arn])
    assert [one["SecretString"] for one in batch["SecretValues"]] == ["first"]
    assert refused(stranger.put_secret_value, SecretId=arn, SecretString="x")[0] == "AccessDeniedException"
    assert refused(served.client(account="222222222222").get_secret_value, SecretId=arn)[0] == "AccessDeniedException"


# ---- replicas ----


def regions(answer: dict[str, Any]) -> dict[str, str]:
    return {one["Region"]: one["Status"] for one in answer["ReplicationStatus"]}


def test_a_replica_shows_what_its_primary_has(alone: Callable[..., Any]) -> None:
    sm, replica = alone(), alone("eu-west-1")
    made = sm.create_secret(
        Name="a", SecretString="1", Tags=[{"Key": "k", "Value": "v"}], AddReplicaRegions=[{"Region": "eu-west-1"}]
    )
    assert regions(made) == {"eu-west-1": "InSync"}
    shown = replica.describe_secret(SecretId="a")
    assert shown["ARN"] == made["ARN"].replace("us-east-1", "eu-west-1") and shown["PrimaryRegion"] == "us-east-1"
    assert shown["Tags"] == [{"Key": "k", "Value": "v"}]
    sm.put_secret_value(SecretId="a", SecretString="2")
    sm.put_resource_policy(SecretId="a", ResourcePolicy=policy({"AWS": "111111111111"}))
    assert replica.get_secret_value(SecretId=shown["ARN"])["SecretString"] == "2"
    assert replica.get_secret_value(SecretId="a", VersionStage="AWSPREVIOUS")["SecretString"] == "1"
    assert "ResourcePolicy" in replica.get_resource_policy(SecretId="a")
    [listed] = replica.list_secrets()["SecretList"]
    assert listed["PrimaryRegion"] == "us-east-1" and len(listed["SecretVersionsToStages"]) == 2
    assert regions(sm.describe_secret(SecretId="a")) == {"eu-west-1": "InSync"}
    assert sm.describe_secret(SecretId="a")["ReplicationStatus"][0]["LastAccessedDate"]


def test_a_replica_is_read_only(alone: Callable[..., Any]) -> None:
    sm, replica = alone(), alone("eu-west-1")
    version = sm.create_secret(Name="a", SecretString="1")["VersionId"]
    sm.replicate_secret_to_regions(SecretId="a", AddReplicaRegions=[{"Region": "eu-west-1"}])
    operations: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (replica.put_secret_value, {"SecretString": "x"}),
        (replica.update_secret, {"Description": "x"}),
        (replica.update_secret_version_stage, {"VersionStage": "a", "MoveToVersionId": version}),
        (replica.rotate_secret, {}),
        (replica.cancel_rotate_secret, {}),
        (replica.tag_resource, {"Tags": []}),
        (replica.untag_resource, {"TagKeys": []}),
        (replica.put_resource_policy, {"ResourcePolicy": policy()}),
        (replica.delete_resource_policy, {}),
        (replica.replicate_secret_to_regions, {"AddReplicaRegions": [{"Region": "eu-west-2"}]}),
        (replica.remove_regions_from_replication, {"RemoveReplicaRegions": ["eu-west-2"]}),
        (replica.delete_secret, {}),
    ]
    for operation, parameters in operations:
        assert refused(operation, SecretId="a", **parameters) == READ_ONLY, operation
    assert refused(replica.create_secret, Name="a", SecretString="x")[0] == "ResourceExistsException"
    arn = sm.describe_secret(SecretId="a")["ARN"]
    assert refused(sm.delete_secret, SecretId="a") == (  # cloud-nuke#435, aws-nuke#1127
        "InvalidParameterException",
        f"You can't delete secret {arn} that still has replica regions [eu-west-1].",
    )
    assert refused(sm.stop_replication_to_replica, SecretId="a")[0] == "InvalidRequestException"


def test_replicas_are_removed(alone: Callable[..., Any]) -> None:
    sm, replica = alone(), alone("eu-west-1")
    sm.create_secret(Name="a", SecretString="1", AddReplicaRegions=[{"Region": "eu-west-1"}, {"Region": "eu-west-2"}])
    left = sm.remove_regions_from_replication(SecretId="a", RemoveReplicaRegions=["eu-west-1"])
    assert regions(left) == {"eu-west-2": "InSync"}
    assert refused(replica.get_secret_value, SecretId="a")[0] == "ResourceNotFoundException"
    code, text = refused(sm.remove_regions_from_replication, SecretId="a", RemoveReplicaRegions=["eu-west-1"])
    assert code == "InvalidParameterException" and "not replicated to eu-west-1" in text
    sm.remove_regions_from_replication(SecretId="a", RemoveReplicaRegions=["eu-west-2"])
    assert "PrimaryRegion" not in sm.describe_secret(SecretId="a")
    sm.delete_secret(SecretId="a", ForceDeleteWithoutRecovery=True)


def test_a_replica_becomes_a_secret_of_its_own(alone: Callable[..., Any]) -> None:
    sm, replica = alone(), alone("eu-west-1")
    sm.create_secret(
        Name="a", Description="d", SecretString="1", Tags=[{"Key": "k", "Value": "v"}],
        AddReplicaRegions=[{"Region": "eu-west-1"}],
    )  # fmt: skip
    sm.put_secret_value(SecretId="a", SecretString="2")
    arn = replica.stop_replication_to_replica(SecretId="a")["ARN"]
    replica.put_secret_value(SecretId="a", SecretString="its own")
    sm.delete_secret(SecretId="a", ForceDeleteWithoutRecovery=True)
    shown = replica.describe_secret(SecretId="a")
    assert (shown["ARN"], shown["Description"], shown["Tags"]) == (arn, "d", [{"Key": "k", "Value": "v"}])
    assert "PrimaryRegion" not in shown
    assert replica.get_secret_value(SecretId="a")["SecretString"] == "its own"
    assert replica.get_secret_value(SecretId="a", VersionStage="AWSPREVIOUS")["SecretString"] == "2"


def test_a_name_that_is_taken_in_the_region(alone: Callable[..., Any]) -> None:
    sm, other = alone(), alone("eu-west-1")
    other.create_secret(Name="a", SecretString="in the way")
    made = sm.create_secret(Name="a", SecretString="1", AddReplicaRegions=[{"Region": "eu-west-1"}])
    [status] = made["ReplicationStatus"]
    assert status["Status"] == "Failed"
    assert status["StatusMessage"] == "Replication failed: Secret name a already exists in this region"
    assert other.get_secret_value(SecretId="a")["SecretString"] == "in the way"
    forced = sm.replicate_secret_to_regions(
        SecretId="a", AddReplicaRegions=[{"Region": "eu-west-1"}], ForceOverwriteReplicaSecret=True
    )
    assert regions(forced) == {"eu-west-1": "InSync"}
    assert other.get_secret_value(SecretId="a")["SecretString"] == "1"
    again = sm.replicate_secret_to_regions(SecretId="a", AddReplicaRegions=[{"Region": "eu-west-1"}])
    assert regions(again) == {"eu-west-1": "InSync"}
    assert refused(
        sm.replicate_secret_to_regions, SecretId="a", AddReplicaRegions=[{"Region": "us-east-1"}]
    )[0] == "InvalidParameterException"  # fmt: skip


def test_what_cannot_be_overwritten(alone: Callable[..., Any]) -> None:
    sm, other, third = alone(), alone("eu-west-1"), alone("eu-west-2")
    third.create_secret(Name="a", SecretString="3", AddReplicaRegions=[{"Region": "eu-west-1"}])
    force = {"AddReplicaRegions": [{"Region": "eu-west-1"}], "ForceOverwriteReplicaSecret": True}
    [status] = sm.create_secret(Name="a", SecretString="1", **force)["ReplicationStatus"]
    assert status["Status"] == "Failed" and "replica of another secret" in status["StatusMessage"]
    force["AddReplicaRegions"] = [{"Region": "eu-west-2"}]
    statuses = sm.replicate_secret_to_regions(SecretId="a", **force)["ReplicationStatus"]
    assert "that has replicas" in statuses[1]["StatusMessage"]
    assert other.get_secret_value(SecretId="a")["SecretString"] == "3"
    sm.delete_secret(SecretId="a", ForceDeleteWithoutRecovery=True)
