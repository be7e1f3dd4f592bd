"""What packets a network insights path is about: its addresses and ports, said by itself or by its filters. Pure.

    SourceIp, FilterAtSource.SourceAddress, FilterAtDestination.SourceAddress ...   must all be the same
    DestinationPort and the filters' ranges of ports                                what they have in common

Nothing here changes a packet on its way (there is no address translation), so that a filter at the destination says of
it what one at the source does. Where they contradict each other no packet passes both: such a path is not found.
Addresses are IPv4's, as in Reachability Analyzer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.ec2.addresses import address
from integrations.ec2.errors import combination, invalid_value

Body = dict[str, Any]

FILTERS = ("FilterAtSource", "FilterAtDestination")
_ADDRESSES = ("SourceAddress", "DestinationAddress")
_RANGES = ("SourcePortRange", "DestinationPortRange")
# A filter may not be given together with these.
_INSTEAD_OF = {"FilterAtSource": ("SourceIp", "DestinationPort"), "FilterAtDestination": ("DestinationIp",)}
_PORT_MAX = 65_535

Ports = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Scope:
    """None: any address of the interface. `possible` False: the filters contradict each other."""

    source: str | None
    destination: str | None
    source_ports: Ports
    destination_ports: Ports
    possible: bool


def check_filters(request: Body) -> None:
    """Raises ServiceError for addresses, ports and combinations that there are not."""
    for name in ("SourceIp", "DestinationIp"):
        if request.get(name):
            _check_address(request[name], name)
    for name in FILTERS:
        found = request.get(name)
        if not found:
            continue
        for other in _INSTEAD_OF[name]:
            if request.get(other) not in (None, ""):
                raise combination(f"The parameter {other} cannot be used with the parameter {name}")
        for member in _ADDRESSES:
            if found.get(member):
                _check_address(found[member], f"{name}.{member}")
        for member in _RANGES:
            if found.get(member) is not None:
                _check_range(found[member], f"{name}.{member}")


def _check_address(text: str, name: str) -> None:
    found = address(text)
    if found is None or found.version != 4:
        raise invalid_value(f"Value ({text[:50]}) for parameter {name} is invalid. It must be an IPv4 address.")


def _check_range(ports: Body, name: str) -> None:
    first, last = ports.get("FromPort"), ports.get("ToPort")
    if first is None or last is None or not 0 <= first <= last <= _PORT_MAX:
        shown = f"{first}-{last}"
        raise invalid_value(f"Value ({shown}) for parameter {name} is invalid. It must have FromPort and ToPort.")


def scope_of(path: Body) -> Scope:
    """The packets that a path is about."""
    sources = _said(path, "SourceIp", "SourceAddress")
    destinations = _said(path, "DestinationIp", "DestinationAddress")
    source_ports = _common(_ranges(path, "SourcePortRange"))
    port = path.get("DestinationPort")
    destination_ports = _common([*_ranges(path, "DestinationPortRange"), *([] if port is None else [(port, port)])])
    agree = len(sources) <= 1 and len(destinations) <= 1
    possible = agree and all(first <= last for first, last in (source_ports, destination_ports))
    return Scope(next(iter(sources), None), next(iter(destinations), None), source_ports, destination_ports, possible)


def port_range(name: str, member: str) -> Callable[[Body], list[str]]:
    """A range of ports of a path's filter, as filters of Describe operations say it: `1024-2048`."""

    def values(path: Body) -> list[str]:
        found = (path.get(name) or {}).get(member)
        return [] if found is None else [f"{found['FromPort']}-{found['ToPort']}"]

    return values


def _said(path: Body, own: str, member: str) -> set[str]:
    found = [path.get(own), *((path.get(name) or {}).get(member) for name in FILTERS)]
    return {text for text in found if text}


def _ranges(path: Body, member: str) -> list[Ports]:
    found = [(path.get(name) or {}).get(member) for name in FILTERS]
    return [(ports["FromPort"], ports["ToPort"]) for ports in found if ports is not None]


def _common(ranges: list[Ports]) -> Ports:
    firsts, lasts = [0, *(first for first, _ in ranges)], [_PORT_MAX, *(last for _, last in ranges)]
    return max(firsts), min(lasts)
