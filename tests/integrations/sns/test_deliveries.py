"""What leaves the process: HTTP subscribers with a public validator of signatures, retries on a clock that is moved,
dead-letter queues, functions, delivery streams, and the log of how deliveries ended."""

import base64
import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from sns_message_validator import (  # type: ignore[import-untyped]
    SignatureVerificationFailureException,
    SNSMessageValidator,
)

from engine import limits
from integrations.sns.envelope import text_to_sign
from tests.api.client import refusal
from tests.integrations.scripted import Asked, Reply, Scripted
from tests.integrations.sns.conftest import Queue, Served, new_name, new_queue

SEEN = "POST /hook"


def get(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


def refused(url: str) -> int:
    """The status of a GET that must fail."""
    with pytest.raises(urllib.error.HTTPError) as error:
        get(url)
    with error.value as answer:
        return int(answer.code)


def document(asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asked.body)
    return found


def subscribed(sns: Any, web: Scripted, topic: str, **attributes: str) -> str:
    """A confirmed HTTP subscriber, which has forgotten the invitation."""
    web.replies[SEEN] = Reply()
    made = sns.subscribe(
        TopicArn=topic,
        Protocol="http",
        Endpoint=f"{web.url}/hook",
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )
    invitation = document(web.wait_for(SEEN)[0])
    sns.confirm_subscription(TopicArn=topic, Token=invitation["Token"])
    web.asked.clear()
    return str(made["SubscriptionArn"])


def validator(served: Served) -> Any:
    return SNSMessageValidator(cert_url_regex=f"^{served.endpoint}/SimpleNotificationService-[0-9a-f]{{32}}\\.pem$")


# ---- the handshake, and signatures that a public library accepts ----


def test_a_subscriber_from_invitation_to_farewell(sns: Any, served: Served, web: Scripted, topic: str) -> None:
    web.replies[SEEN] = Reply()
    asked = {"TopicArn": topic, "Protocol": "http", "Endpoint": f"{web.url}/hook"}
    assert sns.subscribe(**asked)["SubscriptionArn"] == "pending confirmation"
    sns.publish(TopicArn=topic, Message="before")
    [invited] = web.wait_for(SEEN)
    assert invited.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert invited.headers["x-amz-sns-topic-arn"] == topic and "x-amz-sns-subscription-arn" not in invited.headers
    assert invited.headers["content-type"] == "text/plain; charset=UTF-8"
    assert invited.headers["user-agent"] == "Amazon Simple Notification Service Agent"
    invitation = document(invited)
    validator(served).validate_message(invitation)
    confirmed = get(invitation["SubscribeURL"])  # without credentials
    arn = confirmed.partition("<SubscriptionArn>")[2].partition("</SubscriptionArn>")[0]
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (shown["PendingConfirmation"], shown["ConfirmationWasAuthenticated"]) == ("false", "false")
    assert json.loads(shown["EffectiveDeliveryPolicy"])["healthyRetryPolicy"]["numRetries"] == 3

    answer = sns.publish(TopicArn=topic, Message="hé", Subject="S")
    [_, notified] = web.wait_for(SEEN, 2)
    assert notified.headers["x-amz-sns-message-type"] == "Notification"
    assert notified.headers["x-amz-sns-message-id"] == answer["MessageId"]
    assert notified.headers["x-amz-sns-subscription-arn"] == arn
    notification = document(notified)
    validator(served).validate_message(notification)
    assert (notification["Message"], notification["Subject"]) == ("hé", "S")
    with pytest.raises(SignatureVerificationFailureException):
        validator(served).validate_message({**notification, "Message": "forged"})

    get(notification["UnsubscribeURL"])  # without credentials
    [*_, ended] = web.wait_for(SEEN, 3)
    assert ended.headers["x-amz-sns-message-type"] == "UnsubscribeConfirmation"
    farewell = document(ended)
    validator(served).validate_message(farewell)
    assert refusal(sns.get_subscription_attributes, SubscriptionArn=arn)[0] == "NotFound"
    get(farewell["SubscribeURL"])  # it was a mistake
    sns.publish(TopicArn=topic, Message="again")
    assert document(web.wait_for(SEEN, 4)[-1])["Message"] == "again"
    assert refused(invitation["SubscribeURL"]) == 400  # of the subscription that was ended


def test_signature_version_2_is_sha256(sns: Any, web: Scripted, topic: str) -> None:
    sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="2")
    subscribed(sns, web, topic)
    sns.publish(TopicArn=topic, Message="x")
    found = document(web.wait_for(SEEN)[0])
    assert found["SignatureVersion"] == "2"
    key = x509.load_pem_x509_certificate(get(found["SigningCertURL"]).encode()).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signature = base64.b64decode(found["Signature"])
    key.verify(signature, text_to_sign(found).encode(), padding.PKCS1v15(), SHA256())


