"""Network interfaces and prefix lists by boto3: answers and errors, and what holds groups in use."""

import uuid
from typing import Any

import pytest

from tests.integrations.ec2.calls import ONE_STORE, refused, tcp
from tests.integrations.ec2.test_groups import filtered


@pytest.fixture
def subnet(ec2: Any, vpc: str) -> str:
    found: str = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/28")["Subnet"]["SubnetId"]
    return found


def interface(ec2: Any, subnet: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = ec2.create_network_interface(SubnetId=subnet, **more)["NetworkInterface"]
    return found


def test_an_interface_from_its_creation_to_its_end(ec2: Any, vpc: str, subnet: str, group: str) -> None:
    tags = [{"ResourceType": "network-interface", "Tags": [{"Key": "a", "Value": "b"}]}]
    made = interface(
        ec2, subnet, Groups=[group], Description="d", TagSpecifications=tags, SecondaryPrivateIpAddressCount=1
    )
    assert (made["PrivateIpAddress"], made["Status"], made["VpcId"]) == ("10.0.1.4", "available", vpc)
    assert [found["PrivateIpAddress"] for found in made["PrivateIpAddresses"]] == ["10.0.1.4", "10.0.1.5"]
    assert made["PrivateDnsName"] == "ip-10-0-1-4.ec2.internal"
    assert made["Groups"] == [{"GroupId": group, "GroupName": "web"}]
    assert made["TagSet"] == [{"Key": "a", "Value": "b"}]
    identifier = made["NetworkInterfaceId"]
    for name, value in (("group-id", group), ("private-ip-address", "10.0.1.4"), ("tag:a", "b"), ("vpc-id", vpc)):
        [found] = ec2.describe_network_interfaces(Filters=filtered(name, value))["NetworkInterfaces"]
        assert found == made
    assert ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"] == 9
    assert refused(ec2.delete_security_group, GroupId=group)[0] == "DependencyViolation"
    assert refused(ec2.delete_subnet, SubnetId=subnet)[0] == "DependencyViolation"
    ec2.delete_network_interface(NetworkInterfaceId=identifier)
    assert ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"] == 11
    assert refused(ec2.describe_network_interfaces, NetworkInterfaceIds=[identifier])[0] == (
        "InvalidNetworkInterfaceID.NotFound"
    )
    ec2.delete_security_group(GroupId=group)


def test_attributes(ec2: Any, vpc: str, subnet: str, group: str) -> None:
    made = interface(ec2, subnet)
    identifier = made["NetworkInterfaceId"]
    assert [found["GroupName"] for found in made["Groups"]] == ["default"]
    modify = ec2.modify_network_interface_attribute
    modify(NetworkInterfaceId=identifier, Groups=[group])
    modify(NetworkInterfaceId=identifier, Description={"Value": "x"})
    modify(NetworkInterfaceId=identifier, SourceDestCheck={"Value": False})
    describe = ec2.describe_network_interface_attribute
    assert describe(NetworkInterfaceId=identifier, Attribute="groupSet")["Groups"][0]["GroupId"] == group
    assert describe(NetworkInterfaceId=identifier, Attribute="description")["Description"]["Value"] == "x"
    assert describe(NetworkInterfaceId=identifier, Attribute="sourceDestCheck")["SourceDestCheck"]["Value"] is False
    assert refused(describe, NetworkInterfaceId=identifier)[0] == "MissingParameter"
    assert (
        refused(describe, NetworkInterfaceId=identifier, Attribute="associatePublicIpAddress")[0]
        == "UnsupportedOperation"
    )
    both = {"Groups": [group], "Description": {"Value": "x"}}
    assert refused(modify, NetworkInterfaceId=identifier, **both)[0] == "InvalidParameterCombination"
    assert refused(modify, NetworkInterfaceId=identifier, Groups=["sg-00000000"])[0] == "InvalidGroup.NotFound"
    elsewhere = ec2.create_security_group(GroupName="other", Description="d")["GroupId"]
    assert refused(modify, NetworkInterfaceId=identifier, Groups=[elsewhere])[1] == (
        "You have specified two resources that belong to different networks."
    )
    many = [ec2.create_security_group(GroupName=f"g{n}", Description="d", VpcId=vpc)["GroupId"] for n in range(6)]
    assert refused(modify, NetworkInterfaceId=identifier, Groups=many)[0] == "SecurityGroupsPerInterfaceLimitExceeded"
    modify(NetworkInterfaceId=identifier, Groups=many[:5])


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"PrivateIpAddress": "10.0.1.3"}, "InvalidParameterValue"),
        ({"PrivateIpAddress": "10.0.1.15"}, "InvalidParameterValue"),
        ({"PrivateIpAddress": "10.0.2.4"}, "InvalidParameterValue"),
        ({"PrivateIpAddress": "::1"}, "InvalidParameterValue"),
        ({"PrivateIpAddress": "10.0.1.9"}, "InvalidIPAddress.InUse"),
        ({"SecondaryPrivateIpAddressCount": 10}, "InsufficientFreeAddressesInSubnet"),
        ({"SecondaryPrivateIpAddressCount": 100}, "PrivateIpAddressLimitExceeded"),
        ({"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.5"}] * 2}, "InvalidParameterValue"),
        ({"Groups": ["x"]}, "InvalidGroupId.Malformed"),
        ({"Ipv6AddressCount": 1}, "InvalidParameterValue"),
        ({"Ipv6Addresses": [{"Ipv6Address": "::1"}]}, "InvalidParameterValue"),
        ({"EnablePrimaryIpv6": True}, "UnsupportedOperation"),
        ({"InterfaceType": "efa"}, "UnsupportedOperation"),
    ],
)  # fmt: skip
@ONE_STORE
def test_interfaces_that_cannot_be(ec2: Any, subnet: str, parameters: dict[str, Any], code: str) -> None:
    interface(ec2, subnet, PrivateIpAddress="10.0.1.9")
    assert refused(ec2.create_network_interface, SubnetId=subnet, **parameters)[0] == code


