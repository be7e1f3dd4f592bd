"""Security groups: create, delete, describe, find; which other groups and interfaces use one."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ec2.errors import combination, dependency, invalid_value, limit, malformed_group, missing
from integrations.ec2.filters import FilterTable, Values, member, select
from integrations.ec2.ipv6_blocks import blocks
from integrations.ec2.kinds import ASSOCIATION, GROUP, INTERFACE, RULE, VPC, new_id
from integrations.ec2.paging import answer, page
from integrations.ec2.rules import invalid_description, permissions_of
from integrations.ec2.shapes import DEFAULT_GROUP, all_egress, all_egress_v6, group_body, security_group_rule
from integrations.ec2.store import Network
from integrations.ec2.tagging import tags_of

Body = dict[str, Any]

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-:/()#,@[]+=&;{}!$*")
_FEW = 20  # groups whose rules are asked for one by one


def create_security_group(tx: Transaction, caller: Caller, request: Body) -> Body:
    """It lets everything out, IPv6 only where its VPC has it, and nothing in."""
    network = Network(tx, caller)
    name, description = request["GroupName"], request["Description"]
    _check_name(name)
    _check_text("GroupDescription", description)
    vpc = network.get(VPC, request["VpcId"]) if request.get("VpcId") else default_vpc(network)
    groups = network.all(GROUP)
    if any(group["GroupName"].lower() == name.lower() and group["VpcId"] == vpc["VpcId"] for group in groups):
        text = f"The security group '{name}' already exists for VPC '{vpc['VpcId']}'"
        raise ServiceError("InvalidGroup.Duplicate", text)
    if len(groups) >= limits.EC2_GROUPS_MAX:
        text = f"The maximum number of security groups for VPC '{vpc['VpcId']}' has been reached."
        raise limit("SecurityGroupLimitExceeded", text)
    group_id = new_id(GROUP, tx.moment)
    body = group_body(group_id, name, description, vpc["VpcId"], caller)
    body["Tags"] = tags_of(request.get("TagSpecifications"), GROUP)
    outward = [all_egress(), all_egress_v6()] if blocks(vpc) else [all_egress()]
    rules = [security_group_rule(new_id(RULE, tx.moment), group_id, rule, caller) for rule in outward]
    network.add([(GROUP, body, vpc["VpcId"]), *((RULE, rule, group_id) for rule in rules)])
    return {"GroupId": group_id, "Tags": body["Tags"], "SecurityGroupArn": body["SecurityGroupArn"]}


def _check_name(name: str) -> None:
    if name.lower().startswith(GROUP.prefix):
        end = "Group names may not be in the format sg-*."
        raise invalid_value(f"Value ({name[:100]}) for parameter GroupName is invalid. {end}")
    if name.lower() == DEFAULT_GROUP:
        raise invalid_value("Cannot use reserved security group name: default")
    _check_text("GroupName", name)


def _check_text(parameter: str, text: str) -> None:
    if not text:
        raise missing(parameter)
    if not text.isascii():
        end = "Character sets beyond ASCII are not supported."
        raise invalid_value(f"Value ({text[:100]}) for parameter {parameter} is invalid. {end}")
    if parameter == "GroupDescription" and (len(text) > limits.EC2_NAME_CHARS_MAX or not _NAME.issuperset(text)):
        raise invalid_description("security group")
    if len(text) > limits.EC2_NAME_CHARS_MAX:
        raise invalid_value(
            f"Value ({text[:100]}) for parameter {parameter} is invalid. It is longer than 255 characters."
        )
    if not _NAME.issuperset(text):
        allowed = "a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*"
        raise invalid_value(f"Value ({text[:100]}) for parameter {parameter} is invalid. It may contain {allowed}.")


def default_vpc(network: Network) -> Body:
    """Raises ServiceError where somebody has deleted it."""
    for vpc in network.all(VPC):
        if vpc["IsDefault"]:
            return vpc
    raise ServiceError("VPCIdNotSpecified", "No default VPC for this user")


def find_group(network: Network, request: Body) -> Body:
    """The group of a request, by GroupId, or by GroupName in the default VPC."""
    if request.get("GroupId") == "":
        raise malformed_group("")
    if request.get("GroupId") and request.get("GroupName"):
        raise combination("The parameter groupName cannot be used with the parameter groupId")
    if request.get("GroupId"):
        return network.get(GROUP, request["GroupId"])
    if request.get("GroupName"):
        return group_named(network, request["GroupName"])
    text = "The request must contain the parameter groupName or groupId"
    raise ServiceError("MissingParameter", text)


def group_named(network: Network, name: str) -> Body:
    vpc_id = default_vpc(network)["VpcId"]
    for group in network.below(GROUP, vpc_id):
        if group["GroupName"] == name:
            return group
    text = f"The security group '{name[:100]}' does not exist in default VPC '{vpc_id}'"
    raise ServiceError("InvalidGroup.NotFound", text)


def delete_security_group(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    group = find_group(network, request)
    group_id = group["GroupId"]
    if group["GroupName"] == DEFAULT_GROUP:
        text = f'the specified group: "{group_id}" name: "default" cannot be deleted by a user'
        raise ServiceError("CannotDelete", text)
    attached = any(group_id in interface_groups(found) for found in network.mentioning(INTERFACE, group_id))
    if (
        attached
        or network.referring(ASSOCIATION, group_id)
        or any(rule["GroupId"] != group_id for rule in network.referring(RULE, group_id))
    ):
        raise dependency(f"resource {group_id} has a dependent object")
    network.remove(RULE, [rule["SecurityGroupRuleId"] for rule in network.below(RULE, group_id)])
    network.remove(GROUP, [group_id])
    return {"Return": True, "GroupId": group_id}


def interface_groups(interface: Body) -> list[str]:
    return [group["GroupId"] for group in interface["Groups"]]


def describe_security_groups(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    chosen = network.chosen(GROUP, request.get("GroupIds")) if request.get("GroupIds") else []
    chosen += [group_named(network, name) for name in request.get("GroupNames") or ()]
    if not (request.get("GroupIds") or request.get("GroupNames")):
        chosen = network.all(GROUP)
    shown = with_permissions(network, chosen)
    names = {group["GroupId"]: group["GroupName"] for group in network.all(GROUP)} if request.get("Filters") else {}
    found = select(shown, request.get("Filters"), _filters(names))
    return answer("SecurityGroups", page(found, request, "GroupId", "GroupIds"))


def with_permissions(network: Network, groups: list[Body]) -> list[Body]:
    """Groups with their rules, as DescribeSecurityGroups shows them."""
    rules: dict[str, list[Body]] = defaultdict(list)
    if len(groups) <= _FEW:
        rules.update({group["GroupId"]: network.below(RULE, group["GroupId"]) for group in groups})
    else:
        for rule in network.all(RULE):
            rules[rule["GroupId"]].append(rule)
    return [
        {
            **group,
            "IpPermissions": permissions_of([rule for rule in rules[group["GroupId"]] if not rule["IsEgress"]]),
            "IpPermissionsEgress": permissions_of([rule for rule in rules[group["GroupId"]] if rule["IsEgress"]]),
        }
        for group in groups
    ]


def _filters(names: Mapping[str, str]) -> FilterTable:
    table = {
        "description": member("Description"),
        "group-id": member("GroupId"),
        "group-name": member("GroupName"),
        "owner-id": member("OwnerId"),
        "vpc-id": member("VpcId"),
    }
    for prefix, permissions in (("", "IpPermissions"), ("egress.", "IpPermissionsEgress")):
        for name, path in _OF_PERMISSIONS.items():
            table[f"{prefix}ip-permission.{name}"] = member(permissions, *path)
        table[f"{prefix}ip-permission.group-name"] = _named(names, table[f"{prefix}ip-permission.group-id"])
    return table


def _named(names: Mapping[str, str], group_ids: Values) -> Values:
    return lambda body: [names.get(found, "") for found in group_ids(body)]


_OF_PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    "cidr": ("IpRanges", "CidrIp"),
    "from-port": ("FromPort",),
    "group-id": ("UserIdGroupPairs", "GroupId"),
    "ipv6-cidr": ("Ipv6Ranges", "CidrIpv6"),
    "prefix-list-id": ("PrefixListIds", "PrefixListId"),
    "protocol": ("IpProtocol",),
    "to-port": ("ToPort",),
    "user-id": ("UserIdGroupPairs", "UserId"),
}
