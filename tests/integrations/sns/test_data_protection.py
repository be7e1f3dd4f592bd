"""Data protection policies at work: what is let in, what is let out, what the audit says. Over SQLite and Postgres."""

import json
from typing import Any

import pytest

from engine import limits
from tests.api.client import refusal
from tests.integrations.scripted import Reply, Scripted
from tests.integrations.sns.conftest import OTHER, Queue, Served, new_name, new_queue
from tests.integrations.sns.test_protection_policy import AUDIT, EMAIL, GROUP, policy, statement

MAIL = "write to ada@example.com now"
MASKED, REDACTED = f"write to {'#' * 15} now", "write to  now"
MASK = {"Deidentify": {"MaskConfig": {"MaskWithCharacter": "#"}}}
REDACT = {"Deidentify": {"RedactConfig": {}}}


def protect(sns: Any, topic: str, *statements: dict[str, Any], **changed: Any) -> None:
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy=json.dumps(policy(*statements, **changed)))


def subscribe(sns: Any, topic: str, queue: Queue, **attributes: str) -> None:
    attributes = {"RawMessageDelivery": "true", **attributes}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes=attributes)


def test_a_policy_from_its_creation_to_its_end(sns: Any, topic: str) -> None:
    assert "DataProtectionPolicy" not in sns.get_data_protection_policy(ResourceArn=topic)
    protect(sns, topic)
    assert json.loads(sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"]) == policy()
    protect(sns, topic, Name="another")
    assert '"another"' in sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"]
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy="")
    assert "DataProtectionPolicy" not in sns.get_data_protection_policy(ResourceArn=topic)


def test_a_topic_may_be_created_with_one(sns: Any) -> None:
    name, text = new_name(), json.dumps(policy())
    topic = sns.create_topic(Name=name, DataProtectionPolicy=text)["TopicArn"]
    assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == text
    assert sns.create_topic(Name=name, DataProtectionPolicy=text)["TopicArn"] == topic
    assert sns.create_topic(Name=name)["TopicArn"] == topic
    code, reason = refusal(sns.create_topic, Name=name, DataProtectionPolicy=json.dumps(policy(Name="q")))
    assert code == "InvalidParameter" and "different data protection policy" in reason
    sns.delete_topic(TopicArn=topic)
    assert "DataProtectionPolicy" not in sns.get_data_protection_policy(
        ResourceArn=sns.create_topic(Name=name)["TopicArn"]
    )


def test_it_is_for_standard_topics_of_ones_own(sns: Any, served: Served, topic: str, fifo_topic: str) -> None:
    code, reason = refusal(sns.put_data_protection_policy, ResourceArn=fifo_topic, DataProtectionPolicy="{}x")
    assert code == "InvalidParameter" and "not for FIFO topics" in reason
    other = served.client(account=OTHER)
    for call in (other.put_data_protection_policy, other.get_data_protection_policy):
        more = {"DataProtectionPolicy": "{}"} if call == other.put_data_protection_policy else {}
        assert refusal(call, ResourceArn=topic, **more)[0] == "AuthorizationError"
    assert refusal(sns.put_data_protection_policy, ResourceArn=f"{topic}x", DataProtectionPolicy="{}")[0] == "NotFound"


def test_what_is_denied_is_not_published(sns: Any, topic: str, queue: Queue) -> None:
    subscribe(sns, topic, queue)
    protect(sns, topic)
    code, reason = refusal(sns.publish, TopicArn=topic, Message=MAIL)
    assert code == "AuthorizationError" and reason.endswith("with an explicit deny in a data protection policy")
    forms = json.dumps({"default": "no", "sqs": MAIL})
    assert refusal(sns.publish, TopicArn=topic, Message=forms, MessageStructure="json")[0] == "AuthorizationError"
    entries = [{"Id": "bad", "Message": MAIL}, {"Id": "good", "Message": "fine"}]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [found["Id"] for found in answer["Successful"]] == ["good"]
    assert [(found["Id"], found["Code"], found["SenderFault"]) for found in answer["Failed"]] == [
        ("bad", "AuthorizationError", True)
    ]
    assert queue.bodies() == ["fine"]
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy="{}")
    sns.publish(TopicArn=topic, Message=MAIL)
    assert queue.bodies() == [MAIL]


