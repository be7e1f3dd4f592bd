"""SendBounce: the sender of a mail that came in is told what became of it; over SQLite and over Postgres."""

from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine import limits
from engine.store.database import open_database
from integrations.ses.receiving import bounceable_store
from integrations.ses.receiving.tables import bounceable
from tests.integrations.ses.incoming import Place, Receiver
from tests.integrations.ses.users import User, refused

STOP = {"StopAction": {"Scope": "RuleSet"}}


@pytest.fixture
def taken(place: Place) -> tuple[Receiver, str]:
    """Who got a mail, out of the sandbox, and its id; all of its actions may be done by now."""
    user = place.user()
    user.leave_sandbox()
    user.rule(STOP)
    return user, place.send([f"help@{user.domain}", f"Sales+Red@{user.domain}"])[1].removeprefix("OK ")


def bounce(user: Receiver, message_id: str, *recipients: dict[str, Any], **members: Any) -> str:
    listed = list(recipients) or [{"Recipient": f"help@{user.domain}", "BounceType": "DoesNotExist"}]
    request = {"OriginalMessageId": message_id, "BounceSender": f"post@{user.domain}", **members}
    found: str = user.client("ses").send_bounce(**request, BouncedRecipientInfoList=listed)["MessageId"]
    return found


def report_of(user: User, message_id: str) -> tuple[dict[str, Any], list[Any]]:
    """The bounce in the inbox, and the parts of its report."""
    (sent,) = user.call("GET", f"/_aws/ses?id={message_id}")["messages"]
    report: Message[str, str] = message_from_string(sent["RawData"])
    assert (report.get_content_type(), report.get_param("report-type")) == ("multipart/report", "delivery-status")
    parts: Any = report.get_payload()
    return sent, list(parts)


def test_a_bounce_by_its_type(taken: tuple[Receiver, str]) -> None:
    user, message_id = taken
    sales = {"Recipient": f"sales+red@{user.domain}", "BounceType": "ExceededQuota"}
    sent, parts = report_of(user, bounce(user, message_id, {**sales}))
    assert sent["Destination"]["ToAddresses"] == ["ann@other.org"]
    about, one = parts[1].get_payload()
    assert about["Reporting-MTA"] == "dns; inbound-smtp.us-east-1.amazonaws.com"
    assert dict(one.items()) == {
        "Final-Recipient": f"rfc822; sales+red@{user.domain}",
        "Action": "failed",
        "Status": "5.2.2",
        "Diagnostic-Code": "smtp; 552 5.2.2 Mailbox full",
    }
    assert "552 5.2.2 Mailbox full" in parts[0].get_payload()
    assert "Message-ID: <1@other.org>" in parts[2].get_payload()


def test_a_bounce_in_every_field(taken: tuple[Receiver, str]) -> None:
    user, message_id = taken
    fields = {
        "FinalRecipient": "gone@elsewhere.org",
        "Action": "delayed",
        "RemoteMta": "dns; mx.elsewhere.org",
        "Status": "4.4.1",
        "DiagnosticCode": "smtp; 421 later",
        "LastAttemptDate": 86_400,
        "ExtensionFields": [{"Name": "X-Try", "Value": "3"}],
    }
    dsn = {
        "ReportingMta": "dns; mx.example.com",
        "ArrivalDate": 0,
        "ExtensionFields": [{"Name": "X-Queue", "Value": "a b"}],
    }
    listed = {"Recipient": f"help@{user.domain}", "RecipientDsnFields": fields}
    sent = bounce(user, message_id, listed, MessageDsn=dsn, Explanation="Sorry,\nit is late")
    _, parts = report_of(user, sent)
    assert parts[0].get_payload().split() == ["Sorry,", "it", "is", "late"]
    about, one = parts[1].get_payload()
    assert dict(about.items()) == {
        "Reporting-MTA": "dns; mx.example.com",
        "Arrival-Date": "Thu, 01 Jan 1970 00:00:00 GMT",
        "X-Queue": "a b",
    }
    assert dict(one.items()) == {
        "Original-Recipient": f"rfc822; help@{user.domain}",
        "Final-Recipient": "rfc822; gone@elsewhere.org",
        "Action": "delayed",
        "Status": "4.4.1",
        "Remote-MTA": "dns; mx.elsewhere.org",
        "Diagnostic-Code": "smtp; 421 later",
        "Last-Attempt-Date": "Fri, 02 Jan 1970 00:00:00 GMT",
        "X-Try": "3",
    }


