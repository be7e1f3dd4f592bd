"""May A reach B? Against a brute-force model over random groups, rules and interfaces; and how long it takes."""

import ipaddress
import random
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.ec2.reach import End, Flow, NamedRule, RuleBook, decide, matches
from integrations.ec2.rules import Rule

GROUPS = ("sg-a", "sg-b", "sg-c")
BLOCKS = ["0.0.0.0/0", "10.0.0.0/30", "10.0.0.0/31", "10.0.0.2/32", "::/0", "fd00::/127"]
LISTS = {"pl-1": ["10.0.0.1/32", "10.0.0.3/32"], "pl-2": []}
ADDRESSES = ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "192.0.2.1", "fd00::1", "fd00::2"]

SIDES = st.one_of(
    st.sampled_from(BLOCKS).map(lambda block: ("CidrIpv6" if ":" in block else "CidrIpv4", block)),
    st.sampled_from(GROUPS).map(lambda group: ("ReferencedGroupId", group)),
    st.sampled_from(sorted(LISTS)).map(lambda found: ("PrefixListId", found)),
)
PROTOCOLS = st.one_of(
    st.tuples(st.just("-1"), st.just(-1), st.just(-1)),
    st.tuples(st.sampled_from(["tcp", "udp"]), st.integers(0, 3), st.integers(0, 3)).map(
        lambda found: (found[0], min(found[1:]), max(found[1:]))
    ),
    st.tuples(st.just("icmp"), st.integers(-1, 2), st.integers(-1, 2)),
    st.tuples(st.just("50"), st.just(-1), st.just(-1)),
)
RULES = st.builds(lambda egress, protocol, side: Rule(egress, *protocol, *side), st.booleans(), PROTOCOLS, SIDES)
BOOKS = st.fixed_dictionaries({group: st.lists(RULES, max_size=4) for group in GROUPS})
ENDS = st.one_of(
    st.builds(
        lambda groups, address: End("eni", tuple(groups), address, "vpc-1"),
        st.lists(st.sampled_from(GROUPS), min_size=1, max_size=3, unique=True),
        st.sampled_from(ADDRESSES),
    ),
    st.sampled_from(ADDRESSES).map(lambda address: End(address, None, address)),
)
FLOWS = st.one_of(
    st.builds(Flow, st.sampled_from(["tcp", "udp"]), st.integers(0, 3)),
    st.builds(Flow, st.just("icmp"), st.integers(0, 2), st.integers(0, 2)),
    st.sampled_from([Flow("50"), Flow("-1")]),
)


def covers(rule: Rule, flow: Flow) -> bool:
    """The ports, types and protocols that a rule names, one by one."""
    if rule.protocol == "-1":
        return True
    if rule.protocol in ("tcp", "udp"):
        return rule.protocol == flow.protocol and flow.low in range(rule.low, rule.high + 1)
    if rule.protocol == "icmp":
        types = range(256) if rule.low == -1 else [rule.low]
        codes = range(256) if rule.high == -1 else [rule.high]
        return flow.protocol == "icmp" and flow.low in types and flow.high in codes
    return rule.protocol == flow.protocol


def addresses_of(rule: Rule, ends: Sequence[End]) -> set[str]:
    """Every address that a rule is about, of all that there are."""
    if rule.side == "ReferencedGroupId":
        return {end.address for end in ends if end.address and rule.other in (end.groups or ())}
    blocks = LISTS[rule.other] if rule.side == "PrefixListId" else [rule.other]
    networks = [ipaddress.ip_network(block) for block in blocks]
    return {found for found in ADDRESSES for block in networks if ipaddress.ip_address(found) in block}


def plainly(source: End, destination: End, flow: Flow, rules: dict[str, list[Rule]]) -> bool:
    """The set of packets that each side lets through, written out."""

    def side(own: End, other: End, egress: bool) -> bool:
        if own.groups is None:
            return True
        admitted = {
            found
            for group in own.groups
            for rule in rules[group]
            if rule.egress == egress and covers(rule, flow)
            for found in addresses_of(rule, [other])
        }
        return other.address in admitted

    return side(source, destination, True) and side(destination, source, False)


def book_of(rules: dict[str, list[Rule]]) -> RuleBook:
    named = {
        group: [NamedRule(f"sgr-{group}-{number}", group, rule) for number, rule in enumerate(found)]
        for group, found in rules.items()
    }
    return RuleBook(named, LISTS)


@given(BOOKS, ENDS, ENDS, FLOWS)
def test_against_the_plainest_model(rules: dict[str, list[Rule]], source: End, destination: End, flow: Flow) -> None:
    verdict = decide(source, destination, flow, book_of(rules))
    assert verdict.allowed == plainly(source, destination, flow, rules)
    for named, egress, own in ((verdict.egress, True, source), (verdict.ingress, False, destination)):
        if named is not None:
            assert named.rule.egress is egress
            assert named.group_id in (own.groups or ())
            assert covers(named.rule, flow)
        elif verdict.allowed:
            assert own.groups is None