def test_addresses_are_given_once(ec2: Any, subnet: str) -> None:
    made = [interface(ec2, subnet)["PrivateIpAddress"] for _ in range(11)]
    assert made == [f"10.0.1.{host}" for host in range(4, 15)]
    assert refused(ec2.create_network_interface, SubnetId=subnet)[0] == "InsufficientFreeAddressesInSubnet"


def test_the_same_token_makes_one_interface(ec2: Any, subnet: str) -> None:
    token = str(uuid.uuid4())
    first, second = (interface(ec2, subnet, ClientToken=token) for _ in range(2))
    assert first == second
    other = refused(ec2.create_network_interface, SubnetId=subnet, ClientToken=token, Description="x")
    assert other[0] == "IdempotentParameterMismatch"


FIVE = [{"Cidr": f"10.{number}.0.0/16"} for number in range(3, 8)]


def prefix_list(ec2: Any, *cidrs: str, size: int = 5, family: str = "IPv4") -> dict[str, Any]:
    found: dict[str, Any] = ec2.create_managed_prefix_list(
        PrefixListName="p", MaxEntries=size, AddressFamily=family, Entries=[{"Cidr": cidr} for cidr in cidrs]
    )["PrefixList"]
    return found


def entries(ec2: Any, identifier: str, **more: Any) -> list[str]:
    found = ec2.get_managed_prefix_list_entries(PrefixListId=identifier, **more)["Entries"]
    return [entry["Cidr"] for entry in found]


def test_versions_of_a_prefix_list(ec2: Any) -> None:
    made = prefix_list(ec2, "10.1.0.0/16", "10.2.9.9/16")
    identifier = made["PrefixListId"]
    assert (made["Version"], made["State"], made["PrefixListArn"].endswith(f":prefix-list/{identifier}")) == (
        1,
        "create-complete",
        True,
    )
    changed = ec2.modify_managed_prefix_list(
        PrefixListId=identifier,
        CurrentVersion=1,
        AddEntries=[{"Cidr": "10.3.0.0/16", "Description": "x"}],
        RemoveEntries=[{"Cidr": "10.1.0.0/16"}],
    )["PrefixList"]
    assert (changed["Version"], changed["State"]) == (2, "modify-complete")
    assert entries(ec2, identifier) == ["10.2.0.0/16", "10.3.0.0/16"]
    assert entries(ec2, identifier, TargetVersion=1) == ["10.1.0.0/16", "10.2.0.0/16"]
    restored = ec2.restore_managed_prefix_list_version(PrefixListId=identifier, PreviousVersion=1, CurrentVersion=2)
    assert (restored["PrefixList"]["Version"], restored["PrefixList"]["State"]) == (3, "restore-complete")
    assert entries(ec2, identifier) == ["10.1.0.0/16", "10.2.0.0/16"]
    [shown] = ec2.describe_managed_prefix_lists(Filters=filtered("prefix-list-name", "p"))["PrefixLists"]
    assert shown["Version"] == 3
    assert ec2.modify_managed_prefix_list(PrefixListId=identifier, PrefixListName="q")["PrefixList"]["Version"] == 3
    assert ec2.delete_managed_prefix_list(PrefixListId=identifier)["PrefixList"]["State"] == "delete-complete"
    assert refused(ec2.describe_managed_prefix_lists, PrefixListIds=[identifier])[0] == "InvalidPrefixListID.NotFound"


