"""VPCs and subnets, as far as security groups need them."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ec2.addresses import network as block_of
from integrations.ec2.addresses import vpc_block
from integrations.ec2.errors import dependency, invalid_value, limit, missing
from integrations.ec2.filters import FilterTable, always, member, select
from integrations.ec2.ipv6_blocks import amazon_block, check_border_group, subnet_block
from integrations.ec2.kinds import ASSOCIATION, GROUP, INTERFACE, RULE, SUBNET, VPC, new_id
from integrations.ec2.paging import answer, page
from integrations.ec2.shapes import (
    DEFAULT_GROUP,
    ZONES,
    all_egress_v6,
    default_group,
    security_group_rule,
    subnet_body,
    vpc_body,
)
from integrations.ec2.store import Network
from integrations.ec2.tagging import tags_of

Body = dict[str, Any]

VPC_FILTERS: FilterTable = {
    "cidr": member("CidrBlock"),
    "cidr-block-association.association-id": member("CidrBlockAssociationSet", "AssociationId"),
    "cidr-block-association.cidr-block": member("CidrBlockAssociationSet", "CidrBlock"),
    "cidr-block-association.state": member("CidrBlockAssociationSet", "CidrBlockState", "State"),
    "dhcp-options-id": member("DhcpOptionsId"),
    "ipv6-cidr-block-association.association-id": member("Ipv6CidrBlockAssociationSet", "AssociationId"),
    "ipv6-cidr-block-association.ipv6-cidr-block": member("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock"),
    "ipv6-cidr-block-association.ipv6-pool": member("Ipv6CidrBlockAssociationSet", "Ipv6Pool"),
    "ipv6-cidr-block-association.state": member("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlockState", "State"),
    "is-default": member("IsDefault"),
    "isDefault": member("IsDefault"),
    "owner-id": member("OwnerId"),
    "state": member("State"),
    "vpc-id": member("VpcId"),
}
SUBNET_FILTERS: FilterTable = {
    "availability-zone": member("AvailabilityZone"),
    "availability-zone-id": member("AvailabilityZoneId"),
    "availabilityZone": member("AvailabilityZone"),
    "available-ip-address-count": member("AvailableIpAddressCount"),
    "cidr": member("CidrBlock"),
    "cidr-block": member("CidrBlock"),
    "cidrBlock": member("CidrBlock"),
    "customer-owned-ipv4-pool": member("CustomerOwnedIpv4Pool"),
    "default-for-az": member("DefaultForAz"),
    "defaultForAz": member("DefaultForAz"),
    "enable-dns64": always(False),
    "enable-lni-at-device-index": member("EnableLniAtDeviceIndex"),
    "ipv6-cidr-block-association.association-id": member("Ipv6CidrBlockAssociationSet", "AssociationId"),
    "ipv6-cidr-block-association.ipv6-cidr-block": member("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock"),
    "ipv6-cidr-block-association.state": member("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlockState", "State"),
    "ipv6-native": member("Ipv6Native"),
    "map-customer-owned-ip-on-launch": always(False),
    "map-public-ip-on-launch": member("MapPublicIpOnLaunch"),
    "outpost-arn": member("OutpostArn"),
    "owner-id": member("OwnerId"),
    "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": always(False),
    "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record": always(False),
    "private-dns-name-options-on-launch.hostname-type": always("ip-name"),
    "state": member("State"),
    "subnet-arn": member("SubnetArn"),
    "subnet-id": member("SubnetId"),
    "vpc-id": member("VpcId"),
}


def create_vpc(tx: Transaction, caller: Caller, request: Body) -> Body:
    """With its default group, as every VPC has one."""
    network = Network(tx, caller)
    if not request.get("CidrBlock"):
        raise missing("CidrBlock")
    block = vpc_block(request["CidrBlock"], "InvalidVpc.Range")
    check_border_group(request)
    tenancy = (request.get("InstanceTenancy") or "default").lower()
    if len(network.all(VPC)) >= limits.EC2_VPCS_MAX:
        raise limit("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
    vpc_id = new_id(VPC, tx.moment)
    body = {
        **vpc_body(vpc_id, block, caller, default=False, tenancy=tenancy),
        "Tags": tags_of(request.get("TagSpecifications"), VPC),
    }
    rule_ids = new_id(RULE, tx.moment), new_id(RULE, tx.moment)
    rows = default_group(new_id(GROUP, tx.moment), vpc_id, rule_ids, caller)
    if request.get("AmazonProvidedIpv6CidrBlock"):
        body["Ipv6CidrBlockAssociationSet"] = [amazon_block(tx, caller, network, request)]
        group_id = rows[0][1]["GroupId"]
        rows.append((RULE, security_group_rule(new_id(RULE, tx.moment), group_id, all_egress_v6(), caller), group_id))
    network.add([(VPC, body, ""), *rows])
    return {"Vpc": body}


def delete_vpc(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    vpc_id = network.get(VPC, request["VpcId"])["VpcId"]
    groups = network.below(GROUP, vpc_id)
    others = [group for group in groups if group["GroupName"] != DEFAULT_GROUP]
    if others or any(network.below(kind, vpc_id) for kind in (SUBNET, INTERFACE, ASSOCIATION)):
        raise dependency(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    for group in groups:
        network.remove(RULE, [rule["SecurityGroupRuleId"] for rule in network.below(RULE, group["GroupId"])])
    network.remove(GROUP, [group["GroupId"] for group in groups])
    network.remove(VPC, [vpc_id])
    return {}


def describe_vpcs(tx: Transaction, caller: Caller, request: Body) -> Body:
    found = select(Network(tx, caller).chosen(VPC, request.get("VpcIds")), request.get("Filters"), VPC_FILTERS)
    return answer("Vpcs", page(found, request, "VpcId", "VpcIds"))


def create_subnet(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    vpc = network.get(VPC, request["VpcId"])
    if not request.get("CidrBlock"):
        raise missing("CidrBlock")
    block = vpc_block(request["CidrBlock"], "InvalidSubnet.Range")
    if not _inside(block, vpc["CidrBlock"]):
        raise ServiceError("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")
    siblings = network.below(SUBNET, vpc["VpcId"])
    if any(block_of(block).overlaps(block_of(other["CidrBlock"])) for other in siblings):
        raise ServiceError("InvalidSubnet.Conflict", f"The CIDR '{block}' conflicts with another subnet")
    if len(siblings) >= limits.EC2_SUBNETS_MAX:
        raise limit("SubnetLimitExceeded", "The maximum number of subnets has been reached.")
    zone = _zone(request, caller)
    body = {
        **subnet_body(new_id(SUBNET, tx.moment), vpc["VpcId"], block, zone, caller, default=False),
        "Tags": tags_of(request.get("TagSpecifications"), SUBNET),
    }
    if request.get("Ipv6CidrBlock"):
        body["Ipv6CidrBlockAssociationSet"] = [subnet_block(tx, request["Ipv6CidrBlock"], vpc, siblings)]
    network.add([(SUBNET, body, vpc["VpcId"])])
    return {"Subnet": body}


def _inside(block: str, whole: str) -> bool:
    inner, outer = block_of(block), block_of(whole)
    return outer.prefixlen <= inner.prefixlen and inner.network_address in outer


def _zone(request: Body, caller: Caller) -> str:
    if request.get("AvailabilityZone") and request.get("AvailabilityZoneId"):
        raise invalid_value("Only one of AvailabilityZone and AvailabilityZoneId can be given")
    for index, zone in enumerate(ZONES, 1):
        if request.get("AvailabilityZone") == f"{caller.region}{zone}":
            return zone
        if request.get("AvailabilityZoneId") == f"{caller.region}-az{index}":
            return zone
    wanted = request.get("AvailabilityZone") or request.get("AvailabilityZoneId")
    if wanted:
        here = ", ".join(f"{caller.region}{zone}" for zone in ZONES)
        text = (
            f"Value ({wanted[:50]}) for parameter availabilityZone is invalid. Subnets can currently only be created "
        )
        raise invalid_value(f"{text}in the following availability zones: {here}.")
    return ZONES[0]


def delete_subnet(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    subnet = network.get(SUBNET, request["SubnetId"])
    if any(found["SubnetId"] == subnet["SubnetId"] for found in network.below(INTERFACE, subnet["VpcId"])):
        raise dependency(f"The subnet '{subnet['SubnetId']}' has dependencies and cannot be deleted.")
    network.remove(SUBNET, [subnet["SubnetId"]])
    return {}


def describe_subnets(tx: Transaction, caller: Caller, request: Body) -> Body:
    chosen = Network(tx, caller).chosen(SUBNET, request.get("SubnetIds"))
    return answer(
        "Subnets", page(select(chosen, request.get("Filters"), SUBNET_FILTERS), request, "SubnetId", "SubnetIds")
    )
