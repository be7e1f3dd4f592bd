"""Mails that leave: a server with a relay, on a clock that tests move."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.config import EncryptionSettings, EventSettings, RelaySettings, SesSettings, Settings
from tests.in_process import running_server
from tests.integrations.ses.conftest import User, refused
from tests.integrations.ses.fake_relay import FakeRelay, running
from tests.integrations.ses.hearing import listening
from tests.integrations.ses.test_events import SIMULATOR, send, state
from tests.integrations.ses.test_sending import raw

BUS = "arn:aws:sqs:us-east-1:600000000000:bus"
_accounts = itertools.count(600_000_000_000)


@dataclass(frozen=True)
class Site:
    url: str
    folder: Path
    relay: FakeRelay


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("outbound")
    with running(FakeRelay()) as relay:
        settings = Settings(
            port=0,
            db=f"sqlite:///{folder / 'statewright.db'}",
            test_controls=True,
            encryption=EncryptionSettings(master_key_file=folder / "master.key"),
            events=EventSettings(None, queue_arn=BUS),
            firehose=folder / "streams",
            ses=SesSettings(sandbox=False, relay=RelaySettings("127.0.0.1", relay.port)),
        )
        with running_server(settings) as url:
            yield Site(url, folder, relay)


@pytest.fixture
def relay(site: Site) -> FakeRelay:
    site.relay.taken.clear()
    return site.relay


@pytest.fixture
def sender(site: Site) -> User:
    """Out of the sandbox by the settings."""
    user = User(site.url, str(next(_accounts)), site.folder)
    user.verify("example.com")
    return user


def settled(user: User) -> None:
    """All deliveries that are due have been made."""
    user.seconds(1)


def test_a_mail_leaves_with_its_envelope_and_without_bcc(sender: User, relay: FakeRelay) -> None:
    heard = listening(sender)
    destination = {"ToAddresses": ["Ann <ann@example.org>"], "BccAddresses": ["cid@example.org"]}
    message_id = send(sender, Destination=destination, FeedbackForwardingEmailAddress="back@example.com")
    settled(sender)
    (taken,) = relay.wait(1)
    assert (taken.sender, taken.recipients) == ("back@example.com", ["ann@example.org", "cid@example.org"])
    head = taken.content.partition(b"\r\n\r\n")[0].decode()
    assert f"Message-ID: <{message_id}@email.amazonses.com>" in head and "To: Ann <ann@example.org>" in head
    assert "bcc" not in head.lower() and "cid@" not in head
    sent, delivered = heard.heard()
    assert delivered["delivery"]["smtpResponse"] == "250 2.0.0 queued as 4711"
    assert delivered["delivery"]["recipients"] == sent["mail"]["destination"] == ["ann@example.org", "cid@example.org"]
    assert state(sender, message_id) == {"ann@example.org": "delivered", "cid@example.org": "delivered"}


def test_a_raw_mail_leaves_without_what_is_for_ses_alone(sender: User, relay: FakeRelay) -> None:
    data = raw(**{"Bcc": "cid@example.org", "X-SES-MESSAGE-TAGS": "a=b", "Message-ID": "<own@x>", "X-Own": "kept"})
    message_id = sender.client("ses").send_raw_email(RawMessage={"Data": data})["MessageId"]
    settled(sender)
    (taken,) = relay.wait(1)
    head = taken.content.partition(b"\r\n\r\n")[0].decode()
    assert taken.recipients == ["ann@example.com", "cid@example.org"]
    assert f"Message-ID: <{message_id}@email.amazonses.com>" in head and "X-Own: kept" in head
    assert not [name for name in ("Bcc", "X-SES", "own@x") if name in head] and head.count("Message-ID") == 1


def test_a_refusal_is_a_bounce_and_stops_later_mails(sender: User, relay: FakeRelay) -> None:
    heard = listening(sender)
    relay.to = {"gone@example.org": ["550 5.1.1 no such user"]}
    message_id = send(sender, "gone@example.org", "ann@example.org")
    settled(sender)
    _, delivered, bounced = heard.heard()
    assert delivered["delivery"]["recipients"] == ["ann@example.org"]
    assert (bounced["bounce"]["bounceType"], bounced["bounce"]["bounceSubType"]) == ("Permanent", "General")
    assert bounced["bounce"]["bouncedRecipients"] == [
        {
            "emailAddress": "gone@example.org",
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 no such user",
        }
    ]
    assert state(sender, message_id) == {"gone@example.org": "bounced", "ann@example.org": "delivered"}
    listed = sender.client("sesv2").get_suppressed_destination(EmailAddress="gone@example.org")["SuppressedDestination"]
    assert (listed["Reason"], listed["Attributes"]["MessageId"]) == ("BOUNCE", message_id)
    settled(sender)
    report = relay.wait(2)[1]
    assert (report.sender, report.recipients) == ("", ["bob@example.com"])
    assert b"Final-Recipient: rfc822; gone@example.org" in report.content
    send(sender, "gone@example.org", f"bounce@{SIMULATOR}")
    settled(sender)
    assert [one.recipients for one in relay.taken if one.sender] == [["ann@example.org"]]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [("552 5.2.2 full", ("Transient", "MailboxFull")), ("552 5.3.4 big", ("Transient", "MessageTooLarge"))],
)
def test_a_bounce_that_will_pass_suppresses_nobody(
    sender: User, relay: FakeRelay, reply: str, kind: tuple[str, str]
) -> None:
    heard = listening(sender)
    relay.to = {"ann@example.org": [reply]}
    send(sender, "ann@example.org")
    settled(sender)
    bounce = heard.heard()[-1]["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == kind
    assert sender.client("sesv2").list_suppressed_destinations()["SuppressedDestinationSummaries"] == []


def test_a_delay_is_told_once_and_the_mail_goes_later(sender: User, relay: FakeRelay) -> None:
    heard = listening(sender)
    relay.to = {"ann@example.org": ["450 4.2.2 mailbox full", "450 4.2.2 mailbox full"]}
    message_id = send(sender, "ann@example.org", "cid@example.org")
    settled(sender)
    _, delayed, _ = heard.heard()
    assert delayed["deliveryDelay"]["delayType"] == "MailboxFull"
    assert delayed["deliveryDelay"]["delayedRecipients"] == [
        {"emailAddress": "ann@example.org", "status": "4.2.2", "diagnosticCode": "smtp; 450 4.2.2 mailbox full"}
    ]
    assert state(sender, message_id) == {"ann@example.org": "delayed", "cid@example.org": "delivered"}
    sender.seconds(60)
    assert heard.heard() == []
    sender.seconds(120)
    (delivered,) = heard.heard()
    assert delivered["delivery"]["recipients"] == ["ann@example.org"]
    assert [one.recipients for one in relay.taken] == [["cid@example.org"], ["ann@example.org"]]


def test_a_mail_that_cannot_be_delivered_in_its_time_bounces(sender: User, relay: FakeRelay) -> None:
    heard = listening(sender, DeliveryOptions={"MaxDeliverySeconds": 300})
    relay.to = {"ann@example.org": ["450 4.3.0 not now"] * 9}
    message_id = send(sender, "ann@example.org")
    sender.seconds(400)
    bounced = heard.heard()[-1]["bounce"]
    assert (bounced["bounceType"], bounced["bounceSubType"]) == ("Transient", "General")
    (recipient,) = bounced["bouncedRecipients"]
    said = "smtp; 550 4.4.7 Message expired: unable to deliver in 5 minutes.<4.3.0 not now>"
    assert (recipient["status"], recipient["diagnosticCode"]) == ("4.4.7", said)
    assert state(sender, message_id) == {"ann@example.org": "bounced"}
    assert len(relay.to["ann@example.org"]) == 9 - 3  # at once, after 60 and 180 seconds
    relay.to = {}


def test_tls_that_a_configuration_set_requires(sender: User, relay: FakeRelay) -> None:
    heard = listening(sender, DeliveryOptions={"TlsPolicy": "REQUIRE"})
    send(sender, "ann@example.org")
    settled(sender)
    assert "TLS is required" in heard.heard()[1]["deliveryDelay"]["delayedRecipients"][0]["diagnosticCode"]
    assert relay.taken == []


def test_links_of_verification_mails_leave_too(sender: User, relay: FakeRelay) -> None:
    sender.client("ses").verify_email_identity(EmailAddress="new@example.net")
    settled(sender)
    (taken,) = relay.wait(1)
    assert taken.recipients == ["new@example.net"] and b"/ses/verify/" in taken.content


def test_the_settings_let_accounts_out_of_the_sandbox_until_an_operator_puts_them_back(sender: User) -> None:
    ses2 = sender.client("sesv2")
    assert ses2.get_account()["ProductionAccessEnabled"] is True
    sender.call("POST", "/_statewright/ses/sandbox")
    assert ses2.get_account()["ProductionAccessEnabled"] is False
    code, text = refused(
        sender.client("ses").send_email,
        Source="bob@example.com",
        Destination={"ToAddresses": ["ann@example.org"]},
        Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    )
    assert code == "MessageRejected" and "ann@example.org" in text
    sender.leave_sandbox()
    assert ses2.get_account()["ProductionAccessEnabled"] is True


def test_events_to_eventbridge_and_firehose(sender: User, relay: FakeRelay) -> None:
    owner = User(sender.endpoint, "600000000000", sender.folder)
    queue = owner.client("sqs").create_queue(QueueName="bus")["QueueUrl"]
    ses2, account = sender.client("sesv2"), sender.account
    ses2.create_configuration_set(ConfigurationSetName="watched")
    stream = f"arn:aws:firehose:us-east-1:{account}:deliverystream/mails"
    places = {
        "bus": {"EventBridgeDestination": {"EventBusArn": f"arn:aws:events:us-east-1:{account}:event-bus/default"}},
        "stream": {"KinesisFirehoseDestination": {"IamRoleArn": "arn:aws:iam::1:role/r", "DeliveryStreamArn": stream}},
    }
    for name, place in places.items():
        shape = {"Enabled": True, "MatchingEventTypes": ["SEND"], **place}
        where = {"ConfigurationSetName": "watched", "EventDestinationName": name}
        ses2.create_configuration_set_event_destination(**where, EventDestination=shape)
    message_id = send(sender, "ann@example.org")
    settled(sender)
    (message,) = owner.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    event = json.loads(message["Body"])
    assert (event["source"], event["detail-type"], event["account"]) == ("aws.ses", "Email Sent", account)
    assert event["resources"] == [f"arn:aws:ses:us-east-1:{account}:configuration-set/watched"]
    assert event["detail"]["eventType"] == "Send" and event["detail"]["mail"]["messageId"] == message_id
    (file,) = (sender.folder / "streams" / "mails").iterdir()
    assert json.loads(file.read_text())["mail"]["messageId"] == message_id


def test_what_waits_for_the_relay_is_sealed(sender: User, relay: FakeRelay) -> None:
    relay.to = {"ann@example.org": ["450 not now"]}
    secret = "the lazy dog 4712"
    content = {"Simple": {"Subject": {"Data": secret}, "Body": {"Text": {"Data": "t"}}}}
    send(sender, "ann@example.org", Content=content, ConfigurationSetName="")
    settled(sender)
    stored = b"".join(file.read_bytes() for file in sender.folder.glob("statewright.db*"))
    assert secret.encode() not in stored
    relay.to = {}
