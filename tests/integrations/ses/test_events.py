"""What became of mails, as configuration sets and identities are told: SNS, CloudWatch, EventBridge, Firehose."""

import json
from typing import Any

import pytest

from tests.integrations.ses.conftest import User, refused
from tests.integrations.ses.hearing import ALL, FOLLOWED, ear, listening
from tests.integrations.ses.test_sending import raw

SIMULATOR = "simulator.amazonses.com"


def send(user: User, *to: str, **changes: Any) -> str:
    content = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "text"}}}}
    request = {
        "FromEmailAddress": "Bob <bob@example.com>",
        "Destination": {"ToAddresses": list(to)},
        "Content": content,
        "ConfigurationSetName": "watched",
        **changes,
    }
    message_id: str = user.client("sesv2").send_email(**request)["MessageId"]
    return message_id


def state(user: User, message_id: str) -> dict[str, str]:
    found: dict[str, str] = next(mail["State"] for mail in user.inbox() if mail["Id"] == message_id)
    return found


def test_a_mail_that_stays_here_counts_as_delivered(sender: User) -> None:
    heard = listening(sender)
    message_id = send(sender, "ann@example.org", EmailTags=[{"Name": "kind", "Value": "news"}])
    sent, delivered = heard.heard()
    assert (sent["eventType"], delivered["eventType"]) == ("Send", "Delivery") and sent["send"] == {}
    mail = delivered["mail"]
    arn = f"arn:aws:ses:us-east-1:{sender.account}:identity/example.com"
    assert mail["messageId"] == message_id and mail["sourceArn"] == arn and mail["sendingAccountId"] == sender.account
    assert mail["source"] == "Bob <bob@example.com>" and mail["destination"] == ["ann@example.org"]
    assert {"name": "Subject", "value": "Hello"} in mail["headers"] and mail["headersTruncated"] is False
    assert mail["commonHeaders"]["from"] == ["Bob <bob@example.com>"]
    assert mail["commonHeaders"]["to"] == ["ann@example.org"] and mail["commonHeaders"]["subject"] == "Hello"
    assert mail["tags"] == {
        "ses:from-domain": ["example.com"],
        "ses:configuration-set": ["watched"],
        "kind": ["news"],
    }
    assert delivered["delivery"]["recipients"] == ["ann@example.org"]
    assert delivered["delivery"]["processingTimeMillis"] == 0 and delivered["delivery"]["smtpResponse"].startswith(
        "250"
    )
    assert state(sender, message_id) == {"ann@example.org": "delivered"}


# label or not, mailbox -> (event types, the bounce's type and subtype, its status, the state)
SIMULATED = [
    ("success", ["Send", "Delivery"], None, "delivered"),
    ("bounce", ["Send", "Bounce"], ("Permanent", "General", "5.1.1"), "bounced"),
    ("bounce+label1", ["Send", "Bounce"], ("Permanent", "General", "5.1.1"), "bounced"),
    ("suppressionlist", ["Send", "Bounce"], ("Permanent", "Suppressed", "5.1.1"), "suppressed"),
    ("ooto", ["Send", "Delivery", "Bounce"], ("Transient", "General", None), "delivered"),
    ("complaint+x", ["Send", "Delivery", "Complaint"], None, "complained"),
]


@pytest.mark.parametrize(("mailbox", "kinds", "bounce", "became"), SIMULATED, ids=[row[0] for row in SIMULATED])
def test_the_mailbox_simulator(
    sender: User, mailbox: str, kinds: list[str], bounce: tuple[str, str, str | None] | None, became: str
) -> None:
    heard = listening(sender)
    address = f"{mailbox}@{SIMULATOR}"
    message_id = send(sender, address)
    found = heard.heard()
    assert [event["eventType"] for event in found] == kinds
    assert state(sender, message_id) == {address: became}
    if bounce is not None:
        detail = found[-1]["bounce"]
        assert (detail["bounceType"], detail["bounceSubType"]) == bounce[:2]
        (recipient,) = detail["bouncedRecipients"]
        assert (recipient["emailAddress"], recipient.get("status")) == (address, bounce[2])
    if kinds[-1] == "Complaint":
        assert found[-1]["complaint"]["complainedRecipients"] == [{"emailAddress": address}]
        assert found[-1]["complaint"]["complaintFeedbackType"] == "abuse"
    assert sender.client("sesv2").list_suppressed_destinations()["SuppressedDestinationSummaries"] == []


