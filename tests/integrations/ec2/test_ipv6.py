"""IPv6 by boto3: blocks of VPCs and subnets, addresses of interfaces, and checks between those."""

import ipaddress
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from engine.cli.main import cli
from tests.integrations.ec2.calls import ONE_STORE, refused
from tests.integrations.ec2.test_checks import run
from tests.integrations.ec2.test_groups import filtered


class Network:
    """A VPC with an IPv6 block, a subnet with a part of it, and a group."""

    def __init__(self, ec2: Any):
        self.ec2 = ec2
        made = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
        self.vpc, [self.association] = made["VpcId"], made["Ipv6CidrBlockAssociationSet"]
        self.block = self.association["Ipv6CidrBlock"]
        self.parts = [str(found) for found in ipaddress.ip_network(self.block).subnets(new_prefix=64)]
        self.subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.1.0/24", Ipv6CidrBlock=self.parts[1])["Subnet"]
        self.subnet_id = self.subnet["SubnetId"]
        self.group = self.new_group("web")
        self.account = made["OwnerId"]

    def new_group(self, name: str) -> str:
        return str(self.ec2.create_security_group(GroupName=name, Description="d", VpcId=self.vpc)["GroupId"])

    def interface(self, **more: Any) -> Any:
        given = {"Groups": [self.group], "Ipv6AddressCount": 1, **more}
        return self.ec2.create_network_interface(SubnetId=self.subnet_id, **given)["NetworkInterface"]

    def at(self, host: str) -> str:
        """An address in the subnet."""
        return str(ipaddress.ip_network(self.parts[1])[int(host, 16)])


@pytest.fixture
def network(ec2: Any) -> Network:
    return Network(ec2)


def test_blocks_of_a_vpc_and_its_subnets(ec2: Any, network: Network) -> None:
    block = ipaddress.ip_network(network.block)
    assert (block.prefixlen, network.association["Ipv6CidrBlockState"]["State"]) == (56, "associated")
    assert (network.association["Ipv6Pool"], network.association["NetworkBorderGroup"]) == ("Amazon", "us-east-1")
    [of_subnet] = network.subnet["Ipv6CidrBlockAssociationSet"]
    assert of_subnet["Ipv6CidrBlock"] == network.parts[1]
    name = "ipv6-cidr-block-association.ipv6-cidr-block"
    [vpc] = ec2.describe_vpcs(Filters=filtered(name, network.block))["Vpcs"]
    assert vpc["Ipv6CidrBlockAssociationSet"] == [network.association]
    [subnet] = ec2.describe_subnets(Filters=filtered(name, network.parts[1]))["Subnets"]
    assert subnet["SubnetId"] == network.subnet_id
    dependent = refused(ec2.disassociate_vpc_cidr_block, AssociationId=network.association["AssociationId"])
    assert dependent[0] == "DependencyViolation"
    made = network.interface()
    gone = {"AssociationId": of_subnet["AssociationId"]}
    assert refused(ec2.disassociate_subnet_cidr_block, **gone)[0] == "DependencyViolation"
    ec2.delete_network_interface(NetworkInterfaceId=made["NetworkInterfaceId"])
    answer = ec2.disassociate_subnet_cidr_block(**gone)
    assert answer["Ipv6CidrBlockAssociation"]["Ipv6CidrBlockState"]["State"] == "disassociating"
    assert ec2.describe_subnets(SubnetIds=[network.subnet_id])["Subnets"][0]["Ipv6CidrBlockAssociationSet"] == []
    assert refused(ec2.disassociate_subnet_cidr_block, **gone)[0] == "InvalidSubnetCidrBlockAssociationID.NotFound"
    again = ec2.associate_subnet_cidr_block(SubnetId=network.subnet_id, Ipv6CidrBlock=network.parts[2])
    assert again["Ipv6CidrBlockAssociation"]["Ipv6CidrBlockState"]["State"] == "associating"
    more = {"SubnetId": network.subnet_id, "Ipv6CidrBlock": network.parts[3]}
    assert refused(ec2.associate_subnet_cidr_block, **more)[0] == "CidrLimitExceeded"