@pytest.mark.parametrize(("operation", "expected"), [(MASK, MASKED), (REDACT, REDACTED)])
def test_what_is_found_is_masked_or_left_out(
    sns: Any, topic: str, queue: Queue, operation: dict[str, Any], expected: str
) -> None:
    subscribe(sns, topic, queue)
    protect(sns, topic, statement(Operation=operation))
    sns.publish(TopicArn=topic, Message=MAIL)
    forms = json.dumps({"default": "other", "sqs": MAIL})
    sns.publish(TopicArn=topic, Message=forms, MessageStructure="json")
    assert queue.bodies() == [expected, expected]


def test_several_identifiers_and_statements_add_up(sns: Any, topic: str, queue: Queue) -> None:
    subscribe(sns, topic, queue)
    custom = {"CustomDataIdentifier": [{"Name": "Near", "Regex": "e.com n"}, {"Name": "Way", "Regex": "write"}]}
    first = statement(DataIdentifier=[EMAIL, "Near"], Operation=MASK)
    protect(sns, topic, first, statement(DataIdentifier=["Way"], Operation=REDACT), Configuration=custom)
    sns.publish(TopicArn=topic, Message=MAIL)
    assert queue.bodies() == [f" to {'#' * 17}ow"]


def test_statements_are_for_their_principals(sns: Any, served: Served, topic: str, queue: Queue) -> None:
    subscribe(sns, topic, queue)
    protect(sns, topic, statement(Principal=[f"arn:aws:iam::{OTHER}:root"]))
    sns.publish(TopicArn=topic, Message=MAIL)
    assert queue.bodies() == [MAIL]
    sns.add_permission(TopicArn=topic, Label="all", AWSAccountId=[OTHER], ActionName=["Publish"])
    assert refusal(served.client(account=OTHER).publish, TopicArn=topic, Message=MAIL)[0] == "AuthorizationError"
    assert queue.bodies() == []


def test_outbound_statements_are_for_subscribers(
    sns: Any, sqs: Any, served: Served, web: Scripted, topic: str, queue: Queue
) -> None:
    """Each gets what its owner may have; what is denied is a failed delivery in the status log."""
    role = "arn:aws:iam::000000000000:role/logs"
    sns.set_topic_attributes(TopicArn=topic, AttributeName="SQSFailureFeedbackRoleArn", AttributeValue=role)
    letters = new_queue(sqs)
    dead = json.dumps({"deadLetterTargetArn": letters.arn})
    subscribe(sns, topic, queue, RedrivePolicy=dead)
    sns.add_permission(TopicArn=topic, Label="all", AWSAccountId=[OTHER], ActionName=["Subscribe"])
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    theirs = new_queue(served.client("sqs", OTHER), Policy=json.dumps({"Version": "2012-10-17", "Statement": anybody}))
    subscribe(served.client(account=OTHER), topic, theirs)
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+14155550123")
    protect(
        sns,
        topic,
        statement(DataDirection="Outbound", Principal=[OTHER], Operation=MASK),
        statement(DataDirection="Outbound", Principal=["000000000000"]),
    )
    message_id = sns.publish(TopicArn=topic, Message=MAIL)["MessageId"]
    assert (queue.bodies(), letters.bodies(), theirs.bodies()) == ([], [], [MASKED])
    served.clock()
    assert not [found for found in served.outgoing("sms") if found["messageId"] == message_id]
    group = f"sns/us-east-1/000000000000/{topic.rpartition(':')[2]}/Failure"
    [event] = served.client("logs").filter_log_events(logGroupName=group)["events"]
    failed = json.loads(event["message"])
    assert failed["delivery"]["destination"] == queue.arn and failed["delivery"]["statusCode"] == 403
    sns.publish(TopicArn=topic, Message="fine")
    assert (queue.bodies(), theirs.bodies()) == (["fine"], ["fine"])


def test_a_masked_document_is_signed_as_it_is(sns: Any, topic: str, queue: Queue, sqs: Any) -> None:
    """Of two subscribers with one document each, the text and the signature belong together."""
    plain = new_queue(sqs)
    subscribe(sns, topic, queue, RawMessageDelivery="false")
    subscribe(sns, topic, plain, RawMessageDelivery="false")
    sns.publish(TopicArn=topic, Message=MAIL)
    before = queue.documents()[0]
    protect(sns, topic, statement(DataDirection="Outbound", Operation=MASK))
    sns.publish(TopicArn=topic, Message=MAIL)
    [masked], [_, other] = queue.documents(), plain.documents()
    assert (before["Message"], masked["Message"], other["Message"]) == (MAIL, MASKED, MASKED)
    assert masked["Signature"] == other["Signature"] != before["Signature"]


