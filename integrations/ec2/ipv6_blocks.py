"""IPv6 blocks of VPCs and subnets: given out, associated, disassociated.

A VPC gets a /56 and a subnet a part of that, as on AWS. Amazon's pool is the range for documentation (RFC 3849), so
that no host of the world has an address of ours: 24 bits of it are drawn, none twice in an account and region.
"""

from ipaddress import IPv6Network
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ec2.addresses import cidr_v6
from integrations.ec2.addresses import network as block_of
from integrations.ec2.errors import combination, dependency, invalid_value, missing
from integrations.ec2.kinds import GROUP, INTERFACE, RULE, SUBNET, VPC, new_id
from integrations.ec2.rules import rule_of
from integrations.ec2.shapes import DEFAULT_GROUP, all_egress, all_egress_v6, security_group_rule
from integrations.ec2.store import Network

Body = dict[str, Any]

_POOL = IPv6Network("2001:db8::/32")
_VPC_PREFIX = 56
_SUBNET_PREFIXES = (56, 60, 64)  # AWS: every fourth length from 44 to 64; ours are within a /56
_VPC_ASSOCIATION, _SUBNET_ASSOCIATION = "vpc-cidr-assoc-", "subnet-cidr-assoc-"
_SET = "Ipv6CidrBlockAssociationSet"


def blocks(body: Body) -> list[str]:
    """The IPv6 blocks of a VPC or subnet."""
    return [found["Ipv6CidrBlock"] for found in body.get(_SET) or ()]


def amazon_block(tx: Transaction, caller: Caller, network: Network, request: Body) -> Body:
    """A VPC's association with a block that nobody has, as the request asks for one."""
    border = request.get("Ipv6CidrBlockNetworkBorderGroup")
    if border not in (None, "", caller.region):
        text = f"Value ({border[:50]}) for parameter ipv6CidrBlockNetworkBorderGroup is invalid. It must be the region"
        raise invalid_value(f"{text} {caller.region}.")
    taken = {found for vpc in network.all(VPC) for found in blocks(vpc)}
    for _ in range(limits.EC2_VPCS_MAX + 1):
        number = tx.moment.getrandbits(_VPC_PREFIX - _POOL.prefixlen)
        first = int(_POOL.network_address) + (number << (128 - _VPC_PREFIX))
        block = str(IPv6Network((first, _VPC_PREFIX)))
        if block not in taken:
            break
    return {
        "AssociationId": _new_id(tx, _VPC_ASSOCIATION),
        "Ipv6CidrBlock": block,
        "Ipv6CidrBlockState": {"State": "associated"},
        "NetworkBorderGroup": caller.region,
        "Ipv6Pool": "Amazon",
        "Ipv6AddressAttribute": "public",
        "IpSource": "amazon",
    }


def check_border_group(request: Body) -> None:
    """Raises ServiceError for a border group without the block that it is for."""
    if request.get("Ipv6CidrBlockNetworkBorderGroup") and not request.get("AmazonProvidedIpv6CidrBlock"):
        raise combination("Ipv6CidrBlockNetworkBorderGroup can only be used with AmazonProvidedIpv6CidrBlock")


def subnet_block(tx: Transaction, text: str, vpc: Body, siblings: list[Body]) -> Body:
    """A subnet's association with a part of its VPC's block. Raises ServiceError."""
    try:
        block = cidr_v6(text)
    except ServiceError:
        raise invalid_value(
            f"Value ({text[:100]}) for parameter ipv6CidrBlock is invalid. This is not a valid CIDR block."
        ) from None
    inner = block_of(block)
    outer = [block_of(found) for found in blocks(vpc)]
    if inner.prefixlen not in _SUBNET_PREFIXES or not any(
        inner.prefixlen >= found.prefixlen and inner.network_address in found for found in outer
    ):
        raise ServiceError("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")
    if any(inner.overlaps(block_of(found)) for sibling in siblings for found in blocks(sibling)):
        raise ServiceError("InvalidSubnet.Conflict", f"The CIDR '{block}' conflicts with another subnet")
    return {
        "AssociationId": _new_id(tx, _SUBNET_ASSOCIATION),
        "Ipv6CidrBlock": block,
        "Ipv6CidrBlockState": {"State": "associated"},
        "Ipv6AddressAttribute": "public",
        "IpSource": "amazon",
    }


def _new_id(tx: Transaction, prefix: str) -> str:
    return prefix + new_id(VPC, tx.moment).removeprefix(VPC.prefix)


