"""Rules by their ids: described and modified; what refers to groups from elsewhere, and what is stale."""

from collections.abc import Mapping
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ec2.errors import invalid_value
from integrations.ec2.filters import FilterTable, member, select
from integrations.ec2.kinds import GROUP, PREFIX_LIST, RULE, VPC, check_id, not_found
from integrations.ec2.paging import answer, page
from integrations.ec2.permissions import prefix_list_sizes
from integrations.ec2.rules import (
    Rule,
    Side,
    check_count,
    check_description,
    read_other,
    read_ports,
    read_protocol,
    rule_body,
    rule_of,
)
from integrations.ec2.store import Network

Body = dict[str, Any]

_FILTERS: FilterTable = {
    "group-id": member("GroupId"),
    "security-group-rule-id": member("SecurityGroupRuleId"),
}
_SIDES: tuple[Side, ...] = ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupId")
# The sides as AWS's refusal of another one calls them: what is asked for, and what the rule is.
_CALLED: Mapping[Side, tuple[str, str]] = {
    "CidrIpv4": ("an IPv4 CIDR", "IPv4 CIDR"),
    "CidrIpv6": ("an IPv6 CIDR", "IPv6 CIDR"),
    "PrefixListId": ("a prefix list id", "prefix list id"),
    "ReferencedGroupId": ("a referenced group id", "referenced group id"),
}
# What a modification replaces; the rest of a rule stays.
_REPLACED = frozenset({"IsEgress", "IpProtocol", "FromPort", "ToPort", "Description", "ReferencedGroupInfo", *_SIDES})


def describe_security_group_rules(tx: Transaction, caller: Caller, request: Body) -> Body:
    chosen = Network(tx, caller).chosen(RULE, request.get("SecurityGroupRuleIds"))
    found = select(chosen, request.get("Filters"), _FILTERS)
    return answer("SecurityGroupRules", page(found, request, "SecurityGroupRuleId", "SecurityGroupRuleIds"))


def modify_security_group_rules(tx: Transaction, caller: Caller, request: Body) -> Body:
    """Each named rule becomes another one of the same direction and type, with the same id and tags."""
    network = Network(tx, caller)
    group = network.get(GROUP, request["GroupId"])
    rules = {rule["SecurityGroupRuleId"]: rule for rule in network.below(RULE, group["GroupId"])}
    changed: dict[str, Body] = {}
    for update in request["SecurityGroupRules"]:
        identifier = update.get("SecurityGroupRuleId") or ""
        check_id(RULE, identifier)
        if identifier not in rules:
            raise not_found(RULE, identifier)
        if identifier in changed:
            raise invalid_value(f"The security group rule ID '{identifier}' appears multiple times")
        changed[identifier] = _changed(network, group, rules[identifier], update.get("SecurityGroupRule") or {})
    _check_all([*(rule for key, rule in rules.items() if key not in changed), *changed.values()], network)
    for body in changed.values():
        network.change(RULE, body)
    return {"Return": True}


def _check_all(bodies: list[Body], network: Network) -> None:
    rules = [rule_of(body) for body in bodies]
    seen: set[Rule] = set()
    for rule in rules:
        if rule in seen:
            raise ServiceError("InvalidPermission.Duplicate", f'the specified rule "{rule.text()}" already exists')
        seen.add(rule)
    check_count(rules, prefix_list_sizes(network, rules))


def _changed(network: Network, group: Body, body: Body, wanted: Body) -> Body:
    sides = [side for side in _SIDES if wanted.get(side)]
    if len(sides) != 1:
        raise invalid_value("You must specify exactly one of CidrIpv4, CidrIpv6, PrefixListId, or ReferencedGroupId.")
    before = rule_of(body).side
    if sides[0] != before:
        asked, known = _CALLED[sides[0]][0], _CALLED[before][1]
        raise invalid_value(f"You may not specify {asked} for an existing {known} rule.")
    protocol = read_protocol(wanted.get("IpProtocol"))
    low, high = read_ports(protocol, wanted.get("FromPort"), wanted.get("ToPort"))
    other = read_other(sides[0], wanted[sides[0]])
    _check_other(network, group, sides[0], other)
    check_description(wanted.get("Description"))
    rule = Rule(body["IsEgress"], protocol, low, high, sides[0], other)
    kept = {name: value for name, value in body.items() if name not in _REPLACED}
    described = {"Description": wanted["Description"]} if wanted.get("Description") else {}
    return {**kept, **rule_body(rule, network.caller.account), **described}


def _check_other(network: Network, group: Body, side: Side, other: str) -> None:
    if side == "PrefixListId":
        network.get(PREFIX_LIST, other)
    if side == "ReferencedGroupId" and network.get(GROUP, other)["VpcId"] != group["VpcId"]:
        text = "You have specified two resources that belong to different networks."
        raise ServiceError("InvalidGroup.NotFound", text)


def describe_security_group_references(tx: Transaction, caller: Caller, request: Body) -> Body:
    """The VPCs on the other side of a peering that refer to a group. There is no peering here, so none do."""
    network = Network(tx, caller)
    if len(request["GroupId"]) > limits.EC2_REFERENCES_ASKED_MAX:
        text = f"The number of resources allowed for this request ({limits.EC2_REFERENCES_ASKED_MAX}) is exceeded"
        raise ServiceError("ResourceCountExceeded", text)
    for identifier in request["GroupId"]:
        network.get(GROUP, identifier)
    return {"SecurityGroupReferenceSet": []}


def describe_stale_security_groups(tx: Transaction, caller: Caller, request: Body) -> Body:
    """Groups with rules that name a group which is gone, or one over a peering that is gone.

    A group that a rule of its VPC names cannot be deleted, and there is no peering: there are none.
    """
    network = Network(tx, caller)
    network.get(VPC, request["VpcId"])
    return answer("StaleSecurityGroupSet", page([], request, "GroupId"))
