"""Every filter that EC2's model documents is taken by the operation, and chooses by what it says."""

import re
from typing import Any

from integrations.ec2 import integration
from tests.integrations.ec2.calls import ONE_STORE
from tests.integrations.ec2.test_groups import filtered

_NAMES = re.compile(r"<li> <p> ?(?:<code>)?([a-zA-Z0-9.-]+)(?:</code>)? ?(?=[-:(])")
_TAG = "tag"  # of which the documentation says `tag:<key>`


def documented(ec2: Any) -> list[tuple[str, str, str]]:
    """(boto3's method, the list in its answer, a filter's name)"""
    found = []
    for method, operation in ec2.meta.method_to_api_mapping.items():
        if operation not in integration.operations:
            continue
        model = ec2.meta.service_model.operation_model(operation)
        if "Filters" not in model.input_shape.members:
            continue
        [listed] = [name for name, shape in model.output_shape.members.items() if shape.type_name == "list"]
        names = _NAMES.findall(model.input_shape.members["Filters"].documentation)
        found += [(method, listed, f"{name}:team" if name == _TAG else name) for name in names]
    return found


@ONE_STORE
def test_every_documented_filter_is_taken(ec2: Any, vpc: str, group: str) -> None:
    found = documented(ec2)
    assert len({method for method, _, _ in found}) == 11 and len(found) > 120, "the documentation is read right"
    for method, listed, name in found:
        more = {"VpcId": vpc} if method == "get_security_groups_for_vpc" else {}
        answer = getattr(ec2, method)(Filters=filtered(name, "what nothing has"), **more)
        assert answer[listed] == [], (method, name)


@ONE_STORE
def test_what_is_not_shown_can_be_asked_for(ec2: Any, vpc: str) -> None:
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    hostname = "private-dns-name-options-on-launch.hostname-type"
    for name, value, there in ((hostname, "ip-name", True), (hostname, "resource-name", False),
                               ("enable-dns64", "false", True), ("enable-dns64", "true", False)):  # fmt: skip
        chosen = ec2.describe_subnets(Filters=[*filtered("vpc-id", vpc), *filtered(name, value)])["Subnets"]
        assert [found["SubnetId"] for found in chosen] == ([subnet] if there else [])
    made = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    ports = {"FromPort": 1024, "ToPort": 2048}
    path = {
        "Source": made,
        "Protocol": "tcp",
        "FilterAtSource": {"SourcePortRange": ports},
        "DestinationIp": "10.1.1.1",
    }
    ec2.create_network_insights_path(**path)
    for value, count in (("1024-2048", 1), ("1024-2049", 0)):
        chosen = ec2.describe_network_insights_paths(Filters=filtered("filter-at-source.source-port-range", value))
        assert len(chosen["NetworkInsightsPaths"]) == count