def test_there_is_one_certificate_only(served: Served) -> None:
    assert refused(f"{served.endpoint}/SimpleNotificationService-00.pem") == 404


def test_who_confirmed_with_a_lock_must_sign_to_unsubscribe(sns: Any, web: Scripted, topic: str) -> None:
    web.replies[SEEN] = Reply()
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{web.url}/hook")
    token = document(web.wait_for(SEEN)[0])["Token"]
    assert refused(f"{document(web.asked[0])['SubscribeURL']}&AuthenticateOnUnsubscribe=true") == 403
    sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")
    sns.publish(TopicArn=topic, Message="x")
    assert refused(document(web.wait_for(SEEN, 2)[-1])["UnsubscribeURL"]) == 403


def test_raw_delivery(sns: Any, web: Scripted, topic: str) -> None:
    policy = json.dumps({"requestPolicy": {"headerContentType": "application/json"}})
    subscribed(sns, web, topic, RawMessageDelivery="true", DeliveryPolicy=policy)
    sns.publish(TopicArn=topic, Message='{"a": 1}')
    [asked] = web.wait_for(SEEN)
    assert asked.body == b'{"a": 1}' and asked.headers["x-amz-sns-rawdelivery"] == "true"
    assert asked.headers["content-type"] == "application/json"


# ---- retries, dead letters ----


def retry(**numbers: Any) -> str:
    policy = {"minDelayTarget": 2, "maxDelayTarget": 10, "numRetries": 6, "numNoDelayRetries": 1, **numbers}
    return json.dumps({"healthyRetryPolicy": {"numMinDelayRetries": 1, "numMaxDelayRetries": 2, **policy}})


def test_a_delivery_is_tried_again_in_four_phases_and_then_buried(
    sns: Any, sqs: Any, served: Served, web: Scripted, topic: str
) -> None:
    dead = new_queue(sqs)
    redrive = json.dumps({"deadLetterTargetArn": dead.arn})
    subscribed(sns, web, topic, DeliveryPolicy=retry(), RedrivePolicy=redrive)
    web.replies[SEEN] = Reply(status=500)
    began = served.clock()
    sns.publish(TopicArn=topic, Message="x")
    times: list[float] = []
    for _ in range(60):
        served.clock()
        times += [served.clock() - began] * (len(web.of(SEEN)) - len(times))
        if len(times) == 7:
            break
        served.seconds(1)
    # at once twice; 2 s; backing off from 2 to 10 s; 10 s twice
    assert times == [0, 0, 2, 4, 14, 24, 34]
    served.clock()
    [message] = dead.take()
    assert json.loads(message["Body"])["Message"] == "x"
    attributes = {name: found["StringValue"] for name, found in message["MessageAttributes"].items()}
    assert attributes["ErrorCode"] == "500" and "answered 500" in attributes["ErrorMessage"]
    assert attributes["RequestID"]


@pytest.mark.parametrize(("status", "attempts"), [(404, 1), (429, 7), (503, 7), (302, 7)])
def test_which_answers_are_final(
    sns: Any, served: Served, web: Scripted, topic: str, status: int, attempts: int
) -> None:
    subscribed(sns, web, topic, DeliveryPolicy=retry())
    web.replies[SEEN] = Reply(status=status)
    sns.publish(TopicArn=topic, Message="x")
    served.seconds(120)
    assert len(web.of(SEEN)) == attempts


