"""Rules: what is the same, what cannot be, how they are shown, counted and named. Pure."""

import ipaddress
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ServiceError
from engine.moment import Moment
from integrations.ec2.addresses import cidr_v4, cidr_v6
from integrations.ec2.filters import select
from integrations.ec2.kinds import GROUP, check_id, kind_of, new_id
from integrations.ec2.rules import Rule, check_count, permissions_of, read_permissions, rule_body, rule_of

LENGTHS = {4: 32, 6: 128}


@given(st.ip_addresses(), st.integers(0, 128))
def test_blocks_lose_their_host_bits(address: Any, length: int) -> None:
    length = min(length, LENGTHS[address.version])
    masked = (cidr_v4 if address.version == 4 else cidr_v6)(f"{address}/{length}")
    whole = LENGTHS[address.version]
    bits = int(address) >> (whole - length) << (whole - length)
    assert masked == f"{type(address)(bits)}/{length}"
    assert (cidr_v4 if address.version == 4 else cidr_v6)(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "10.0.0.0",
        "10.0.0.0/33",
        "10.0.0/8",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/-1",
        "010.0.0.0/8",
        "::/0",
        "1.2.3.4/٣",
    ],
)
def test_blocks_that_are_none(text: str) -> None:
    with pytest.raises(ServiceError, match=r"CIDR block .* is malformed") as caught:
        cidr_v4(text)
    assert caught.value.code == "InvalidParameterValue"


def permission(protocol: str | None, low: int | None = None, high: int | None = None, **sides: Any) -> dict[str, Any]:
    given = {
        "IpProtocol": protocol,
        "FromPort": low,
        "ToPort": high,
        **(sides or {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}),
    }
    return {name: value for name, value in given.items() if value is not None}


@pytest.mark.parametrize(
    ("given_", "protocol", "low", "high"),
    [
        (permission("tcp", 22, 22), "tcp", 22, 22),
        (permission("TCP", 0, 65535), "tcp", 0, 65535),
        (permission("6", 1, 2), "tcp", 1, 2),
        (permission("17", 53, 53), "udp", 53, 53),
        (permission("1", 8, 0), "icmp", 8, 0),
        (permission("icmp", -1, -1), "icmp", -1, -1),
        (permission("icmpv6"), "icmpv6", -1, -1),  # botocore, of IpProtocol: for icmpv6 the range is optional
        (permission("58", 128, -1), "icmpv6", 128, -1),
        (permission("-1", 22, 22), "-1", -1, -1),
        (permission("50", 1, 2), "50", -1, -1),
        (permission("050"), "50", -1, -1),
    ],
)
def test_protocols_and_ports(given_: dict[str, Any], protocol: str, low: int, high: int) -> None:
    [wanted] = read_permissions([given_], egress=False)
    assert wanted.rule == Rule(False, protocol, low, high, "CidrIpv4", "10.0.0.0/8")


