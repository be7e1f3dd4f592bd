"""Rules of groups by boto3: authorised, revoked, modified, described; the errors of each."""

from typing import Any

import pytest

from tests.integrations.ec2.calls import ONE_STORE, refused, tcp
from tests.integrations.ec2.test_groups import filtered

GROUP = {"GroupId": "sg-00000000"}
DIRECTIONS = ["ingress", "egress"]


def permissions(ec2: Any, group: str, direction: str = "ingress") -> list[dict[str, Any]]:
    [found] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    shown = found["IpPermissions" if direction == "ingress" else "IpPermissionsEgress"]
    full = [{name: value for name, value in entry.items() if value != []} for entry in shown]
    return sorted(full, key=lambda entry: (entry["IpProtocol"], entry.get("FromPort", -1)))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_rule_from_its_creation_to_its_end(ec2: Any, group: str, direction: str) -> None:
    authorize = getattr(ec2, f"authorize_security_group_{direction}")
    revoke = getattr(ec2, f"revoke_security_group_{direction}")
    before = permissions(ec2, group, direction)
    wanted = tcp(443, IpRanges=[{"CidrIp": "10.1.2.3/16", "Description": "in the house"}])
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "b"}]}]
    [made] = authorize(GroupId=group, IpPermissions=[wanted], TagSpecifications=tags)["SecurityGroupRules"]
    assert made.pop("SecurityGroupRuleArn").endswith(made["SecurityGroupRuleId"])
    assert made == {
        "SecurityGroupRuleId": made["SecurityGroupRuleId"],
        "GroupId": group,
        "GroupOwnerId": made["GroupOwnerId"],
        "IsEgress": direction == "egress",
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "CidrIpv4": "10.1.0.0/16",
        "Description": "in the house",
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    shown = {**tcp(443), "IpRanges": [{"CidrIp": "10.1.0.0/16", "Description": "in the house"}]}
    assert permissions(ec2, group, direction) == sorted([*before, shown], key=lambda entry: entry["IpProtocol"])
    assert refused(authorize, GroupId=group, IpPermissions=[tcp(443, "10.1.9.9/16")]) == (
        "InvalidPermission.Duplicate",
        'the specified rule "peer: 10.1.0.0/16, TCP, from port: 443, to port: 443, ALLOW" already exists',
    )
    [revoked] = revoke(GroupId=group, IpPermissions=[tcp(443, "10.1.0.0/16")])["RevokedSecurityGroupRules"]
    assert (revoked["SecurityGroupRuleId"], revoked["CidrIpv4"]) == (made["SecurityGroupRuleId"], "10.1.0.0/16")
    assert permissions(ec2, group, direction) == before


def test_every_kind_of_other_side(ec2: Any, vpc: str, group: str) -> None:
    other = ec2.create_security_group(GroupName="db", Description="d", VpcId=vpc)["GroupId"]
    wanted = tcp(
        5432,
        "10.0.0.0/8",
        Ipv6Ranges=[{"CidrIpv6": "2001:DB8::1/32"}],
        UserIdGroupPairs=[{"GroupId": group, "Description": "itself"}, {"GroupId": other}],
    )
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[wanted])["SecurityGroupRules"]
    others = [rule.get("CidrIpv6") or rule.get("CidrIpv4") or rule["ReferencedGroupInfo"]["GroupId"] for rule in made]
    assert others == ["10.0.0.0/8", "2001:db8::/32", group, other]
    [shown] = permissions(ec2, group)
    assert sorted(pair["GroupId"] for pair in shown["UserIdGroupPairs"]) == sorted([group, other])
    assert shown["Ipv6Ranges"] == [{"CidrIpv6": "2001:db8::/32"}]
    ids = [rule["SecurityGroupRuleId"] for rule in made]
    assert len(ec2.describe_security_group_rules(SecurityGroupRuleIds=ids)["SecurityGroupRules"]) == 4
    revoked = ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=ids)["RevokedSecurityGroupRules"]
    assert {rule.get("ReferencedGroupId") for rule in revoked} == {None, group, other}
    assert permissions(ec2, group) == []


