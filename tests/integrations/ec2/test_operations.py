"""Every operation that is served, once with success and with its errors, by boto3, in one account from first to last.

What operations do in depth is in the other files; these tables are the whole of what is served, and hold it to the
integration. Texts in capitals stand for what earlier answers gave.
"""

from collections.abc import Mapping
from typing import Any

from integrations.ec2 import integration
from tests.integrations.ec2.calls import ONE_STORE, refused, tcp

_HTTPS = tcp(443, "10.0.0.0/8")
_MANY = [{"Key": f"k{number}", "Value": ""} for number in range(51)]
_ENTRY = [{"Cidr": "10.1.0.0/16"}]
_LIST = {"PrefixListName": "p", "MaxEntries": 5, "AddressFamily": "IPv4"}
_FLOW = {"Protocol": "tcp", "DestinationPort": 443}
_RULE = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "CidrIpv4": "10.0.0.0/8"}
_SAID = {"Description": "said"}

# (operation, parameters, name -> path in the answer)
Step = tuple[str, dict[str, Any], dict[str, str]]
STEPS: list[Step] = [
    ("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"VPC": "Vpc.VpcId"}),
    ("CreateVpc", {"CidrBlock": "10.9.0.0/16"}, {"OTHER": "Vpc.VpcId"}),
    ("AssociateVpcCidrBlock", {"VpcId": "VPC", "AmazonProvidedIpv6CidrBlock": True},
     {"VPC6": "Ipv6CidrBlockAssociation.AssociationId", "BLOCK6": "Ipv6CidrBlockAssociation.Ipv6CidrBlock"}),
    ("DescribeVpcs", {"VpcIds": ["VPC"]}, {"OWNER": "Vpcs.0.OwnerId"}),
    ("CreateSubnet", {"VpcId": "VPC", "CidrBlock": "10.0.1.0/24"}, {"SUBNET": "Subnet.SubnetId"}),
    ("AssociateSubnetCidrBlock", {"SubnetId": "SUBNET", "Ipv6CidrBlock": "BLOCK6"},
     {"SUBNET6": "Ipv6CidrBlockAssociation.AssociationId"}),
    ("DescribeSubnets", {"SubnetIds": ["SUBNET"]}, {}),
    ("CreateSecurityGroup", {"GroupName": "web", "Description": "d", "VpcId": "VPC"}, {"WEB": "GroupId"}),
    ("DescribeSecurityGroups", {"GroupIds": ["WEB"]}, {}),
    ("AuthorizeSecurityGroupIngress", {"GroupId": "WEB", "IpPermissions": [_HTTPS]},
     {"RULE": "SecurityGroupRules.0.SecurityGroupRuleId"}),
    ("AuthorizeSecurityGroupEgress", {"GroupId": "WEB", "IpPermissions": [_HTTPS]},
     {"RULE_OUT": "SecurityGroupRules.0.SecurityGroupRuleId"}),
    ("UpdateSecurityGroupRuleDescriptionsIngress",
     {"GroupId": "WEB", "SecurityGroupRuleDescriptions": [{"SecurityGroupRuleId": "RULE", **_SAID}]}, {}),
    ("UpdateSecurityGroupRuleDescriptionsEgress",
     {"GroupId": "WEB", "SecurityGroupRuleDescriptions": [{"SecurityGroupRuleId": "RULE_OUT", **_SAID}]}, {}),
    ("ModifySecurityGroupRules",
     {"GroupId": "WEB", "SecurityGroupRules": [{"SecurityGroupRuleId": "RULE", "SecurityGroupRule": _RULE}]}, {}),
    ("DescribeSecurityGroupRules", {"SecurityGroupRuleIds": ["RULE"]}, {}),
    ("DescribeSecurityGroupReferences", {"GroupId": ["WEB"]}, {}),
    ("DescribeStaleSecurityGroups", {"VpcId": "VPC"}, {}),
    ("AssociateSecurityGroupVpc", {"GroupId": "WEB", "VpcId": "OTHER"}, {}),
    ("DescribeSecurityGroupVpcAssociations", {}, {}),
    ("GetSecurityGroupsForVpc", {"VpcId": "OTHER"}, {}),
    ("DisassociateSecurityGroupVpc", {"GroupId": "WEB", "VpcId": "OTHER"}, {}),
    ("CreateManagedPrefixList", {**_LIST, "Entries": _ENTRY}, {"LIST": "PrefixList.PrefixListId"}),
    ("ModifyManagedPrefixList", {"PrefixListId": "LIST", "CurrentVersion": 1, "RemoveEntries": _ENTRY}, {}),
    ("RestoreManagedPrefixListVersion", {"PrefixListId": "LIST", "CurrentVersion": 2, "PreviousVersion": 1}, {}),
    ("GetManagedPrefixListEntries", {"PrefixListId": "LIST"}, {"ENTRY": "Entries.0.Cidr"}),
    ("GetManagedPrefixListAssociations", {"PrefixListId": "LIST"}, {}),
    ("DescribeManagedPrefixLists", {"PrefixListIds": ["LIST"]}, {}),
    ("CreateNetworkInterface", {"SubnetId": "SUBNET", "Groups": ["WEB"]},
     {"ENI": "NetworkInterface.NetworkInterfaceId"}),
    ("CreateNetworkInterface", {"SubnetId": "SUBNET", "Groups": ["WEB"]},
     {"PEER": "NetworkInterface.NetworkInterfaceId"}),
    ("ModifyNetworkInterfaceAttribute", {"NetworkInterfaceId": "ENI", "Description": {"Value": "x"}}, {}),
    ("DescribeNetworkInterfaceAttribute", {"NetworkInterfaceId": "ENI", "Attribute": "groupSet"}, {}),
    ("DescribeNetworkInterfaces", {"NetworkInterfaceIds": ["ENI"]}, {}),
    ("AssignIpv6Addresses", {"NetworkInterfaceId": "ENI", "Ipv6AddressCount": 1},
     {"ADDRESS6": "AssignedIpv6Addresses.0"}),
    ("CreateNetworkInsightsPath", {"Source": "ENI", "Destination": "PEER", **_FLOW},
     {"PATH": "NetworkInsightsPath.NetworkInsightsPathId"}),
    ("StartNetworkInsightsAnalysis", {"NetworkInsightsPathId": "PATH"},
     {"ANALYSIS": "NetworkInsightsAnalysis.NetworkInsightsAnalysisId"}),
    ("DescribeNetworkInsightsPaths", {"NetworkInsightsPathIds": ["PATH"]}, {}),
    ("DescribeNetworkInsightsAnalyses", {"NetworkInsightsAnalysisIds": ["ANALYSIS"]}, {}),
    ("CreateTags", {"Resources": ["WEB"], "Tags": [{"Key": "a", "Value": "b"}]}, {}),
    ("DescribeTags", {}, {"KEY": "Tags.0.Key"}),
    ("DeleteTags", {"Resources": ["WEB"]}, {}),
]  # fmt: skip
LAST: list[Step] = [
    ("UnassignIpv6Addresses", {"NetworkInterfaceId": "ENI", "Ipv6Addresses": ["ADDRESS6"]}, {}),
    ("DeleteNetworkInsightsAnalysis", {"NetworkInsightsAnalysisId": "ANALYSIS"}, {}),
    ("DeleteNetworkInsightsPath", {"NetworkInsightsPathId": "PATH"}, {}),
    ("DeleteNetworkInterface", {"NetworkInterfaceId": "ENI"}, {}),
    ("DeleteNetworkInterface", {"NetworkInterfaceId": "PEER"}, {}),
    ("RevokeSecurityGroupIngress", {"GroupId": "WEB", "SecurityGroupRuleIds": ["RULE"]}, {}),
    ("RevokeSecurityGroupEgress", {"GroupId": "WEB", "SecurityGroupRuleIds": ["RULE_OUT"]}, {}),
    ("DeleteSecurityGroup", {"GroupId": "WEB"}, {}),
    ("DeleteManagedPrefixList", {"PrefixListId": "LIST"}, {}),
    ("DisassociateSubnetCidrBlock", {"AssociationId": "SUBNET6"}, {}),
    ("DeleteSubnet", {"SubnetId": "SUBNET"}, {}),
    ("DisassociateVpcCidrBlock", {"AssociationId": "VPC6"}, {}),
    ("DeleteVpc", {"VpcId": "VPC"}, {}),
]

_NO_VPC, _NO_GROUP = "InvalidVpcID.NotFound", "InvalidGroup.NotFound"
_NO_LIST, _NO_ENI = "InvalidPrefixListID.NotFound", "InvalidNetworkInterfaceID.NotFound"
_NO_PATH, _NO_ANALYSIS = "InvalidNetworkInsightsPathId.NotFound", "InvalidNetworkInsightsAnalysisId.NotFound"
_NO_RULE = "InvalidSecurityGroupRuleId.NotFound"
_BAD_FILTER = {"Filters": [{"Name": "colour", "Values": ["red"]}]}
_GONE = {
    "VpcId": "vpc-00000000",
    "GroupId": "sg-00000000",
    "SubnetId": "subnet-00000000",
    "PrefixListId": "pl-00000000",
    "NetworkInterfaceId": "eni-00000000",
    "NetworkInsightsPathId": "nip-00000000",
}


def gone(*members: str, **more: Any) -> dict[str, Any]:
    """Parameters that name what there is not."""
    return {**{name: _GONE[name] for name in members}, **more}


# operation -> (parameters, code), asked for between STEPS and LAST
ERRORS: Mapping[str, list[tuple[dict[str, Any], str]]] = {
    "AssignIpv6Addresses": [(gone("NetworkInterfaceId", Ipv6AddressCount=1), _NO_ENI)],
    "AssociateSecurityGroupVpc": [(gone("GroupId", VpcId="VPC"), _NO_GROUP), (gone("VpcId", GroupId="WEB"), _NO_VPC)],
    "AssociateSubnetCidrBlock": [
        ({"SubnetId": "SUBNET", "Ipv6CidrBlock": "BLOCK6"}, "CidrLimitExceeded"),
        (gone("SubnetId", Ipv6CidrBlock="BLOCK6"), "InvalidSubnetID.NotFound"),
    ],
    "AssociateVpcCidrBlock": [
        ({"VpcId": "VPC", "AmazonProvidedIpv6CidrBlock": True}, "CidrLimitExceeded"),
        (gone("VpcId", AmazonProvidedIpv6CidrBlock=True), _NO_VPC),
    ],
    "AuthorizeSecurityGroupEgress": [
        ({"GroupId": "WEB", "IpPermissions": [_HTTPS]}, "InvalidPermission.Duplicate"),
        (gone("GroupId", IpPermissions=[_HTTPS]), _NO_GROUP),
    ],
    "AuthorizeSecurityGroupIngress": [
        ({"GroupId": "WEB", "IpPermissions": [tcp(80, "x")]}, "InvalidParameterValue"),
        ({"GroupId": "WEB", "IpPermissions": [tcp(n, "10.0.0.0/8") for n in range(60)]},
         "RulesPerSecurityGroupLimitExceeded"),
        (gone("GroupId", IpPermissions=[_HTTPS]), _NO_GROUP),
    ],
    "CreateManagedPrefixList": [({**_LIST, "MaxEntries": 1001}, "InvalidParameterValue")],
    "CreateNetworkInsightsPath": [
        ({"Source": _GONE["NetworkInterfaceId"], "Destination": "ENI", **_FLOW}, _NO_ENI),
        ({"Source": "ENI", **_FLOW}, "MissingParameter"),
    ],
    "CreateNetworkInterface": [
        (gone("SubnetId"), "InvalidSubnetID.NotFound"),
        ({"SubnetId": "SUBNET", "PrivateIpAddress": "10.0.1.4"}, "InvalidIPAddress.InUse"),
    ],
    "CreateSecurityGroup": [
        ({"GroupName": "web", "Description": "d", "VpcId": "VPC"}, "InvalidGroup.Duplicate"),
        (gone("VpcId", GroupName="x", Description="d"), _NO_VPC),
        ({"GroupName": "sg-x", "Description": "d"}, "InvalidParameterValue"),
    ],
    "CreateSubnet": [
        ({"VpcId": "VPC", "CidrBlock": "10.0.1.0/25"}, "InvalidSubnet.Conflict"),
        ({"VpcId": "VPC", "CidrBlock": "10.5.0.0/24"}, "InvalidSubnet.Range"),
        (gone("VpcId", CidrBlock="10.0.2.0/24"), _NO_VPC),
    ],
    "CreateTags": [
        ({"Resources": ["x-1"], "Tags": [{"Key": "a", "Value": ""}]}, "InvalidID"),
        ({"Resources": ["WEB"], "Tags": _MANY}, "TagLimitExceeded"),
    ],
    "CreateVpc": [({"CidrBlock": "10.0.0.0/8"}, "InvalidVpc.Range"), ({}, "MissingParameter")],
    "DeleteManagedPrefixList": [(gone("PrefixListId"), _NO_LIST)],
    "DeleteNetworkInsightsAnalysis": [({"NetworkInsightsAnalysisId": "nia-00000000"}, _NO_ANALYSIS)],
    "DeleteNetworkInsightsPath": [
        ({"NetworkInsightsPathId": "PATH"}, "DependencyViolation"),
        (gone("NetworkInsightsPathId"), _NO_PATH),
    ],
    "DeleteNetworkInterface": [(gone("NetworkInterfaceId"), _NO_ENI)],
    "DeleteSecurityGroup": [({"GroupId": "WEB"}, "DependencyViolation"), (gone("GroupId"), _NO_GROUP),
                            ({"GroupName": "default"}, "CannotDelete")],
    "DeleteSubnet": [({"SubnetId": "SUBNET"}, "DependencyViolation"), (gone("SubnetId"), "InvalidSubnetID.NotFound")],
    "DeleteTags": [({"Resources": ["sg-00000000"]}, _NO_GROUP)],
    "DeleteVpc": [({"VpcId": "VPC"}, "DependencyViolation"), (gone("VpcId"), _NO_VPC)],
    "DescribeManagedPrefixLists": [({"PrefixListIds": ["pl-00000000"]}, _NO_LIST)],
    "DescribeNetworkInsightsAnalyses": [({"NetworkInsightsAnalysisIds": ["nia-00000000"]}, _NO_ANALYSIS)],
    "DescribeNetworkInsightsPaths": [({"NetworkInsightsPathIds": ["nip-00000000"]}, _NO_PATH)],
    "DescribeNetworkInterfaceAttribute": [({"NetworkInterfaceId": "ENI"}, "MissingParameter")],
    "DescribeNetworkInterfaces": [({"NetworkInterfaceIds": ["eni-00000000"]}, _NO_ENI)],
    "DescribeSecurityGroupReferences": [({"GroupId": ["sg-00000000"]}, _NO_GROUP)],
    "DescribeSecurityGroupRules": [({"SecurityGroupRuleIds": ["sgr-00000000"]}, _NO_RULE)],
    "DescribeSecurityGroupVpcAssociations": [(_BAD_FILTER, "InvalidParameterValue")],
    "DescribeSecurityGroups": [
        ({"GroupIds": ["sg-00000000"]}, _NO_GROUP),
        ({"GroupIds": ["x"]}, "InvalidGroupId.Malformed"),
        ({"NextToken": "?"}, "InvalidNextToken"),
    ],
    "DescribeStaleSecurityGroups": [(gone("VpcId"), _NO_VPC)],
    "DescribeSubnets": [({"SubnetIds": ["subnet-00000000"]}, "InvalidSubnetID.NotFound")],
    "DescribeTags": [(_BAD_FILTER, "InvalidParameterValue")],
    "DescribeVpcs": [({"VpcIds": ["x"]}, "InvalidVpcID.Malformed")],
    "DisassociateSecurityGroupVpc": [(gone("GroupId", VpcId="VPC"), _NO_GROUP)],
    "DisassociateSubnetCidrBlock": [({"AssociationId": "x"}, "InvalidSubnetCidrBlockAssociationID.NotFound"),
                                    ({"AssociationId": "SUBNET6"}, "DependencyViolation")],
    "DisassociateVpcCidrBlock": [({"AssociationId": "x"}, "InvalidVpcCidrBlockAssociationID.NotFound"),
                                 ({"AssociationId": "VPC6"}, "DependencyViolation")],
    "GetManagedPrefixListAssociations": [(gone("PrefixListId"), _NO_LIST)],
    "GetManagedPrefixListEntries": [
        (gone("PrefixListId"), _NO_LIST),
        ({"PrefixListId": "LIST", "TargetVersion": 9}, "InvalidPrefixListVersion"),
    ],
    "GetSecurityGroupsForVpc": [(gone("VpcId"), _NO_VPC)],
    "ModifyManagedPrefixList": [
        ({"PrefixListId": "LIST", "CurrentVersion": 1, "AddEntries": _ENTRY}, "PrefixListVersionMismatch"),
        (gone("PrefixListId"), _NO_LIST),
    ],
    "ModifyNetworkInterfaceAttribute": [
        ({"NetworkInterfaceId": "ENI"}, "InvalidParameterCombination"),
        (gone("NetworkInterfaceId", Groups=["WEB"]), _NO_ENI),
    ],
    "ModifySecurityGroupRules": [
        ({"GroupId": "WEB", "SecurityGroupRules": [{"SecurityGroupRuleId": "sgr-00000000",
                                                    "SecurityGroupRule": _RULE}]}, _NO_RULE),
        ({"GroupId": "WEB", "SecurityGroupRules": [{"SecurityGroupRuleId": "RULE",
                                                    "SecurityGroupRule": {"IpProtocol": "tcp"}}]},
         "InvalidParameterValue"),
    ],
    "RestoreManagedPrefixListVersion": [
        ({"PrefixListId": "LIST", "CurrentVersion": 1, "PreviousVersion": 1}, "PrefixListVersionMismatch"),
        ({"PrefixListId": "LIST", "CurrentVersion": 3, "PreviousVersion": 9}, "InvalidPrefixListVersion"),
    ],
    "RevokeSecurityGroupEgress": [
        ({"GroupId": "WEB", "IpPermissions": [tcp(9, "10.0.0.0/8")]}, "InvalidPermission.NotFound"),
    ],
    "RevokeSecurityGroupIngress": [
        ({"GroupId": "WEB", "IpPermissions": [tcp(9, "10.0.0.0/8")]}, "InvalidPermission.NotFound"),
        ({"GroupId": "WEB", "SecurityGroupRuleIds": ["sgr-00000000"]}, _NO_RULE),
    ],
    "StartNetworkInsightsAnalysis": [(gone("NetworkInsightsPathId"), _NO_PATH)],
    "UnassignIpv6Addresses": [(gone("NetworkInterfaceId", Ipv6Addresses=["ADDRESS6"]), _NO_ENI)],
    "UpdateSecurityGroupRuleDescriptionsEgress": [
        ({"GroupId": "WEB", "IpPermissions": [tcp(9, "10.0.0.0/8")]}, "InvalidPermission.NotFound"),
    ],
    "UpdateSecurityGroupRuleDescriptionsIngress": [
        ({"GroupId": "WEB", "SecurityGroupRuleDescriptions": [{"SecurityGroupRuleId": "sgr-00000000"}]}, _NO_RULE),
    ],
}  # fmt: skip


def test_the_tables_are_about_all_that_is_served() -> None:
    assert {operation for operation, _, _ in [*STEPS, *LAST]} == set(integration.operations)
    assert set(ERRORS) == set(integration.operations)


def method(ec2: Any, operation: str) -> Any:
    """boto3's name: `associate_vpc_cidr_block`, `assign_ipv6_addresses`."""
    return getattr(ec2, {name: found for found, name in ec2.meta.method_to_api_mapping.items()}[operation])


def filled(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: filled(item, names) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def at(answer: Any, path: str) -> Any:
    for part in path.split("."):
        answer = answer[int(part)] if part.isdigit() else answer[part]
    return answer


def perform(ec2: Any, steps: list[Step], names: dict[str, str]) -> None:
    for operation, parameters, kept in steps:
        answer = method(ec2, operation)(**filled(parameters, names))
        shape = ec2.meta.service_model.operation_model(operation).output_shape
        assert set(answer) > {"ResponseMetadata"} or shape is None, f"the parser finds nothing of {operation}'s answer"
        names.update({name: at(answer, path) for name, path in kept.items()})


@ONE_STORE
def test_every_operation(ec2: Any) -> None:
    names: dict[str, str] = {}
    perform(ec2, STEPS, names)
    for operation, errors in ERRORS.items():
        for parameters, code in errors:
            found = refused(method(ec2, operation), **filled(parameters, names))
            assert found[0] == code, (operation, parameters, found)
    perform(ec2, LAST, names)
    left = ec2.describe_vpcs()["Vpcs"]
    assert sorted(vpc["CidrBlock"] for vpc in left) == ["10.9.0.0/16", "172.31.0.0/16"]