WHOLE = {"Action": "failed", "Status": "5.0.0"}


@pytest.mark.parametrize(
    ("recipient", "members", "code", "said"),
    [
        ({}, {"OriginalMessageId": "nobody"}, "MessageRejected", "No message nobody was received"),
        ({}, {"BounceSender": "post@nowhere.org"}, "MessageRejected", "Email address is not verified."),
        ({"Recipient": "other@nowhere.org"}, {}, "InvalidParameterValue", "not received for other@nowhere.org"),
        ({"BounceType": None}, {}, "InvalidParameterValue", "must have a BounceType or RecipientDsnFields"),
        ({"RecipientArn": "arn:aws:ses:a:1:identity/b"}, {}, "InvalidParameterValue", "RecipientArn is not supported"),
        ({"RecipientDsnFields": {**WHOLE, "Status": "five"}}, {}, "InvalidParameterValue", "Invalid Status: five"),
        ({"RecipientDsnFields": {**WHOLE, "RemoteMta": "mx"}}, {}, "InvalidParameterValue", "Invalid RemoteMta"),
        ({}, {"MessageDsn": {"ReportingMta": "dns; a\nX: y"}}, "InvalidParameterValue", "Invalid ReportingMta"),
        (
            {},
            {"MessageDsn": {"ReportingMta": "dns; a", "ExtensionFields": [{"Name": "X", "Value": "a\nb"}]}},
            "InvalidParameterValue",
            "The Value of an extension field",
        ),
        ({}, {"Explanation": "x" * 10_001}, "InvalidParameterValue", "An Explanation has at most"),
    ],
)
def test_bounces_that_cannot_be(
    taken: tuple[Receiver, str], recipient: dict[str, Any], members: dict[str, Any], code: str, said: str
) -> None:
    user, message_id = taken
    one = {"Recipient": f"help@{user.domain}", "BounceType": "Undefined", **recipient}
    listed = [{name: value for name, value in one.items() if value is not None}]
    request = {"OriginalMessageId": message_id, "BounceSender": f"post@{user.domain}", **members}
    found = refused(user.client("ses").send_bounce, **request, BouncedRecipientInfoList=listed)
    assert found[0] == code and said in found[1]
    assert user.inbox() == []


def test_who_may_bounce_what(place: Place) -> None:
    """In the sandbox to verified senders; only the receiver's account; never an answer; for a day."""
    user, stranger = place.user(), place.user()
    stranger.leave_sandbox()
    user.rule(STOP)
    message_id = place.send([f"help@{user.domain}"])[1].removeprefix("OK ")
    listed = [{"Recipient": f"help@{user.domain}", "BounceType": "DoesNotExist"}]

    def said(who: Receiver, of: str) -> tuple[str, str]:
        request = {"OriginalMessageId": of, "BounceSender": f"post@{who.domain}", "BouncedRecipientInfoList": listed}
        return refused(who.client("ses").send_bounce, **request)

    assert "failed the check in region US-EAST-1: ann@other.org" in said(user, message_id)[1]
    assert said(stranger, message_id)[1].startswith(f"No message {message_id} was received")
    user.leave_sandbox()
    assert bounce(user, message_id)
    answer = place.send([f"help@{user.domain}"], source="")[1].removeprefix("OK ")
    assert "has no sender" in said(user, answer)[1]
    user.seconds(limits.SES_BOUNCEABLE_MS / 1000)
    assert said(user, message_id)[0] == "MessageRejected"


def test_mails_that_may_be_bounced_are_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(limits, "SES_BOUNCEABLE_MAX", 5)
    blank = {"account": "a", "region": "r", "message_id": "m", "sealed": 0, "content": b""}
    with open_database(f"sqlite:///{tmp_path / 'x.db'}") as database, database.writer.transaction() as connection:
        bounceable.create(connection)
        connection.execute(insert(bounceable), [{**blank, "time_ms": time_ms} for time_ms in range(10)])
        assert bounceable_store.sweep(connection, limits.SES_BOUNCEABLE_MS + 1) is False
        assert list(connection.execute(select(bounceable.c.time_ms)).scalars()) == [5, 6, 7, 8, 9]
        bounceable_store.sweep(connection, limits.SES_BOUNCEABLE_MS + 7)
        assert list(connection.execute(select(bounceable.c.time_ms)).scalars()) == [8, 9]
