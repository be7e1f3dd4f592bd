"""Mails through both APIs and through Tasks: what is taken, what the inbox shows of it, what is refused."""

import json
from email.message import EmailMessage
from typing import Any

import pytest

from tests.integrations.ses.conftest import User, refused

TO = {"ToAddresses": ["ann@example.com"]}
MESSAGE = {"Subject": {"Data": "Hällo"}, "Body": {"Text": {"Data": "plain ü"}, "Html": {"Data": "<b>x</b>"}}}


def mail(**changes: Any) -> dict[str, Any]:
    return {"Source": "Bob <bob@example.com>", "Destination": TO, "Message": MESSAGE, **changes}


def mail2(**changes: Any) -> dict[str, Any]:
    return {"FromEmailAddress": "bob@example.com", "Destination": TO, "Content": {"Simple": MESSAGE}, **changes}


def raw(**changes: str) -> bytes:
    made = EmailMessage()
    for name, value in {"From": "bob@example.com", "To": "ann@example.com", "Subject": "Raw", **changes}.items():
        if value:
            made[name] = value
    made.set_content("body")
    return made.as_bytes()


def test_a_simple_mail_of_both_versions(sender: User) -> None:
    first = sender.client("ses").send_email(**mail(Tags=[{"Name": "a", "Value": "b"}], ReplyToAddresses=["r@x.org"]))
    second = sender.client("sesv2").send_email(
        **mail2(Content={"Simple": {**MESSAGE, "Headers": [{"Name": "X-Kind", "Value": "news"}]}})
    )
    one, two = sender.inbox()[-2:]
    assert (one["Id"], two["Id"]) == (first["MessageId"], second["MessageId"])
    assert one["Region"] == "us-east-1" and one["Source"] == "Bob <bob@example.com>"
    assert one["Destination"]["ToAddresses"] == ["ann@example.com"]
    assert (one["Subject"], one["Body"]) == ("Hällo", {"text_part": "plain ü", "html_part": "<b>x</b>"})
    assert one["Tags"] == [{"Name": "a", "Value": "b"}] and one["ReplyToAddresses"] == ["r@x.org"]
    mime = sender.call("GET", f"/_statewright/ses/mail?id={two['Id']}")["mime"]
    assert "X-Kind: news\r\n" in mime and "To: ann@example.com\r\n" in mime and "multipart/alternative" in mime
    sender.call("DELETE", f"/_aws/ses?id={one['Id']}")
    assert [found["Id"] for found in sender.inbox()][-1:] == [two["Id"]]
    sender.call("DELETE", "/_aws/ses")
    assert sender.inbox() == []