def egress_blocks(ec2: Any, group: str) -> list[str]:
    [found] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return [entry["CidrIpv6"] for rule in found["IpPermissionsEgress"] for entry in rule["Ipv6Ranges"]]


def test_groups_let_ipv6_out_where_there_is_some(ec2: Any, vpc: str, group: str, network: Network) -> None:
    assert egress_blocks(ec2, group) == []
    assert egress_blocks(ec2, network.group) == ["::/0"]
    both = [default_group(ec2, found) for found in (vpc, network.vpc)]
    assert [egress_blocks(ec2, found) for found in both] == [[], ["::/0"]]
    asked = {"VpcId": vpc, "AmazonProvidedIpv6CidrBlock": True, "Ipv6CidrBlockNetworkBorderGroup": "us-east-1"}
    made = ec2.associate_vpc_cidr_block(**asked)["Ipv6CidrBlockAssociation"]
    assert made["Ipv6CidrBlockState"]["State"] == "associating" and made["Ipv6CidrBlock"] != network.block
    assert egress_blocks(ec2, both[0]) == ["::/0"]
    assert refused(ec2.associate_vpc_cidr_block, **asked)[0] == "CidrLimitExceeded"
    ec2.disassociate_vpc_cidr_block(AssociationId=made["AssociationId"])
    gone = {"AssociationId": made["AssociationId"]}
    assert refused(ec2.disassociate_vpc_cidr_block, **gone)[0] == "InvalidVpcCidrBlockAssociationID.NotFound"
    [rules] = ec2.describe_security_groups(GroupIds=[both[0]])["SecurityGroups"]
    ec2.revoke_security_group_egress(GroupId=both[0], IpPermissions=rules["IpPermissionsEgress"])
    ec2.associate_vpc_cidr_block(**asked)
    assert egress_blocks(ec2, both[0]) == [], "its egress was changed: nothing is added"


def default_group(ec2: Any, vpc: str) -> str:
    found = ec2.describe_security_groups(Filters=[*filtered("vpc-id", vpc), *filtered("group-name", "default")])
    return str(found["SecurityGroups"][0]["GroupId"])


def test_addresses_of_interfaces(ec2: Any, network: Network) -> None:
    made = network.interface(Ipv6AddressCount=2)
    found = [entry["Ipv6Address"] for entry in made["Ipv6Addresses"]]
    assert len(set(found)) == 2 and made["Ipv6Address"] == found[0]
    assert all(ipaddress.ip_address(text) in ipaddress.ip_network(network.parts[1]) for text in found)
    identifier = made["NetworkInterfaceId"]
    wanted = network.at("beef")
    answer = ec2.assign_ipv6_addresses(NetworkInterfaceId=identifier, Ipv6Addresses=[wanted.upper()])
    assert answer["AssignedIpv6Addresses"] == [wanted]
    [one] = ec2.assign_ipv6_addresses(NetworkInterfaceId=identifier, Ipv6AddressCount=1)["AssignedIpv6Addresses"]
    shown = ec2.describe_network_interfaces(Filters=filtered("ipv6-addresses.ipv6-address", wanted))
    [interface] = shown["NetworkInterfaces"]
    assert [entry["Ipv6Address"] for entry in interface["Ipv6Addresses"]] == [*found, wanted, one]
    gone = ec2.unassign_ipv6_addresses(NetworkInterfaceId=identifier, Ipv6Addresses=[*found, one])
    assert gone["UnassignedIpv6Addresses"] == [*found, one]
    [interface] = ec2.describe_network_interfaces(NetworkInterfaceIds=[identifier])["NetworkInterfaces"]
    assert interface["Ipv6Address"] == wanted and len(interface["Ipv6Addresses"]) == 1
    ec2.unassign_ipv6_addresses(NetworkInterfaceId=identifier, Ipv6Addresses=[wanted])
    [interface] = ec2.describe_network_interfaces(NetworkInterfaceIds=[identifier])["NetworkInterfaces"]
    assert interface["Ipv6Addresses"] == [] and "Ipv6Address" not in interface


