"""Over the store with as much as an account may have: a check in 5 ms or less, and what is kept is bounded."""

import random
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.moment import Moment
from integrations.ec2.checks import check, read_flow
from integrations.ec2.interfaces import create_network_interface
from integrations.ec2.kinds import GROUP, PREFIX_LIST, PREFIX_LIST_VERSION, RULE, new_id
from integrations.ec2.prefix_lists import (
    create_managed_prefix_list,
    delete_managed_prefix_list,
    entries_of,
    modify_managed_prefix_list,
)
from integrations.ec2.rules import Rule
from integrations.ec2.shapes import group_body, security_group_rule
from integrations.ec2.store import Network
from integrations.ec2.tables import metadata
from integrations.ec2.vpcs import create_subnet, create_vpc

CALLER = Caller("000000000000", "us-east-1")
RULES_OF_A_GROUP = 4
INTERFACES = 50


@pytest.fixture
def tx() -> Iterator[Transaction]:
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        yield cast(Transaction, SimpleNamespace(connection=connection, moment=Moment(1, random.Random(1))))
    engine.dispose()


def filled(tx: Transaction) -> list[dict[str, Any]]:
    """Interfaces of five groups each, out of 2,500 groups with 10,000 rules."""
    draw, moment = random.Random(2), tx.moment
    vpc = create_vpc(tx, CALLER, {"CidrBlock": "10.0.0.0/16"})["Vpc"]["VpcId"]
    subnet = create_subnet(tx, CALLER, {"VpcId": vpc, "CidrBlock": "10.0.0.0/20"})["Subnet"]["SubnetId"]
    groups = [new_id(GROUP, moment) for _ in range(limits.EC2_GROUPS_MAX)]
    network = Network(tx, CALLER)
    network.add([(GROUP, group_body(found, f"g{n}", "d", vpc, CALLER), vpc) for n, found in enumerate(groups)])
    rules = [
        (found, Rule(side % 2 == 0, "tcp", 1000 + side, 2000 + side, "CidrIpv4", f"10.{draw.randrange(256)}.0.0/16"))
        for found in groups
        for side in range(RULES_OF_A_GROUP)
    ]
    network.add([(RULE, security_group_rule(new_id(RULE, moment), of, rule, CALLER), of) for of, rule in rules])
    return [
        create_network_interface(tx, CALLER, {"SubnetId": subnet, "Groups": draw.sample(groups, 5)})["NetworkInterface"]
        for _ in range(INTERFACES)
    ]


def test_a_check_over_ten_thousand_rules(tx: Transaction) -> None:
    interfaces = filled(tx)
    flow = read_flow("tcp", 1500, None, None)
    took = []
    for source in interfaces:
        for destination in interfaces[:2]:
            started = time.process_time()
            check(Network(tx, CALLER), source["NetworkInterfaceId"], destination["NetworkInterfaceId"], flow)
            took.append(time.process_time() - started)
    assert sorted(took)[len(took) // 2] < 0.005


def test_old_versions_of_prefix_lists_go(tx: Transaction) -> None:
    made = {"PrefixListName": "p", "MaxEntries": 1, "AddressFamily": "IPv4", "Entries": [{"Cidr": "10.0.0.0/8"}]}
    identifier = create_managed_prefix_list(tx, CALLER, made)["PrefixList"]["PrefixListId"]
    last = limits.EC2_PREFIX_LIST_VERSIONS_MAX + 1
    for version in range(1, last):
        described = [{"Cidr": "10.0.0.0/8", "Description": str(version)}]
        change = {"PrefixListId": identifier, "CurrentVersion": version, "AddEntries": described}
        assert modify_managed_prefix_list(tx, CALLER, change)["PrefixList"]["Version"] == version + 1
    network = Network(tx, CALLER)
    body = network.get(PREFIX_LIST, identifier)
    assert entries_of(network, body) == [{"Cidr": "10.0.0.0/8", "Description": str(last - 1)}]
    assert entries_of(network, body, 2) == [{"Cidr": "10.0.0.0/8", "Description": "1"}]
    with pytest.raises(ServiceError, match=r"The prefix list has no version 1\."):
        entries_of(network, body, 1)
    delete_managed_prefix_list(tx, CALLER, {"PrefixListId": identifier})
    assert network.below(PREFIX_LIST_VERSION, identifier) == []
