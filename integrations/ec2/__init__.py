"""Security groups of Amazon EC2, and of VPCs what they need.

| file | what |
|---|---|
| kinds, addresses, rules, shapes | what resources are: ids, CIDR blocks, rules, their shapes; pure |
| filters, paging, errors | of all Describe operations; pure |
| vpcs, ipv6_blocks, groups, permissions, group_rules, vpc_associations | the operations |
| interfaces, interface_ipv6, prefix_lists, insights, tagging | the operations, too |
| idempotency | client tokens |
| reach, path_filters | may traffic from A reach B; pure |
| ends, checks, check_task | the same over the store; as a Task and for the command line |
| requests | parameters that are not built, and DryRun |
| store, tables | the database |
"""

from collections.abc import Mapping

from engine.contract import Integration, LocalAction, Operation, Page
from integrations.ec2 import (
    group_rules,
    groups,
    insights,
    interface_ipv6,
    interfaces,
    ipv6_blocks,
    permissions,
    prefix_lists,
    tagging,
    vpc_associations,
    vpcs,
)
from integrations.ec2.check_task import check_page, check_task
from integrations.ec2.requests import OperationFunction, operation
from integrations.ec2.tables import MIGRATIONS, metadata

_PLAIN = "CidrIp FromPort IpProtocol SourceSecurityGroupName SourceSecurityGroupOwnerId ToPort"
_PAGED = "Filters MaxResults NextToken"

