"""Security groups of Amazon EC2, and of VPCs what they need.

| file | what |
|---|---|
| kinds, addresses, rules, shapes | what resources are: ids, CIDR blocks, rules, their shapes; pure |
| filters, paging, errors | of all Describe operations; pure |
| vpcs, groups, permissions, group_rules, tagging | the operations |
| requests | parameters that are not built, and DryRun |
| store, tables | the database |
"""

from collections.abc import Mapping

from engine.contract import Integration, Operation
from integrations.ec2 import group_rules, groups, permissions, tagging, vpcs
from integrations.ec2.requests import OperationFunction, operation
from integrations.ec2.tables import MIGRATIONS, metadata

_PLAIN = "CidrIp FromPort IpProtocol SourceSecurityGroupName SourceSecurityGroupOwnerId ToPort"
_PAGED = "Filters MaxResults NextToken"

# operation -> (function, the parameters that it takes)
_WRITING: Mapping[str, tuple[OperationFunction, str]] = {
    "AuthorizeSecurityGroupEgress": (
        permissions.authorize(egress=True),
        f"GroupId IpPermissions TagSpecifications {_PLAIN}",
    ),
    "AuthorizeSecurityGroupIngress": (
        permissions.authorize(egress=False),
        f"GroupId GroupName IpPermissions TagSpecifications {_PLAIN}",
    ),
    "CreateSecurityGroup": (groups.create_security_group, "Description GroupName VpcId TagSpecifications"),
    "CreateSubnet": (
        vpcs.create_subnet,
        "VpcId CidrBlock AvailabilityZone AvailabilityZoneId TagSpecifications",
    ),
    "CreateTags": (tagging.create_tags, "Resources Tags"),
    "CreateVpc": (vpcs.create_vpc, "CidrBlock InstanceTenancy TagSpecifications"),
    "DeleteSecurityGroup": (groups.delete_security_group, "GroupId GroupName"),
    "DeleteSubnet": (vpcs.delete_subnet, "SubnetId"),
    "DeleteTags": (tagging.delete_tags, "Resources Tags"),
    "DeleteVpc": (vpcs.delete_vpc, "VpcId"),
    "ModifySecurityGroupRules": (group_rules.modify_security_group_rules, "GroupId SecurityGroupRules"),
    "RevokeSecurityGroupEgress": (
        permissions.revoke(egress=True),
        f"GroupId IpPermissions SecurityGroupRuleIds {_PLAIN}",
    ),
    "RevokeSecurityGroupIngress": (
        permissions.revoke(egress=False),
        f"GroupId GroupName IpPermissions SecurityGroupRuleIds {_PLAIN}",
    ),
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
    "DescribeSecurityGroupReferences": (group_rules.describe_security_group_references, "GroupId"),
    "DescribeSecurityGroupRules": (group_rules.describe_security_group_rules, f"SecurityGroupRuleIds {_PAGED}"),
    "DescribeSecurityGroups": (groups.describe_security_groups, f"GroupIds GroupNames {_PAGED}"),
    "DescribeStaleSecurityGroups": (group_rules.describe_stale_security_groups, "VpcId MaxResults NextToken"),
    "DescribeSubnets": (vpcs.describe_subnets, f"SubnetIds {_PAGED}"),
    "DescribeTags": (tagging.describe_tags, _PAGED),
    "DescribeVpcs": (vpcs.describe_vpcs, f"VpcIds {_PAGED}"),
}


def _operations() -> dict[str, Operation]:
    writing = {name: operation(name, function, accepts) for name, (function, accepts) in _WRITING.items()}
    reading = {name: operation(name, function, accepts, reads=True) for name, (function, accepts) in _READING.items()}
    return writing | reading


integration = Integration(service="ec2", operations=_operations(), tables=metadata, migrations=MIGRATIONS)
