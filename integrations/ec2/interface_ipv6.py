"""IPv6 addresses of network interfaces: with a new one, assigned later, unassigned.

They are those asked for, or drawn from the subnet's block, whose first four and last addresses stay free, as on AWS.
"""

from ipaddress import IPv6Address, IPv6Network
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ec2.addresses import address
from integrations.ec2.errors import combination, invalid_value, limit, missing
from integrations.ec2.ipv6_blocks import blocks
from integrations.ec2.kinds import INTERFACE, SUBNET
from integrations.ec2.store import Network

Body = dict[str, Any]

_FIRST_HOST = 4
_DRAWS_MAX = 100  # of an address that nobody has


def new_addresses(tx: Transaction, subnet: Body, siblings: list[Body], wanted: list[str], count: int) -> list[str]:
    """The addresses that a request names, or so many that nobody in the subnet has. Raises ServiceError."""
    if wanted and count:
        raise combination("Ipv6Addresses and Ipv6AddressCount cannot be given together")
    if not 0 <= count + len(wanted) <= limits.EC2_ADDRESSES_OF_INTERFACE_MAX:
        raise limit("Ipv6AddressLimitExceeded", "The maximum number of addresses of a network interface is reached.")
    if not wanted and not count:
        return []
    if not blocks(subnet):
        text = f"The subnet '{subnet['SubnetId']}' does not have an IPv6 CIDR block associated with it."
        raise invalid_value(text)
    block = IPv6Network(blocks(subnet)[0])
    taken = {
        found["Ipv6Address"]
        for sibling in siblings
        if sibling["SubnetId"] == subnet["SubnetId"]
        for found in sibling["Ipv6Addresses"]
    }
    found: list[str] = []
    for text in wanted:
        found.append(_checked(text, block, taken | set(found)))
    for _ in range(count):
        found.append(_drawn(tx, block, taken | set(found)))
    return found


def _checked(text: str, block: IPv6Network, taken: set[str]) -> str:
    found = address(text)
    if not isinstance(found, IPv6Address):
        raise invalid_value(f"invalid value for parameter address: {text[:100]}")
    if found not in block:
        raise invalid_value("Address does not fall within the subnet's address range")
    if not _is_free(int(found) - int(block.network_address), block):
        raise invalid_value("Address is in subnet's reserved address range")
    if str(found) in taken:
        raise ServiceError("InvalidIPAddress.InUse", "Address is in use.")
    return str(found)


def _is_free(offset: int, block: IPv6Network) -> bool:
    return _FIRST_HOST <= offset < block.num_addresses - 1


def _drawn(tx: Transaction, block: IPv6Network, taken: set[str]) -> str:
    for _ in range(_DRAWS_MAX):
        offset = tx.moment.getrandbits(128 - block.prefixlen)
        found = str(block.network_address + offset)
        if _is_free(offset, block) and found not in taken:
            return found
    text = "There are not enough free addresses in the subnet to satisfy the requested number."
    raise ServiceError("InsufficientFreeAddressesInSubnet", text)


def asked(request: Body) -> tuple[list[str], int]:
    """The IPv6 addresses and the number of them that CreateNetworkInterface is asked for."""
    entries = request.get("Ipv6Addresses") or []
    if any(entry.get("IsPrimaryIpv6") for entry in entries):
        raise ServiceError("UnsupportedOperation", "Statewright does not support IsPrimaryIpv6 of an IPv6 address.")
    return [entry.get("Ipv6Address") or "" for entry in entries], request.get("Ipv6AddressCount") or 0


def members(addresses: list[str]) -> Body:
    """What an interface shows of its IPv6 addresses."""
    shown = [{"Ipv6Address": found, "IsPrimaryIpv6": False} for found in addresses]
    return {"Ipv6Addresses": shown, **({"Ipv6Address": addresses[0]} if addresses else {})}


def addresses_of(body: Body) -> list[str]:
    return [found["Ipv6Address"] for found in body["Ipv6Addresses"]]


def assign_ipv6_addresses(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    body = network.get(INTERFACE, request["NetworkInterfaceId"])
    wanted, count = request.get("Ipv6Addresses") or [], request.get("Ipv6AddressCount") or 0
    if not wanted and not count:
        raise missing("Ipv6Addresses")
    present = addresses_of(body)
    if len(present) + len(wanted) + count > limits.EC2_ADDRESSES_OF_INTERFACE_MAX:
        raise limit("Ipv6AddressLimitExceeded", "The maximum number of addresses of a network interface is reached.")
    subnet = network.get(SUBNET, body["SubnetId"])
    assigned = new_addresses(tx, subnet, network.below(INTERFACE, body["VpcId"]), wanted, count)
    network.change(INTERFACE, {**body, **members([*present, *assigned])})
    return {"NetworkInterfaceId": body["NetworkInterfaceId"], "AssignedIpv6Addresses": assigned}


def unassign_ipv6_addresses(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    body = network.get(INTERFACE, request["NetworkInterfaceId"])
    if not request.get("Ipv6Addresses"):
        raise missing("Ipv6Addresses")
    present = addresses_of(body)
    unwanted = [str(address(text) or text) for text in request["Ipv6Addresses"]]
    for text in unwanted:
        if text not in present:
            raise invalid_value(f"The network interface {body['NetworkInterfaceId']} does not have {text[:100]}.")
    kept = {name: value for name, value in body.items() if name not in ("Ipv6Address", "Ipv6Addresses")}
    network.change(INTERFACE, {**kept, **members([found for found in present if found not in unwanted])})
    return {"NetworkInterfaceId": body["NetworkInterfaceId"], "UnassignedIpv6Addresses": unwanted}
