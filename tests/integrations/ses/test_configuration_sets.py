"""Configuration sets through both APIs: their options, their event destinations, and each refusal."""

from typing import Any

import pytest

from tests.integrations.ses.conftest import User, refused
from tests.integrations.ses.hearing import ear, listening
from tests.integrations.ses.test_events import send
from tests.integrations.ses.test_sending import mail, raw


def test_sets_are_made_listed_and_deleted(user: User) -> None:
    ses, ses2 = user.client("ses"), user.client("sesv2")
    for name in ("a", "b"):
        ses.create_configuration_set(ConfigurationSet={"Name": name})
    ses2.create_configuration_set(ConfigurationSetName="c")
    assert ses2.list_configuration_sets()["ConfigurationSets"] == ["a", "b", "c"]
    first = ses.list_configuration_sets(MaxItems=2)
    assert first["ConfigurationSets"] == [{"Name": "a"}, {"Name": "b"}]
    assert ses.list_configuration_sets(NextToken=first["NextToken"])["ConfigurationSets"] == [{"Name": "c"}]
    ses.delete_configuration_set(ConfigurationSetName="a")
    ses2.delete_configuration_set(ConfigurationSetName="b")
    assert ses2.list_configuration_sets()["ConfigurationSets"] == ["c"]


def test_options_of_both_versions(user: User) -> None:
    ses, ses2 = user.client("ses"), user.client("sesv2")
    ses2.create_dedicated_ip_pool(PoolName="p")
    ses2.create_configuration_set(
        ConfigurationSetName="c",
        DeliveryOptions={"TlsPolicy": "REQUIRE", "MaxDeliverySeconds": 300, "SendingPoolName": "p"},
        Tags=[{"Key": "team", "Value": "news"}],
        SendingOptions={"SendingEnabled": False},
        SuppressionOptions={"SuppressedReasons": ["COMPLAINT"]},
    )
    found = ses2.get_configuration_set(ConfigurationSetName="c")
    assert found["DeliveryOptions"] == {"TlsPolicy": "REQUIRE", "MaxDeliverySeconds": 300, "SendingPoolName": "p"}
    assert found["Tags"] == [{"Key": "team", "Value": "news"}]
    assert found["SendingOptions"] == {"SendingEnabled": False}
    assert found["SuppressionOptions"] == {"SuppressedReasons": ["COMPLAINT"]}
    names = ["deliveryOptions", "reputationOptions", "eventDestinations", "trackingOptions"]
    described = ses.describe_configuration_set(ConfigurationSetName="c", ConfigurationSetAttributeNames=names)
    assert described["DeliveryOptions"] == {"TlsPolicy": "Require"} and described["EventDestinations"] == []
    assert described["ReputationOptions"] == {"SendingEnabled": False, "ReputationMetricsEnabled": False}
    assert "TrackingOptions" not in described
    ses.put_configuration_set_delivery_options(ConfigurationSetName="c", DeliveryOptions={"TlsPolicy": "Optional"})
    ses.update_configuration_set_sending_enabled(ConfigurationSetName="c", Enabled=True)
    ses2.put_configuration_set_suppression_options(ConfigurationSetName="c", SuppressedReasons=[])
    found = ses2.get_configuration_set(ConfigurationSetName="c")
    assert found["DeliveryOptions"]["TlsPolicy"] == "OPTIONAL" and found["SendingOptions"]["SendingEnabled"]
    assert found["SuppressionOptions"] == {"SuppressedReasons": []} and "LastFreshStart" in found["ReputationOptions"]
    ses2.put_configuration_set_delivery_options(ConfigurationSetName="c", TlsPolicy="REQUIRE")
    ses2.put_configuration_set_sending_options(ConfigurationSetName="c", SendingEnabled=False)
    ses2.put_configuration_set_reputation_options(ConfigurationSetName="c", ReputationMetricsEnabled=False)
    found = ses2.get_configuration_set(ConfigurationSetName="c")
    assert found["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"} and not found["SendingOptions"]["SendingEnabled"]


def test_a_set_that_is_switched_off_sends_nothing(sender: User) -> None:
    ses, ses2 = sender.client("ses"), sender.client("sesv2")
    ses.create_configuration_set(ConfigurationSet={"Name": "watched"})
    ses.update_configuration_set_sending_enabled(ConfigurationSetName="watched", Enabled=False)
    code, text = refused(ses.send_email, **mail(ConfigurationSetName="watched"))
    assert code == "ConfigurationSetSendingPausedException"
    assert text == "Email sending is disabled for configuration set <watched>."
    code, _ = refused(ses2.send_email, Content={"Raw": {"Data": raw(**{"X-SES-CONFIGURATION-SET": "watched"})}})
    assert code == "SendingPausedException"
    assert sender.inbox() == []