@pytest.mark.parametrize(
    ("given_", "code", "message"),
    [
        # nanovms/ops#735
        (permission(None), "InvalidParameterValue", "Invalid value 'null' for protocol. VPC security group rules must"),
        # terraform-provider-aws#1793; the AWS command line makes -1 of it
        (permission("all"), "InvalidParameterValue", "Invalid value 'all' for IP protocol. Unknown protocol."),
        (permission("sctpx"), "InvalidParameterValue", "Invalid value 'sctpx' for IP protocol. Unknown protocol."),
        (permission("256"), "InvalidParameterValue", "Unknown protocol"),
        (permission("٣"), "InvalidParameterValue", "Unknown protocol"),
        (permission("9" * 10_000), "InvalidParameterValue", "Unknown protocol"),
        (permission("tcp"), "InvalidParameterValue", "Must specify both from and to ports with TCP/UDP."),
        (permission("tcp", 22), "InvalidParameterValue", "Must specify both from and to ports with TCP/UDP."),
        (permission("tcp", 23, 22), "InvalidParameterValue", "Invalid TCP/UDP port range (23:22)"),
        (permission("udp", 0, 65536), "InvalidParameterValue", "TCP/UDP (to) port (65536) out of range"),
        (permission("tcp", -1, -1), "InvalidParameterValue", "TCP/UDP (from) port (-1) out of range"),  # aws-cli#1066
        # cumulus#64; terraform-provider-aws#634
        (permission("icmp"), "InvalidParameterValue", "'Must specify both from and to ports with ICMP.' for portRange"),
        (permission("icmp", 0, 65535), "InvalidParameterValue", "ICMP code (65535) out of range"),
        (permission("icmp", 256, 0), "InvalidParameterValue", "ICMP type (256) out of range"),
        (permission("icmp", -1, 3), "InvalidParameterValue", "ICMP code cannot be specified"),
        (permission("tcp", 1, 1, IpRanges=[]), "MissingParameter", "Missing source specification"),
        (permission("tcp", 1, 1, IpRanges=[{}]), "MissingParameter", "CidrIpv4"),
        (permission("tcp", 1, 1, IpRanges=[{"CidrIp": "::/0"}]), "InvalidParameterValue", "is malformed"),
        (permission("tcp", 1, 1, Ipv6Ranges=[{"CidrIpv6": "10.0.0.0/8"}]), "InvalidParameterValue", "malformed"),
        (permission("tcp", 1, 1, IpRanges=[{"CidrIp": "10.1.0.0/8"}, {"CidrIp": "10.0.0.0/8"}]),
         "InvalidParameterValue", "The same permission must not appear multiple times"),
        (permission("tcp", 1, 1, IpRanges=[{"CidrIp": "10.1.0.0/8", "Description": "é"}]), "InvalidParameterValue",
         "from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"),
        (permission("tcp", 1, 1, IpRanges=[{"CidrIp": "10.1.0.0/8", "Description": "x" * 256}]),
         "InvalidParameterValue", "Invalid rule description."),
    ],
)  # fmt: skip
def test_permissions_that_cannot_be(given_: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        read_permissions([given_], egress=False)
    assert caught.value.code == code
    assert message in caught.value.message


RULES = st.one_of(
    st.builds(
        lambda egress, ports, side: Rule(egress, "tcp", min(ports), max(ports), *side),
        st.booleans(),
        st.tuples(st.integers(0, 9), st.integers(0, 9)),
        st.sampled_from(
            [("CidrIpv4", "10.0.0.0/8"), ("CidrIpv6", "::/0"), ("PrefixListId", "pl-1"), ("ReferencedGroupId", "sg-1")]
        ),
    ),
    st.builds(
        Rule,
        st.booleans(),
        st.just("-1"),
        st.just(-1),
        st.just(-1),
        st.just("CidrIpv4"),
        st.sampled_from(["0.0.0.0/0"]),
    ),
    st.builds(
        Rule, st.booleans(), st.just("icmp"), st.integers(-1, 3), st.just(-1), st.just("CidrIpv4"), st.just("1.0.0.0/8")
    ),
)


@given(st.lists(RULES, unique=True, max_size=12))
def test_what_is_shown_is_what_was_said(rules: list[Rule]) -> None:
    """Bodies keep rules, and the permissions shown, authorised again, are the same rules."""
    bodies = [rule_body(rule, "000000000000") for rule in rules]
    assert [rule_of(body) for body in bodies] == rules
    for egress in (True, False):
        shown = permissions_of([body for body in bodies if body["IsEgress"] is egress])
        again = {wanted.rule for wanted in read_permissions(shown, egress)}
        assert again == {rule for rule in rules if rule.egress is egress}


@pytest.mark.parametrize(
    ("traffic", "text"),
    [
        (("tcp", 22, 23), "peer: x, TCP, from port: 22, to port: 23, ALLOW"),
        (("-1", -1, -1), "peer: x, ALL, ALLOW"),
        (("50", -1, -1), "peer: x, protocol: 50, ALLOW"),  # ansible-modules-core#3258
        (("icmp", -1, -1), "peer: x, ICMP, type: ALL, code: ALL, ALLOW"),
        (("icmp", 8, 0), "peer: x, ICMP, type: 8, code: 0, ALLOW"),
    ],
)
def test_the_text_of_a_duplicate(traffic: tuple[str, int, int], text: str) -> None:
    assert Rule(False, *traffic, "ReferencedGroupId", "x").text() == text


def rules_of(count: int, side: Any, other: str = "x", egress: bool = False) -> list[Rule]:
    return [Rule(egress, "tcp", port, port, side, other) for port in range(count)]


@pytest.mark.parametrize(
    ("rules", "fits"),
    [
        (rules_of(60, "CidrIpv4"), True),
        (rules_of(61, "CidrIpv4"), False),
        (rules_of(60, "CidrIpv4") + rules_of(60, "CidrIpv6"), True),
        (rules_of(60, "CidrIpv4") + rules_of(60, "CidrIpv4", egress=True), True),
        (rules_of(60, "CidrIpv4") + rules_of(1, "ReferencedGroupId"), False),
        (rules_of(60, "CidrIpv6") + rules_of(1, "ReferencedGroupId"), False),
        (rules_of(50, "CidrIpv4") + rules_of(1, "PrefixListId", "pl-10"), True),
        (rules_of(51, "CidrIpv4") + rules_of(1, "PrefixListId", "pl-10"), False),
    ],
)
def test_the_number_of_rules(rules: list[Rule], fits: bool) -> None:
    sizes = {"pl-10": ("IPv4", 10)}
    if fits:
        check_count(rules, sizes)
        return
    with pytest.raises(ServiceError) as caught:
        check_count(rules, sizes)
    assert caught.value.code == "RulesPerSecurityGroupLimitExceeded"


@given(st.integers(0, 2**63), st.sampled_from([GROUP]))
def test_ids(seed: int, kind: Any) -> None:
    identifier = new_id(kind, Moment(0, random.Random(seed)))
    check_id(kind, identifier)
    assert kind_of(identifier) is kind


@given(
    st.lists(st.sampled_from(["a", "b", "*", "?", "\\*"]), max_size=8).map("".join),
    st.text(st.sampled_from("ab*"), max_size=8),
)
def test_wildcards(pattern: str, text: str) -> None:
    """Against the plainest matcher: one letter or star after the other."""
    tokens = list(pattern.replace("\\*", "\0"))
    table = {"name": lambda body: [body["name"]]}
    found = select([{"name": text}], [{"Name": "name", "Values": [pattern]}], table)
    assert bool(found) == plainly(tokens, text)


def plainly(tokens: list[str], text: str) -> bool:
    if not tokens:
        return text == ""
    first, rest = tokens[0], tokens[1:]
    if first == "*":
        return plainly(rest, text) or (text != "" and plainly(tokens, text[1:]))
    return text != "" and (first == "?" or text[0] == {"\0": "*"}.get(first, first)) and plainly(rest, text[1:])


def test_a_hostile_pattern_ends() -> None:
    body, table = {"name": "a" * 1_000}, {"name": lambda body: [body["name"]]}
    assert select([body], [{"Name": "name", "Values": ["*a" * 400 + "b"]}], table) == []


def test_networks_are_ip_networks() -> None:
    assert ipaddress.ip_network(cidr_v4("10.1.2.3/8")).num_addresses == 2**24
