"""The ends of a check: what a name stands for.

| an end is named by | it is |
|---|---|
| `eni-...`, or its ARN | that interface, at its first address of the family |
| `eni-...@10.0.1.5` | that interface, at this one of its addresses |
| `sg-...` | every interface that the group is attached to; without any, a member that has this group alone |
| an address | the interface that has it; what the network serves (metadata, time, the resolver); else outside |

The family is IPv4, unless an end is an IPv6 address, the protocol is icmpv6, or IPv6 was asked for.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from integrations.ec2.addresses import address
from integrations.ec2.addresses import network as block_of
from integrations.ec2.errors import invalid_value
from integrations.ec2.interface_ipv6 import addresses_of
from integrations.ec2.kinds import GROUP, INTERFACE, VPC
from integrations.ec2.reach import SERVED, End
from integrations.ec2.store import Network

Body = dict[str, Any]

_RESOLVER_OFFSET = 2


def family_of(source: str, destination: str, protocol: str, wanted: int | None) -> int:
    """4 or 6. Raises ServiceError for ends that have none in common."""
    named = [_parts(text) for text in (source, destination)]
    found: set[int] = {at.version for name, place in named if (at := address(place or name)) is not None}
    found |= {wanted} if wanted is not None else set()
    if len(found) > 1:
        raise invalid_value(f"{source[:100]} and {destination[:100]} have no IP address type in common.")
    return found.pop() if found else (6 if protocol == "icmpv6" else 4)


def find_ends(network: Network, source: str, destination: str, family: int) -> tuple[list[End], list[End]]:
    """What both names stand for. Raises ServiceError."""
    sources, destinations = _ends(network, source, family), _ends(network, destination, family)
    sources = _of_one_vpc(source, sources, destinations)
    destinations = _of_one_vpc(destination, destinations, sources)
    return _resolvers(network, sources, destinations), _resolvers(network, destinations, sources)


def _parts(text: str) -> tuple[str, str]:
    """Name and address of an end; '' where it says none."""
    name, _, at = (text.rpartition("/")[2] if text.startswith("arn:") else text).partition("@")
    return name, at


def _ends(network: Network, text: str, family: int) -> list[End]:
    name, at = _parts(text)
    if name.startswith(INTERFACE.prefix):
        return [_interface(network.get(INTERFACE, name), family, at)]
    if name.startswith(GROUP.prefix) and not at:
        return list(_members(network, network.get(GROUP, name), family))
    found = address(name)
    if found is None or at:
        raise invalid_value(f"'{text[:100]}' is no network interface, security group or address.")
    place = str(found)
    bodies = network.mentioning(INTERFACE, place)
    holders = [_end(body, place, family) for body in bodies if place in _addresses(body, family)]
    return holders or [End(place, None, place, served=place in SERVED)]


def _addresses(body: Body, family: int) -> list[str]:
    if family == 6:
        return addresses_of(body)
    return [found["PrivateIpAddress"] for found in body["PrivateIpAddresses"]]


def _interface(body: Body, family: int, at: str = "") -> End:
    found = _addresses(body, family)
    if at:
        text = str(address(at) or at)
        if text not in found:
            raise invalid_value(f"The network interface {body['NetworkInterfaceId']} does not have the address {at}.")
        return _end(body, text, family)
    if not found:
        raise invalid_value(f"The network interface {body['NetworkInterfaceId']} has no IPv{family} address.")
    return _end(body, found[0], family)


def _end(body: Body, at: str, family: int) -> End:
    """An interface at one of its addresses."""
    groups = tuple(group["GroupId"] for group in body["Groups"])
    return End(body["NetworkInterfaceId"], groups, at, body["VpcId"], family=family)


def _members(network: Network, group: Body, family: int) -> Iterator[End]:
    found = False
    for body in network.mentioning(INTERFACE, group["GroupId"]):
        if any(entry["GroupId"] == group["GroupId"] for entry in body["Groups"]) and _addresses(body, family):
            found = True
            yield _interface(body, family)
    if not found:
        yield End(group["GroupId"], (group["GroupId"],), None, group["VpcId"], family=family)


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
    if all(end.groups is not None for end in ends):
        return ends
    blocks = [block_of(network.get(VPC, other.vpc_id)["CidrBlock"]) for other in others[:1] if other.vpc_id is not None]
    resolvers = {str(block.network_address + _RESOLVER_OFFSET) for block in blocks}
    return [replace(end, served=True) if end.groups is None and end.id in resolvers else end for end in ends]