# method, parameters, code; `VPC`, `SUBNET`, `ENI`, and hosts of the subnet as `at:4`
REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("create_subnet", {"VpcId": "VPC", "CidrBlock": "10.0.2.0/24", "Ipv6CidrBlock": "x"}, "InvalidParameterValue"),
    ("create_subnet", {"VpcId": "VPC", "CidrBlock": "10.0.2.0/24", "Ipv6CidrBlock": "at:0/64"},
     "InvalidSubnet.Conflict"),
    ("create_subnet", {"VpcId": "VPC", "CidrBlock": "10.0.2.0/24", "Ipv6CidrBlock": "at:0/65"}, "InvalidSubnet.Range"),
    ("create_subnet", {"VpcId": "VPC", "CidrBlock": "10.0.2.0/24", "Ipv6CidrBlock": "2001:db9::/64"},
     "InvalidSubnet.Range"),
    ("create_subnet", {"VpcId": "VPC", "Ipv6Native": True}, "UnsupportedOperation"),
    ("create_vpc", {"CidrBlock": "10.0.0.0/16", "Ipv6CidrBlockNetworkBorderGroup": "us-east-1"},
     "InvalidParameterCombination"),
    ("create_vpc", {"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": True,
                    "Ipv6CidrBlockNetworkBorderGroup": "us-east-1-lax-1"}, "InvalidParameterValue"),
    ("associate_vpc_cidr_block", {"VpcId": "VPC"}, "MissingParameter"),
    ("associate_vpc_cidr_block", {"VpcId": "VPC", "CidrBlock": "10.7.0.0/16"}, "UnsupportedOperation"),
    ("associate_subnet_cidr_block", {"SubnetId": "SUBNET"}, "MissingParameter"),
    ("disassociate_vpc_cidr_block", {"AssociationId": "primary"}, "OperationNotPermitted"),
    ("create_network_interface", {"SubnetId": "SUBNET", "Ipv6Addresses": [{"Ipv6Address": "at:3"}]},
     "InvalidParameterValue"),
    ("create_network_interface", {"SubnetId": "SUBNET", "Ipv6Addresses": [{"Ipv6Address": "at:9"}]},
     "InvalidIPAddress.InUse"),
    ("create_network_interface", {"SubnetId": "SUBNET", "Ipv6Addresses": [{"Ipv6Address": "at:8"}] * 2},
     "InvalidIPAddress.InUse"),
    ("create_network_interface", {"SubnetId": "SUBNET", "Ipv6Addresses": [{"Ipv6Address": "2001:db9::9"}]},
     "InvalidParameterValue"),
    ("create_network_interface",
     {"SubnetId": "SUBNET", "Ipv6Addresses": [{"Ipv6Address": "at:8", "IsPrimaryIpv6": True}]},
     "UnsupportedOperation"),
    ("create_network_interface",
     {"SubnetId": "SUBNET", "Ipv6AddressCount": 1, "Ipv6Addresses": [{"Ipv6Address": "at:8"}]},
     "InvalidParameterCombination"),
    ("create_network_interface", {"SubnetId": "SUBNET", "Ipv6AddressCount": 51}, "Ipv6AddressLimitExceeded"),
    ("assign_ipv6_addresses", {"NetworkInterfaceId": "ENI"}, "MissingParameter"),
    ("assign_ipv6_addresses", {"NetworkInterfaceId": "ENI", "Ipv6AddressCount": 50}, "Ipv6AddressLimitExceeded"),
    ("assign_ipv6_addresses", {"NetworkInterfaceId": "ENI", "Ipv6PrefixCount": 1}, "UnsupportedOperation"),
    ("unassign_ipv6_addresses", {"NetworkInterfaceId": "ENI"}, "MissingParameter"),
    ("unassign_ipv6_addresses", {"NetworkInterfaceId": "ENI", "Ipv6Addresses": ["at:8"]}, "InvalidParameterValue"),
]  # fmt: skip


