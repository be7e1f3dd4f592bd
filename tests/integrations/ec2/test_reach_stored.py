"""Checks over a store, against the plainest model: random rules, groups on interfaces, IPv4 and IPv6, lists, members.

The model knows what the operations were told, and asks of every pair of addresses whether some rule is about the other.
"""

import ipaddress
import random
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contract import Caller, Transaction
from engine.moment import Moment
from integrations.ec2 import integration
from integrations.ec2.checks import check
from integrations.ec2.reach import Flow
from integrations.ec2.store import Network
from integrations.ec2.tables import metadata

CALLER = Caller("000000000000", "us-east-1")
GROUPS = 3
# Blocks with all, some or none of the interfaces' addresses; `/V6/` is the subnet's own block.
BLOCKS = ["0.0.0.0/0", "10.0.0.4/32", "10.0.0.4/31", "10.0.0.6/31", "192.0.2.0/24"]
BLOCKS6 = ["::/0", "/V6/", "2001:db9::/32"]
LISTED = [{"Cidr": "10.0.0.5/32"}, {"Cidr": "10.0.0.7/32"}]

RULE = st.tuples(
    st.booleans(),  # egress
    st.sampled_from([(1, 1), (1, 3), (2, 5)]),
    st.one_of(
        st.sampled_from(BLOCKS).map(lambda block: ("CidrIp", block)),
        st.sampled_from(BLOCKS6).map(lambda block: ("CidrIpv6", block)),
        st.integers(0, GROUPS - 1).map(lambda number: ("GroupId", number)),
        st.just(("PrefixListId", "list")),
    ),
)
BOOKS = st.lists(st.lists(RULE, unique=True, max_size=5), min_size=GROUPS, max_size=GROUPS)
HELD = st.lists(st.sets(st.integers(0, GROUPS - 1), min_size=1), min_size=2, max_size=4)
_LISTS = {
    "CidrIp": "IpRanges",
    "CidrIpv6": "Ipv6Ranges",
    "GroupId": "UserIdGroupPairs",
    "PrefixListId": "PrefixListIds",
}


@contextmanager
def store() -> Iterator[Transaction]:
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        yield cast(Transaction, SimpleNamespace(connection=connection, moment=Moment(1, random.Random(1))))
    engine.dispose()


class World:
    """`ends`: for each interface its id, the numbers of its groups, its addresses by family."""

    def __init__(self, tx: Transaction, book: list[list[Any]], held: list[set[int]]):
        self.tx, self.book = tx, book
        vpc = self.call("CreateVpc", CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
        self.block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
        subnet = self.call("CreateSubnet", VpcId=vpc["VpcId"], CidrBlock="10.0.0.0/24", Ipv6CidrBlock=self.block)
        self.groups = [
            self.call("CreateSecurityGroup", GroupName=f"g{number}", Description="d", VpcId=vpc["VpcId"])["GroupId"]
            for number in range(GROUPS)
        ]
        made = {"PrefixListName": "p", "MaxEntries": 5, "AddressFamily": "IPv4", "Entries": LISTED}
        self.listed = self.call("CreateManagedPrefixList", **made)["PrefixList"]["PrefixListId"]
        for number, rules in enumerate(book):
            self._authorize(number, rules)
        self.ends = []
        for numbers in held:
            asked = {"Groups": [self.groups[number] for number in sorted(numbers)], "Ipv6AddressCount": 1}
            body = self.call("CreateNetworkInterface", SubnetId=subnet["Subnet"]["SubnetId"], **asked)
            found = body["NetworkInterface"]
            addresses = {4: found["PrivateIpAddress"], 6: found["Ipv6Address"]}
            self.ends.append((found["NetworkInterfaceId"], numbers, addresses))

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        return cast(dict[str, Any], integration.operations[operation].function(self.tx, CALLER, request))

    def _authorize(self, number: int, rules: list[Any]) -> None:
        """Nothing but these rules: the ones that every group begins with are revoked."""
        group = self.groups[number]
        [shown] = self.call("DescribeSecurityGroups", GroupIds=[group])["SecurityGroups"]
        self.call("RevokeSecurityGroupEgress", GroupId=group, IpPermissions=shown["IpPermissionsEgress"])
        for egress, (low, high), (member, other) in rules:
            named = {"GroupId": lambda at: self.groups[at], "PrefixListId": lambda at: self.listed}
            value = named[member](other) if member in named else other.replace("/V6/", self.block)
            permission = {"IpProtocol": "tcp", "FromPort": low, "ToPort": high, _LISTS[member]: [{member: value}]}
            operation = "AuthorizeSecurityGroupEgress" if egress else "AuthorizeSecurityGroupIngress"
            self.call(operation, GroupId=group, IpPermissions=[permission])

    def admits(self, own: Any, other: Any, egress: bool, port: int, family: int) -> bool:
        return any(
            rule_egress is egress and port in range(low, high + 1) and self._is_about(peer, other, family)
            for number in own[1]
            for rule_egress, (low, high), peer in self.book[number]
        )

    def _is_about(self, peer: tuple[str, Any], other: Any, family: int) -> bool:
        member, value = peer
        if member == "GroupId":
            return value in other[1]
        blocks = (
            [entry["Cidr"] for entry in LISTED] if member == "PrefixListId" else [value.replace("/V6/", self.block)]
        )
        return any(ipaddress.ip_address(other[2][family]) in ipaddress.ip_network(block) for block in blocks)

    def reaches(self, one: Any, other: Any, port: int, family: int) -> bool:
        return self.admits(one, other, True, port, family) and self.admits(other, one, False, port, family)


@given(BOOKS, HELD, st.integers(1, 6), st.sampled_from([4, 6]), st.integers(0, GROUPS - 1))
@settings(max_examples=60)
def test_checks_agree_with_the_plainest_model(
    book: list[list[Any]], held: list[set[int]], port: int, family: int, group: int
) -> None:
    with store() as tx:
        world = World(tx, book, held)
        network, flow, first = Network(tx, CALLER), Flow("tcp", port), world.ends[0]
        for other in world.ends[1:]:
            expected = world.reaches(first, other, port, family)
            for source, destination, asked in (
                (first[0], other[0], family),
                (first[2][family], other[2][family], None),
                (f"{first[0]}@{first[2][family]}", other[0], None),
            ):
                assert check(network, source, destination, flow, asked).allowed is expected
        members = [end for end in world.ends if group in end[1]]
        if members:
            expected = all(world.reaches(first, member, port, family) for member in members)
            assert check(network, first[0], world.groups[group], flow, family).allowed is expected
