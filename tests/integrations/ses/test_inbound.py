"""Mails that come in: who takes them, and what the actions of their rules do; over SQLite and over Postgres."""

import base64
from email import message_from_bytes, message_from_string
from typing import Any

import pytest

from engine import limits
from tests.integrations.ses.incoming import MAIL, Place
from tests.integrations.ses.mail_server import Raw

NOBODY = (550, "5.1.1 Requested action not taken: mailbox unavailable")


def test_who_takes_no_mail(place: Place) -> None:
    user = place.user()
    to = [f"help@{user.domain}"]
    assert place.send(to) == NOBODY  # no rule
    user.rule({"StopAction": {"Scope": "RuleSet"}}, Recipients=[f"sales@{user.domain}"])
    assert place.send(to) == NOBODY  # none for this address
    user.rule({"StopAction": {"Scope": "RuleSet"}}, Enabled=False)
    assert place.send(to) == NOBODY  # none that is enabled
    user.rule({"StopAction": {"Scope": "RuleSet"}})
    assert place.send(to)[0] == 250
    assert place.send([f"help@mail.{user.domain}"])[0] == 250  # below a verified domain
    assert place.send(["help@nowhere.org"]) == NOBODY  # nobody's domain
    user.client("ses").set_active_receipt_rule_set()
    assert place.send(to) == NOBODY


def test_an_address_of_its_own_receives_nothing(place: Place) -> None:
    user = place.user("ann@mine.org")
    user.rule({"StopAction": {"Scope": "RuleSet"}})
    assert place.send(["ann@mine.org"]) == NOBODY


def test_filters_stop_who_brings_mail(place: Place) -> None:
    user = place.user()
    user.rule({"StopAction": {"Scope": "RuleSet"}})
    ses = user.client("ses")
    block = {"Name": "all", "IpFilter": {"Policy": "Block", "Cidr": "127.0.0.0/8"}}
    ses.create_receipt_filter(Filter=block)
    code, said = place.send([f"help@{user.domain}"])
    assert (code, said) == (550, "5.7.1 Requested action not taken: mail from your address is blocked")
    ses.create_receipt_filter(Filter={"Name": "us", "IpFilter": {"Policy": "Allow", "Cidr": "127.0.0.1"}})
    assert place.send([f"help@{user.domain}"])[0] == 250


def test_a_rule_that_wants_tls(place: Place) -> None:
    user = place.user()
    user.rule({"StopAction": {"Scope": "RuleSet"}}, TlsPolicy="Require")
    assert place.send([f"help@{user.domain}"]) == (530, "5.7.0 Must issue a STARTTLS command first")
    assert place.send([f"help@{user.domain}"], tls=True)[0] == 250


def test_a_mail_is_published(place: Place) -> None:
    user = place.user()
    topic, queue = user.topic()
    user.rule({"SNSAction": {"TopicArn": topic}}, Recipients=[f"help@{user.domain}"])
    code, said = place.send([f"help@{user.domain}", f"HELP+Red@{user.domain}"])
    assert code == 250
    told = user.told(queue)
    mail, receipt = told["mail"], told["receipt"]
    assert told["notificationType"] == "Received"
    assert mail["messageId"] == said.removeprefix("OK ")
    assert mail["source"] == "ann@other.org"
    assert mail["destination"] == receipt["recipients"] == [f"help@{user.domain}", f"HELP+Red@{user.domain}"]
    assert mail["commonHeaders"] == {
        "returnPath": "ann@other.org",
        "from": ['"Doe, Ann" <ann@other.org>', "bob@other.org"],
        "to": ["help@example.com"],
        "subject": "Hällo",
        "messageId": "<1@other.org>",
    }
    assert [one["name"] for one in mail["headers"][:4]] == [
        "Return-Path",
        "Received",
        "X-SES-Spam-Verdict",
        "X-SES-Virus-Verdict",
    ]
    assert receipt["action"] == {"type": "SNS", "topicArn": topic, "encoding": "UTF8"}
    assert {receipt[name]["status"] for name in receipt if name.endswith("Verdict")} == {"GRAY"}
    assert told["content"].endswith(MAIL.decode()) and told["content"].startswith("Return-Path: <ann@other.org>\r\n")