def test_a_raw_mail_of_both_versions(sender: User) -> None:
    data = raw(Bcc="cid@example.com")
    sender.client("ses").send_raw_email(RawMessage={"Data": data})
    sender.client("ses").send_raw_email(RawMessage={"Data": data}, Destinations=["other@example.com"])
    sender.client("sesv2").send_email(Content={"Raw": {"Data": raw(**{"X-SES-MESSAGE-TAGS": "a=b, c=d"})}})
    one, two, three = sender.inbox()[-3:]
    assert one["Destination"]["BccAddresses"] == ["cid@example.com"] and one["Subject"] == "Raw"
    assert one["RawData"] == data.decode()
    assert two["Destination"] == {"ToAddresses": ["other@example.com"], "CcAddresses": [], "BccAddresses": []}
    assert three["Tags"] == [{"Name": "a", "Value": "b"}, {"Name": "c", "Value": "d"}]


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"Destination": {"ToAddresses": []}}, "InvalidParameterValue", "no recipients"),
        ({"Destination": {"ToAddresses": ["a@b.org"] * 51}}, "InvalidParameterValue", "Recipient count exceeds 50."),
        ({"Destination": {"ToAddresses": ["nobody"]}}, "InvalidParameterValue", "Missing final '@domain'"),
        # awsdocs/aws-doc-sdk-examples#1725
        ({"ReturnPath": ""}, "InvalidParameterValue", "Invalid email address ."),
        ({"Source": "bob@example.com\r\nBcc: x@y.org"}, "InvalidParameterValue", "control or whitespace"),
        ({"Source": "bob@other.org"}, "MessageRejected", "in region US-EAST-1: bob@other.org"),
        ({"Source": "Bob B <b@other.org>"}, "MessageRejected", "in region US-EAST-1: Bob B <b@other.org>"),
        ({"ReturnPath": "bob@other.org"}, "MessageRejected", "in region US-EAST-1: bob@other.org"),
        ({"ConfigurationSetName": "set"}, "ConfigurationSetDoesNotExist", "<set> does not exist."),
        (
            {"SourceArn": "arn:aws:ses:us-east-1:1:identity/x"},
            "InvalidParameterValue",
            "is not the ARN of an identity in region us-east-1",
        ),
        ({"Tags": [{"Name": "a b", "Value": "c"}]}, "InvalidParameterValue", "Invalid tag name <a b>"),
        (
            {"Message": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "ü", "Charset": "no-such"}}}},
            "InvalidParameterValue",
            "unknown encoding: no-such",
        ),
        (
            {"Message": {"Subject": {"Data": "a\r\nBcc: x@y.org"}, "Body": {"Text": {"Data": "t"}}}},
            "InvalidParameterValue",
            "linefeed or carriage return",
        ),
    ],
)
def test_what_v1_refuses(sender: User, changes: dict[str, Any], code: str, text: str) -> None:
    before = sender.inbox()
    found = refused(sender.client("ses").send_email, **mail(**changes))
    assert found[0] == code and text in found[1]
    assert sender.inbox() == before


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"Destination": {}}, "BadRequestException", "no recipients"),
        ({"FromEmailAddress": "bob@other.org"}, "MessageRejected", "failed the check"),
        ({"ConfigurationSetName": "set"}, "NotFoundException", "<set> does not exist."),
        ({"TenantName": "t"}, "BadRequestException", "TenantName is not supported"),
        ({"Content": {"Simple": {**MESSAGE, "Body": {}}}}, "BadRequestException", "neither Text nor Html"),
        ({"Content": {}}, "BadRequestException", "one of Simple, Raw and Template"),
        ({"Content": {"Template": {"TemplateName": "none"}}}, "NotFoundException", "Template none does not exist"),
        ({"Content": {"Raw": {"Data": raw(From="")}}}, "BadRequestException", "Missing required header 'From'."),
        ({"Content": {"Raw": {"Data": raw(From="x@other.org")}}}, "MessageRejected", "failed the check"),
        (
            {"Content": {"Simple": {**MESSAGE, "Headers": [{"Name": "Bcc", "Value": "x"}]}}},
            "BadRequestException",
            "The header Bcc cannot be set.",
        ),
    ],
)
def test_what_v2_refuses(sender: User, changes: dict[str, Any], code: str, text: str) -> None:
    before = sender.inbox()
    found = refused(sender.client("sesv2").send_email, **mail2(**changes))
    assert found[0] == code and text in found[1]
    assert sender.inbox() == before


@pytest.mark.parametrize(
    ("data", "source", "code", "text"),
    [
        # aristidb/aws#73
        (raw(To=""), None, "InvalidParameterValue", "Missing required header 'To'."),
        # arithmetric/aws-lambda-ses-forwarder#8
        (
            b"DKIM-Signature: a\r\nDkim-Signature: b\r\n" + raw(),
            None,
            "InvalidParameterValue",
            "Duplicate header 'Dkim-Signature'.",
        ),
        # arithmetric/aws-lambda-ses-forwarder#123
        (b": x\r\n" + raw(), None, "InvalidParameterValue", "Empty header names are illegal."),
        # mettle/sendportal#94
        (raw(From="Bob <b@other.org>"), None, "MessageRejected", "US-EAST-1: Bob <b@other.org>"),
        # magento-2-smtp#152
        (
            raw(From="Bob <b@other.org>"),
            "b@other.org",
            "MessageRejected",
            "US-EAST-1: Bob <b@other.org>, b@other.org",
        ),
        # the guide's page "Amazon SES email sending errors"
        (raw(Sender="Bob <b@other.org>"), None, "MessageRejected", "US-EAST-1: b@other.org"),
        (raw(From="Bob <b@other.org>, a@example.com"), None, "MessageRejected", "US-EAST-1: b@other.org"),
    ],
)
def test_raw_mails_that_are_refused(sender: User, data: bytes, source: str | None, code: str, text: str) -> None:
    given = {} if source is None else {"Source": source}
    found = refused(sender.client("ses").send_raw_email, RawMessage={"Data": data}, **given)
    assert found[0] == code and found[1].endswith(text)
    sender.client("ses").send_raw_email(RawMessage={"Data": b"Received: a\r\nReceived: b\r\n" + raw()})


