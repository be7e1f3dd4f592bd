"""botocore as oracle of EC2's protocol: the operations that security groups need."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import ServiceError
from engine.wire.ec2_protocol import Ec2Protocol
from engine.wire.service import load_service
from tests.wire.oracle import on_the_wire, received, sent
from tests.wire.shape_values import XML_TEXT, Values

SERVICE = load_service("ec2")
PROTOCOL = Ec2Protocol(SERVICE)
OPERATIONS = """
    AssociateSecurityGroupVpc AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateDefaultSubnet
    CreateDefaultVpc CreateManagedPrefixList CreateNetworkInsightsPath CreateNetworkInterface CreateSecurityGroup
    CreateSubnet CreateTags CreateVpc DeleteManagedPrefixList DeleteNetworkInsightsAnalysis DeleteNetworkInsightsPath
    DeleteNetworkInterface DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc DescribeAccountAttributes
    DescribeAvailabilityZones DescribeManagedPrefixLists DescribeNetworkInsightsAnalyses DescribeNetworkInsightsPaths
    DescribeNetworkInterfaceAttribute DescribeNetworkInterfaces DescribePrefixLists DescribeRegions
    DescribeSecurityGroupReferences DescribeSecurityGroupRules DescribeSecurityGroupVpcAssociations
    DescribeSecurityGroups DescribeStaleSecurityGroups DescribeSubnets DescribeTags DescribeVpcAttribute DescribeVpcs
    DisassociateSecurityGroupVpc GetManagedPrefixListAssociations GetManagedPrefixListEntries
    GetSecurityGroupsForVpc ModifyManagedPrefixList ModifyNetworkInterfaceAttribute ModifySecurityGroupRules
    ModifySubnetAttribute ModifyVpcAttribute ResetNetworkInterfaceAttribute RestoreManagedPrefixListVersion
    RevokeSecurityGroupEgress RevokeSecurityGroupIngress StartNetworkInsightsAnalysis
    UpdateSecurityGroupRuleDescriptionsEgress UpdateSecurityGroupRuleDescriptionsIngress
""".split()
DRAWN = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
FORMS = Values(filled=True, characters=XML_TEXT)


@pytest.mark.parametrize("operation", OPERATIONS)
@DRAWN
@given(data=st.data())
def test_requests_come_through(operation: str, data: st.DataObject) -> None:
    shape = SERVICE.operation(operation).input_shape
    assert shape is not None
    parameters = data.draw(FORMS.of(shape))
    request = sent(SERVICE, operation, parameters)
    assert PROTOCOL.operation_name(request) == operation
    assert PROTOCOL.parse(operation, request) == on_the_wire(parameters)


@pytest.mark.parametrize("operation", OPERATIONS)
@DRAWN
@given(data=st.data())
def test_answers_come_through(operation: str, data: st.DataObject) -> None:
    shape = SERVICE.operation(operation).output_shape
    response = data.draw(FORMS.of(shape)) if shape is not None else {}
    answer = received(SERVICE, PROTOCOL.serialise(operation, on_the_wire(response), "id-1"), shape)
    assert answer.pop("ResponseMetadata")["RequestId"] == "id-1"
    assert answer == response


@pytest.mark.parametrize(("code", "status"), [("InvalidGroup.NotFound", 400), ("DryRunOperation", 412), ("Nope", 500)])
def test_errors_come_through(code: str, status: int) -> None:
    shape = SERVICE.operation("DescribeSecurityGroups").output_shape
    answer = received(SERVICE, PROTOCOL.error(None, ServiceError(code, "why: <'é'> &", status), "id-2"), shape)
    assert answer["Error"] == {"Code": code, "Message": "why: <'é'> &"}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert answer["ResponseMetadata"]["RequestId"] == "id-2"