def test_the_form_of_old(ec2: Any, group: str) -> None:
    plain = {"GroupId": group, "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
    ec2.authorize_security_group_ingress(**plain)
    assert permissions(ec2, group) == [tcp(22, "0.0.0.0/0")]
    ec2.revoke_security_group_ingress(**plain)
    assert permissions(ec2, group) == []
    ec2.create_security_group(GroupName="a", Description="d")
    ec2.create_security_group(GroupName="b", Description="d")
    ec2.authorize_security_group_ingress(GroupName="a", SourceSecurityGroupName="b")
    [found] = ec2.describe_security_groups(GroupNames=["a"])["SecurityGroups"]
    assert (found["IpPermissions"][0]["IpProtocol"], len(found["IpPermissions"][0]["UserIdGroupPairs"])) == ("-1", 1)


def test_texts_of_the_groups_that_are_meant(ec2: Any, group: str) -> None:
    """As AWS has them: aws-sdk-js#417, systeminit/si#3042, aws-sdk-ruby#2575, aws-sdk-java-v2#5217."""
    authorize, owner = ec2.authorize_security_group_ingress, {"SourceSecurityGroupOwnerId": "x"}
    no_source = ("MissingParameter", "Source group ID missing.")
    assert refused(authorize, GroupId=group, **owner) == no_source
    assert (
        refused(authorize, GroupId=group, IpPermissions=[tcp(1, UserIdGroupPairs=[{"Description": "x"}])]) == no_source
    )
    malformed = ("InvalidGroupId.Malformed", "The security-group ID '' is malformed")
    assert refused(authorize, GroupId="", IpPermissions=[tcp(1, "10.0.0.0/8")]) == malformed
    few = "Value ( 1 ) for parameter maxResults is invalid. Expecting a value greater than 5."
    assert refused(ec2.describe_security_groups, MaxResults=1) == ("InvalidParameterValue", few)
    both = {"IpPermissions": [tcp(1)], "SecurityGroupRuleDescriptions": [{"SecurityGroupRuleId": "sgr-00000000"}]}
    text = refused(ec2.update_security_group_rule_descriptions_ingress, GroupId=group, **both)[1]
    assert text == "The parameter 'ipPermissions' may not be used in combination with 'securityGroupRuleDescriptions'."


def test_tag_keys_that_are_reserved(ec2: Any, group: str) -> None:
    """In TagSpecifications AWS does not say which: ec2-spot-converter#13; CreateTags and DeleteTags do: jbrt#8."""
    text = "Value ( aws:x ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use"
    for operation in (ec2.create_tags, ec2.delete_tags):
        found = refused(operation, Resources=[group], Tags=[{"Key": "aws:x", "Value": "1"}])
        assert found == ("InvalidParameterValue", text)


# parameters of AuthorizeSecurityGroupIngress beside the group, code
BAD_PERMISSIONS: list[tuple[dict[str, Any], str]] = [
    ({}, "MissingParameter"),
    ({"IpPermissions": [tcp(1)]}, "MissingParameter"),
    ({"IpPermissions": [tcp(1, "10.0.0.0/33")]}, "InvalidParameterValue"),
    ({"IpPermissions": [tcp(70_000, "10.0.0.0/8")]}, "InvalidParameterValue"),
    ({"IpPermissions": [tcp(1, "10.0.0.0/8")], "CidrIp": "10.0.0.0/8"}, "InvalidParameterCombination"),
    ({"IpPermissions": [tcp(1, "10.0.0.0/8", "10.0.0.1/8")]}, "InvalidParameterValue"),
    ({"IpPermissions": [tcp(1, UserIdGroupPairs=[{"GroupId": "sg-00000000"}])]}, "InvalidGroup.NotFound"),
    ({"IpPermissions": [tcp(1, UserIdGroupPairs=[{"GroupId": "x"}])]}, "InvalidGroupId.Malformed"),
    ({"IpPermissions": [tcp(1, UserIdGroupPairs=[{}])]}, "MissingParameter"),
    ({"IpPermissions": [tcp(1, UserIdGroupPairs=[{"GroupName": "default"}])]}, "InvalidGroup.NotFound"),
    ({"IpPermissions": [tcp(1, UserIdGroupPairs=[{"GroupName": "nope"}])]}, "InvalidGroup.NotFound"),
    ({"IpPermissions": [tcp(1, UserIdGroupPairs=[{**GROUP, "UserId": "999999999999"}])]}, "InvalidGroup.NotFound"),
    ({"IpPermissions": [tcp(1, UserIdGroupPairs=[{**GROUP, "PeeringStatus": "active"}])]}, "UnsupportedOperation"),
    ({"IpPermissions": [tcp(1, PrefixListIds=[{"PrefixListId": "pl-00000000"}])]}, "InvalidPrefixListID.NotFound"),
    ({"GroupName": "web", "IpPermissions": [tcp(1, "10.0.0.0/8")]}, "InvalidParameterCombination"),
    ({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "10.0.0.0/8",
      "SourceSecurityGroupOwnerId": "000000000000"}, "MissingParameter"),
    ({"IpPermissions": [tcp(port, "10.0.0.0/8") for port in range(61)]}, "RulesPerSecurityGroupLimitExceeded"),
]  # fmt: skip


@pytest.mark.parametrize(("parameters", "code"), BAD_PERMISSIONS, ids=range(len(BAD_PERMISSIONS)))
@ONE_STORE
def test_permissions_that_cannot_be(ec2: Any, group: str, parameters: dict[str, Any], code: str) -> None:
    assert refused(ec2.authorize_security_group_ingress, GroupId=group, **parameters)[0] == code
    assert permissions(ec2, group) == []


def test_revoking_what_is_no_rule(ec2: Any, group: str) -> None:
    """An error; in the default VPC it is only told."""
    assert refused(ec2.revoke_security_group_ingress, GroupId=group, IpPermissions=[tcp(1, "10.0.0.0/8")]) == (
        "InvalidPermission.NotFound",
        "The specified rule does not exist in this security group.",
    )
    own = ec2.create_security_group(GroupName="own", Description="d")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=own, IpPermissions=[tcp(1, "10.0.0.0/8")])
    answer = ec2.revoke_security_group_ingress(GroupId=own, IpPermissions=[tcp(1, "10.0.0.0/8", "11.0.0.0/8")])
    assert answer["Return"] is True
    assert [rule["CidrIpv4"] for rule in answer["RevokedSecurityGroupRules"]] == ["10.0.0.0/8"]
    [unknown] = answer["UnknownIpPermissions"]
    assert unknown["IpRanges"] == [{"CidrIp": "11.0.0.0/8"}]
    rule = "sgr-00000000000000000"
    for wrong in ({"SecurityGroupRuleIds": [rule]}, {"SecurityGroupRuleIds": ["x"]}):
        code, _ = refused(ec2.revoke_security_group_ingress, GroupId=own, **wrong)
        assert code.startswith("InvalidSecurityGroupRuleId.")
    both = {"SecurityGroupRuleIds": [rule], "IpPermissions": [tcp(1, "10.0.0.0/8")]}
    assert refused(ec2.revoke_security_group_ingress, GroupId=own, **both)[0] == "InvalidParameterCombination"


