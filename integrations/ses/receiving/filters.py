"""IP address filters: which addresses may bring mail. Pure."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from engine import limits
from integrations.ses.errors import invalid


@dataclass(frozen=True, slots=True)
class Filter:
    """`policy`: Allow or Block."""

    name: str
    policy: str
    cidr: str


def checked_cidr(text: str) -> str:
    """An address or a block. Raises ServiceError."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise invalid(f"Invalid CIDR: {text[: limits.SES_SHOWN_CHARS]}") from None
    return text


def blocked(filters: Sequence[Filter], address: str) -> bool:
    """The narrowest filter with the address in it decides, of two alike the one that blocks; without one it may."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    decided = [
        (network.prefixlen, one.policy == "Block")
        for one, network in ((one, ipaddress.ip_network(one.cidr, strict=False)) for one in filters)
        if network.version == found.version and found in network
    ]
    return max(decided)[1] if decided else False
