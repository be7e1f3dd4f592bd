"""VPCs, subnets, groups and tags by boto3: answers and errors."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integrations.ec2.calls import ONE_STORE, refused, tcp


def filtered(name: str, *values: str) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": list(values)}]


def test_the_default_network_is_there_before_anything_was_written(ec2: Any) -> None:
    [vpc] = ec2.describe_vpcs()["Vpcs"]
    assert (vpc["CidrBlock"], vpc["IsDefault"], vpc["State"]) == ("172.31.0.0/16", True, "available")
    subnets = ec2.describe_subnets()["Subnets"]
    assert sorted((s["AvailabilityZone"], s["CidrBlock"], s["DefaultForAz"]) for s in subnets) == [
        ("us-east-1a", "172.31.0.0/20", True),
        ("us-east-1b", "172.31.16.0/20", True),
        ("us-east-1c", "172.31.32.0/20", True),
    ]
    assert {subnet["AvailableIpAddressCount"] for subnet in subnets} == {4091}
    [group] = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"]
    pair = {"GroupId": group["GroupId"], "UserId": group["OwnerId"]}
    empty: dict[str, Any] = {"IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}
    assert group["IpPermissions"] == [{**empty, "IpProtocol": "-1", "UserIdGroupPairs": [pair]}]
    assert group["IpPermissionsEgress"] == [{**empty, "IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    assert (group["Description"], group["VpcId"]) == ("default VPC security group", vpc["VpcId"])


def test_the_first_write_keeps_what_reads_have_shown(ec2: Any) -> None:
    before = ec2.describe_vpcs()["Vpcs"], ec2.describe_subnets()["Subnets"], ec2.describe_security_group_rules()
    created = ec2.create_security_group(GroupName="g", Description="d")
    ec2.delete_security_group(GroupId=created["GroupId"])
    after = ec2.describe_vpcs()["Vpcs"], ec2.describe_subnets()["Subnets"], ec2.describe_security_group_rules()
    assert before[:2] == after[:2]
    assert before[2]["SecurityGroupRules"] == after[2]["SecurityGroupRules"]


def test_accounts_and_regions_are_apart(client: Callable[..., Any]) -> None:
    made = [
        client("ec2", account=account, region=region).create_security_group(GroupName="same", Description="d")
        for account, region in (
            ("300000000001", "us-east-1"),
            ("300000000001", "eu-west-1"),
            ("300000000002", "us-east-1"),
        )
    ]
    assert len({found["GroupId"] for found in made}) == 3
    other = client("ec2", account="300000000002")
    assert refused(other.describe_security_groups, GroupIds=[made[0]["GroupId"]])[0] == "InvalidGroup.NotFound"


def test_a_group_from_its_creation_to_its_end(ec2: Any, vpc: str) -> None:
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "team", "Value": "a"}]}]
    made = ec2.create_security_group(GroupName="web", Description="the web", VpcId=vpc, TagSpecifications=tags)
    [group] = ec2.describe_security_groups(GroupIds=[made["GroupId"]])["SecurityGroups"]
    assert (group["GroupName"], group["Description"], group["VpcId"]) == ("web", "the web", vpc)
    assert group["SecurityGroupArn"] == made["SecurityGroupArn"]
    assert group["SecurityGroupArn"].endswith(f":security-group/{made['GroupId']}")
    assert group["Tags"] == made["Tags"] == [{"Key": "team", "Value": "a"}]
    assert group["IpPermissions"] == []
    assert [entry["IpProtocol"] for entry in group["IpPermissionsEgress"]] == ["-1"]
    assert ec2.delete_security_group(GroupId=made["GroupId"])["Return"] is True
    assert refused(ec2.describe_security_groups, GroupIds=[made["GroupId"]]) == (
        "InvalidGroup.NotFound",
        f"The security group '{made['GroupId']}' does not exist",
    )


# parameters of CreateSecurityGroup, code, a part of the message
BAD_GROUPS: list[tuple[dict[str, Any], str, str]] = [
    ({"GroupName": "x"}, "MissingParameter", "The request must contain the parameter GroupDescription"),
    ({"Description": "x"}, "MissingParameter", "The request must contain the parameter GroupName"),
    ({"GroupName": "", "Description": "d"}, "MissingParameter", "GroupName"),
    ({"GroupName": "sg-x", "Description": "d"}, "InvalidParameterValue",  # pulumi-awsx#328
     "Value (sg-x) for parameter GroupName is invalid. Group names may not be in the format sg-*."),
    ({"GroupName": "default", "Description": "d"}, "InvalidParameterValue", "reserved security group name: default"),
    ({"GroupName": "x" * 256, "Description": "d"}, "InvalidParameterValue", "longer than 255"),
    ({"GroupName": "x\ny", "Description": "d"}, "InvalidParameterValue", "It may contain"),
    ({"GroupName": "x", "Description": "é"}, "InvalidParameterValue", "Character sets beyond ASCII are not supported."),
    ({"GroupName": "x", "Description": "<"}, "InvalidParameterValue",  # notification-terraform#561
     "Invalid security group description. Valid descriptions are strings less than 256 characters from the following "
     "set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"),
    ({"GroupName": "x", "Description": "x" * 256}, "InvalidParameterValue", "Invalid security group description."),
    ({"GroupName": "x", "Description": "d", "VpcId": "vpc-01234567"}, "InvalidVpcID.NotFound", "The vpc ID 'vpc-01"),
    ({"GroupName": "x", "Description": "d", "VpcId": "x"}, "InvalidVpcID.Malformed", 'Invalid id: "x" (expecting'),
    ({"GroupName": "web", "Description": "d"}, "InvalidGroup.Duplicate", "'web' already exists for VPC 'vpc-"),
    # botocore, of GroupName: names are case-insensitive
    ({"GroupName": "Web", "Description": "d"}, "InvalidGroup.Duplicate", "'Web' already exists for VPC 'vpc-"),
    (
        {"GroupName": "x", "Description": "d", "TagSpecifications": [{"ResourceType": "vpc", "Tags": []}]},
        "InvalidParameterValue",
        "'vpc' is not a valid taggable resource type for this operation.",
    ),
    (
        {"GroupName": "x", "Description": "d",
         "TagSpecifications": [{"ResourceType": "security-group", "Tags": [{"Key": "aws:x"}]}]},
        "InvalidParameterValue",
        "reserved for internal use",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("parameters", "code", "message"), BAD_GROUPS, ids=range(len(BAD_GROUPS)))
@ONE_STORE
def test_groups_that_cannot_be(
    ec2: Any, vpc: str, group: str, parameters: dict[str, Any], code: str, message: str
) -> None:
    found = refused(ec2.create_security_group, **{"VpcId": vpc, **parameters})
    assert found[0] == code
    assert message in found[1]


def test_a_group_in_use_stays(ec2: Any, vpc: str, group: str) -> None:
    other = ec2.create_security_group(GroupName="db", Description="d", VpcId=vpc)["GroupId"]
    for user in (other, group):  # of another group, and of itself, which does not count
        ec2.authorize_security_group_ingress(
            GroupId=user, IpPermissions=[tcp(5432, UserIdGroupPairs=[{"GroupId": group}])]
        )
    assert refused(ec2.delete_security_group, GroupId=group) == (
        "DependencyViolation",
        f"resource {group} has a dependent object",
    )
    ec2.delete_security_group(GroupId=other)
    ec2.delete_security_group(GroupId=group)


def test_the_default_group_stays(ec2: Any) -> None:
    code, text = refused(ec2.delete_security_group, GroupName="default")
    assert code == "CannotDelete"
    assert 'name: "default" cannot be deleted by a user' in text


def test_groups_by_name_are_those_of_the_default_vpc(ec2: Any, group: str) -> None:
    assert refused(ec2.describe_security_groups, GroupNames=["web"])[0] == "InvalidGroup.NotFound"
    ec2.create_security_group(GroupName="web", Description="d")
    [found] = ec2.describe_security_groups(GroupNames=["web"])["SecurityGroups"]
    assert found["GroupId"] != group
    assert refused(ec2.delete_security_group)[0] == "MissingParameter"
    assert ec2.delete_security_group(GroupName="web")["GroupId"] == found["GroupId"]


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("group-name", ["web"], ["web"]),
        ("group-name", ["w*", "d?"], ["db", "web"]),
        ("group-name", ["*b*"], ["db", "web"]),
        ("group-name", [r"w\*"], []),
        ("description", ["d"], ["db", "web"]),
        ("tag:team", ["a"], ["db"]),
        ("tag-key", ["te*"], ["db"]),
        ("ip-permission.cidr", ["10.1.0.0/16"], ["web"]),
        ("ip-permission.from-port", ["443"], ["web"]),
        ("ip-permission.protocol", ["tcp"], ["db", "web"]),
        ("ip-permission.group-name", ["web"], ["db"]),
        ("egress.ip-permission.cidr", ["0.0.0.0/0"], ["db", "default", "web"]),
        ("egress.ip-permission.protocol", ["tcp"], []),
    ],
)
@ONE_STORE
def test_filters(ec2: Any, vpc: str, group: str, name: str, values: list[str], found: list[str]) -> None:
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "team", "Value": "a"}]}]
    other = ec2.create_security_group(GroupName="db", Description="d", VpcId=vpc, TagSpecifications=tags)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(443, "10.1.0.0/16")])
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[tcp(1, UserIdGroupPairs=[{"GroupId": group}])])
    answer = ec2.describe_security_groups(Filters=[*filtered("vpc-id", vpc), *filtered(name, *values)])
    assert sorted(shown["GroupName"] for shown in answer["SecurityGroups"]) == found


def test_filters_that_are_none(ec2: Any) -> None:
    for describe in (ec2.describe_vpcs, ec2.describe_security_groups, ec2.describe_tags):
        code, text = refused(describe, Filters=filtered("colour", "red"))
        assert (code, text) == ("InvalidParameterValue", "The filter 'colour' is invalid")


def test_pages(ec2: Any, vpc: str) -> None:
    made = {ec2.create_security_group(GroupName=f"g{n}", Description="d", VpcId=vpc)["GroupId"] for n in range(11)}
    pages = list(ec2.get_paginator("describe_security_groups").paginate(
        Filters=filtered("group-name", "g*"), PaginationConfig={"PageSize": 5}
    ))  # fmt: skip
    assert [len(page["SecurityGroups"]) for page in pages] == [5, 5, 1]
    assert {group["GroupId"] for page in pages for group in page["SecurityGroups"]} == made
    assert refused(ec2.describe_security_groups, NextToken="?")[0] == "InvalidNextToken"
    assert refused(ec2.describe_security_groups, MaxResults=5, GroupIds=list(made))[0] == "InvalidParameterCombination"
    assert refused(ec2.describe_security_groups, MaxResults=2)[0] == "InvalidParameterValue"


def test_a_vpc_and_its_subnets(ec2: Any, vpc: str) -> None:
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.7/24", AvailabilityZone="us-east-1b")["Subnet"]
    assert (subnet["CidrBlock"], subnet["AvailabilityZoneId"], subnet["AvailableIpAddressCount"]) == (
        "10.0.1.0/24",
        "us-east-1-az2",
        251,
    )
    [shown] = ec2.describe_subnets(Filters=filtered("vpc-id", vpc))["Subnets"]
    assert shown == subnet
    [default] = ec2.describe_security_groups(Filters=filtered("vpc-id", vpc))["SecurityGroups"]
    assert default["GroupName"] == "default"
    assert refused(ec2.delete_vpc, VpcId=vpc) == (
        "DependencyViolation",
        f"The vpc '{vpc}' has dependencies and cannot be deleted.",
    )
    ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc)
    assert refused(ec2.describe_vpcs, VpcIds=[vpc])[0] == "InvalidVpcID.NotFound"
    assert refused(ec2.describe_security_groups, GroupIds=[default["GroupId"]])[0] == "InvalidGroup.NotFound"
    assert (
        ec2.describe_security_group_rules(Filters=filtered("group-id", default["GroupId"]))["SecurityGroupRules"] == []
    )


# method, parameters, code
BAD_NETWORKS: list[tuple[str, dict[str, Any], str]] = [
    ("create_vpc", {}, "MissingParameter"),
    ("create_vpc", {"CidrBlock": "10.0.0.0/8"}, "InvalidVpc.Range"),
    ("create_vpc", {"CidrBlock": "10.0.0.0/29"}, "InvalidVpc.Range"),
    ("create_vpc", {"CidrBlock": "10.0.0.0"}, "InvalidParameterValue"),
    ("create_vpc", {"CidrBlock": "2001:db8::/20"}, "InvalidParameterValue"),
    ("create_vpc", {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "x"}, "InvalidParameterValue"),
    ("create_vpc", {"CidrBlock": "10.0.0.0/16", "Ipv6Pool": "ipv6pool-ec2-1"}, "UnsupportedOperation"),
    ("create_subnet", {"CidrBlock": "10.1.0.0/24"}, "InvalidSubnet.Range"),
    ("create_subnet", {"CidrBlock": "10.0.0.0/15"}, "InvalidSubnet.Range"),
    ("create_subnet", {"CidrBlock": "10.0.5.128/25"}, "InvalidSubnet.Conflict"),
    ("create_subnet", {"CidrBlock": "10.0.9.0/24", "AvailabilityZone": "us-east-1z"}, "InvalidParameterValue"),
    ("create_subnet", {}, "MissingParameter"),
    ("delete_subnet", {"SubnetId": "subnet-00000000"}, "InvalidSubnetID.NotFound"),
]


@pytest.mark.parametrize(("method", "parameters", "code"), BAD_NETWORKS, ids=range(len(BAD_NETWORKS)))
@ONE_STORE
def test_networks_that_cannot_be(ec2: Any, vpc: str, method: str, parameters: dict[str, Any], code: str) -> None:
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.5.0/24")
    inside = {"VpcId": vpc} if method == "create_subnet" else {}
    assert refused(getattr(ec2, method), **inside, **parameters)[0] == code


def test_tags(ec2: Any, vpc: str, group: str) -> None:
    ec2.create_tags(Resources=[vpc, group], Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    ec2.create_tags(Resources=[group], Tags=[{"Key": "b", "Value": "3"}])
    tags = ec2.describe_tags(Filters=filtered("resource-type", "security-group"))["Tags"]
    assert tags == [
        {"Key": "a", "ResourceId": group, "ResourceType": "security-group", "Value": "1"},
        {"Key": "b", "ResourceId": group, "ResourceType": "security-group", "Value": "3"},
    ]
    ec2.delete_tags(Resources=[group, vpc], Tags=[{"Key": "b", "Value": "2"}, {"Key": "x"}])
    assert [tag["Value"] for tag in ec2.describe_tags(Filters=filtered("resource-id", group))["Tags"]] == ["1", "3"]
    assert [tag["Key"] for tag in ec2.describe_tags(Filters=filtered("resource-id", vpc))["Tags"]] == ["a"]
    ec2.delete_tags(Resources=[group])
    assert ec2.describe_tags(Filters=filtered("resource-id", group))["Tags"] == []
    assert refused(ec2.create_tags, Resources=["i-00000000"], Tags=[{"Key": "a", "Value": ""}])[0] == "InvalidID"
    many = [{"Key": f"k{number}", "Value": ""} for number in range(51)]
    assert refused(ec2.create_tags, Resources=[vpc], Tags=many)[0] == "TagLimitExceeded"
    twice = [{"Key": "a", "Value": ""}, {"Key": "a", "Value": "b"}]
    assert refused(ec2.create_tags, Resources=[vpc], Tags=twice)[1] == "Duplicate tag key 'a' specified."


def test_dry_runs_change_nothing(ec2: Any, vpc: str, group: str) -> None:
    assert refused(ec2.create_security_group, GroupName="x", Description="d", VpcId=vpc, DryRun=True) == (
        "DryRunOperation",
        "Request would have succeeded, but DryRun flag is set.",
    )
    assert refused(ec2.delete_security_group, GroupId=group, DryRun=True)[0] == "DryRunOperation"
    assert refused(ec2.describe_vpcs, DryRun=True)[0] == "DryRunOperation"
    names = {
        found["GroupName"] for found in ec2.describe_security_groups(Filters=filtered("vpc-id", vpc))["SecurityGroups"]
    }
    assert names == {"web", "default"}


def test_an_operation_that_is_not_built_is_named(ec2: Any) -> None:
    code, text = refused(ec2.run_instances, ImageId="ami-1", MinCount=1, MaxCount=1)
    assert code == "UnsupportedOperation"
    assert "Statewright does not support the operation RunInstances" in text
