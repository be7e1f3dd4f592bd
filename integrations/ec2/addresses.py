"""CIDR blocks: read, masked, compared. A block's canonical form is without host bits. Pure."""

import ipaddress
from functools import lru_cache

from engine import limits
from engine.errors import ServiceError
from integrations.ec2.errors import invalid_value, malformed_cidr

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_VPC_PREFIXES = range(16, 29)  # of VPCs and subnets


@lru_cache(limits.EC2_NETWORKS_CACHED_MAX)
def network(text: str) -> Network:
    """A canonical block as a network."""
    return ipaddress.ip_network(text)


def cidr_v4(text: str) -> str:
    """`10.1.2.3/16` -> `10.1.0.0/16`. Raises ServiceError InvalidParameterValue."""
    return _canonical(text, 4)


def cidr_v6(text: str) -> str:
    """`2001:DB8::1/32` -> `2001:db8::/32`."""
    return _canonical(text, 6)


def _canonical(text: str, version: int) -> str:
    _, slash, length = text.partition("/")
    try:
        if not slash or not (length.isascii() and length.isdigit()):  # ipaddress takes netmasks too
            raise ValueError
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise malformed_cidr(text) from None
    if found.version != version:
        raise malformed_cidr(text)
    return str(found)


def address(text: str) -> Address | None:
    """None for what is no address."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def vpc_block(text: str, code: str) -> str:
    """The block of a VPC or subnet, canonical; `code`: the error for one of a wrong size."""
    try:
        canonical = cidr_v4(text)
    except ServiceError:
        shown = text[:100]
        raise invalid_value(
            f"Value ({shown}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ) from None
    if int(canonical.partition("/")[2]) not in _VPC_PREFIXES:
        raise ServiceError(code, f"The CIDR '{text}' is invalid.")
    return canonical