def test_a_bulk_mail_whose_identity_chose_a_set_that_is_switched_off(sender: User) -> None:
    ses, ses2 = sender.client("ses"), sender.client("sesv2")
    ses.create_configuration_set(ConfigurationSet={"Name": "c"})
    chosen = {"EmailIdentity": "example.com", "ConfigurationSetName": "c"}
    ses2.put_email_identity_configuration_set_attributes(**chosen)
    ses.update_configuration_set_sending_enabled(ConfigurationSetName="c", Enabled=False)
    ses.create_template(Template={"TemplateName": "t", "SubjectPart": "s", "TextPart": "x"})
    (status,) = ses.send_bulk_templated_email(
        Source="bob@example.com",
        Template="t",
        DefaultTemplateData="{}",
        Destinations=[{"Destination": {"ToAddresses": ["ann@example.org"]}}],
    )["Status"]
    assert (status["Status"], status["Error"]) == (
        "ConfigurationSetSendingPaused",
        "Email sending is disabled for configuration set <c>.",
    )


def test_the_header_of_a_raw_mail_names_a_set(sender: User) -> None:
    heard = listening(sender)
    sender.client("ses").send_raw_email(RawMessage={"Data": raw(**{"X-SES-CONFIGURATION-SET": "watched"})})
    assert [event["eventType"] for event in heard.heard()] == ["Send", "Delivery"]
    code, _ = refused(
        sender.client("ses").send_raw_email, RawMessage={"Data": raw(**{"X-SES-CONFIGURATION-SET": "none"})}
    )
    assert code == "ConfigurationSetDoesNotExist"


def test_event_destinations_are_changed_and_deleted(user: User) -> None:
    ses, ses2 = user.client("ses"), user.client("sesv2")
    topic = ear(user).topic
    ses.create_configuration_set(ConfigurationSet={"Name": "c"})
    shape = {"Name": "d", "Enabled": True, "MatchingEventTypes": ["send"], "SNSDestination": {"TopicARN": topic}}
    ses.create_configuration_set_event_destination(ConfigurationSetName="c", EventDestination=shape)
    changed = {**shape, "MatchingEventTypes": ["bounce", "renderingFailure"], "Enabled": False}
    ses.update_configuration_set_event_destination(ConfigurationSetName="c", EventDestination=changed)
    assert ses2.get_configuration_set_event_destinations(ConfigurationSetName="c")["EventDestinations"] == [
        {
            "Name": "d",
            "Enabled": False,
            "MatchingEventTypes": ["BOUNCE", "RENDERING_FAILURE"],
            "SnsDestination": {"TopicArn": topic},
        }
    ]
    ses.delete_configuration_set_event_destination(ConfigurationSetName="c", EventDestinationName="d")
    assert ses2.get_configuration_set_event_destinations(ConfigurationSetName="c")["EventDestinations"] == []


def _v2(**place: Any) -> dict[str, Any]:
    shape = {"Enabled": True, "MatchingEventTypes": ["SEND"], **place}
    return {"ConfigurationSetName": "c", "EventDestinationName": "d", "EventDestination": shape}


def _v1(**place: Any) -> dict[str, Any]:
    return {"ConfigurationSetName": "c", "EventDestination": {"Name": "d", "MatchingEventTypes": ["send"], **place}}


