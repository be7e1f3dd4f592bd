"""What EC2's protocol takes and refuses, in which words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ServiceError
from engine.wire.ec2_protocol import Ec2Protocol
from engine.wire.protocol import WireRequest
from engine.wire.service import load_service

PROTOCOL = Ec2Protocol(load_service("ec2"))


def parsed(body: str | bytes) -> dict[str, Any]:
    data = body.encode() if isinstance(body, str) else body
    request = WireRequest("POST", "/", b"", {b"content-type": b"application/x-www-form-urlencoded"}, data)
    return PROTOCOL.parse(PROTOCOL.operation_name(request), request)


def test_a_request_as_the_documentation_writes_it() -> None:
    body = (
        "Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-112233&IpPermissions.1.IpProtocol=tcp"
        "&IpPermissions.1.FromPort=22&IpPermissions.1.ToPort=22&IpPermissions.1.IpRanges.1.CidrIp=203.0.113.0/24"
        "&IpPermissions.1.Groups.1.GroupId=sg-1&IpPermissions.1.PrefixListIds.1.PrefixListId=pl-1&DryRun=false"
        "&AWSAccessKeyId=a&Signature=b&SignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp=t&X-Amz-Date=d"
    )
    assert parsed(body) == {
        "GroupId": "sg-112233",
        "IpPermissions": [
            {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "IpRanges": [{"CidrIp": "203.0.113.0/24"}],
                "UserIdGroupPairs": [{"GroupId": "sg-1"}],
                "PrefixListIds": [{"PrefixListId": "pl-1"}],
            }
        ],
        "DryRun": False,
    }


def test_an_answer() -> None:
    answer = {"Return": True, "SecurityGroupRules": [{"SecurityGroupRuleId": "sgr-1", "IsEgress": False}]}
    assert PROTOCOL.serialise("AuthorizeSecurityGroupIngress", answer, "id-1").body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<AuthorizeSecurityGroupIngressResponse '
        'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>id-1</requestId><return>true</return>'
        "<securityGroupRuleSet><item><securityGroupRuleId>sgr-1</securityGroupRuleId><isEgress>false</isEgress>"
        "</item></securityGroupRuleSet></AuthorizeSecurityGroupIngressResponse>"
    )
    assert b"<return>true</return>" in PROTOCOL.serialise("DeleteTags", {}, "id-1").body


# parameters, code, a part of the message
REFUSED = [
    ("", "MissingParameter", "The request must contain the parameter Action"),
    ("Action=Nope", "InvalidAction", "The action Nope is not valid for this web service."),
    ("Action=DescribeVpcs&Version=2009-01-01", "NoSuchVersion", "The requested version (2009-01-01) is not valid."),
    ("Action=DescribeVpcs&Foo=1", "UnknownParameter", "The parameter Foo is not recognized"),
    ("Action=DescribeVpcs&Filter.1.Nome=1", "UnknownParameter", "The parameter Filter.1.Nome is not recognized"),
    ("Action=CreateSecurityGroup", "MissingParameter", "The request must contain the parameter GroupDescription"),
    ("Action=CreateSecurityGroup&GroupDescription=d", "MissingParameter", "must contain the parameter GroupName"),
    ("Action=DescribeVpcs&MaxResults=x", "InvalidParameterValue", "Value (x) for parameter MaxResults is invalid."),
    (
        "Action=DescribeVpcs&MaxResults=1",
        "InvalidParameterValue",
        "Value ( 1 ) for parameter maxResults is invalid. Expecting a value greater than 5.",
    ),
    ("Action=DescribeVpcs&DryRun=maybe", "InvalidParameterValue", "Value (maybe) for parameter DryRun is invalid."),
    ("Action=DescribeVpcs&VpcId=a&VpcId.1=b", "MalformedQueryString", "a value and a structure at once"),
    (
        "Action=CreateNetworkInsightsPath&Source=e&Protocol=x",
        "InvalidParameterValue",
        "Value (x) for parameter protocol",
    ),
    ("Action=DescribeVpcs&VpcId.a=b", "InvalidParameterValue", "Value (a) for parameter VpcId is invalid."),
]


@pytest.mark.parametrize(("body", "code", "message"), REFUSED, ids=[str(body) for body, _, _ in REFUSED])
def test_refused(body: str, code: str, message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        parsed(body)
    assert (caught.value.code, caught.value.status) == (code, 400)
    assert message in caught.value.message


def test_enums_in_other_letters() -> None:
    body = "Action=CreateNetworkInsightsPath&Source=eni-1&Protocol=TCP"
    assert parsed(body) == {"Source": "eni-1", "Protocol": "TCP"}


def test_tokens_that_sdks_generate_are_not_missed() -> None:
    body = "Action=StartNetworkInsightsAnalysis&NetworkInsightsPathId=nip-1"
    assert parsed(body) == {"NetworkInsightsPathId": "nip-1"}


@given(st.sampled_from(["DescribeVpcs", "AuthorizeSecurityGroupIngress", "CreateTags"]), st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_refusal(operation: str, body: bytes) -> None:
    try:
        assert isinstance(parsed(f"Action={operation}&".encode() + body), dict)
    except ServiceError as error:
        assert error.status == 400