# operation -> (function, the parameters that it takes)
_WRITING: Mapping[str, tuple[OperationFunction, str]] = {
    "AssignIpv6Addresses": (
        interface_ipv6.assign_ipv6_addresses,
        "NetworkInterfaceId Ipv6Addresses Ipv6AddressCount",
    ),
    "AssociateSecurityGroupVpc": (vpc_associations.associate_security_group_vpc, "GroupId VpcId"),
    "AssociateSubnetCidrBlock": (ipv6_blocks.associate_subnet_cidr_block, "SubnetId Ipv6CidrBlock"),
    "AssociateVpcCidrBlock": (
        ipv6_blocks.associate_vpc_cidr_block,
        "VpcId AmazonProvidedIpv6CidrBlock Ipv6CidrBlockNetworkBorderGroup",
    ),
    "AuthorizeSecurityGroupEgress": (
        permissions.authorize(egress=True),
        f"GroupId IpPermissions TagSpecifications {_PLAIN}",
    ),
    "AuthorizeSecurityGroupIngress": (
        permissions.authorize(egress=False),
        f"GroupId GroupName IpPermissions TagSpecifications {_PLAIN}",
    ),
    "CreateManagedPrefixList": (
        prefix_lists.create_managed_prefix_list,
        "PrefixListName Entries MaxEntries TagSpecifications AddressFamily ClientToken",
    ),
    "CreateNetworkInsightsPath": (
        insights.create_network_insights_path,
        "SourceIp DestinationIp Source Destination Protocol DestinationPort FilterAtSource FilterAtDestination "
        "TagSpecifications ClientToken",
    ),
    "CreateNetworkInterface": (
        interfaces.create_network_interface,
        "SubnetId Description Groups InterfaceType PrivateIpAddress PrivateIpAddresses SecondaryPrivateIpAddressCount "
        "Ipv6Addresses Ipv6AddressCount TagSpecifications ClientToken",
    ),
    "CreateSecurityGroup": (groups.create_security_group, "Description GroupName VpcId TagSpecifications"),
    "CreateSubnet": (
        vpcs.create_subnet,
        "VpcId CidrBlock Ipv6CidrBlock AvailabilityZone AvailabilityZoneId TagSpecifications",
    ),
    "CreateTags": (tagging.create_tags, "Resources Tags"),
    "CreateVpc": (
        vpcs.create_vpc,
        "CidrBlock AmazonProvidedIpv6CidrBlock Ipv6CidrBlockNetworkBorderGroup InstanceTenancy TagSpecifications",
    ),
    "DeleteManagedPrefixList": (prefix_lists.delete_managed_prefix_list, "PrefixListId"),
    "DeleteNetworkInsightsAnalysis": (insights.delete_network_insights_analysis, "NetworkInsightsAnalysisId"),
    "DeleteNetworkInsightsPath": (insights.delete_network_insights_path, "NetworkInsightsPathId"),
    "DeleteNetworkInterface": (interfaces.delete_network_interface, "NetworkInterfaceId"),
    "DeleteSecurityGroup": (groups.delete_security_group, "GroupId GroupName"),
    "DeleteSubnet": (vpcs.delete_subnet, "SubnetId"),
    "DeleteTags": (tagging.delete_tags, "Resources Tags"),
    "DeleteVpc": (vpcs.delete_vpc, "VpcId"),
    "DisassociateSecurityGroupVpc": (vpc_associations.disassociate_security_group_vpc, "GroupId VpcId"),
    "DisassociateSubnetCidrBlock": (ipv6_blocks.disassociate_subnet_cidr_block, "AssociationId"),
    "DisassociateVpcCidrBlock": (ipv6_blocks.disassociate_vpc_cidr_block, "AssociationId"),
    "ModifyManagedPrefixList": (
        prefix_lists.modify_managed_prefix_list,
        "PrefixListId CurrentVersion PrefixListName AddEntries RemoveEntries MaxEntries",
    ),
    "ModifyNetworkInterfaceAttribute": (
        interfaces.modify_network_interface_attribute,
        "NetworkInterfaceId Description Groups SourceDestCheck",
    ),
    "ModifySecurityGroupRules": (group_rules.modify_security_group_rules, "GroupId SecurityGroupRules"),
    "RestoreManagedPrefixListVersion": (
        prefix_lists.restore_managed_prefix_list_version,
        "PrefixListId PreviousVersion CurrentVersion",
    ),
    "RevokeSecurityGroupEgress": (
        permissions.revoke(egress=True),
        f"GroupId IpPermissions SecurityGroupRuleIds {_PLAIN}",
    ),
    "RevokeSecurityGroupIngress": (
        permissions.revoke(egress=False),
        f"GroupId GroupName IpPermissions SecurityGroupRuleIds {_PLAIN}",
    ),
    "StartNetworkInsightsAnalysis": (
        insights.start_network_insights_analysis,
        "NetworkInsightsPathId TagSpecifications ClientToken",
    ),
    "UnassignIpv6Addresses": (interface_ipv6.unassign_ipv6_addresses, "NetworkInterfaceId Ipv6Addresses"),
    "UpdateSecurityGroupRuleDescriptionsEgress": (
        permissions.update_descriptions(egress=True),
        "GroupId GroupName IpPermissions SecurityGroupRuleDescriptions",
    ),
    "UpdateSecurityGroupRuleDescriptionsIngress": (
        permissions.update_descriptions(egress=False),
        "GroupId GroupName IpPermissions SecurityGroupRuleDescriptions",
    ),
}
_READING: Mapping[str, tuple[OperationFunction, str]] = {
    "DescribeManagedPrefixLists": (prefix_lists.describe_managed_prefix_lists, f"PrefixListIds {_PAGED}"),
    "DescribeNetworkInsightsAnalyses": (
        insights.describe_network_insights_analyses,
        f"NetworkInsightsAnalysisIds NetworkInsightsPathId AnalysisStartTime AnalysisEndTime {_PAGED}",
    ),
    "DescribeNetworkInsightsPaths": (
        insights.describe_network_insights_paths,
        f"NetworkInsightsPathIds {_PAGED}",
    ),
    "DescribeNetworkInterfaceAttribute": (
        interfaces.describe_network_interface_attribute,
        "NetworkInterfaceId Attribute",
    ),
    "DescribeNetworkInterfaces": (interfaces.describe_network_interfaces, f"NetworkInterfaceIds {_PAGED}"),
    "DescribeSecurityGroupReferences": (group_rules.describe_security_group_references, "GroupId"),
    "DescribeSecurityGroupRules": (group_rules.describe_security_group_rules, f"SecurityGroupRuleIds {_PAGED}"),
    "DescribeSecurityGroups": (groups.describe_security_groups, f"GroupIds GroupNames {_PAGED}"),
    "DescribeSecurityGroupVpcAssociations": (vpc_associations.describe_security_group_vpc_associations, _PAGED),
    "DescribeStaleSecurityGroups": (group_rules.describe_stale_security_groups, "VpcId MaxResults NextToken"),
    "DescribeSubnets": (vpcs.describe_subnets, f"SubnetIds {_PAGED}"),
    "DescribeTags": (tagging.describe_tags, _PAGED),
    "DescribeVpcs": (vpcs.describe_vpcs, f"VpcIds {_PAGED}"),
    "GetManagedPrefixListAssociations": (
        prefix_lists.get_managed_prefix_list_associations,
        "PrefixListId MaxResults NextToken",
    ),
    "GetManagedPrefixListEntries": (
        prefix_lists.get_managed_prefix_list_entries,
        "PrefixListId TargetVersion MaxResults NextToken",
    ),
    "GetSecurityGroupsForVpc": (vpc_associations.get_security_groups_for_vpc, f"VpcId {_PAGED}"),
}


def _operations() -> dict[str, Operation]:
    writing = {name: operation(name, function, accepts) for name, (function, accepts) in _WRITING.items()}
    reading = {name: operation(name, function, accepts, reads=True) for name, (function, accepts) in _READING.items()}
    return writing | reading


integration = Integration(service="ec2", operations=_operations(), tables=metadata, migrations=MIGRATIONS)

# What is not AWS's: `arn:aws:states:::statewright:securityGroups:check`, and the command line's way to it.
checks = Integration(
    service="statewright",
    actions={"securityGroups:check": LocalAction(check_task, checks_first=True)},
    pages=[Page("GET", "/_statewright/security-groups/check", check_page, reads=True)],
)