NONE = "arn:aws:sns:us-east-1:000000000000:none"
BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"
STREAM = "arn:aws:firehose:us-east-1:000000000000:deliverystream/mails"
ROLE = "arn:aws:iam::000000000000:role/r"
DIMENSION = {"DimensionName": "a b", "DimensionValueSource": "messageTag", "DefaultDimensionValue": "x"}
CREATE = "create_configuration_set_event_destination"
UPDATE = "update_configuration_set_event_destination"
DELETE = "delete_configuration_set_event_destination"
REFUSED: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("ses", "create_configuration_set", {"ConfigurationSet": {"Name": "c"}}, "ConfigurationSetAlreadyExists", "<c>"),
    ("ses", "create_configuration_set", {"ConfigurationSet": {"Name": "a b"}}, "InvalidConfigurationSet", "letters"),
    ("sesv2", "create_configuration_set", {"ConfigurationSetName": "c"}, "AlreadyExistsException", "<c>"),
    ("sesv2", "create_configuration_set", {"ConfigurationSetName": "a b"}, "BadRequestException", "letters"),
    ("ses", "delete_configuration_set", {"ConfigurationSetName": "x"}, "ConfigurationSetDoesNotExist", "<x>"),
    ("sesv2", "delete_configuration_set", {"ConfigurationSetName": "x"}, "NotFoundException", "<x>"),
    ("ses", "describe_configuration_set", {"ConfigurationSetName": "x"}, "ConfigurationSetDoesNotExist", "<x>"),
    ("sesv2", "get_configuration_set", {"ConfigurationSetName": "x"}, "NotFoundException", "<x>"),
    (
        "sesv2",
        "create_configuration_set",
        {"ConfigurationSetName": "y", "TrackingOptions": {"CustomRedirectDomain": "x.org"}},
        "BadRequestException",
        "Invalid tracking options: the domain x.org is not verified.",
    ),
    (
        "sesv2",
        "create_configuration_set",
        {"ConfigurationSetName": "y", "DeliveryOptions": {"MaxDeliverySeconds": 60}},
        "BadRequestException",
        "greater than or equal to 300",
    ),
    (
        "sesv2",
        "put_configuration_set_delivery_options",
        {"ConfigurationSetName": "c", "SendingPoolName": "none"},
        "NotFoundException",
        "Dedicated IP pool none",
    ),
    (
        "ses",
        "update_configuration_set_reputation_metrics_enabled",
        {"ConfigurationSetName": "c", "Enabled": True},
        "InvalidParameterValue",
        "ReputationMetricsEnabled is not supported",
    ),
    (
        "sesv2",
        "put_configuration_set_suppression_options",
        {"ConfigurationSetName": "c", "SuppressionScope": "TENANT"},
        "BadRequestException",
        "TENANT is not supported",
    ),
    ("ses", CREATE, _v1(SNSDestination={"TopicARN": NONE}), "InvalidSNSDestination", "is not valid"),
    ("sesv2", CREATE, _v2(SnsDestination={"TopicArn": NONE}), "BadRequestException", "is not valid"),
    ("ses", CREATE, _v1(), "InvalidParameterValue", "exactly one place"),
    (
        "ses",
        CREATE,
        _v1(CloudWatchDestination={"DimensionConfigurations": [DIMENSION]}),
        "InvalidCloudWatchDestination",
        "DimensionName <a b>",
    ),
    (
        "ses",
        CREATE,
        _v1(KinesisFirehoseDestination={"IAMRoleARN": ROLE, "DeliveryStreamARN": "x"}),
        "InvalidFirehoseDestination",
        "not the ARN of a delivery stream",
    ),
    (
        "sesv2",
        CREATE,
        _v2(KinesisFirehoseDestination={"IamRoleArn": ROLE, "DeliveryStreamArn": STREAM}),
        "BadRequestException",
        "there is no [firehose] root",
    ),
    ("sesv2", CREATE, _v2(EventBridgeDestination={"EventBusArn": BUS}), "BadRequestException", "default event bus"),
    (
        "sesv2",
        CREATE,
        _v2(PinpointDestination={"ApplicationArn": "arn:aws:mobiletargeting:us-east-1:000000000000:apps/x"}),
        "BadRequestException",
        "PinpointDestination is not supported",
    ),
    ("ses", DELETE, {"ConfigurationSetName": "c", "EventDestinationName": "x"}, "EventDestinationDoesNotExist", "<x>"),
    ("sesv2", DELETE, {"ConfigurationSetName": "c", "EventDestinationName": "x"}, "NotFoundException", "<x>"),
]


@pytest.mark.parametrize(
    ("service", "operation", "request_", "code", "text"),
    REFUSED,
    ids=[f"{row[0]}-{row[1]}-{row[3]}" for row in REFUSED],
)
def test_what_is_refused(
    user: User, service: str, operation: str, request_: dict[str, Any], code: str, text: str
) -> None:
    user.client("ses").create_configuration_set(ConfigurationSet={"Name": "c"})
    found = refused(getattr(user.client(service), operation), **request_)
    assert found[0] == code and text in found[1]