def test_mails_have_a_largest_size(sender: User) -> None:
    text = ("x" * 70 + "\n") * 150_000
    big = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": text}}}
    code, said = refused(sender.client("ses").send_email, **mail(Message=big))
    assert code == "InvalidParameterValue" and said.startswith("Message length is more than 10485760 bytes long: '")


def test_mails_are_sealed_where_there_is_a_master_key(sender: User) -> None:
    secret = "the quick brown fox 4711"
    sent = sender.client("ses").send_email(
        **mail(Message={"Subject": {"Data": secret}, "Body": {"Text": {"Data": secret}}})
    )["MessageId"]
    assert sender.inbox()[-1]["Body"]["text_part"] == secret
    stored = b"".join(file.read_bytes() for file in sender.folder.glob("statewright.db*"))
    if stored:  # SQLite; without a key, on Postgres, there is nothing to look for
        assert sent.encode() in stored and secret.encode() not in stored


def test_what_is_not_built_is_refused_by_name(sender: User) -> None:
    wanted = {"VdmAttributes": {"VdmEnabled": "ENABLED"}}
    code, text = refused(sender.client("sesv2").put_account_vdm_attributes, **wanted)
    assert code == "UnsupportedOperation" and "PutAccountVdmAttributes" in text
    code, text = refused(sender.client("sesv2").create_tenant, TenantName="x")
    assert code == "UnsupportedOperation" and "CreateTenant" in text


def run(user: User, *tasks: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """An Express execution of these Tasks, one after the other."""
    states = user.client("stepfunctions")
    names = [f"S{number}" for number in range(len(tasks))]
    ways = [{"Next": name} for name in names[1:]] + [{"End": True}]
    bodies = [
        {"Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:{action}", "Parameters": parameters, **way}
        for (action, parameters), way in zip(tasks, ways, strict=True)
    ]
    definition = json.dumps({"StartAt": "S0", "States": dict(zip(names, bodies, strict=True))})
    made = states.create_state_machine(
        name="mails", type="EXPRESS", definition=definition, roleArn="arn:aws:iam::000000000000:role/r"
    )
    answer: dict[str, Any] = states.start_sync_execution(stateMachineArn=made["stateMachineArn"])
    states.delete_state_machine(stateMachineArn=made["stateMachineArn"])
    return answer


def test_tasks_send_mails(sender: User) -> None:
    answer = run(sender, ("ses:sendEmail", mail()), ("sesv2:sendEmail", mail2()))
    assert answer["status"] == "SUCCEEDED", answer
    assert [one["Id"] for one in sender.inbox()][-1] == json.loads(answer["output"])["MessageId"]
    assert len(sender.inbox()) == 2


@pytest.mark.parametrize(
    ("action", "parameters", "error"),
    [
        ("ses:sendEmail", mail(Source="x@other.org"), "Ses.MessageRejectedException"),
        ("sesv2:sendEmail", mail2(FromEmailAddress="x@other.org"), "SesV2.MessageRejectedException"),
    ],
)
def test_a_task_fails_with_the_error_of_ses(sender: User, action: str, parameters: dict[str, Any], error: str) -> None:
    answer = run(sender, (action, parameters))
    assert (answer["status"], answer["error"]) == ("FAILED", error), answer
    assert "failed the check in region US-EAST-1: x@other.org" in answer["cause"]
    assert sender.inbox() == []