def findings(served: Served, message_id: str, group: str = GROUP) -> list[dict[str, Any]]:
    events = served.client("logs").filter_log_events(logGroupName=group)["events"]
    found = [json.loads(event["message"]) for event in events]
    return [one for one in found if one["messageId"] == message_id]


def publish_until(served: Served, sns: Any, topic: str, message: str) -> dict[str, Any]:
    """Of a hundred messages 99 are looked at: the event of the first that is."""
    for _ in range(10):
        answer = sns.publish(TopicArn=topic, Message=message)
        if found := findings(served, answer["MessageId"]):
            return found[0]
    raise AssertionError("no message was audited")


def test_an_audit_says_what_it_finds(sns: Any, served: Served, topic: str, queue: Queue) -> None:
    subscribe(sns, topic, queue)
    protect(sns, topic, statement(Operation={"Audit": AUDIT}), statement(Operation=MASK))
    event = publish_until(served, sns, topic, f"{MAIL}, or bob@example.com")
    assert event.pop("auditTimestamp").endswith("Z") and len(event.pop("messageId")) == 36
    detections = [{"start": 9, "end": 24}, {"start": 33, "end": 48}]
    assert event == {
        "callerPrincipal": "arn:aws:iam::000000000000:root",
        "resourceArn": topic,
        "dataIdentifiers": [{"name": "EmailAddress", "count": 2, "detections": detections}],
    }
    assert set(queue.bodies()) == {f"{MASKED}, or {'#' * 15}"}  # it sees the message before it is masked
    silent = sns.publish(TopicArn=topic, Message="nothing")["MessageId"]
    assert findings(served, silent) == []


def test_an_audit_may_say_where_nothing_is_found_and_looks_at_a_share(sns: Any, served: Served, topic: str) -> None:
    nothing = {"NoFindingsDestination": AUDIT["FindingsDestination"]}
    protect(sns, topic, statement(Operation={"Audit": {"SampleRate": 99, **nothing}}))
    assert publish_until(served, sns, topic, "nothing")["dataIdentifiers"] == []
    protect(sns, topic, statement(Operation={"Audit": {"SampleRate": 0, **nothing}}))
    ids = [sns.publish(TopicArn=topic, Message="nothing")["MessageId"] for _ in range(5)]
    assert not [one for message_id in ids for one in findings(served, message_id)]


def test_findings_go_to_streams_and_buckets(sns: Any, served: Served, web: Scripted, topic: str) -> None:
    stream = new_name()
    where = {"Firehose": {"DeliveryStream": stream}, "S3": {"Bucket": "findings"}}
    everywhere = {**where, **AUDIT["FindingsDestination"]}  # type: ignore[dict-item]
    protect(sns, topic, statement(Operation={"Audit": {"SampleRate": "99", "FindingsDestination": everywhere}}))
    event = publish_until(served, sns, topic, MAIL)
    name, day = topic.rpartition(":")[2], event["auditTimestamp"][:10]
    path = f"AWSLogs/000000000000/sns/us-east-1/{name}/{day.replace('-', '/')}/{event['messageId']}.json"
    action = f"PUT /findings/{path}"
    web.replies[action] = Reply()
    served.clock()
    [asked] = web.wait_for(action)
    assert event == asked.json
    [file] = (served.folder / "streams" / stream).iterdir()
    assert [json.loads(line) for line in file.read_text().splitlines()] == [event]


def test_a_message_for_many_meets_the_policy_in_later_commits(
    sns: Any, served: Served, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(limits, "SNS_DELIVERIES_PER_BATCH", 2)
    for number in range(5):
        sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=f"+1415555020{number}")
    protect(sns, topic, statement(DataDirection="Outbound", Operation=MASK))
    message_id = sns.publish(TopicArn=topic, Message=MAIL)["MessageId"]
    served.clock()
    sent = [found for found in served.outgoing("sms") if found["messageId"] == message_id]
    assert len(sent) == 5 and all(MASKED in json.dumps(found) for found in sent)
