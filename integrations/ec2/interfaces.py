"""Network interfaces, so that groups can be attached to something: create, describe, modify, delete."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ec2.addresses import address
from integrations.ec2.errors import combination, invalid_value, limit, missing
from integrations.ec2.filters import FilterTable, always, member, select
from integrations.ec2.idempotency import made_before, mark
from integrations.ec2.interface_ipv6 import asked as ipv6_asked
from integrations.ec2.interface_ipv6 import members, new_addresses
from integrations.ec2.kinds import GROUP, INTERFACE, SUBNET, new_id
from integrations.ec2.paging import answer, page
from integrations.ec2.rules import check_description
from integrations.ec2.shapes import DEFAULT_GROUP
from integrations.ec2.store import Network
from integrations.ec2.tagging import tags_of
from integrations.ec2.vpc_associations import usable_in

Body = dict[str, Any]

_FIRST_HOST = 4  # after the network, the router, DNS and one for future use
_FILTERS: FilterTable = {
    "addresses.association.owner-id": member("PrivateIpAddresses", "Association", "IpOwnerId"),
    "addresses.association.public-ip": member("PrivateIpAddresses", "Association", "PublicIp"),
    "addresses.primary": member("PrivateIpAddresses", "Primary"),
    "addresses.private-ip-address": member("PrivateIpAddresses", "PrivateIpAddress"),
    "association.allocation-id": member("Association", "AllocationId"),
    "association.association-id": member("Association", "AssociationId"),
    "association.ip-owner-id": member("Association", "IpOwnerId"),
    "association.public-dns-name": member("Association", "PublicDnsName"),
    "association.public-ip": member("Association", "PublicIp"),
    "attachment.attach-time": member("Attachment", "AttachTime"),
    "attachment.attachment-id": member("Attachment", "AttachmentId"),
    "attachment.delete-on-termination": member("Attachment", "DeleteOnTermination"),
    "attachment.device-index": member("Attachment", "DeviceIndex"),
    "attachment.instance-id": member("Attachment", "InstanceId"),
    "attachment.instance-owner-id": member("Attachment", "InstanceOwnerId"),
    "attachment.status": member("Attachment", "Status"),
    "availability-zone": member("AvailabilityZone"),
    "availability-zone-id": member("AvailabilityZoneId"),
    "description": member("Description"),
    "group-id": member("Groups", "GroupId"),
    "group-name": member("Groups", "GroupName"),
    "interface-type": member("InterfaceType"),
    "ipv6-addresses.ipv6-address": member("Ipv6Addresses", "Ipv6Address"),
    "mac-address": member("MacAddress"),
    "network-interface-id": member("NetworkInterfaceId"),
    "operator.managed": always(False),
    "operator.principal": member("Operator", "Principal"),
    "owner-id": member("OwnerId"),
    "private-dns-name": member("PrivateDnsName"),
    "private-ip-address": member("PrivateIpAddress"),
    "requester-id": member("RequesterId"),
    "requester-managed": member("RequesterManaged"),
    "source-dest-check": member("SourceDestCheck"),
    "status": member("Status"),
    "subnet-id": member("SubnetId"),
    "vpc-id": member("VpcId"),
}
_ATTRIBUTES = ("Description", "Groups", "SourceDestCheck")


def create_network_interface(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    token = {"ClientToken": request["ClientToken"]} if request.get("ClientToken") else {}
    before = made_before(network, INTERFACE, request)
    if before is not None:
        return {"NetworkInterface": shown(before), **token}
    subnet = network.get(SUBNET, request["SubnetId"])
    if request.get("InterfaceType") not in (None, "", "interface"):
        raise ServiceError("UnsupportedOperation", "Statewright has network interfaces of the type 'interface' only.")
    check_description(request.get("Description"))
    siblings = network.all(INTERFACE)
    if len(siblings) >= limits.EC2_INTERFACES_MAX:
        raise limit("NetworkInterfaceLimitExceeded", "The maximum number of network interfaces has been reached.")
    addresses = _addresses(subnet, siblings, request)
    ipv6 = new_addresses(tx, subnet, siblings, *ipv6_asked(request))
    groups = _groups(network, subnet["VpcId"], request.get("Groups"))
    body = mark({**_body(tx, caller, subnet, addresses, groups, request), **members(ipv6)}, request)
    network.add([(INTERFACE, body, subnet["VpcId"])])
    _count(network, subnet, -len(addresses))
    return {"NetworkInterface": shown(body), **token}


def _body(
    tx: Transaction, caller: Caller, subnet: Body, addresses: list[str], groups: list[Body], request: Body
) -> Body:
    mac = tx.moment.getrandbits(40)
    names = [f"ip-{found.replace('.', '-')}.{_domain(caller.region)}" for found in addresses]
    return {
        "NetworkInterfaceId": new_id(INTERFACE, tx.moment),
        "VpcId": subnet["VpcId"],
        "SubnetId": subnet["SubnetId"],
        "AvailabilityZone": subnet["AvailabilityZone"],
        "AvailabilityZoneId": subnet["AvailabilityZoneId"],
        "OwnerId": caller.account,
        "RequesterId": caller.account,
        "RequesterManaged": False,
        "InterfaceType": "interface",
        "Status": "available",
        "Description": request.get("Description") or "",
        "MacAddress": ":".join(["02", *(f"{mac >> shift & 255:02x}" for shift in range(32, -1, -8))]),
        "SourceDestCheck": True,
        "Groups": groups,
        "PrivateIpAddress": addresses[0],
        "PrivateDnsName": names[0],
        "PrivateIpAddresses": [
            {"PrivateIpAddress": found, "PrivateDnsName": name, "Primary": number == 0}
            for number, (found, name) in enumerate(zip(addresses, names, strict=True))
        ],
        "Tags": tags_of(request.get("TagSpecifications"), INTERFACE),
    }


def _domain(region: str) -> str:
    return "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"


def shown(body: Body) -> Body:
    """As AWS shows it: the tags of an interface are its TagSet."""
    return {**body, "TagSet": body["Tags"]}


def _groups(network: Network, vpc_id: str, wanted: list[str] | None) -> list[Body]:
    """The groups of an interface, all of its VPC or associated with that; without any, the default one."""
    if not wanted:
        found = [group for group in network.below(GROUP, vpc_id) if group["GroupName"] == DEFAULT_GROUP]
    else:
        found = [network.get(GROUP, identifier) for identifier in dict.fromkeys(wanted)]
    if len(found) > limits.EC2_GROUPS_OF_INTERFACE_MAX:
        text = "The maximum number of security groups per interface has been reached."
        raise limit("SecurityGroupsPerInterfaceLimitExceeded", text)
    if not all(usable_in(network, group, vpc_id) for group in found):
        text = "You have specified two resources that belong to different networks."
        raise ServiceError("InvalidGroup.NotFound", text)
    return [{"GroupId": group["GroupId"], "GroupName": group["GroupName"]} for group in found]


def _addresses(subnet: Body, siblings: list[Body], request: Body) -> list[str]:
    """The addresses of a new interface, the primary one first."""
    taken = {
        found["PrivateIpAddress"]
        for interface in siblings
        if interface["SubnetId"] == subnet["SubnetId"]
        for found in interface["PrivateIpAddresses"]
    }
    block = IPv4Network(subnet["CidrBlock"])
    primary, secondary = _asked(request)
    for wanted in [*primary, *secondary]:
        _check_address(wanted, block, taken)
        taken.add(wanted)
    count = request.get("SecondaryPrivateIpAddressCount") or 0
    if count and secondary:
        raise combination("SecondaryPrivateIpAddressCount and secondary PrivateIpAddresses cannot be given together")
    if not 0 <= count + len(secondary) < limits.EC2_ADDRESSES_OF_INTERFACE_MAX:
        text = "The maximum number of addresses of a network interface has been reached."
        raise limit("PrivateIpAddressLimitExceeded", text)
    free = _free(block, taken)
    try:
        return [*(primary or [next(free)]), *secondary, *(next(free) for _ in range(count))]
    except (StopIteration, RuntimeError):
        text = f"There are not enough free addresses in subnet '{subnet['SubnetId']}' to satisfy the requested number."
        raise ServiceError("InsufficientFreeAddressesInSubnet", text) from None


def _asked(request: Body) -> tuple[list[str], list[str]]:
    primary = [request["PrivateIpAddress"]] if request.get("PrivateIpAddress") else []
    secondary: list[str] = []
    for entry in request.get("PrivateIpAddresses") or ():
        (primary if entry.get("Primary") else secondary).append(entry.get("PrivateIpAddress") or "")
    if len(primary) > 1:
        raise invalid_value("Only one private IP address can be designated as primary")
    if len(set(primary + secondary)) != len(primary + secondary):
        raise invalid_value("The same private IP address appears multiple times")
    return primary, secondary


def _check_address(text: str, block: IPv4Network, taken: set[str]) -> None:
    found = address(text)
    if not isinstance(found, IPv4Address):
        raise invalid_value(f"invalid value for parameter address: {text[:100]}")
    if found not in block:
        raise invalid_value("Address does not fall within the subnet's address range")
    offset = int(found) - int(block.network_address)
    if offset < _FIRST_HOST or offset == block.num_addresses - 1:
        raise invalid_value("Address is in subnet's reserved address range")
    if text in taken:
        raise ServiceError("InvalidIPAddress.InUse", "Address is in use.")


def _free(block: IPv4Network, taken: set[str]) -> Iterator[str]:
    for offset in range(_FIRST_HOST, block.num_addresses - 1):
        found = str(block.network_address + offset)
        if found not in taken:
            yield found


def _count(network: Network, subnet: Body, change: int) -> None:
    free = subnet["AvailableIpAddressCount"] + change
    network.change(SUBNET, {**subnet, "AvailableIpAddressCount": free})


def describe_network_interfaces(tx: Transaction, caller: Caller, request: Body) -> Body:
    found = select(
        Network(tx, caller).chosen(INTERFACE, request.get("NetworkInterfaceIds")), request.get("Filters"), _FILTERS
    )
    bodies, token = page(found, request, "NetworkInterfaceId", "NetworkInterfaceIds")
    return answer("NetworkInterfaces", ([shown(body) for body in bodies], token))


def modify_network_interface_attribute(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    body = network.get(INTERFACE, request["NetworkInterfaceId"])
    given = [name for name in _ATTRIBUTES if request.get(name) is not None]
    if len(given) != 1:
        raise combination("You must specify exactly one attribute: description, groupSet or sourceDestCheck")
    if given == ["Groups"]:
        if not request["Groups"]:
            raise missing("Groups")
        changed: Any = _groups(network, body["VpcId"], request["Groups"])
    else:
        changed = request[given[0]].get("Value")
        if given == ["Description"]:
            check_description(changed)
    network.change(INTERFACE, {**body, given[0]: changed})
    return {}


def describe_network_interface_attribute(tx: Transaction, caller: Caller, request: Body) -> Body:
    body = Network(tx, caller).get(INTERFACE, request["NetworkInterfaceId"])
    answers = {
        "description": {"Description": {"Value": body["Description"]}},
        "groupSet": {"Groups": body["Groups"]},
        "sourceDestCheck": {"SourceDestCheck": {"Value": body["SourceDestCheck"]}},
        "attachment": {},
    }
    attribute = request.get("Attribute")
    if not attribute:
        raise missing("Attribute")
    if attribute not in answers:
        raise ServiceError("UnsupportedOperation", f"Statewright does not support the attribute {attribute[:50]}.")
    return {"NetworkInterfaceId": body["NetworkInterfaceId"], **answers[attribute]}


def delete_network_interface(tx: Transaction, caller: Caller, request: Body) -> Body:
    network = Network(tx, caller)
    body = network.get(INTERFACE, request["NetworkInterfaceId"])
    network.remove(INTERFACE, [body["NetworkInterfaceId"]])
    _count(network, network.get(SUBNET, body["SubnetId"]), len(body["PrivateIpAddresses"]))
    return {}