def test_statistics_count_what_became_of_mails(sender: User) -> None:
    for mailbox in ("success", "bounce", "complaint"):
        sender.client("ses").send_email(
            Source="bob@example.com",
            Destination={"ToAddresses": [f"{mailbox}@{SIMULATOR}"]},
            Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
        )
    virus = raw().replace(b"body", rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")
    sender.client("ses").send_raw_email(RawMessage={"Data": virus})
    points = sender.client("ses").get_send_statistics()["SendDataPoints"]
    counted = [
        sum(point[name] for point in points) for name in ("DeliveryAttempts", "Bounces", "Complaints", "Rejects")
    ]
    assert counted == [4, 1, 1, 1]


def test_a_virus_is_rejected_and_never_leaves(sender: User) -> None:
    heard = listening(sender)
    virus = raw(**{"X-SES-CONFIGURATION-SET": "watched"}).replace(
        b"body", rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    )
    message_id = sender.client("ses").send_raw_email(RawMessage={"Data": virus})["MessageId"]
    found = heard.heard()
    assert [event["eventType"] for event in found] == ["Send", "Reject"]
    assert found[1]["reject"] == {"reason": "Bad content"}
    assert state(sender, message_id) == {"ann@example.com": "rejected"}


def test_a_template_that_cannot_be_rendered(sender: User) -> None:
    heard = listening(sender)
    sender.client("sesv2").create_email_template(
        TemplateName="greeting", TemplateContent={"Subject": "Hello {{name}}", "Text": "x"}
    )
    content = {"Template": {"TemplateName": "greeting", "TemplateData": "{}"}}
    message_id = send(sender, "ann@example.org", Content=content)
    (event,) = heard.heard()
    assert event["eventType"] == "Rendering Failure" and event["failure"]["templateName"] == "greeting"
    assert "'name' is not present" in event["failure"]["errorMessage"]
    assert state(sender, message_id) == {"ann@example.org": "failed"}


def test_only_what_was_asked_for_is_published(sender: User) -> None:
    heard = listening(sender)
    ses2 = sender.client("sesv2")
    shape = {"Enabled": True, "MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": heard.topic}}
    where = {"ConfigurationSetName": "watched", "EventDestinationName": "ear"}
    ses2.update_configuration_set_event_destination(**where, EventDestination=shape)
    send(sender, f"success@{SIMULATOR}")
    send(sender, f"bounce@{SIMULATOR}")
    assert [event["eventType"] for event in heard.heard()] == ["Bounce"]
    ses2.update_configuration_set_event_destination(**where, EventDestination={**shape, "Enabled": False})
    send(sender, f"bounce@{SIMULATOR}")
    assert heard.heard() == []


def test_a_topic_that_is_gone_does_not_stop_mails(sender: User) -> None:
    heard = listening(sender)
    sender.client("sns").delete_topic(TopicArn=heard.topic)
    message_id = send(sender, "ann@example.org")
    assert state(sender, message_id) == {"ann@example.org": "delivered"}


