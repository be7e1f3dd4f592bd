"""Authorize, revoke and describe permissions of a group, in both directions: one function for each, made for both."""

from collections.abc import Callable
from typing import Any

from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ec2.errors import combination, missing, no_source_group, unknown_rule
from integrations.ec2.groups import find_group, group_named
from integrations.ec2.kinds import GROUP, PREFIX_LIST, RULE, VPC, check_id, new_id, not_found
from integrations.ec2.rules import (
    Rule,
    Wanted,
    check_count,
    check_description,
    permission_head,
    read_permissions,
    rule_of,
)
from integrations.ec2.shapes import security_group_rule
from integrations.ec2.store import Network
from integrations.ec2.tagging import tags_of

Body = dict[str, Any]
OperationFunction = Callable[[Transaction, Caller, Body], Body]

# A permission in the request itself, as before there were lists.
_PLAIN = ("CidrIp", "IpProtocol", "FromPort", "ToPort", "SourceSecurityGroupName", "SourceSecurityGroupOwnerId")


def authorize(egress: bool) -> OperationFunction:
    def operation(tx: Transaction, caller: Caller, request: Body) -> Body:
        network = Network(tx, caller)
        group = find_group(network, request)
        tags = tags_of(request.get("TagSpecifications"), RULE)
        wanted = _wanted(network, group, request, egress)
        present = [rule_of(body) for body in network.below(RULE, group["GroupId"])]
        for entry in wanted:
            if entry.rule in present:
                text = f'the specified rule "{entry.rule.text()}" already exists'
                raise ServiceError("InvalidPermission.Duplicate", text)
        rules = [*present, *(entry.rule for entry in wanted)]
        check_count(rules, prefix_list_sizes(network, rules))
        bodies = [
            {
                **security_group_rule(new_id(RULE, tx.moment), group["GroupId"], entry.rule, caller, entry.description),
                "Tags": tags,
            }
            for entry in wanted
        ]
        network.add([(RULE, body, group["GroupId"]) for body in bodies])
        return {"Return": True, "SecurityGroupRules": bodies}

    return operation


def revoke(egress: bool) -> OperationFunction:
    def operation(tx: Transaction, caller: Caller, request: Body) -> Body:
        network = Network(tx, caller)
        group = find_group(network, request)
        rules = network.below(RULE, group["GroupId"])
        if request.get("SecurityGroupRuleIds"):
            if request.get("IpPermissions") or any(request.get(name) is not None for name in _PLAIN):
                raise combination("SecurityGroupRuleIds cannot be used together with other permissions")
            revoked = _by_ids(rules, request["SecurityGroupRuleIds"], egress)
            unknown: list[Body] = []
        else:
            revoked, unknown = _by_permissions(network, group, rules, request, egress)
        network.remove(RULE, [rule["SecurityGroupRuleId"] for rule in revoked])
        answer: Body = {"Return": True, "RevokedSecurityGroupRules": [_revoked(rule) for rule in revoked]}
        return {**answer, "UnknownIpPermissions": unknown} if unknown else answer

    return operation


def update_descriptions(egress: bool) -> OperationFunction:
    def operation(tx: Transaction, caller: Caller, request: Body) -> Body:
        network = Network(tx, caller)
        group = find_group(network, request)
        rules = network.below(RULE, group["GroupId"])
        described: list[tuple[Body, str | None]] = []
        if request.get("SecurityGroupRuleDescriptions"):
            if request.get("IpPermissions"):
                text = "The parameter 'ipPermissions' may not be used in combination with"
                raise combination(f"{text} 'securityGroupRuleDescriptions'.")
            for entry in request["SecurityGroupRuleDescriptions"]:
                [rule] = _by_ids(rules, [entry.get("SecurityGroupRuleId") or ""], egress)
                check_description(entry.get("Description"))
                described.append((rule, entry.get("Description")))
        else:
            for wanted in _wanted(network, group, request, egress):
                same = _same(rules, wanted.rule)
                if same is None:
                    raise unknown_rule()
                described.append((same, wanted.description))
        for rule, description in described:
            kept = {name: value for name, value in rule.items() if name != "Description"}
            network.change(RULE, kept if not description else {**kept, "Description": description})
        return {"Return": True}

    return operation


def prefix_list_sizes(network: Network, rules: list[Rule]) -> dict[str, tuple[str, int]]:
    """What the prefix lists that rules name count towards a group's rules."""
    named = {rule.other for rule in rules if rule.side == "PrefixListId"}
    found = [network.get(PREFIX_LIST, identifier) for identifier in sorted(named)]
    return {body["PrefixListId"]: (body["AddressFamily"], body["MaxEntries"]) for body in found}


