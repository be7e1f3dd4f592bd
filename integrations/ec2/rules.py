"""Rules of security groups: from a request's permissions to rules, their equality, their texts, what they count.

A rule is a protocol, a range of ports (of ICMP: a type and a code) and exactly one other side: a block of addresses, a
prefix list or a security group. Two rules are the same when these are, after host bits are masked; the description
does not count. Pure.

| IpProtocol | FromPort, ToPort |
|---|---|
| tcp (6), udp (17) | required, 0 to 65535 |
| icmp (1) | type and code, required; -1: all |
| icmpv6 (58) | type and code; -1, and without them: all |
| -1, any other number | all, whatever is said |
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine import limits
from engine.errors import ServiceError
from integrations.ec2.addresses import cidr_v4, cidr_v6
from integrations.ec2.errors import invalid_value, missing

Side = Literal["CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupId"]

_PROTOCOLS: Mapping[str, str] = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_WITH_PORTS = frozenset({"tcp", "udp"})
_ICMP = frozenset({"icmp", "icmpv6"})
_ICMP_MAX, _PORT_MAX = 255, 65_535
_DESCRIPTION = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-:/()#,@[]+=&;{}!$*")
# (list of a permission, member of its items, side of the rule)
_SIDES: tuple[tuple[str, str, Side], ...] = (
    ("IpRanges", "CidrIp", "CidrIpv4"),
    ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
    ("PrefixListIds", "PrefixListId", "PrefixListId"),
    ("UserIdGroupPairs", "GroupId", "ReferencedGroupId"),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """`low` and `high` are ports, or an ICMP type and code; -1: all. `other` is canonical."""

    egress: bool
    protocol: str
    low: int
    high: int
    side: Side
    other: str

    @property
    def has_ports(self) -> bool:
        return self.protocol in _WITH_PORTS

    @property
    def is_icmp(self) -> bool:
        return self.protocol in _ICMP

    def text(self) -> str:
        """As InvalidPermission.Duplicate shows it."""
        return f"peer: {self.other}, {self._traffic()}, ALLOW"

    def _traffic(self) -> str:
        if self.protocol == "-1":
            return "ALL"
        if self.has_ports:
            return f"{self.protocol.upper()}, from port: {self.low}, to port: {self.high}"
        if self.is_icmp:
            shown = ["ALL" if number == -1 else str(number) for number in (self.low, self.high)]
            return f"{self.protocol.upper()}, type: {shown[0]}, code: {shown[1]}"
        return f"protocol: {self.protocol}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule of a request, with its description."""

    rule: Rule
    description: str | None


def read_permissions(permissions: list[dict[str, Any]], egress: bool) -> list[Wanted]:
    """The rules of a request's IpPermissions. Group pairs have their GroupId by now. Raises ServiceError."""
    wanted = [found for permission in permissions for found in _read(permission, egress)]
    if len({entry.rule for entry in wanted}) != len(wanted):
        raise invalid_value("The same permission must not appear multiple times")
    return wanted


def _read(permission: Mapping[str, Any], egress: bool) -> Iterator[Wanted]:
    protocol = read_protocol(permission.get("IpProtocol"))
    low, high = read_ports(protocol, permission.get("FromPort"), permission.get("ToPort"))
    found = False
    for listed, member, side in _SIDES:
        for item in permission.get(listed) or ():
            found = True
            other = read_other(side, item.get(member))
            check_description(item.get("Description"))
            yield Wanted(Rule(egress, protocol, low, high, side, other), item.get("Description"))
    if not found:
        text = "Missing source specification: include source security group or CIDR information"
        raise ServiceError("MissingParameter", text)


def read_protocol(text: str | None) -> str:
    """Raises InvalidParameterValue: also for `all`, which is a word of the AWS command line, not of EC2."""
    if not text:
        raise invalid_value(
            "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly."
        )
    lowered = text.lower()
    if lowered in _WITH_PORTS | _ICMP | {"-1"}:
        return lowered
    if lowered.isascii() and lowered.isdigit() and int(lowered[:4]) <= 255 and len(lowered) <= 3:
        return _PROTOCOLS.get(str(int(lowered)), str(int(lowered)))
    raise invalid_value(f"Invalid value '{text[:50]}' for IP protocol. Unknown protocol.")


def read_ports(protocol: str, low: int | None, high: int | None) -> tuple[int, int]:
    if protocol in _WITH_PORTS:
        return _ports(low, high)
    if protocol == "icmp" and (low is None or high is None):
        raise invalid_value("Invalid value 'Must specify both from and to ports with ICMP.' for portRange.")
    if protocol in _ICMP:
        return read_icmp(low, high)
    return -1, -1