def test_headers_are_added_for_what_follows(place: Place) -> None:
    user = place.user()
    topic, queue = user.topic()
    sns = {"SNSAction": {"TopicArn": topic, "Encoding": "Base64"}}
    header = {"AddHeaderAction": {"HeaderName": "X-Team", "HeaderValue": "support"}}
    user.rule(sns, header, sns, ScanEnabled=False)
    place.send([f"help@{user.domain}"], MAIL.replace(b"help\r\n", b"h\xc3\xa4lp\r\n"))
    contents = [base64.b64decode(user.told(queue)["content"]) for _ in range(2)]
    assert [message_from_bytes(one)["X-Team"] for one in contents] == [None, "support"]
    assert all(one.endswith(b"Please h\xc3\xa4lp\r\n") for one in contents)


def test_a_mail_that_is_too_large_to_publish(place: Place) -> None:
    user = place.user()
    topic, queue = user.topic()
    user.rule({"SNSAction": {"TopicArn": topic}})
    large = MAIL + b"x" * 70 + (b"\r\n" + b"y" * 70) * (limits.SES_NOTICE_MAIL_BYTES_MAX // 72)
    assert place.send([f"help@{user.domain}"], large)[0] == 552
    assert user.nothing_more(queue)


def test_a_mail_goes_into_a_bucket(place: Place) -> None:
    user = place.user()
    topic, queue = user.topic()
    user.rule({"S3Action": {"BucketName": "mails", "ObjectKeyPrefix": "in/", "TopicArn": topic}})
    _, said = place.send([f"help@{user.domain}"])
    told = user.told(queue)
    key = "in/" + said.removeprefix("OK ")
    shown = {"bucketName": "mails", "objectKeyPrefix": "in/", "objectKey": key}
    assert told["receipt"]["action"] == {"type": "S3", "topicArn": topic, **shown}
    assert "content" not in told
    assert (place.folder / "buckets" / "mails" / key).read_bytes().endswith(MAIL)


def test_a_bucket_that_comes_back_gets_the_mail(place: Place) -> None:
    user = place.user()
    topic, queue = user.topic()
    bucket = place.folder / "buckets" / f"late{user.account}"
    bucket.mkdir()
    user.rule({"S3Action": {"BucketName": bucket.name, "TopicArn": topic}})
    bucket.rmdir()
    _, said = place.send([f"help@{user.domain}"])
    assert user.nothing_more(queue)
    bucket.mkdir()
    user.seconds(limits.SES_ACTION_DELAY_MS_MAX / 1000)
    assert user.told(queue)["receipt"]["action"]["objectKey"] == said.removeprefix("OK ")
    assert (bucket / said.removeprefix("OK ")).exists()


def test_a_stop_ends_the_rule_set(place: Place) -> None:
    user = place.user()
    topic, queue = user.topic()
    user.rule({"StopAction": {"Scope": "RuleSet", "TopicArn": topic}}, {"SNSAction": {"TopicArn": topic}})
    user.rule({"SNSAction": {"TopicArn": topic}})
    place.send([f"help@{user.domain}"])
    assert user.told(queue)["receipt"]["action"] == {"type": "Stop", "topicArn": topic}
    assert user.nothing_more(queue)


@pytest.mark.parametrize(
    ("answer", "following"),
    [
        ({"disposition": "STOP_RULE_SET"}, []),
        ({"disposition": "STOP_RULE"}, ["second"]),
        ({"disposition": "CONTINUE"}, ["first", "second"]),
        ({"disposition": "OTHER"}, ["first", "second"]),
        (None, ["first", "second"]),
        (ValueError("no"), ["first", "second"]),
    ],
    ids=str,
)
def test_a_function_says_what_follows(place: Place, answer: Any, following: list[str]) -> None:
    user = place.user()
    topics = {name: user.topic(name) for name in ("first", "second", "last")}
    called = {"LambdaAction": {"FunctionArn": user.function(), "InvocationType": "RequestResponse"}}
    user.rule(called, {"SNSAction": {"TopicArn": topics["first"][0]}})
    user.rule({"SNSAction": {"TopicArn": topics["second"][0]}})
    place.function.answers.put(answer)
    _, said = place.send([f"help@{user.domain}"])
    (record,) = place.function.given.get(timeout=20)["Records"]
    assert (record["eventSource"], record["eventVersion"]) == ("aws:ses", "1.0")
    assert record["ses"]["mail"]["messageId"] == said.removeprefix("OK ")
    assert record["ses"]["receipt"]["action"] == {
        "type": "Lambda",
        "functionArn": user.function(),
        "invocationType": "RequestResponse",
    }
    for name in following:
        assert user.told(topics[name][1])["mail"]["messageId"] == said.removeprefix("OK ")
    for name in topics.keys() - set(following):
        assert user.nothing_more(topics[name][1])


def test_a_function_that_nobody_waits_for(place: Place) -> None:
    """What follows does not wait; one that fails is called again, a minute and two minutes later, and then no more."""
    user = place.user()
    for answer in (ValueError("no"), ValueError("no"), None):
        place.function.answers.put(answer)
    topic, queue = user.topic()
    user.rule({"LambdaAction": {"FunctionArn": user.function(), "TopicArn": topic}}, {"SNSAction": {"TopicArn": topic}})
    place.send([f"help@{user.domain}"])
    assert [user.told(queue)["receipt"]["action"]["type"] for _ in range(2)] == ["Lambda", "SNS"]
    first = place.function.given.get(timeout=20)
    for seconds in (60, 120):
        for _ in range(50):  # until its failure is noted
            user.seconds(seconds / 10)
            if not place.function.given.empty():
                break
        assert place.function.given.get(timeout=20) == first


def test_a_mail_is_bounced(place: Place) -> None:
    user = place.user()
    topic, queue = user.topic()
    action = {"SmtpReplyCode": "550", "StatusCode": "5.1.1", "Message": "Nobody here", "Sender": f"post@{user.domain}"}
    user.rule({"BounceAction": {**action, "TopicArn": topic}})
    place.send([f"help@{user.domain}"])
    told = user.told(queue)["receipt"]["action"]
    assert (told["type"], told["smtpReplyCode"], told["sender"]) == ("Bounce", "550", f"post@{user.domain}")
    (sent,) = [one for one in user.inbox() if "RawData" in one]
    assert sent["Destination"]["ToAddresses"] == ["ann@other.org"]
    report = message_from_string(sent["RawData"])
    assert (report.get_content_type(), report.get_param("report-type")) == ("multipart/report", "delivery-status")
    text, status, heads = report.get_payload()
    assert "Nobody here" in text.get_payload()
    fields = status.get_payload()[1]
    assert (fields["Final-Recipient"], fields["Status"]) == (f"rfc822; help@{user.domain}", "5.1.1")
    assert "Message-ID: <1@other.org>" in heads.get_payload()


def test_a_mail_without_a_sender_is_never_bounced(place: Place) -> None:
    user = place.user()
    topic, queue = user.topic()
    action = {"SmtpReplyCode": "550", "Message": "No", "Sender": f"post@{user.domain}", "TopicArn": topic}
    user.rule({"BounceAction": action})
    assert place.send([f"help@{user.domain}"], source="")[0] == 250
    assert user.told(queue)["mail"]["source"] == ""
    assert [one for one in user.inbox() if "RawData" in one] == []


def test_an_action_that_cannot_be_done_does_not_hold_the_others(place: Place) -> None:
    user = place.user()
    gone, _ = user.topic("gone")
    topic, queue = user.topic()
    user.rule({"SNSAction": {"TopicArn": gone}}, {"SNSAction": {"TopicArn": topic}})
    user.client("sns").delete_topic(TopicArn=gone)
    place.send([f"help@{user.domain}"])
    assert user.told(queue)["receipt"]["action"]["topicArn"] == topic
    assert user.nothing_more(queue)


def test_each_account_gets_the_mail_for_its_own(place: Place) -> None:
    users = [place.user(), place.user()]
    queues = []
    for user in users:
        topic, queue = user.topic()
        user.rule({"SNSAction": {"TopicArn": topic}})
        queues.append(queue)
    assert place.send([f"help@{user.domain}" for user in users])[0] == 250
    for user, queue in zip(users, queues, strict=True):
        assert user.told(queue)["mail"]["destination"] == [f"help@{user.domain}"]


def test_no_login_is_offered_and_none_is_taken(place: Place) -> None:
    with Raw(place.port) as raw:
        offered = raw.say("EHLO me")
        assert "250-STARTTLS" in offered and "AUTH" not in offered
        assert raw.say("AUTH PLAIN AGEAYg==") == "502 Command not implemented"
        assert raw.say("MAIL FROM:<ann>") == "501 Invalid MAIL FROM address provided"
        assert raw.say("MAIL FROM:<ann@other.org>") == "250 Ok"
        assert raw.say("RCPT TO:<ann>") == "501 Invalid RCPT TO address provided"