def test_a_subscriber_that_recovers_gets_the_message_once(sns: Any, served: Served, web: Scripted, topic: str) -> None:
    subscribed(sns, web, topic)
    web.replies[SEEN] = [Reply(status=503), Reply()]
    sns.publish(TopicArn=topic, Message="x")
    web.wait_for(SEEN)
    served.seconds(19)
    assert len(web.of(SEEN)) == 1
    served.seconds(200)
    assert len(web.of(SEEN)) == 2


def test_a_topics_policy_holds_for_its_subscribers(sns: Any, served: Served, web: Scripted, topic: str) -> None:
    policy = {"http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 0}}}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(policy))
    subscribed(sns, web, topic)
    web.replies[SEEN] = Reply(status=500)
    sns.publish(TopicArn=topic, Message="x")
    served.seconds(100)
    assert len(web.of(SEEN)) == 1


def test_a_throttled_subscriber_gets_no_more_in_a_second(sns: Any, served: Served, web: Scripted, topic: str) -> None:
    subscribed(sns, web, topic, DeliveryPolicy=json.dumps({"throttlePolicy": {"maxReceivesPerSecond": 2}}))
    entries = [{"Id": str(number), "Message": str(number)} for number in range(6)]
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    counts = []
    for _ in range(6):
        served.clock()
        counts.append(len(web.of(SEEN)))
        served.seconds(0.5)
    assert counts == [1, 2, 3, 4, 5, 6]


def test_a_message_for_many_is_written_down_bit_by_bit(
    sns: Any, served: Served, topic: str, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SNS_DELIVERIES_PER_BATCH", 3)  # the server is in this process
    numbers = [f"+1555{number:07d}" for number in range(10)]
    for number in numbers:
        filtered = {"FilterPolicy": '{"kind": ["x"]}'} if number.endswith("5") else {}
        sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=number, Attributes=filtered)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    binary = {"b": {"DataType": "Binary", "BinaryValue": b"\xff"}}
    sent = sns.publish(TopicArn=topic, Message="to many", MessageAttributes=binary)["MessageId"]
    served.clock()
    got = [found["address"] for found in served.outgoing("sms") if found["messageId"] == sent]
    assert sorted(got) == [number for number in numbers if not number.endswith("5")]
    assert len(queue.bodies()) == 1


# ---- functions, streams ----

CALLED = "POST /function"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:{}"


def test_a_function_gets_the_event(sns: Any, served: Served, web: Scripted, topic: str) -> None:
    web.replies[CALLED] = Reply("null")
    arn = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION.format("take"))["SubscriptionArn"]
    attributes = {"kind": {"DataType": "String", "StringValue": "book"}}
    answer = sns.publish(TopicArn=topic, Message="x", MessageAttributes=attributes)
    [asked] = web.wait_for(CALLED)
    [record] = document(asked)["Records"]
    assert (record["EventSource"], record["EventVersion"]) == ("aws:sns", "1.0")
    assert record["EventSubscriptionArn"] == arn
    sent = record["Sns"]
    assert sent["MessageId"] == answer["MessageId"] and sent["Subject"] is None and sent["Message"] == "x"
    assert sent["MessageAttributes"] == {"kind": {"Type": "String", "Value": "book"}}
    assert {"SigningCertUrl", "UnsubscribeUrl", "Signature", "SignatureVersion", "Timestamp"} <= set(sent)


def test_a_function_that_is_not_there_loses_to_the_dead_letter_queue(
    sns: Any, served: Served, topic: str, queue: Queue
) -> None:
    sns.subscribe(
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=FUNCTION.format("missing"),
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": queue.arn})},
    )
    sns.publish(TopicArn=topic, Message="x")
    served.clock()
    [message] = queue.take()
    assert json.loads(message["Body"])["Message"] == "x"
    assert "ResourceNotFoundException" in message["MessageAttributes"]["ErrorMessage"]["StringValue"]