def test_a_prefix_list_in_use(ec2: Any, group: str) -> None:
    identifier = prefix_list(ec2, "10.1.0.0/16", size=50)["PrefixListId"]
    rule = tcp(443, PrefixListIds=[{"PrefixListId": identifier}])
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    [permission] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    assert permission["PrefixListIds"] == [{"PrefixListId": identifier}]
    assert ec2.get_managed_prefix_list_associations(PrefixListId=identifier)["PrefixListAssociations"] == [
        {
            "ResourceId": group,
            "ResourceOwner": ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["OwnerId"],
        }
    ]
    assert refused(ec2.delete_managed_prefix_list, PrefixListId=identifier)[0] == "DependencyViolation"
    more = [tcp(port, "10.0.0.0/8") for port in range(11)]
    limit = "RulesPerSecurityGroupLimitExceeded"
    assert refused(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=more)[0] == limit
    assert refused(ec2.modify_managed_prefix_list, PrefixListId=identifier, MaxEntries=61)[0] == limit
    assert ec2.modify_managed_prefix_list(PrefixListId=identifier, MaxEntries=60)["PrefixList"]["MaxEntries"] == 60


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"CurrentVersion": 7, "AddEntries": [{"Cidr": "10.3.0.0/16"}]}, "PrefixListVersionMismatch"),
        ({"AddEntries": [{"Cidr": "10.3.0.0/16"}]}, "MissingParameter"),
        ({"CurrentVersion": 1, "AddEntries": [{"Cidr": "nope"}]}, "InvalidParameterValue"),
        ({"CurrentVersion": 1, "AddEntries": [{"Cidr": "::/0"}]}, "InvalidParameterValue"),
        ({"CurrentVersion": 1, "RemoveEntries": [{"Cidr": "10.9.0.0/16"}]}, "InvalidParameterValue"),
        ({"CurrentVersion": 1, "AddEntries": [{"Cidr": "10.3.0.0/16"}] * 2}, "InvalidParameterValue"),
        ({"CurrentVersion": 1, "AddEntries": FIVE}, "PrefixListMaxEntriesExceeded"),
        ({"CurrentVersion": 1, "AddEntries": FIVE, "MaxEntries": 9}, "InvalidParameterCombination"),
        ({"MaxEntries": 0}, "InvalidParameterValue"),
        ({"MaxEntries": 1001}, "InvalidParameterValue"),
        ({"PrefixListName": "com.amazonaws.x"}, "InvalidParameterValue"),
        ({"IpamPrefixListResolverSyncEnabled": True}, "UnsupportedOperation"),
    ],
)  # fmt: skip
@ONE_STORE
def test_changes_that_cannot_be(ec2: Any, parameters: dict[str, Any], code: str) -> None:
    identifier = prefix_list(ec2, "10.1.0.0/16")["PrefixListId"]
    assert refused(ec2.modify_managed_prefix_list, PrefixListId=identifier, **parameters)[0] == code
    assert entries(ec2, identifier) == ["10.1.0.0/16"]


def test_prefix_lists_of_ipv6(ec2: Any) -> None:
    assert entries(ec2, prefix_list(ec2, "2001:DB8::1/32", family="IPv6")["PrefixListId"]) == ["2001:db8::/32"]
    wrong = {"PrefixListName": "p", "MaxEntries": 1, "AddressFamily": "IPv5"}
    assert refused(ec2.create_managed_prefix_list, **wrong)[0] == "InvalidParameterValue"
    assert refused(ec2.get_managed_prefix_list_entries, PrefixListId="pl-00000000")[0] == "InvalidPrefixListID.NotFound"