def test_a_rule_of_the_other_direction_is_not_revoked(ec2: Any, group: str) -> None:
    [rule] = ec2.describe_security_group_rules(Filters=filtered("group-id", group))["SecurityGroupRules"]
    assert rule["IsEgress"] is True
    wrong = refused(
        ec2.revoke_security_group_ingress, GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]]
    )
    assert wrong[0] == "InvalidSecurityGroupRuleId.NotFound"
    ec2.revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    assert permissions(ec2, group, "egress") == []


def test_modified_rules_keep_their_ids_and_tags(ec2: Any, group: str) -> None:
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "b"}]}]
    wanted = [tcp(1, "10.0.0.0/8"), tcp(2, "10.0.0.0/8")]
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=wanted, TagSpecifications=tags)
    first, second = (rule["SecurityGroupRuleId"] for rule in made["SecurityGroupRules"])

    def update(identifier: str, **rule: Any) -> dict[str, Any]:
        base = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}
        return {"SecurityGroupRuleId": identifier, "SecurityGroupRule": {**base, **rule}}

    modify = ec2.modify_security_group_rules
    swapped = [
        update(first, FromPort=2, ToPort=2, CidrIpv4="10.1.1.1/8"),
        update(second, CidrIpv4="10.0.0.0/8", Description="x"),
    ]
    assert modify(GroupId=group, SecurityGroupRules=swapped)["Return"] is True
    shown = ec2.describe_security_group_rules(SecurityGroupRuleIds=[first, second])["SecurityGroupRules"]
    assert {(rule["SecurityGroupRuleId"], rule["FromPort"], rule.get("Description")) for rule in shown} == {
        (first, 2, None),
        (second, 1, "x"),
    }
    assert all(rule["Tags"] == [{"Key": "a", "Value": "b"}] for rule in shown)
    # The text is AWS's: SampleDemo#1. botocore, of SecurityGroupRuleRequest: you cannot change the rule type.
    assert refused(modify, GroupId=group, SecurityGroupRules=[update(first, ReferencedGroupId=group)]) == (
        "InvalidParameterValue",
        "You may not specify a referenced group id for an existing IPv4 CIDR rule.",
    )

    for wrong, code in [
        (update(first, CidrIpv4="10.0.0.0/8"), "InvalidPermission.Duplicate"),
        (update(first), "InvalidParameterValue"),
        (update(first, CidrIpv4="10.0.0.0/8", CidrIpv6="::/0"), "InvalidParameterValue"),
        (update(first, CidrIpv4="nope"), "InvalidParameterValue"),
        (update("sgr-00000000", CidrIpv4="10.0.0.0/8"), "InvalidSecurityGroupRuleId.NotFound"),
        (update(first, PrefixListId="pl-00000000"), "InvalidParameterValue"),
        (update(first, CidrIpv4="10.0.0.0/8", IpProtocol=""), "InvalidParameterValue"),
    ]:
        assert refused(modify, GroupId=group, SecurityGroupRules=[wrong])[0] == code
    twice = [update(first, CidrIpv4="12.0.0.0/8"), update(first, CidrIpv4="13.0.0.0/8")]
    assert refused(modify, GroupId=group, SecurityGroupRules=twice)[0] == "InvalidParameterValue"