FAILED = Reply('{"errorMessage": "no", "errorType": "Odd"}', headers={"X-Amz-Function-Error": "Unhandled"})


def test_a_function_that_fails_is_called_three_times(
    sns: Any, served: Served, web: Scripted, topic: str, queue: Queue
) -> None:
    web.replies[CALLED] = FAILED
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": queue.arn})}
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION.format("take"), Attributes=redrive)
    sns.publish(TopicArn=topic, Message="x")
    counts = []
    for seconds in (0, 59, 1, 119, 1, 600):
        served.seconds(seconds)
        counts.append(len(web.of(CALLED)))
    assert counts == [1, 1, 2, 2, 3, 3]
    [message] = queue.take()
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"].startswith("Odd: ")


def test_a_function_that_cannot_be_reached_is_called_on(sns: Any, served: Served, web: Scripted, topic: str) -> None:
    web.replies[CALLED] = [Reply(status=500)] * 5 + [Reply("null")]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION.format("take"))
    sns.publish(TopicArn=topic, Message="x")
    served.clock()
    assert len(web.of(CALLED)) == 4  # three times without delay
    served.seconds(100)
    assert len(web.of(CALLED)) == 6


STREAM = "arn:aws:firehose:us-east-1:000000000000:deliverystream/{}"


def test_a_delivery_stream_is_lines_of_json(sns: Any, served: Served, topic: str) -> None:
    role = {"SubscriptionRoleArn": "arn:aws:iam::000000000000:role/r"}
    names = new_name(), new_name()
    for name, more in zip(names, ({}, {"RawMessageDelivery": "true"}), strict=True):
        sns.subscribe(TopicArn=topic, Protocol="firehose", Endpoint=STREAM.format(name), Attributes={**role, **more})
    sns.publish(TopicArn=topic, Message='{"a":\n1}')
    sns.publish(TopicArn=topic, Message="plain")
    served.clock()
    lines = []
    for name in names:
        [file] = (served.folder / "streams" / name).iterdir()
        lines.append(sorted(file.read_text().splitlines()))
    assert sorted(json.loads(line)["Message"] for line in lines[0]) == ["plain", '{"a":\n1}']
    assert lines[1] == ['"plain"', '{"a":1}']


# ---- how deliveries ended ----

ROLE = "arn:aws:iam::000000000000:role/logs"


def statuses(served: Served, group: str) -> list[dict[str, Any]]:
    logs = served.client("logs")
    found = logs.filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"]) for event in found]


def test_the_status_log(sns: Any, served: Served, web: Scripted, topic: str, queue: Queue) -> None:
    for name, value in (
        ("HTTPSuccessFeedbackRoleArn", ROLE),
        ("HTTPSuccessFeedbackSampleRate", "100"),
        ("HTTPFailureFeedbackRoleArn", ROLE),
        ("SQSSuccessFeedbackRoleArn", ROLE),
        ("SQSSuccessFeedbackSampleRate", "0"),
        ("SQSFailureFeedbackRoleArn", ROLE),
    ):
        sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)
    subscribed(sns, web, topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    answer = sns.publish(TopicArn=topic, Message="good")
    served.clock()
    group = f"sns/us-east-1/000000000000/{topic.rpartition(':')[2]}"
    made = [found for found in statuses(served, group) if found["notification"]["messageId"] == answer["MessageId"]]
    assert [found["status"] for found in made] == ["SUCCESS"]  # of the queue none: its sample rate is 0
    assert made[0]["delivery"]["destination"] == f"{web.url}/hook" and made[0]["delivery"]["statusCode"] == 200
    web.replies[SEEN] = Reply(status=404)
    queue.sqs.delete_queue(QueueUrl=queue.url)
    sns.publish(TopicArn=topic, Message="bad")
    served.clock()
    failed = statuses(served, f"{group}/Failure")
    assert {found["delivery"]["destination"] for found in failed} == {f"{web.url}/hook", queue.arn}
    assert {found["status"] for found in failed} == {"FAILURE"}
    assert {found["delivery"]["statusCode"] for found in failed} == {404, 400}