@ONE_STORE
def test_what_cannot_be(ec2: Any, network: Network) -> None:
    eni = network.interface(Ipv6AddressCount=0, Ipv6Addresses=[{"Ipv6Address": network.at("9")}])
    [vpc] = ec2.describe_vpcs(VpcIds=[network.vpc])["Vpcs"]
    names = {
        "VPC": network.vpc,
        "SUBNET": network.subnet_id,
        "ENI": eni["NetworkInterfaceId"],
        "primary": vpc["CidrBlockAssociationSet"][0]["AssociationId"],
    }

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: named(item) for name, item in value.items()}
        if isinstance(value, list):
            return [named(item) for item in value]
        if isinstance(value, str) and value.startswith("at:"):
            host, slash, length = value.removeprefix("at:").partition("/")
            return network.at(host) + slash + length
        return names.get(value, value) if isinstance(value, str) else value

    for method, parameters, code in REFUSALS:
        found = refused(getattr(ec2, method), **named(parameters))
        assert found[0] == code, (method, parameters, found)


def test_checks_by_ipv6(ec2: Any, client: Callable[..., Any], endpoint: str, network: Network) -> None:
    """The rule of `db` is about the IPv6 address of `web` alone."""
    web, db = network.interface(), network.interface(Groups=[network.new_group("db")])
    address = web["Ipv6Address"]
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "Ipv6Ranges": [{"CidrIpv6": f"{address}/128"}]}
    ec2.authorize_security_group_ingress(GroupId=db["Groups"][0]["GroupId"], IpPermissions=[rule])
    old = network.interface(Ipv6AddressCount=0, Groups=[network.new_group("old")])
    web_id, db_id, old_id = (found["NetworkInterfaceId"] for found in (web, db, old))
    cases: list[tuple[dict[str, Any], Any]] = [
        ({"Source": web_id, "Destination": db["Ipv6Address"]}, True),
        ({"Source": address.upper(), "Destination": db_id}, True),
        ({"Source": web_id, "Destination": db_id}, False),
        ({"Source": web_id, "Destination": db_id, "IpAddressType": "ipv6"}, True),
        ({"Source": network.group, "Destination": db["Groups"][0]["GroupId"], "IpAddressType": "ipv6"}, True),
        ({"Source": network.group, "Destination": db["Groups"][0]["GroupId"], "IpAddressType": "ipv4"}, False),
        ({"Source": db_id, "Destination": "2001:db9::1"}, True),
        ({"Source": old_id, "Destination": "fd00:ec2::253"}, "InvalidParameterValue"),
        ({"Source": web_id, "Destination": "fd00:ec2::253"}, True),
        ({"Source": "10.0.1.4", "Destination": db["Ipv6Address"]}, "InvalidParameterValue"),
        ({"Source": web_id, "Destination": db["Ipv6Address"], "IpAddressType": "ipv4"}, "InvalidParameterValue"),
        ({"Source": web_id, "Destination": db_id, "IpAddressType": "ipv5"}, "InvalidParameterValue"),
    ]
    world: Any = SimpleNamespace(web=network.group, account=network.account)
    for asked, expected in cases:
        answer = run(client, world, {**asked, "Port": 5432})
        if isinstance(expected, str):
            assert answer["error"] == f"SecurityGroups.{expected}", (asked, answer)
        else:
            assert f'"allowed":{str(expected).lower()}' in answer["output"].replace(" ", ""), (asked, answer)
    options = ["--port", "5432", "--endpoint", endpoint, "--account", network.account]
    for flags, code in (([], 1), (["--ipv6"], 0)):
        done = CliRunner().invoke(cli, ["sg", "check", web_id, db_id, *flags, *options])
        assert done.exit_code == code, done.output
