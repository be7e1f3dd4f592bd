"""Groups in other VPCs than their own: associate, disassociate, describe; which groups a VPC's interfaces may have.

An association is there as soon as it is asked for, and gone likewise: the answers say `associating` and
`disassociating`, as AWS's do, and whoever asks finds it `associated`, or not at all.
"""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ec2.errors import dependency, invalid_value, limit
from integrations.ec2.filters import FilterTable, member, select
from integrations.ec2.kinds import ASSOCIATION, GROUP, INTERFACE, VPC
from integrations.ec2.paging import answer, page
from integrations.ec2.shapes import DEFAULT_GROUP
from integrations.ec2.store import Network

Body = dict[str, Any]

_FILTERS: FilterTable = {
    "group-id": member("GroupId"),
    "group-owner-id": member("GroupOwnerId"),
    "state": member("State"),
    "vpc-id": member("VpcId"),
    "vpc-owner-id": member("VpcOwnerId"),
}
_GROUP_FILTERS: FilterTable = {
    "description": member("Description"),
    "group-id": member("GroupId"),
    "group-name": member("GroupName"),
    "owner-id": member("OwnerId"),
    "primary-vpc-id": member("PrimaryVpcId"),
}
_SHOWN = ("Description", "GroupName", "OwnerId", "GroupId", "Tags")


def associate_security_group_vpc(tx: Transaction, caller: Caller, request: Body) -> Body:
    """Asked for again, nothing changes."""
    network = Network(tx, caller)
    group, vpc = network.get(GROUP, request["GroupId"]), network.get(VPC, request["VpcId"])
    _check(network, group, vpc)
    identifier = _id(group["GroupId"], vpc["VpcId"])
    if network.find(ASSOCIATION, identifier) is not None:
        return {"State": "associated"}
    if len(network.referring(ASSOCIATION, group["GroupId"])) >= limits.EC2_VPCS_OF_GROUP_MAX:
        text = f"The security group '{group['GroupId']}' is associated with the maximum number of VPCs."
        raise limit("SecurityGroupVpcAssociationLimitExceeded", text)
    body = {
        "_Id": identifier,
        "GroupId": group["GroupId"],
        "GroupOwnerId": caller.account,
        "VpcId": vpc["VpcId"],
        "VpcOwnerId": caller.account,
        "State": "associated",
    }
    network.add([(ASSOCIATION, body, vpc["VpcId"])])
    return {"State": "associating"}


def _check(network: Network, group: Body, vpc: Body) -> None:
    if group["GroupName"] == DEFAULT_GROUP:
        raise invalid_value(f"The default security group '{group['GroupId']}' cannot be associated with another VPC.")
    if vpc["VpcId"] == group["VpcId"]:
        raise invalid_value(f"The security group '{group['GroupId']}' was created in the VPC '{vpc['VpcId']}'.")
    if vpc["IsDefault"] or network.get(VPC, group["VpcId"])["IsDefault"]:
        raise invalid_value("Security groups cannot be associated with, or out of, the default VPC.")


def _id(group_id: str, vpc_id: str) -> str:
    return f"{group_id}/{vpc_id}"


def disassociate_security_group_vpc(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    group_id = network.get(GROUP, request["GroupId"])["GroupId"]
    vpc_id = network.get(VPC, request["VpcId"])["VpcId"]
    if network.find(ASSOCIATION, _id(group_id, vpc_id)) is None:
        text = f"The security group '{group_id}' is not associated with the VPC '{vpc_id}'"
        raise ServiceError("InvalidGroup.NotFound", text)
    for interface in network.below(INTERFACE, vpc_id):
        if any(held["GroupId"] == group_id for held in interface["Groups"]):
            raise dependency(f"resource {group_id} has a dependent object: {interface['NetworkInterfaceId']}")
    network.remove(ASSOCIATION, [_id(group_id, vpc_id)])
    return {"State": "disassociating"}


def usable_in(network: Network, group: Body, vpc_id: str) -> bool:
    """Whether interfaces of a VPC may have a group."""
    return group["VpcId"] == vpc_id or network.find(ASSOCIATION, _id(group["GroupId"], vpc_id)) is not None


def describe_security_group_vpc_associations(tx: Transaction, caller: Caller, request: Body) -> Body:
    found = select(Network(tx, caller).all(ASSOCIATION), request.get("Filters"), _FILTERS)
    return answer("SecurityGroupVpcAssociations", page(found, request, "_Id"))


def get_security_groups_for_vpc(tx: Transaction, caller: Caller, request: Body) -> Body:
    """Those of the VPC itself, and those that were associated with it."""
    network = Network(tx, caller)
    vpc_id = network.get(VPC, request["VpcId"])["VpcId"]
    groups = network.below(GROUP, vpc_id)
    groups += [network.get(GROUP, found["GroupId"]) for found in network.below(ASSOCIATION, vpc_id)]
    shown = [{**{name: body[name] for name in _SHOWN}, "PrimaryVpcId": body["VpcId"]} for body in groups]
    found = select(shown, request.get("Filters"), _GROUP_FILTERS)
    return answer("SecurityGroupForVpcs", page(found, request, "GroupId"))