def _wanted(network: Network, group: Body, request: Body, egress: bool) -> list[Wanted]:
    """The rules of a request."""
    plain = {name: request[name] for name in _PLAIN if request.get(name) is not None}
    permissions = request.get("IpPermissions") or []
    if permissions and plain:
        text = f"The parameter ipPermissions may not be used in combination with {next(iter(plain))}"
        raise combination(text)
    if not permissions and not plain:
        raise missing("ipPermissions")
    resolved = [_resolved(network, group, permission) for permission in permissions or [_permission(plain)]]
    wanted = read_permissions(resolved, egress)
    for entry in wanted:
        if entry.rule.side == "PrefixListId":
            network.get(PREFIX_LIST, entry.rule.other)
    return wanted


def _permission(plain: Body) -> Body:
    if plain.get("SourceSecurityGroupOwnerId") and not plain.get("SourceSecurityGroupName"):
        raise no_source_group()
    permission: Body = {name: plain[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in plain}
    if "SourceSecurityGroupName" in plain:
        pair = {"GroupName": plain["SourceSecurityGroupName"], "UserId": plain.get("SourceSecurityGroupOwnerId")}
        permission.setdefault("IpProtocol", "-1")
        permission["UserIdGroupPairs"] = [pair]
    if "CidrIp" in plain:
        permission["IpRanges"] = [{"CidrIp": plain["CidrIp"]}]
    return permission


def _resolved(network: Network, group: Body, permission: Body) -> Body:
    """A permission whose group pairs are existing groups of the same VPC, by id."""
    pairs = [_pair(network, group, pair) for pair in permission.get("UserIdGroupPairs") or ()]
    return {**permission, "UserIdGroupPairs": pairs}


def _pair(network: Network, group: Body, pair: Body) -> Body:
    for name in ("VpcPeeringConnectionId", "PeeringStatus"):
        if pair.get(name):
            text = f"Statewright has no VPC peering: the parameter {name} of a group pair is not supported."
            raise ServiceError("UnsupportedOperation", text)
    if pair.get("UserId") and pair["UserId"] != network.caller.account:
        shown = pair.get("GroupId") or pair.get("GroupName") or ""
        raise ServiceError("InvalidGroup.NotFound", f"The security group '{shown[:100]}' does not exist")
    if pair.get("GroupId"):
        found = network.get(GROUP, pair["GroupId"])
    elif pair.get("GroupName"):
        found = group_named(network, pair["GroupName"])
    else:
        raise no_source_group()
    if found["VpcId"] != group["VpcId"] or pair.get("VpcId") not in (None, "", found["VpcId"]):
        text = "You have specified two resources that belong to different networks."
        raise ServiceError("InvalidGroup.NotFound", text)
    return {**pair, "GroupId": found["GroupId"]}


def _by_ids(rules: list[Body], identifiers: list[str], egress: bool) -> list[Body]:
    found = []
    by_id = {rule["SecurityGroupRuleId"]: rule for rule in rules if rule["IsEgress"] == egress}
    for identifier in identifiers:
        check_id(RULE, identifier)
        if identifier not in by_id:
            raise not_found(RULE, identifier)
        found.append(by_id[identifier])
    return found


def _by_permissions(
    network: Network, group: Body, rules: list[Body], request: Body, egress: bool
) -> tuple[list[Body], list[Body]]:
    """The rules that a request's permissions name, and the permissions that are no rule.

    In the default VPC those are only told; elsewhere they are an error, as on AWS.
    """
    revoked, unknown = [], []
    for wanted in _wanted(network, group, request, egress):
        rule = _same(rules, wanted.rule)
        if rule is not None:
            revoked.append(rule)
        else:
            unknown.append(_unknown(wanted.rule, network.caller))
    if unknown and not network.get(VPC, group["VpcId"])["IsDefault"]:
        raise unknown_rule()
    return revoked, unknown


def _same(rules: list[Body], rule: Rule) -> Body | None:
    return next((body for body in rules if rule_of(body) == rule), None)


def _unknown(rule: Rule, caller: Caller) -> Body:
    permission = permission_head(rule)
    listed, item = {
        "CidrIpv4": ("IpRanges", {"CidrIp": rule.other}),
        "CidrIpv6": ("Ipv6Ranges", {"CidrIpv6": rule.other}),
        "PrefixListId": ("PrefixListIds", {"PrefixListId": rule.other}),
        "ReferencedGroupId": ("UserIdGroupPairs", {"GroupId": rule.other, "UserId": caller.account}),
    }[rule.side]
    return {**permission, listed: [item]}


def _revoked(body: Body) -> Body:
    shown = {name: value for name, value in body.items() if name not in ("Tags", "ReferencedGroupInfo")}
    if "ReferencedGroupInfo" in body:
        shown["ReferencedGroupId"] = body["ReferencedGroupInfo"]["GroupId"]
    return shown
