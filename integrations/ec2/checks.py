"""Checks over the store: the ends that are named, their rules, one verdict for all pairs, and how it is shown.

All pairs must be allowed; the first that is not is the one that is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import limits
from engine.errors import ServiceError
from integrations.ec2.ends import family_of, find_ends
from integrations.ec2.errors import invalid_value, missing
from integrations.ec2.kinds import PREFIX_LIST, RULE
from integrations.ec2.prefix_lists import entries_of
from integrations.ec2.reach import End, Flow, NamedRule, RuleBook, Verdict, decide
from integrations.ec2.rules import read_icmp, read_ports, read_protocol, rule_of
from integrations.ec2.store import Network


def check(network: Network, source: str, destination: str, flow: Flow, family: int | None = None) -> Verdict:
    """The verdict of all pairs of interfaces that source and destination name. Raises ServiceError.

    `family`: 4 or 6, else as integrations.ec2.ends says.
    """
    return _judged(_asked(network, source, destination, family_of(source, destination, flow.protocol, family)), flow)


def check_ports(network: Network, source: str, destination: str, protocol: str, first: int, last: int) -> Verdict:
    """The verdict for the first port of a range that is let through, else for the range's first. Raises ServiceError.

    Where a port passes, so does the lowest one in the range of the rules that let it pass: those are all that are
    tried.
    """
    asked = _asked(network, source, destination, family_of(source, destination, protocol, None))
    rules = [named.rule for rules in asked.book.rules.values() for named in rules]
    ports = sorted({first, *(rule.low for rule in rules if rule.protocol == protocol and first <= rule.low <= last)})
    verdicts = (_judged(asked, Flow(protocol, port)) for port in ports)
    found = next(verdicts)
    return found if found.allowed else next((verdict for verdict in verdicts if verdict.allowed), found)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The ends that a check is about, and the rules of their groups."""

    sources: list[End]
    destinations: list[End]
    book: RuleBook


def _asked(network: Network, source: str, destination: str, family: int) -> _Asked:
    sources, destinations = find_ends(network, source, destination, family)
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
    low, high = read_icmp(icmp_type, icmp_code) if name in ("icmp", "icmpv6") else (-1, -1)
    return Flow(name, low, high)


def rule_book(network: Network, ends: list[End]) -> RuleBook:
    """The rules of the ends' groups, and the lists that they name."""
    groups = sorted({group_id for end in ends for group_id in end.groups or ()})
    rules: dict[str, list[NamedRule]] = {group_id: [] for group_id in groups}
    for body in sorted(network.below_any(RULE, groups), key=lambda body: str(body["SecurityGroupRuleId"])):
        rules[body["GroupId"]].append(NamedRule(body["SecurityGroupRuleId"], body["GroupId"], rule_of(body)))
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
