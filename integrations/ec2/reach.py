"""May traffic from A reach B, and which rules let it or stop it? Pure.

    A: its groups' egress rules must admit B      B: its groups' ingress rules must admit A

One rule of any group is enough; there is nothing that denies. Groups are stateful: the answers pass by themselves, so
that these two sides are all there is to ask. An end without groups is an address that no interface here has: its side
lets everything through. A rule admits the other end by its address, or by a group that the other end holds; a member
of a group that nothing is attached to has no address that is known: then only rules for all addresses of the family
admit it.
What the network itself serves (metadata, time, its resolver) is never filtered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine import limits
from integrations.ec2.addresses import Address, Network, address, network
from integrations.ec2.rules import Rule

# Instance metadata, the resolver, time, the metadata of ECS tasks [VPC user guide: security groups].
SERVED = frozenset(
    {
        "169.254.169.254",
        "fd00:ec2::254",
        "169.254.169.253",
        "fd00:ec2::253",
        "169.254.169.123",
        "fd00:ec2::123",
        "169.254.170.2",
    }
)


@dataclass(frozen=True, slots=True)
class Flow:
    """`low` is the port, or the ICMP type, `high` the ICMP code; -1: all, or none for this protocol."""

    protocol: str
    low: int = -1
    high: int = -1


@dataclass(frozen=True, slots=True)
class End:
    """`id`: of an interface, of a group without interfaces, or an address. `groups` None: nothing here filters it.

    `family`: 4 or 6, of the address, also where that is not known.

    `served`: an address of the network's own, which no group filters on either side.
    """

    id: str
    groups: tuple[str, ...] | None
    address: str | None
    vpc_id: str | None = None
    served: bool = False
    family: int = 4


@dataclass(frozen=True, slots=True)
class NamedRule:
    id: str
    group_id: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules of groups, and the blocks of prefix lists."""

    rules: Mapping[str, Sequence[NamedRule]]
    prefix_lists: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`egress` and `ingress`: the rules that let it pass; None where none does, or where nothing filters.

    `stopped`: `egress`, `ingress` or `route` (the ends are in different VPCs), None where it passes.
    """

    source: End
    destination: End
    flow: Flow
    egress: NamedRule | None
    ingress: NamedRule | None
    stopped: str | None

    @property
    def allowed(self) -> bool:
        return self.stopped is None


def decide(source: End, destination: End, flow: Flow, book: RuleBook) -> Verdict:
    """The first rules, by id, that let it pass, and what stops it."""
    if source.served or destination.served:
        return Verdict(source, destination, flow, None, None, None)
    if source.vpc_id != destination.vpc_id and None not in (source.vpc_id, destination.vpc_id):
        return Verdict(source, destination, flow, None, None, "route")
    egress = _admitting(source, destination, flow, book, egress=True)
    ingress = _admitting(destination, source, flow, book, egress=False)
    stopped = None
    if source.groups is not None and egress is None:
        stopped = "egress"
    elif destination.groups is not None and ingress is None:
        stopped = "ingress"
    return Verdict(source, destination, flow, egress, ingress, stopped)


def _admitting(own: End, other: End, flow: Flow, book: RuleBook, egress: bool) -> NamedRule | None:
    """The first rule of an end's groups that admits the other end."""
    for group_id in sorted(own.groups or ()):
        for named in book.rules.get(group_id, ()):
            rule = named.rule
            if rule.egress is egress and matches(rule, flow) and _admits(rule, other, book):
                return named
    return None


def matches(rule: Rule, flow: Flow) -> bool:
    """Whether a rule is about this protocol and port."""
    if rule.protocol == "-1":
        return True
    if rule.protocol != flow.protocol:
        return False
    if rule.has_ports:
        return rule.low <= flow.low <= rule.high
    return rule.low in (-1, flow.low) and rule.high in (-1, flow.high)


def _admits(rule: Rule, other: End, book: RuleBook) -> bool:
    if rule.side == "ReferencedGroupId":
        return rule.other in (other.groups or ())
    blocks: Iterable[str] = book.prefix_lists.get(rule.other, ()) if rule.side == "PrefixListId" else (rule.other,)
    return any(_holds(block, other) for block in blocks)


def _holds(block: str, end: End) -> bool:
    found = network(block)
    if end.address is None:
        return found.prefixlen == 0 and found.version == end.family
    return _within(found, _address(end.address))


def _within(block: Network, found: Address | None) -> bool:
    return found is not None and found.version == block.version and found in block


@lru_cache(limits.EC2_NETWORKS_CACHED_MAX)
def _address(text: str) -> Address | None:
    return address(text)
