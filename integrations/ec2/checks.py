"""Checks over the store: names of ends to interfaces, groups and addresses, their rules, one verdict for all pairs.

| an end is named by | it is |
|---|---|
| `eni-...`, or its ARN | that interface, at its primary address |
| `sg-...` | every interface that the group is attached to; without any, a member that has this group alone |
| an address | the interface that has it; what the network serves (metadata, time, the resolver); else outside |

All pairs must be allowed; the first that is not is the one that is told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine import limits
from engine.errors import ServiceError
from integrations.ec2.addresses import address
from integrations.ec2.addresses import network as block_of
from integrations.ec2.errors import invalid_value, missing
from integrations.ec2.kinds import GROUP, INTERFACE, PREFIX_LIST, RULE, VPC
from integrations.ec2.prefix_lists import entries_of
from integrations.ec2.reach import SERVED, End, Flow, NamedRule, RuleBook, Verdict, decide
from integrations.ec2.rules import read_ports, read_protocol, rule_of
from integrations.ec2.store import Network
from integrations.ec2.vpc_associations import vpcs_of

Body = dict[str, Any]

_RESOLVER_OFFSET = 2


def check(network: Network, source: str, destination: str, flow: Flow) -> Verdict:
    """The verdict of all pairs of interfaces that source and destination name. Raises ServiceError."""
    return _judged(_asked(network, source, destination), flow)


def check_any_port(network: Network, source: str, destination: str, protocol: str) -> Verdict:
    """The verdict for the first port that is let through, else for port 0. Raises ServiceError.

    Where a port passes, so does the lowest one of the rules that let it pass: those are all that are tried.
    """
    asked = _asked(network, source, destination)
    rules = [named.rule for rules in asked.book.rules.values() for named in rules]
    ports = sorted({0, *(rule.low for rule in rules if rule.protocol == protocol)})
    verdicts = (_judged(asked, Flow(protocol, port)) for port in ports)
    first = next(verdicts)
    return first if first.allowed else next((found for found in verdicts if found.allowed), first)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The ends that a check is about, and the rules of their groups."""

    sources: list[End]
    destinations: list[End]
    book: RuleBook


def _asked(network: Network, source: str, destination: str) -> _Asked:
    sources, destinations = _ends(network, source), _ends(network, destination)
    sources = _of_one_vpc(source, sources, destinations)
    destinations = _of_one_vpc(destination, destinations, sources)
    sources, destinations = _resolvers(network, sources, destinations), _resolvers(network, destinations, sources)
    if all(end.groups is None for end in [*sources, *destinations]):
        raise invalid_value(f"Neither {source[:100]} nor {destination[:100]} is filtered by a security group here.")
    if len(sources) * len(destinations) > limits.EC2_CHECKED_PAIRS_MAX:
        text = (
            f"More than {limits.EC2_CHECKED_PAIRS_MAX} pairs of interfaces would have to be checked; name interfaces."
        )
        raise ServiceError("UnsupportedOperation", text)
    return _Asked(sources, destinations, rule_book(network, [*sources, *destinations]))


def _judged(asked: _Asked, flow: Flow) -> Verdict:
    verdict: Verdict | None = None
    for one in asked.sources:
        for other in asked.destinations:
            found = decide(one, other, flow, asked.book)
            if not found.allowed:
                return found
            verdict = verdict or found
    assert verdict is not None
    return verdict


def read_flow(protocol: str | None, port: int | None, icmp_type: int | None, icmp_code: int | None) -> Flow:
    """Raises ServiceError for a protocol that is none, and for a missing or impossible port."""
    name = read_protocol(protocol or "tcp")
    if name in ("tcp", "udp"):
        if port is None:
            raise missing("Port")
        read_ports(name, port, port)
        return Flow(name, port, -1)
    if port is not None:
        raise invalid_value(f"The protocol {name} has no ports.")
    low, high = read_ports(name, icmp_type, icmp_code)
    return Flow(name, low, high)


def _ends(network: Network, text: str) -> list[End]:
    name = text.rpartition("/")[2] if text.startswith("arn:") else text
    if name.startswith(INTERFACE.prefix):
        return [end_of(network.get(INTERFACE, name))]
    if name.startswith(GROUP.prefix):
        return list(_members(network, network.get(GROUP, name)))
    if address(name) is None:
        raise invalid_value(f"'{text[:100]}' is no network interface, security group or address.")
    holders = [
        end_of(body, name)
        for body in network.all(INTERFACE)
        if any(found["PrivateIpAddress"] == name for found in body["PrivateIpAddresses"])
    ]
    return holders or [End(name, None, name, served=name in SERVED)]