def test_cloudwatch_gets_metrics_with_their_dimensions_and_the_event(sender: User) -> None:
    ses = sender.client("ses")
    ses.create_configuration_set(ConfigurationSet={"Name": "watched"})
    dimensions = [
        {"DimensionName": "kind", "DimensionValueSource": "messageTag", "DefaultDimensionValue": "none"},
        {"DimensionName": "Subject", "DimensionValueSource": "emailHeader", "DefaultDimensionValue": "none"},
        {"DimensionName": "link", "DimensionValueSource": "linkTag", "DefaultDimensionValue": "none"},
    ]
    destination = {
        "Name": "metrics",
        "Enabled": True,
        "MatchingEventTypes": ["send"],
        "CloudWatchDestination": {"DimensionConfigurations": dimensions},
    }
    ses.create_configuration_set_event_destination(ConfigurationSetName="watched", EventDestination=destination)
    described = ses.describe_configuration_set(
        ConfigurationSetName="watched", ConfigurationSetAttributeNames=["eventDestinations"]
    )
    assert described["EventDestinations"] == [destination]
    message_id = send(sender, "ann@example.org", EmailTags=[{"Name": "kind", "Value": "news"}])
    (line,) = sender.client("logs").filter_log_events(logGroupName="/aws/ses/watched")["events"]
    found = json.loads(line["message"])
    assert (found["Send"], found["kind"], found["Subject"], found["link"]) == (1, "news", "Hello", "none")
    assert found["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["kind", "Subject", "link"]]
    assert found["event"]["mail"]["messageId"] == message_id


# ---- of identities ----


def test_the_topics_of_an_identity_are_told(sender: User) -> None:
    heard, ses = ear(sender, "feedback"), sender.client("ses")
    for kind in ("Bounce", "Complaint", "Delivery"):
        ses.set_identity_notification_topic(Identity="example.com", NotificationType=kind, SnsTopic=heard.topic)
    ses.set_identity_headers_in_notifications_enabled(
        Identity="example.com", NotificationType="Complaint", Enabled=True
    )
    sender.client("sesv2").create_configuration_set(ConfigurationSetName="watched")
    for mailbox in ("success", "bounce", "complaint"):
        send(sender, f"{mailbox}@{SIMULATOR}")
    found = heard.heard()
    assert [one["notificationType"] for one in found] == ["Delivery", "Delivery", "Bounce", "Complaint"]
    assert all("tags" not in one["mail"] and "eventType" not in one for one in found)
    assert ["headers" in one["mail"] for one in found] == [False, False, False, True]
    shown = ses.get_identity_notification_attributes(Identities=["example.com", "none.org"])["NotificationAttributes"]
    assert list(shown) == ["example.com"] and shown["example.com"]["HeadersInComplaintNotificationsEnabled"]
    assert shown["example.com"]["BounceTopic"] == heard.topic and shown["example.com"]["ForwardingEnabled"]
    ses.set_identity_notification_topic(Identity="example.com", NotificationType="Bounce")
    send(sender, f"bounce@{SIMULATOR}")
    assert heard.heard() == []


def test_feedback_is_forwarded_by_mail_until_it_is_turned_off(sender: User) -> None:
    heard, ses = ear(sender, "feedback"), sender.client("ses")
    sender.client("sesv2").create_configuration_set(ConfigurationSetName="watched")
    for mailbox in ("bounce", "complaint", "ooto"):
        send(sender, f"{mailbox}@{SIMULATOR}")
    forwarded = [mail for mail in sender.inbox() if mail["Destination"]["ToAddresses"] == ["bob@example.com"]]
    assert [mail["Subject"] for mail in forwarded] == [
        "Delivery Status Notification (Failure)",
        "complaint about message",
        "Auto: Hello",
    ]
    mime = sender.call("GET", f"/_statewright/ses/mail?id={forwarded[0]['Id']}")["mime"]
    assert 'report-type="delivery-status"' in mime and f"Final-Recipient: rfc822; bounce@{SIMULATOR}" in mime
    off = {"Identity": "example.com", "ForwardingEnabled": False}
    code, text = refused(ses.set_identity_feedback_forwarding_enabled, **off)
    assert code == "InvalidParameterValue" and "both Bounce and Complaint" in text
    for kind in ("Bounce", "Complaint"):
        ses.set_identity_notification_topic(Identity="example.com", NotificationType=kind, SnsTopic=heard.topic)
    sender.client("sesv2").put_email_identity_feedback_attributes(EmailIdentity="example.com")
    assert sender.client("sesv2").get_email_identity(EmailIdentity="example.com")["FeedbackForwardingStatus"] is False
    before = len(sender.inbox())
    send(sender, f"bounce@{SIMULATOR}")
    assert len(sender.inbox()) == before + 1


@pytest.mark.parametrize(
    ("operation", "request_", "code", "text"),
    [
        (
            "set_identity_notification_topic",
            {"Identity": "none.org", "NotificationType": "Bounce"},
            "InvalidParameterValue",
            "does not exist",
        ),
        (
            "set_identity_notification_topic",
            {
                "Identity": "example.com",
                "NotificationType": "Bounce",
                "SnsTopic": "arn:aws:sns:us-east-1:000000000000:none",
            },
            "InvalidParameterValue",
            "SNS topic <arn:aws:sns:us-east-1:000000000000:none> is not valid",
        ),
        (
            "set_identity_headers_in_notifications_enabled",
            {"Identity": "none.org", "NotificationType": "Bounce", "Enabled": True},
            "InvalidParameterValue",
            "does not exist",
        ),
    ],
)
def test_what_notifications_refuse(
    sender: User, operation: str, request_: dict[str, Any], code: str, text: str
) -> None:
    found = refused(getattr(sender.client("ses"), operation), **request_)
    assert found[0] == code and text in found[1]


def test_all_types_of_events_are_known() -> None:
    from integrations.ses.events.events import KINDS

    assert list(KINDS) == [*ALL, *FOLLOWED]


def test_the_owner_of_an_identity_that_is_named_by_its_arn_is_told(sender: User) -> None:
    heard, ses = ear(sender, "feedback"), sender.client("ses")
    ses.set_identity_notification_topic(Identity="example.com", NotificationType="Bounce", SnsTopic=heard.topic)
    arn = f"arn:aws:ses:us-east-1:{sender.account}:identity/example.com"
    sender.client("sesv2").create_configuration_set(ConfigurationSetName="watched")
    send(sender, f"bounce@{SIMULATOR}", FromEmailAddressIdentityArn=arn)
    (found,) = heard.heard()
    assert found["mail"]["sourceArn"] == arn
