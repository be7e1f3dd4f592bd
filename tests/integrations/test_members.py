"""No member of a request is parsed and ignored: each that botocore's models know is refused by name, or is read.

Whether one is refused is asked of the operation itself, one member after the other. For the others the test looks for
their names in the integration's source, which finds those that nobody has thought of; that each does what it should is
what the tests of the operations are about.
"""

import ast
import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.model import Shape

from engine.contract import Caller, Integration
from engine.errors import ServiceError
from engine.wire.service import load_service
from integrations.lambda_.request import _PARAMETERS

ROOT = Path(__file__).resolve().parents[2]
CALLER = Caller("000000000000", "us-east-1")
_IPAM = "Ipv4IpamPoolId Ipv4NetmaskLength Ipv6IpamPoolId Ipv6NetmaskLength"
_IPAM6 = "Ipv6IpamPoolId Ipv6NetmaskLength"
_PREFIXES = "Ipv4PrefixCount Ipv4Prefixes Ipv6PrefixCount Ipv6Prefixes"

# integration -> operation -> the members that are refused by name
REFUSED: Mapping[str, Mapping[str, str]] = {
    "ec2": {
        "AssignIpv6Addresses": "Ipv6PrefixCount Ipv6Prefixes",
        "AssociateSubnetCidrBlock": _IPAM6,
        "AssociateVpcCidrBlock": f"CidrBlock Ipv6CidrBlock Ipv6Pool {_IPAM}",
        "CreateNetworkInterface": f"ConnectionTrackingSpecification EnablePrimaryIpv6 Operator {_PREFIXES}",
        "CreateSubnet": f"Ipv6Native OutpostArn {_IPAM}",
        "CreateVpc": f"Ipv6CidrBlock Ipv6Pool VpcEncryptionControl {_IPAM}",
        "DescribeNetworkInterfaces": "IncludeManagedResources",
        "ModifyManagedPrefixList": "IpamPrefixListResolverSyncEnabled",
        "ModifyNetworkInterfaceAttribute": "AssociatePublicIpAddress AssociatedSubnetIds Attachment "
        "ConnectionTrackingSpecification EnaSrdSpecification EnablePrimaryIpv6",
        "StartNetworkInsightsAnalysis": "AdditionalAccounts FilterInArns FilterOutArns",
        "UnassignIpv6Addresses": "Ipv6Prefixes",
    },
    "logs": {"DescribeLogGroups": "includeLinkedAccounts"},
    "secretsmanager": {
        "CreateSecret": "CrossAccountPrimaryARN",
        "RotateSecret": "ExternalSecretRotationMetadata ExternalSecretRotationRoleArn",
    },
    "sns": {},
    "sqs": {},
}
# Members that AWS reads as little as we do, and why.
WITHOUT_MEANING: Mapping[str, Mapping[str, str]] = {
    "ec2": {},
    "logs": {
        "interleaved": "ignored by AWS since 2019: events of streams are always interleaved",
        "unmask": "there are no data protection policies, so that nothing is masked",
        "sequenceToken": "ignored by AWS since 2023",
        "entity.keyAttributes": "answered as an entity that is not taken: rejectedEntityInfo",
        "entity.attributes": "answered as an entity that is not taken: rejectedEntityInfo",
    },
    "secretsmanager": {},
    "sns": {},
    "sqs": {},
}


def integration_of(name: str) -> Integration:
    found: Integration = importlib.import_module(f"integrations.{name}").integration
    return found


@cache
def words(name: str) -> frozenset[str]:
    """Every word in the texts of an integration's source, but for the tables of what operations take."""
    files = [file for file in (ROOT / "integrations" / name).glob("*.py") if file.name != "__init__.py"]
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text())))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return frozenset(word for text in texts for word in text.split())


def members(shape: Shape | None) -> Mapping[str, Shape]:
    return getattr(shape, "members", {}) if shape is not None else {}


def leaves(shape: Shape, path: tuple[str, ...], above: frozenset[str] = frozenset()) -> Iterator[tuple[str, ...]]:
    """The paths of members that hold values; what holds itself is walked once."""
    if shape.name in above:
        return
    if shape.type_name == "structure":
        for name, found in members(shape).items():
            yield from leaves(found, (*path, name), above | {shape.name})
    elif shape.type_name == "list":
        yield from leaves(shape.member, path, above)  # type: ignore[attr-defined]
    else:
        yield path


def sample(shape: Shape) -> Any:
    """A value, with every member."""
    if shape.type_name == "structure":
        return {name: sample(found) for name, found in members(shape).items()}
    if shape.type_name == "list":
        return [sample(shape.member)]  # type: ignore[attr-defined]
    if shape.type_name == "map":
        return {"a": "b"}
    if shape.type_name == "string":
        return (getattr(shape, "enum", None) or ["1.2.3.4"])[-1]
    return {"boolean": True, "blob": b"x"}.get(shape.type_name, 1)


def is_refused(integration: Integration, operation: str, member: str, shape: Shape) -> bool:
    """Whether a request with this member is refused by its name, before anything of a store is needed."""
    try:
        integration.operations[operation].function(None, CALLER, {member: sample(shape)})  # type: ignore[arg-type]
    except ServiceError as error:
        return "not support" in error.message and member in error.message
    except Exception:  # it went on, to a store that is not there
        return False
    return False


@pytest.mark.parametrize("name", REFUSED)
def test_every_member_is_refused_by_name_or_read(name: str) -> None:
    integration, service = integration_of(name), load_service(name)
    unknown: set[str] = set()
    refused: dict[str, set[str]] = {}
    for operation in integration.operations:
        for member, shape in members(service.operation(operation).input_shape).items():
            if is_refused(integration, operation, member, shape):
                refused.setdefault(operation, set()).add(member)
                continue
            paths = {".".join(path) for path in leaves(shape, (member,)) if not words(name).issuperset(path)}
            unknown |= {path if path in WITHOUT_MEANING[name] else f"{operation}: {path}" for path in paths}
    assert unknown == set(WITHOUT_MEANING[name])
    assert refused == {operation: set(text.split()) for operation, text in REFUSED[name].items()}


def test_tasks_know_every_parameter_of_lambdas_invoke() -> None:
    """What a Task may say stands in one table, which takes a parameter or refuses it by name."""
    assert set(_PARAMETERS) == set(members(load_service("lambda").operation("Invoke").input_shape))