def end_of(interface: Body, at: str | None = None) -> End:
    """An interface at one of its addresses."""
    groups = tuple(group["GroupId"] for group in interface["Groups"])
    return End(interface["NetworkInterfaceId"], groups, at or interface["PrivateIpAddress"], interface["VpcId"])


def _members(network: Network, group: Body) -> Iterator[End]:
    found = False
    bodies = (body for vpc_id in vpcs_of(network, group) for body in network.below(INTERFACE, vpc_id))
    for body in bodies:
        if any(entry["GroupId"] == group["GroupId"] for entry in body["Groups"]):
            found = True
            yield end_of(body)
    if not found:
        yield End(group["GroupId"], (group["GroupId"],), None, group["VpcId"])


def _of_one_vpc(text: str, ends: list[End], others: list[End]) -> list[End]:
    """An address may be that of interfaces in several VPCs: the one in the other end's VPC is meant."""
    if address(text) is None or len(ends) == 1:
        return ends
    near = [end for end in ends if end.vpc_id in {other.vpc_id for other in others}]
    if len(near) != 1:
        raise invalid_value(f"Interfaces in several VPCs have the address {text}; name the interface.")
    return near


def _resolvers(network: Network, ends: list[End], others: list[End]) -> list[End]:
    """An address outside that is the resolver of the others' VPC, its base address plus two, is served by it."""
    blocks = [block_of(network.get(VPC, other.vpc_id)["CidrBlock"]) for other in others[:1] if other.vpc_id is not None]
    resolvers = {str(block.network_address + _RESOLVER_OFFSET) for block in blocks}
    return [replace(end, served=True) if end.groups is None and end.id in resolvers else end for end in ends]


def rule_book(network: Network, ends: list[End]) -> RuleBook:
    """The rules of the ends' groups, and the lists that they name."""
    groups = sorted({group_id for end in ends for group_id in end.groups or ()})
    rules = {
        group_id: [
            NamedRule(body["SecurityGroupRuleId"], group_id, rule_of(body)) for body in network.below(RULE, group_id)
        ]
        for group_id in groups
    }
    named = {found.rule.other for book in rules.values() for found in book if found.rule.side == "PrefixListId"}
    lists = {
        identifier: [entry["Cidr"] for entry in entries_of(network, network.get(PREFIX_LIST, identifier))]
        for identifier in sorted(named)
    }
    return RuleBook(rules, lists)


def shown(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the Task and the command line give it."""
    steps = [("egress", verdict.source, verdict.egress), ("ingress", verdict.destination, verdict.ingress)]
    path = [verdict.source.id]
    for direction, end, rule in steps:
        if verdict.stopped in (direction, "route"):
            break
        path += [] if rule is None or rule.group_id == end.id else [rule.group_id]
    if verdict.allowed:
        path.append(verdict.destination.id)
    return {
        "allowed": verdict.allowed,
        "path": path,
        "rules": [_shown_rule(direction, rule) for direction, _, rule in steps if rule is not None],
        "reason": reason(verdict),
    }


def _shown_rule(direction: str, named: NamedRule) -> Mapping[str, Any]:
    rule = named.rule
    ports = {"fromPort": rule.low, "toPort": rule.high} if rule.has_ports or rule.is_icmp else {}
    return {
        "direction": direction,
        "ruleId": named.id,
        "groupId": named.group_id,
        "protocol": rule.protocol,
        **ports,
        "peer": rule.other,
    }


def reason(verdict: Verdict) -> str:
    """In words: what lets it pass, or what stops it."""
    source, destination, flow = verdict.source, verdict.destination, verdict.flow
    what = "all traffic" if flow.protocol == "-1" else flow.protocol + (f" {flow.low}" if flow.low >= 0 else "")
    if source.served or destination.served:
        return f"{what} from {source.id} to {destination.id} is never filtered by security groups"
    if verdict.stopped is None:
        found = [rule.id for rule in (verdict.egress, verdict.ingress) if rule is not None]
        return f"{what} from {source.id} to {destination.id} is allowed by {' and '.join(found)}"
    if verdict.stopped == "route":
        return f"{source.id} and {destination.id} are in different VPCs, and there is no peering"
    own, direction = (source, "egress") if verdict.stopped == "egress" else (destination, "ingress")
    groups = ", ".join(own.groups or ())
    return f"no {direction} rule of {groups} admits {what} from {source.id} to {destination.id}"
