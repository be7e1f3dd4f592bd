"""Resources as AWS shows them: the bodies of VPCs, subnets, groups and rules, and an account's default network. Pure.

The default network's ids follow from account and region, so that a read can show it before anything was written.
"""

import hashlib
from typing import Any

from engine.contract import Caller
from integrations.ec2.kinds import GROUP, RULE, SUBNET, VPC, Kind
from integrations.ec2.rules import Rule, rule_body

Body = dict[str, Any]
Row = tuple[Kind, Body, str]  # kind, body, parent

DEFAULT_BLOCK = "172.31.0.0/16"
_DEFAULT_SUBNETS = (("a", "172.31.0.0/20"), ("b", "172.31.16.0/20"), ("c", "172.31.32.0/20"))
DEFAULT_GROUP = "default"
ZONES = tuple(letter for letter, _ in _DEFAULT_SUBNETS)
_RESERVED_ADDRESSES = 5  # of a subnet: network, router, DNS, future use, broadcast


def vpc_body(identifier: str, block: str, caller: Caller, default: bool, tenancy: str = "default") -> Body:
    suffix = identifier.removeprefix(VPC.prefix)
    association = {"AssociationId": f"vpc-cidr-assoc-{suffix}", "CidrBlock": block}
    return {
        "VpcId": identifier,
        "State": "available",
        "CidrBlock": block,
        "DhcpOptionsId": "default",
        "InstanceTenancy": tenancy,
        "IsDefault": default,
        "OwnerId": caller.account,
        "CidrBlockAssociationSet": [{**association, "CidrBlockState": {"State": "associated"}}],
        "Tags": [],
    }


def subnet_body(identifier: str, vpc_id: str, block: str, zone: str, caller: Caller, default: bool) -> Body:
    return {
        "SubnetId": identifier,
        "SubnetArn": caller.arn("ec2", f"subnet/{identifier}"),
        "VpcId": vpc_id,
        "State": "available",
        "CidrBlock": block,
        "AvailabilityZone": f"{caller.region}{zone}",
        "AvailabilityZoneId": f"{caller.region}-az{ZONES.index(zone) + 1}",
        "AvailableIpAddressCount": 2 ** (32 - int(block.partition("/")[2])) - _RESERVED_ADDRESSES,
        "DefaultForAz": default,
        "MapPublicIpOnLaunch": default,
        "AssignIpv6AddressOnCreation": False,
        "Ipv6Native": False,
        "Ipv6CidrBlockAssociationSet": [],
        "OwnerId": caller.account,
        "Tags": [],
    }


def group_body(identifier: str, name: str, description: str, vpc_id: str, caller: Caller) -> Body:
    return {
        "GroupId": identifier,
        "GroupName": name,
        "Description": description,
        "VpcId": vpc_id,
        "OwnerId": caller.account,
        "SecurityGroupArn": caller.arn("ec2", f"security-group/{identifier}"),
        "Tags": [],
    }


def security_group_rule(
    identifier: str, group_id: str, rule: Rule, caller: Caller, description: str | None = None
) -> Body:
    body = {
        "SecurityGroupRuleId": identifier,
        "SecurityGroupRuleArn": caller.arn("ec2", f"security-group-rule/{identifier}"),
        "GroupId": group_id,
        "GroupOwnerId": caller.account,
        **rule_body(rule, caller.account),
        "Tags": [],
    }
    return body if description is None else {**body, "Description": description}


def all_egress() -> Rule:
    """What every new group lets out."""
    return Rule(True, "-1", -1, -1, "CidrIpv4", "0.0.0.0/0")


def all_egress_v6() -> Rule:
    """And where its VPC has an IPv6 block."""
    return Rule(True, "-1", -1, -1, "CidrIpv6", "::/0")


def default_group(group_id: str, vpc_id: str, rule_ids: tuple[str, str], caller: Caller) -> list[Row]:
    """The group that each VPC has: it lets in itself, and everything out."""
    itself = Rule(False, "-1", -1, -1, "ReferencedGroupId", group_id)
    inward = security_group_rule(rule_ids[0], group_id, itself, caller)
    outward = security_group_rule(rule_ids[1], group_id, all_egress(), caller)
    body = group_body(group_id, DEFAULT_GROUP, "default VPC security group", vpc_id, caller)
    return [(GROUP, body, vpc_id), (RULE, inward, group_id), (RULE, outward, group_id)]


def default_network(caller: Caller) -> list[Row]:
    """The default VPC, its subnets and its default group."""
    vpc_id = _fixed_id(VPC, caller)
    rows: list[Row] = [(VPC, vpc_body(vpc_id, DEFAULT_BLOCK, caller, default=True), "")]
    for zone, block in _DEFAULT_SUBNETS:
        body = subnet_body(_fixed_id(SUBNET, caller, zone), vpc_id, block, zone, caller, default=True)
        rows.append((SUBNET, body, vpc_id))
    rule_ids = _fixed_id(RULE, caller, "in"), _fixed_id(RULE, caller, "out")
    return rows + default_group(_fixed_id(GROUP, caller), vpc_id, rule_ids, caller)


def _fixed_id(kind: Kind, caller: Caller, what: str = "") -> str:
    digest = hashlib.sha256(f"{caller.account}/{caller.region}/{kind.name}/{what}".encode()).hexdigest()
    return f"{kind.prefix}0{digest[:16]}"