def _ports(low: int | None, high: int | None) -> tuple[int, int]:
    if low is None or high is None:
        raise invalid_value("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
    for end, port in (("from", low), ("to", high)):
        if not 0 <= port <= _PORT_MAX:
            raise invalid_value(f"TCP/UDP ({end}) port ({port}) out of range")
    if low > high:
        raise invalid_value(f"Invalid TCP/UDP port range ({low}:{high})")
    return low, high


def read_icmp(kind: int | None, code: int | None) -> tuple[int, int]:
    """An ICMP type and code; -1, and None: all."""
    kind, code = -1 if kind is None else kind, -1 if code is None else code
    for name, number in (("type", kind), ("code", code)):
        if not -1 <= number <= _ICMP_MAX:
            raise invalid_value(f"ICMP {name} ({number}) out of range")
    if kind == -1 and code != -1:
        raise invalid_value("ICMP code cannot be specified when the ICMP type is -1 (all types)")
    return kind, code


def read_other(side: Side, text: str | None) -> str:
    if not text:
        raise missing(side)
    if side == "CidrIpv4":
        return cidr_v4(text)
    return cidr_v6(text) if side == "CidrIpv6" else text


def check_description(text: str | None) -> None:
    if text is not None and (len(text) > limits.EC2_DESCRIPTION_CHARS_MAX or not _DESCRIPTION.issuperset(text)):
        raise invalid_description("rule")


def invalid_description(of: str) -> ServiceError:
    """`of`: rule, security group. Both texts are AWS's, as the two blanks are."""
    allowed = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
    text = f"Invalid {of} description. Valid descriptions are strings less than 256 characters from the following set"
    return invalid_value(f"{text}:  {allowed}")


def rule_of(body: Mapping[str, Any]) -> Rule:
    """The rule that a SecurityGroupRule is."""
    side: Side = next(side for _, _, side in _SIDES if side in body or side == "ReferencedGroupId")
    other = body[side] if side in body else body["ReferencedGroupInfo"]["GroupId"]
    return Rule(body["IsEgress"], body["IpProtocol"], body["FromPort"], body["ToPort"], side, other)


def rule_body(rule: Rule, owner: str) -> dict[str, Any]:
    """The members of a SecurityGroupRule that a rule gives."""
    body: dict[str, Any] = {
        "IsEgress": rule.egress,
        "IpProtocol": rule.protocol,
        "FromPort": rule.low,
        "ToPort": rule.high,
    }
    if rule.side == "ReferencedGroupId":
        return {**body, "ReferencedGroupInfo": {"GroupId": rule.other, "UserId": owner}}
    return {**body, rule.side: rule.other}


def permissions_of(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules as DescribeSecurityGroups shows them: one permission for each protocol and range."""
    found: dict[tuple[str, int, int], dict[str, Any]] = {}
    for body in bodies:
        rule = rule_of(body)
        permission = found.setdefault((rule.protocol, rule.low, rule.high), permission_head(rule))
        item = _pair(body, rule)
        if body.get("Description"):
            item["Description"] = body["Description"]
        listed = next(listed for listed, _, side in _SIDES if side == rule.side)
        permission[listed].append(item)
    return list(found.values())


def permission_head(rule: Rule) -> dict[str, Any]:
    head: dict[str, Any] = {"IpProtocol": rule.protocol}
    if rule.has_ports or rule.is_icmp:
        head |= {"FromPort": rule.low, "ToPort": rule.high}
    return {**head, "UserIdGroupPairs": [], "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": []}


def _pair(body: Mapping[str, Any], rule: Rule) -> dict[str, Any]:
    if rule.side == "ReferencedGroupId":
        return {"GroupId": rule.other, "UserId": body["ReferencedGroupInfo"]["UserId"]}
    member = next(member for _, member, side in _SIDES if side == rule.side)
    return {member: rule.other}


def check_count(rules: list[Rule], prefix_list_sizes: Mapping[str, tuple[str, int]]) -> None:
    """At most 60 rules of each direction, IPv4 and IPv6 apart; a prefix list counts as its MaxEntries.

    `prefix_list_sizes`: id -> (`IPv4` or `IPv6`, MaxEntries).
    """
    counted: dict[tuple[bool, str], int] = {}
    for rule in rules:
        for family, weight in _weights(rule, prefix_list_sizes):
            counted[rule.egress, family] = counted.get((rule.egress, family), 0) + weight
    if max(counted.values(), default=0) > limits.EC2_RULES_MAX:
        text = "The maximum number of rules per security group has been reached."
        raise ServiceError("RulesPerSecurityGroupLimitExceeded", text)


def _weights(rule: Rule, sizes: Mapping[str, tuple[str, int]]) -> list[tuple[str, int]]:
    if rule.side == "CidrIpv4":
        return [("IPv4", 1)]
    if rule.side == "CidrIpv6":
        return [("IPv6", 1)]
    if rule.side == "PrefixListId":
        return [sizes.get(rule.other, ("IPv4", 1))]
    return [("IPv4", 1), ("IPv6", 1)]  # a group has addresses of both