def test_two_destinations_of_one_name_and_too_many(user: User) -> None:
    ses, topic = user.client("ses"), ear(user).topic
    ses.create_configuration_set(ConfigurationSet={"Name": "c"})
    for number in range(10):
        shape = {"Name": f"d{number}", "MatchingEventTypes": ["send"], "SNSDestination": {"TopicARN": topic}}
        ses.create_configuration_set_event_destination(ConfigurationSetName="c", EventDestination=shape)
    code, _ = refused(ses.create_configuration_set_event_destination, ConfigurationSetName="c", EventDestination=shape)
    assert code == "EventDestinationAlreadyExists"
    shape["Name"] = "d10"
    code, text = refused(
        ses.create_configuration_set_event_destination, ConfigurationSetName="c", EventDestination=shape
    )
    assert code == "LimitExceeded" and "at most 10" in text
    code, _ = refused(ses.update_configuration_set_event_destination, ConfigurationSetName="c", EventDestination=shape)
    assert code == "EventDestinationDoesNotExist"


# ---- the suppression list ----


def test_an_address_on_the_list_bounces_and_nothing_leaves(sender: User) -> None:
    heard, ses2 = listening(sender), sender.client("sesv2")
    ses2.put_suppressed_destination(EmailAddress="Gone@Example.org", Reason="BOUNCE")
    send(sender, "gone@example.org", "ann@example.org")
    sent, delivered, bounced = heard.heard()
    assert sent["eventType"] == "Send" and delivered["delivery"]["recipients"] == ["ann@example.org"]
    assert bounced["bounce"]["bounceSubType"] == "OnAccountSuppressionList"
    (recipient,) = bounced["bounce"]["bouncedRecipients"]
    assert recipient["emailAddress"] == "gone@example.org" and "suppression list" in recipient["diagnosticCode"]
    assert sender.inbox()[0]["State"] == {"gone@example.org": "suppressed", "ann@example.org": "delivered"}
    ses2.put_configuration_set_suppression_options(ConfigurationSetName="watched", SuppressedReasons=["COMPLAINT"])
    send(sender, "gone@example.org")
    assert [event["eventType"] for event in heard.heard()] == ["Send", "Delivery"]


def test_the_account_says_which_reasons_count(sender: User) -> None:
    ses2 = sender.client("sesv2")
    assert ses2.get_account()["SuppressionAttributes"] == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
    heard = listening(sender)
    ses2.put_suppressed_destination(EmailAddress="gone@example.org", Reason="BOUNCE")
    ses2.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])
    send(sender, "gone@example.org")
    assert [event["eventType"] for event in heard.heard()] == ["Send", "Delivery"]
    ses2.put_account_suppression_attributes()
    assert ses2.get_account()["SuppressionAttributes"] == {"SuppressedReasons": []}


def test_the_list_is_read_and_changed(user: User) -> None:
    ses2 = user.client("sesv2")
    for address, reason in (("a@x.org", "BOUNCE"), ("b@x.org", "COMPLAINT"), ("c@x.org", "BOUNCE")):
        ses2.put_suppressed_destination(EmailAddress=address, Reason=reason)
    found = ses2.get_suppressed_destination(EmailAddress="b@x.org")["SuppressedDestination"]
    assert (found["EmailAddress"], found["Reason"]) == ("b@x.org", "COMPLAINT") and "Attributes" not in found
    listed = ses2.list_suppressed_destinations(Reasons=["BOUNCE"], PageSize=1)
    assert [one["EmailAddress"] for one in listed["SuppressedDestinationSummaries"]] == ["a@x.org"]
    rest = ses2.list_suppressed_destinations(Reasons=["BOUNCE"], NextToken=listed["NextToken"])
    assert [one["EmailAddress"] for one in rest["SuppressedDestinationSummaries"]] == ["c@x.org"]
    after = found["LastUpdateTime"].replace(year=found["LastUpdateTime"].year + 1)
    assert ses2.list_suppressed_destinations(StartDate=after)["SuppressedDestinationSummaries"] == []
    assert len(ses2.list_suppressed_destinations(EndDate=after)["SuppressedDestinationSummaries"]) == 3
    ses2.delete_suppressed_destination(EmailAddress="b@x.org")
    for operation in (ses2.get_suppressed_destination, ses2.delete_suppressed_destination):
        code, text = refused(operation, EmailAddress="b@x.org")
        assert code == "NotFoundException" and "b@x.org does not exist on your suppression list" in text
    code, text = refused(ses2.put_suppressed_destination, EmailAddress="nobody", Reason="BOUNCE")
    assert code == "BadRequestException"
