"""Groups in other VPCs: associated, used there, checked, and what keeps an association or is kept by one."""

from typing import Any

import pytest

from tests.integrations.ec2.calls import ONE_STORE, refused, tcp
from tests.integrations.ec2.test_groups import filtered


@pytest.fixture
def other(ec2: Any) -> str:
    """A second VPC."""
    found: str = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    return found


def interface(ec2: Any, vpc: str, block: str, *groups: str) -> str:
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"]
    made = ec2.create_network_interface(SubnetId=subnet, Groups=list(groups))["NetworkInterface"]
    return str(made["NetworkInterfaceId"])


def test_a_group_in_another_vpc(ec2: Any, vpc: str, group: str, other: str) -> None:
    subnet = ec2.create_subnet(VpcId=other, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    assert refused(ec2.create_network_interface, SubnetId=subnet, Groups=[group])[0] == "InvalidGroup.NotFound"
    assert ec2.associate_security_group_vpc(GroupId=group, VpcId=other)["State"] == "associating"
    assert ec2.associate_security_group_vpc(GroupId=group, VpcId=other)["State"] == "associated"
    owner = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["OwnerId"]
    expected = {"GroupId": group, "VpcId": other, "VpcOwnerId": owner, "State": "associated", "GroupOwnerId": owner}
    for name, value in (("group-id", group), ("vpc-id", other), ("state", "associated"), ("vpc-owner-id", owner)):
        found = ec2.describe_security_group_vpc_associations(Filters=filtered(name, value))
        assert found["SecurityGroupVpcAssociations"] == [expected]
    made = ec2.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]
    assert made["Groups"] == [{"GroupId": group, "GroupName": "web"}]
    for undo in ({"operation": ec2.disassociate_security_group_vpc, "VpcId": other},
                 {"operation": ec2.delete_security_group}):  # fmt: skip
        assert refused(undo.pop("operation"), GroupId=group, **undo)[0] == "DependencyViolation"
    ec2.delete_network_interface(NetworkInterfaceId=made["NetworkInterfaceId"])
    assert refused(ec2.delete_security_group, GroupId=group)[0] == "DependencyViolation", "it is associated still"
    ec2.delete_subnet(SubnetId=subnet)
    assert refused(ec2.delete_vpc, VpcId=other)[0] == "DependencyViolation"
    assert ec2.disassociate_security_group_vpc(GroupId=group, VpcId=other)["State"] == "disassociating"
    assert ec2.describe_security_group_vpc_associations()["SecurityGroupVpcAssociations"] == []
    ec2.delete_vpc(VpcId=other)
    ec2.delete_security_group(GroupId=group)


def test_the_groups_of_a_vpc(ec2: Any, vpc: str, group: str, other: str) -> None:
    ec2.associate_security_group_vpc(GroupId=group, VpcId=other)
    tags = [{"Key": "a", "Value": "b"}]
    ec2.create_tags(Resources=[group], Tags=tags)
    found = ec2.get_security_groups_for_vpc(VpcId=other)["SecurityGroupForVpcs"]
    names = {shown["GroupName"]: shown for shown in found}
    assert {name: shown["PrimaryVpcId"] for name, shown in names.items()} == {"default": other, "web": vpc}
    assert (names["web"]["GroupId"], names["web"]["Tags"], names["web"]["Description"]) == (group, tags, "d")
    for name, value in (("primary-vpc-id", vpc), ("group-name", "web"), ("description", "d"), ("tag:a", "b")):
        only = ec2.get_security_groups_for_vpc(VpcId=other, Filters=filtered(name, value))["SecurityGroupForVpcs"]
        assert [shown["GroupId"] for shown in only] == [group]


def test_a_check_finds_the_members_in_every_vpc(ec2: Any, vpc: str, group: str, other: str) -> None:
    """Within each VPC the group admits itself; between them there is no way."""
    ec2.associate_security_group_vpc(GroupId=group, VpcId=other)
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(5, UserIdGroupPairs=[{"GroupId": group}])])
    here, there = interface(ec2, vpc, "10.0.1.0/24", group), interface(ec2, other, "10.9.1.0/24", group)
    beside = interface(ec2, other, "10.9.2.0/24", group)
    for destination, why in ((beside, None), (here, "NO_ROUTE_TO_DESTINATION")):
        asked = {"Source": there, "Destination": destination, "Protocol": "tcp", "DestinationPort": 5}
        path = ec2.create_network_insights_path(**asked)["NetworkInsightsPath"]["NetworkInsightsPathId"]
        ec2.start_network_insights_analysis(NetworkInsightsPathId=path)
        [found] = ec2.describe_network_insights_analyses(NetworkInsightsPathId=path)["NetworkInsightsAnalyses"]
        assert [told["ExplanationCode"] for told in found.get("Explanations", [])] == ([why] if why else [])


# method, group, VPC, code; `own`, `default`: of the fixtures, and those that everybody has
REFUSALS = [
    ("associate_security_group_vpc", "own", "own", "InvalidParameterValue"),
    ("associate_security_group_vpc", "own", "default", "InvalidParameterValue"),
    ("associate_security_group_vpc", "default", "other", "InvalidParameterValue"),
    ("associate_security_group_vpc", "of the default VPC", "other", "InvalidParameterValue"),
    ("associate_security_group_vpc", "sg-00000000", "other", "InvalidGroup.NotFound"),
    ("associate_security_group_vpc", "own", "vpc-00000000", "InvalidVpcID.NotFound"),
    ("associate_security_group_vpc", "x", "other", "InvalidGroupId.Malformed"),
    ("disassociate_security_group_vpc", "own", "other", "InvalidGroup.NotFound"),
    ("disassociate_security_group_vpc", "own", "x", "InvalidVpcID.Malformed"),
]


@ONE_STORE
def test_associations_that_cannot_be(ec2: Any, vpc: str, group: str, other: str) -> None:
    default = ec2.describe_vpcs(Filters=filtered("is-default", "true"))["Vpcs"][0]["VpcId"]
    mine = ec2.describe_security_groups(Filters=[*filtered("vpc-id", vpc), *filtered("group-name", "default")])
    groups = {
        "own": group,
        "default": mine["SecurityGroups"][0]["GroupId"],
        "of the default VPC": ec2.create_security_group(GroupName="x", Description="d")["GroupId"],
    }
    vpcs = {"own": vpc, "other": other, "default": default}
    for method, of, to, code in REFUSALS:
        found = refused(getattr(ec2, method), GroupId=groups.get(of, of), VpcId=vpcs.get(to, to))
        assert found[0] == code, (method, of, to, found)
    assert refused(ec2.get_security_groups_for_vpc, VpcId="vpc-00000000")[0] == "InvalidVpcID.NotFound"