def test_a_rule_of_a_group_becomes_one_of_another(ec2: Any, group: str) -> None:
    pair = {"UserIdGroupPairs": [{"GroupId": group}]}
    [rule] = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(1, **pair)])["SecurityGroupRules"]

    def become(other: str) -> dict[str, Any]:
        wanted = {"IpProtocol": "-1", "ReferencedGroupId": other}
        entry = {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": wanted}
        return {"GroupId": group, "SecurityGroupRules": [entry]}

    assert refused(ec2.modify_security_group_rules, **become("sg-00000000"))[0] == "InvalidGroup.NotFound"
    assert ec2.modify_security_group_rules(**become(group))["Return"] is True
    assert permissions(ec2, group) == [
        {"IpProtocol": "-1", "UserIdGroupPairs": [{**pair["UserIdGroupPairs"][0], "UserId": rule["GroupOwnerId"]}]}
    ]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_descriptions(ec2: Any, group: str, direction: str) -> None:
    authorize = getattr(ec2, f"authorize_security_group_{direction}")
    describe = getattr(ec2, f"update_security_group_rule_descriptions_{direction}")
    [rule] = authorize(GroupId=group, IpPermissions=[tcp(1, "10.0.0.0/8")])["SecurityGroupRules"]

    def description() -> str | None:
        ids = [rule["SecurityGroupRuleId"]]
        found: str | None = ec2.describe_security_group_rules(SecurityGroupRuleIds=ids)["SecurityGroupRules"][0].get(
            "Description"
        )
        return found

    describe(GroupId=group, IpPermissions=[tcp(1, IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "a"}])])
    assert description() == "a"
    by_id = [{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "Description": "b"}]
    describe(GroupId=group, SecurityGroupRuleDescriptions=by_id)
    assert description() == "b"
    describe(GroupId=group, IpPermissions=[tcp(1, "10.0.0.0/8")])
    assert description() is None
    assert refused(describe, GroupId=group, IpPermissions=[tcp(2, "10.0.0.0/8")])[0] == "InvalidPermission.NotFound"
    assert refused(describe, GroupId=group)[0] == "MissingParameter"


def test_references_and_stale_rules(ec2: Any, vpc: str, group: str) -> None:
    assert ec2.describe_security_group_references(GroupId=[group])["SecurityGroupReferenceSet"] == []
    assert refused(ec2.describe_security_group_references, GroupId=["sg-00000000"])[0] == "InvalidGroup.NotFound"
    assert refused(ec2.describe_security_group_references, GroupId=[group] * 201) == (  # cloud-custodian#1024
        "ResourceCountExceeded",
        "The number of resources allowed for this request (200) is exceeded",
    )
    assert ec2.describe_stale_security_groups(VpcId=vpc)["StaleSecurityGroupSet"] == []
    assert refused(ec2.describe_stale_security_groups, VpcId="vpc-00000000")[0] == "InvalidVpcID.NotFound"