def associate_vpc_cidr_block(tx: Transaction, caller: Caller, request: Body) -> Body:
    """Amazon's IPv6 block; its default group lets out IPv6 as well, unless its egress was changed."""
    network = Network(tx, caller)
    vpc = network.get(VPC, request["VpcId"])
    check_border_group(request)
    if not request.get("AmazonProvidedIpv6CidrBlock"):
        raise missing("AmazonProvidedIpv6CidrBlock")
    if blocks(vpc):
        raise ServiceError("CidrLimitExceeded", f"The VPC '{vpc['VpcId']}' has an IPv6 CIDR block.")
    association = amazon_block(tx, caller, network, request)
    network.change(VPC, {**vpc, _SET: [association]})
    _let_out(tx, network, vpc["VpcId"])
    return {"VpcId": vpc["VpcId"], "Ipv6CidrBlockAssociation": _in_state(association, "associating")}


def _let_out(tx: Transaction, network: Network, vpc_id: str) -> None:
    [group] = [found for found in network.below(GROUP, vpc_id) if found["GroupName"] == DEFAULT_GROUP]
    rules = [rule_of(body) for body in network.below(RULE, group["GroupId"])]
    if [rule for rule in rules if rule.egress] == [all_egress()]:
        rule = security_group_rule(new_id(RULE, tx.moment), group["GroupId"], all_egress_v6(), network.caller)
        network.add([(RULE, rule, group["GroupId"])])


def _in_state(association: Body, state: str) -> Body:
    return {**association, "Ipv6CidrBlockState": {"State": state}}


def disassociate_vpc_cidr_block(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    vpc, association = _holder(network, request["AssociationId"], _VPC_ASSOCIATION)
    if any(blocks(subnet) for subnet in network.below(SUBNET, vpc["VpcId"])):
        raise dependency(f"The CIDR block '{association['Ipv6CidrBlock']}' is used by subnets of the VPC.")
    network.change(VPC, {**vpc, _SET: []})
    return {"VpcId": vpc["VpcId"], "Ipv6CidrBlockAssociation": _in_state(association, "disassociating")}


def associate_subnet_cidr_block(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    subnet = network.get(SUBNET, request["SubnetId"])
    if not request.get("Ipv6CidrBlock"):
        raise missing("Ipv6CidrBlock")
    if blocks(subnet):
        raise ServiceError("CidrLimitExceeded", f"The subnet '{subnet['SubnetId']}' has an IPv6 CIDR block.")
    vpc = network.get(VPC, subnet["VpcId"])
    association = subnet_block(tx, request["Ipv6CidrBlock"], vpc, network.below(SUBNET, vpc["VpcId"]))
    network.change(SUBNET, {**subnet, _SET: [association]})
    return {"SubnetId": subnet["SubnetId"], "Ipv6CidrBlockAssociation": _in_state(association, "associating")}


def disassociate_subnet_cidr_block(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    subnet, association = _holder(network, request["AssociationId"], _SUBNET_ASSOCIATION)
    interfaces = network.below(INTERFACE, subnet["VpcId"])
    if any(found["Ipv6Addresses"] for found in interfaces if found["SubnetId"] == subnet["SubnetId"]):
        raise dependency(f"The CIDR block '{association['Ipv6CidrBlock']}' is used by network interfaces.")
    network.change(SUBNET, {**subnet, _SET: []})
    return {"SubnetId": subnet["SubnetId"], "Ipv6CidrBlockAssociation": _in_state(association, "disassociating")}


def _holder(network: Network, identifier: str, prefix: str) -> tuple[Body, Body]:
    """The VPC or subnet that has an association, and that. Raises ServiceError."""
    kind = VPC if prefix == _VPC_ASSOCIATION else SUBNET
    for body in network.all(kind):
        if identifier in [found["AssociationId"] for found in body.get("CidrBlockAssociationSet") or ()]:
            raise ServiceError("OperationNotPermitted", f"The primary CIDR block of {body['VpcId']} stays.")
        for association in body.get(_SET) or ():
            if association["AssociationId"] == identifier:
                return body, association
    code = f"Invalid{'Vpc' if kind is VPC else 'Subnet'}CidrBlockAssociationID.NotFound"
    noun = f"{kind.name} CIDR block association ID"
    raise ServiceError(code, f"The {noun} '{identifier[:100]}' does not exist")
