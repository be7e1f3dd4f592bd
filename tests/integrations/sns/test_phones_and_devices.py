"""SMS, the sandbox, opted-out numbers; platform applications and endpoints: operations, deliveries, refusals."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from engine import limits
from tests.api.client import refusal
from tests.integrations.scripted import Reply, Scripted
from tests.integrations.sns.conftest import Served, new_name

NUMBER = "+15555550100"
PUSHED = "POST /push"


# ---- SMS ----


def test_an_sms_is_kept_to_be_read_back(sns: Any, served: Served, topic: str) -> None:
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+1 555-555-0101")
    direct = sns.publish(
        PhoneNumber=NUMBER,
        Message="hello",
        MessageAttributes={"AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": "Shop"}},
    )
    by_topic = sns.publish(TopicArn=topic, Message='{"default": "d", "sms": "short"}', MessageStructure="json")
    served.clock()
    kept = {found["messageId"]: found for found in served.outgoing("sms")}
    assert kept[direct["MessageId"]]["address"] == NUMBER and kept[direct["MessageId"]]["Message"] == "hello"
    assert kept[direct["MessageId"]]["SenderId"] == "Shop"
    assert kept[by_topic["MessageId"]]["address"] == "+15555550101"
    assert kept[by_topic["MessageId"]]["Message"] == "short" and kept[by_topic["MessageId"]]["TopicArn"] == topic


def test_numbers_that_are_none(sns: Any) -> None:
    for number in ("abc", "+1555555010012345678"):
        code, _ = refusal(sns.publish, PhoneNumber=number, Message="x")
        assert code in ("InvalidParameter", "ValidationError")


def test_sms_attributes(alone: Callable[..., Any]) -> None:
    sns = alone()
    assert sns.get_sms_attributes()["attributes"] == {}
    role = "arn:aws:iam::000000000000:role/r"
    given = {
        "DefaultSenderID": "Shop",
        "DefaultSMSType": "Transactional",
        "DeliveryStatusIAMRole": role,
        "DeliveryStatusSuccessSamplingRate": "50",
    }
    sns.set_sms_attributes(attributes=given)
    assert sns.get_sms_attributes()["attributes"] == given
    assert sns.get_sms_attributes(attributes=["DefaultSMSType"])["attributes"] == {"DefaultSMSType": "Transactional"}
    sns.set_sms_attributes(attributes={"DefaultSenderID": ""})
    assert "DefaultSenderID" not in sns.get_sms_attributes()["attributes"]
    for name, value, reason in (
        ("Colour", "red", "Colour is not a valid attribute"),
        ("DefaultSenderID", "1234", "DefaultSenderID is not a valid sender ID"),
        ("DefaultSMSType", "Loud", "DefaultSMSType must be one of"),
        ("DeliveryStatusIAMRole", "me", "is not the ARN of a role"),
        ("DeliveryStatusSuccessSamplingRate", "101", "must be an integer from 0 to 100"),
        ("MonthlySpendLimit", "1", "MonthlySpendLimit is not supported by this server"),
        ("UsageReportS3Bucket", "b", "UsageReportS3Bucket is not supported by this server"),
    ):
        code, text = refusal(sns.set_sms_attributes, attributes={name: value})
        assert code == "InvalidParameter" and reason in text
    assert refusal(sns.get_sms_attributes, attributes=["Colour"])[0] == "InvalidParameter"


def test_the_sandboxs_numbers(alone: Callable[..., Any], served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SNS_SANDBOX_NUMBERS_MAX", 2)
    sns = alone()
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"] is False
    for number in (NUMBER, "+15555550102"):
        sns.create_sms_sandbox_phone_number(PhoneNumber=number)
    assert refusal(sns.create_sms_sandbox_phone_number, PhoneNumber="+15555550103")[0] == "UserError"
    code, text = refusal(sns.create_sms_sandbox_phone_number, PhoneNumber=NUMBER, LanguageCode="de-DE")
    assert code == "InvalidParameter" and "LanguageCode is not supported" in text
    served.clock()
    account = sns.create_topic(Name="t")["TopicArn"].split(":")[4]
    [message, _] = served.outgoing("sms", account)
    found = re.search(r"[0-9]{6}", message["Message"])
    assert found is not None and message["address"] == NUMBER
    wrong = "000000" if found[0] != "000000" else "111111"
    with pytest.raises(Exception, match="VerificationException"):
        sns.verify_sms_sandbox_phone_number(PhoneNumber=NUMBER, OneTimePassword=wrong)
    sns.verify_sms_sandbox_phone_number(PhoneNumber=NUMBER, OneTimePassword=found[0])
    listed = sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"]
    assert listed == [
        {"PhoneNumber": NUMBER, "Status": "Verified"},
        {"PhoneNumber": "+15555550102", "Status": "Pending"},
    ]
    first = sns.list_sms_sandbox_phone_numbers(MaxResults=1)
    second = sns.list_sms_sandbox_phone_numbers(MaxResults=1, NextToken=first["NextToken"])
    assert first["PhoneNumbers"] + second["PhoneNumbers"] == listed and "NextToken" not in second
    sns.delete_sms_sandbox_phone_number(PhoneNumber=NUMBER)
    assert refusal(sns.delete_sms_sandbox_phone_number, PhoneNumber=NUMBER)[0] == "ResourceNotFound"
    missing = refusal(sns.verify_sms_sandbox_phone_number, PhoneNumber=NUMBER, OneTimePassword="12345")
    assert missing[0] == "ResourceNotFound"
    assert sns.list_origination_numbers()["PhoneNumbers"] == []


def test_nobody_has_opted_out(sns: Any) -> None:
    assert sns.check_if_phone_number_is_opted_out(phoneNumber=NUMBER)["isOptedOut"] is False
    assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == []
    sns.opt_in_phone_number(phoneNumber=NUMBER)
    assert refusal(sns.check_if_phone_number_is_opted_out, phoneNumber="x")[0] == "InvalidParameter"


# ---- mobile push ----


def application(sns: Any, **attributes: str) -> str:
    given = {"PlatformCredential": "secret-key", **attributes}
    made = sns.create_platform_application(Name=new_name(), Platform="GCM", Attributes=given)
    return str(made["PlatformApplicationArn"])


def test_applications(alone: Callable[..., Any]) -> None:
    sns = alone()
    arn = application(sns)
    assert ":app/GCM/" in arn
    shown = sns.get_platform_application_attributes(PlatformApplicationArn=arn)["Attributes"]
    assert shown == {"Enabled": "true"}  # never the credential
    role = "arn:aws:iam::000000000000:role/r"
    sns.set_platform_application_attributes(PlatformApplicationArn=arn, Attributes={"SuccessFeedbackRoleArn": role})
    [listed] = sns.list_platform_applications()["PlatformApplications"]
    assert listed == {
        "PlatformApplicationArn": arn,
        "Attributes": {"Enabled": "true", "SuccessFeedbackRoleArn": role},
    }
    sns.delete_platform_application(PlatformApplicationArn=arn)
    assert refusal(sns.get_platform_application_attributes, PlatformApplicationArn=arn) == (
        "NotFound",
        "PlatformApplication does not exist",
    )
    sns.delete_platform_application(PlatformApplicationArn=arn)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"Platform": "PAGER"}, "Platform Reason: PAGER is not supported"),
        ({"Name": "a b"}, "Name Reason"),
        ({"Attributes": {"Enabled": "true"}}, "Platform credentials are required"),
        ({"Platform": "APNS"}, "Platform principal is required"),
        ({"Attributes": {"PlatformCredential": "x", "Colour": "red"}}, "Invalid attribute name: Colour"),
        (
            {"Attributes": {"PlatformCredential": "x", "EventEndpointCreated": "t"}},
            "EventEndpointCreated is not supported",
        ),
        ({"Attributes": {"PlatformCredential": "x", "SuccessFeedbackSampleRate": "x"}}, "integer from 0 to 100"),
        ({"Attributes": {"PlatformCredential": "x", "Enabled": "maybe"}}, "Enabled must be true or false"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_an_application_that_is_refused(sns: Any, request_: dict[str, Any], reason: str) -> None:
    given = {"Name": "app", "Platform": "GCM", "Attributes": {"PlatformCredential": "x"}, **request_}
    code, text = refusal(sns.create_platform_application, **given)
    assert code == "InvalidParameter" and reason in text


def test_endpoints(sns: Any) -> None:
    arn = application(sns)
    made = sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t1", CustomUserData="u")["EndpointArn"]
    assert made.startswith(arn.replace(":app/", ":endpoint/") + "/")
    again = sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t1", CustomUserData="u")
    assert again["EndpointArn"] == made
    code, text = refusal(sns.create_platform_endpoint, PlatformApplicationArn=arn, Token="t1", CustomUserData="v")
    assert (code, text) == (
        "InvalidParameter",
        f"Invalid parameter: Token Reason: Endpoint {made} already exists with the same Token, but different "
        "attributes.",
    )
    shown = sns.get_endpoint_attributes(EndpointArn=made)["Attributes"]
    assert shown == {"Enabled": "true", "Token": "t1", "CustomUserData": "u"}
    sns.set_endpoint_attributes(EndpointArn=made, Attributes={"Enabled": "false", "Token": "t2"})
    listed = sns.list_endpoints_by_platform_application(PlatformApplicationArn=arn)["Endpoints"]
    assert [found["Attributes"]["Token"] for found in listed] == ["t2"]
    for bad, reason in (
        ({"Colour": "red"}, "Invalid attribute name: Colour"),
        ({"Enabled": "maybe"}, "must be true or false"),
        ({"CustomUserData": "x" * 2_049}, "must be at most 2048 bytes long"),
        ({"Token": ""}, "a token is required"),
    ):
        code, text = refusal(sns.set_endpoint_attributes, EndpointArn=made, Attributes=bad)
        assert code == "InvalidParameter" and reason in text
    sns.delete_endpoint(EndpointArn=made)
    assert refusal(sns.get_endpoint_attributes, EndpointArn=made) == ("NotFound", "Endpoint does not exist")
    assert refusal(sns.set_endpoint_attributes, EndpointArn=made, Attributes={"Enabled": "true"})[0] == "NotFound"
    assert refusal(sns.publish, TargetArn=made, Message="x")[0] == "NotFound"
    missing = arn + "-missing"
    assert refusal(sns.create_platform_endpoint, PlatformApplicationArn=missing, Token="t")[0] == "NotFound"
    assert refusal(sns.list_endpoints_by_platform_application, PlatformApplicationArn=missing)[0] == "NotFound"
    changed = {"PlatformApplicationArn": missing, "Attributes": {"Enabled": "true"}}
    assert refusal(sns.set_platform_application_attributes, **changed)[0] == "NotFound"


def test_other_accounts_have_none_of_it(sns: Any, alone: Callable[..., Any]) -> None:
    arn = application(sns)
    endpoint = sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t")["EndpointArn"]
    other = alone()
    assert refusal(other.get_platform_application_attributes, PlatformApplicationArn=arn)[0] == "AuthorizationError"
    assert refusal(other.get_endpoint_attributes, EndpointArn=endpoint)[0] == "AuthorizationError"
    assert refusal(other.publish, TargetArn=endpoint, Message="x")[0] == "AuthorizationError"


def test_a_device_gets_messages_by_the_webhook(sns: Any, served: Served, web: Scripted, topic: str) -> None:
    web.replies[PUSHED] = Reply()
    arn = application(sns)
    endpoint = sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="device")["EndpointArn"]
    sns.subscribe(TopicArn=topic, Protocol="application", Endpoint=endpoint)
    texts = json.dumps({"default": "d", "GCM": '{"notification": {}}'})
    sns.publish(TargetArn=endpoint, Message=texts, MessageStructure="json")
    sns.publish(TopicArn=topic, Message="to all")
    asked = [found.json for found in web.wait_for(PUSHED, 2)]
    assert sorted(found["Message"] for found in asked) == ["to all", '{"notification": {}}']
    assert {(found["Platform"], found["Token"], found["EndpointArn"]) for found in asked} == {
        ("GCM", "device", endpoint)
    }
    sns.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "false"})
    assert refusal(sns.publish, TargetArn=endpoint, Message="x")[0] == "EndpointDisabled"
    sns.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "true"})
    sns.set_platform_application_attributes(PlatformApplicationArn=arn, Attributes={"Enabled": "false"})
    assert refusal(sns.publish, TargetArn=endpoint, Message="x")[0] == "PlatformApplicationDisabled"
