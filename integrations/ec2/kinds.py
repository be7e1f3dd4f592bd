"""The kinds of resources: how their ids begin, where a body has its id, how tags and errors call them.

    sg-0a1b2c3d4e5f60718        a prefix and 17 hexadecimal digits; AWS also has old ones with 8

Pure; randomness comes from the Moment.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import ServiceError
from engine.moment import Moment

_ID_BITS = 64


@dataclass(frozen=True, slots=True)
class Kind:
    """`member`: the id's member in the resource's shape; `code` and `noun`: for errors about ids."""

    name: str
    prefix: str
    member: str
    code: str
    noun: str


VPC = Kind("vpc", "vpc-", "VpcId", "InvalidVpcID", "vpc ID")
SUBNET = Kind("subnet", "subnet-", "SubnetId", "InvalidSubnetID", "subnet ID")
GROUP = Kind("security-group", "sg-", "GroupId", "InvalidGroup", "security group")
RULE = Kind(
    "security-group-rule", "sgr-", "SecurityGroupRuleId", "InvalidSecurityGroupRuleId", "security group rule ID"
)
PREFIX_LIST = Kind("prefix-list", "pl-", "PrefixListId", "InvalidPrefixListID", "prefix list ID")
# Versions of prefix lists have ids of ours: the list's, and the number.
PREFIX_LIST_VERSION = Kind("prefix-list-version", "", "_Id", "InvalidPrefixListVersion", "version of the prefix list")
# A group in another VPC: ids of ours, the group's and the VPC's.
ASSOCIATION = Kind("security-group-vpc-association", "", "_Id", "InvalidGroup", "association")
INTERFACE = Kind("network-interface", "eni-", "NetworkInterfaceId", "InvalidNetworkInterfaceID", "networkInterface ID")
PATH = Kind(
    "network-insights-path",
    "nip-",
    "NetworkInsightsPathId",
    "InvalidNetworkInsightsPathId",
    "network insights path ID",
)
ANALYSIS = Kind(
    "network-insights-analysis",
    "nia-",
    "NetworkInsightsAnalysisId",
    "InvalidNetworkInsightsAnalysisId",
    "network insights analysis ID",
)

# By the name that tag specifications and DescribeTags use.
KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (VPC, SUBNET, GROUP, RULE, PREFIX_LIST, INTERFACE, PATH, ANALYSIS)
}
_MALFORMED: Mapping[str, str] = {GROUP.name: "InvalidGroupId.Malformed"}
_DIGITS = re.compile(r"[0-9a-f]{8,17}")


def new_id(kind: Kind, moment: Moment) -> str:
    return f"{kind.prefix}0{moment.getrandbits(_ID_BITS):016x}"


def check_id(kind: Kind, identifier: str) -> None:
    """Raises ServiceError for what is no id of the kind."""
    rest = identifier.removeprefix(kind.prefix)
    if rest == identifier or _DIGITS.fullmatch(rest) is None:
        code = _MALFORMED.get(kind.name, f"{kind.code}.Malformed")
        raise ServiceError(code, f'Invalid id: "{identifier[:100]}" (expecting "{kind.prefix}...")')


def not_found(kind: Kind, identifier: str) -> ServiceError:
    return ServiceError(f"{kind.code}.NotFound", f"The {kind.noun} '{identifier[:100]}' does not exist")


def kind_of(identifier: str) -> Kind | None:
    """The kind of an id, by how it begins; None where no kind of ours begins so."""
    prefix = identifier.partition("-")[0] + "-"
    return next((kind for kind in KINDS.values() if kind.prefix == prefix), None)