def rule(egress: bool, side: str, other: str, port: int = 443) -> Rule:
    return Rule(egress, "tcp", port, port, side, other)  # type: ignore[arg-type]


WEB = End("eni-web", ("sg-a",), "10.0.0.1", "vpc-1")
DB = End("eni-db", ("sg-b",), "10.0.0.2", "vpc-1")
MEMBER = End("sg-c", ("sg-c",), None, "vpc-1")  # of a group that nothing is attached to
MEMBER6 = End("sg-c", ("sg-c",), None, "vpc-1", family=6)
DB6 = End("eni-db", ("sg-b",), "2001:db8::5", "vpc-1", family=6)
ANYONE = rule(False, "CidrIpv4", "0.0.0.0/0")
LISTED = rule(False, "PrefixListId", "pl-1")
OUT = [Rule(True, "-1", -1, -1, "CidrIpv4", "0.0.0.0/0")]


OUT6 = [Rule(True, "-1", -1, -1, "CidrIpv6", "::/0")]


@pytest.mark.parametrize(
    ("source", "destination", "rules", "stopped"),
    [
        (WEB, DB, {"sg-a": OUT, "sg-b": [rule(False, "ReferencedGroupId", "sg-a")]}, None),
        (WEB, DB, {"sg-a": OUT, "sg-b": [rule(False, "ReferencedGroupId", "sg-b")]}, "ingress"),
        (WEB, DB, {"sg-a": [], "sg-b": [rule(False, "ReferencedGroupId", "sg-a")]}, "egress"),
        (WEB, DB, {"sg-a": OUT, "sg-b": [rule(False, "ReferencedGroupId", "sg-a", 80)]}, "ingress"),
        (WEB, DB, {"sg-a": [rule(True, "CidrIpv4", "10.0.0.2/32")], "sg-b": [LISTED]}, None),
        (WEB, WEB, {"sg-a": [*OUT, rule(False, "ReferencedGroupId", "sg-a")]}, None),  # the group itself
        (End("192.0.2.1", None, "192.0.2.1"), DB, {"sg-b": [rule(False, "CidrIpv4", "192.0.2.0/24")]}, None),
        (DB, End("192.0.2.1", None, "192.0.2.1"), {"sg-b": OUT}, None),  # replies need no rule
        (WEB, End("eni-x", ("sg-b",), "10.0.0.2", "vpc-2"), {"sg-a": OUT, "sg-b": [ANYONE]}, "route"),
        (WEB, End("169.254.169.254", None, "169.254.169.254", served=True), {"sg-a": []}, None),
        (WEB, End("169.254.169.250", None, "169.254.169.250"), {"sg-a": []}, "egress"),
        (MEMBER, DB, {"sg-c": OUT, "sg-b": [ANYONE]}, None),
        (MEMBER, DB, {"sg-c": OUT, "sg-b": [rule(False, "CidrIpv4", "10.0.0.0/8")]}, "ingress"),
        (MEMBER, DB, {"sg-c": OUT, "sg-b": [rule(False, "CidrIpv6", "::/0")]}, "ingress"),
        (MEMBER6, DB6, {"sg-c": OUT6, "sg-b": [rule(False, "CidrIpv6", "::/0")]}, None),
        (MEMBER6, DB6, {"sg-c": OUT6, "sg-b": [ANYONE]}, "ingress"),
        (MEMBER6, DB6, {"sg-c": OUT, "sg-b": [rule(False, "CidrIpv6", "::/0")]}, "egress"),
    ],
)  # fmt: skip
def test_what_stops_it(source: End, destination: End, rules: dict[str, list[Rule]], stopped: str | None) -> None:
    assert decide(source, destination, Flow("tcp", 443), book_of(rules)).stopped == stopped


def test_all_traffic_is_more_than_any_protocol() -> None:
    assert not matches(rule(True, "CidrIpv4", "0.0.0.0/0"), Flow("-1"))
    assert matches(OUT[0], Flow("-1"))


def test_ten_thousand_rules_over_2500_groups_take_five_milliseconds() -> None:
    draw = random.Random(7)
    rules = {
        f"sg-{group:04}": [
            Rule(bool(side % 2), "tcp", 1000 + side, 2000 + side, "CidrIpv4", f"10.{draw.randrange(256)}.{side}.0/24")
            for side in range(4)
        ]
        for group in range(2_500)
    }
    book = book_of(rules)
    names = sorted(rules)
    ends = [End(f"eni-{n}", tuple(draw.sample(names, 16)), f"10.{n}.1.7", "vpc-1") for n in range(20)]
    took = []
    for number in range(200):
        started = time.process_time()
        decide(ends[number % 20], ends[-1 - number % 20], Flow("tcp", 1500), book)
        took.append(time.process_time() - started)
    assert sorted(took)[len(took) // 2] < 0.005
