"""Many services and protocols on one port: who gets a request, in which protocol, and how it is answered."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contract import Caller
from engine.errors import ServiceError
from engine.http.service_door import Handler, ServiceDoor
from tests.http.running import Running, running

QUEUE = "http://127.0.0.1/000000000000/q"


async def send(caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    if request["QueueUrl"] == "gone":
        raise ServiceError("QueueDoesNotExist", "The specified queue does not exist.")
    return {
        "MessageId": json.dumps([request, caller.account, caller.region, caller.anonymous]),
        "MD5OfMessageBody": "m",
    }


async def queue_url(caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    return {"QueueUrl": f"{caller.base_url}/{caller.account}/{request['QueueName']}"}


async def publish(caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    if request.get("TopicArn") == "gone":
        raise ServiceError("NotFoundException", "Topic does not exist")
    return {"MessageId": f"{caller.arn('sns', 't')} {request['Message']}"}


async def nothing(caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    return {}


async def identity(caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    if request["EmailIdentity"] == "gone":
        raise ServiceError("NotFoundException", "Email identity gone does not exist.")
    return {"MailFromAttributes": {"MailFromDomain": f"{request['EmailIdentity']} of {caller.account}"}}


async def crash(caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    raise ZeroDivisionError("secret of the house")


SERVICES: dict[str, dict[str, Handler]] = {
    "sqs": {"SendMessage": send, "GetQueueUrl": queue_url, "DeleteQueue": nothing, "PurgeQueue": crash},
    "sns": {"Publish": publish, "DeleteTopic": nothing, "ListTopics": crash},
    "ses": {"DeleteIdentity": nothing},
    "sesv2": {"GetEmailIdentity": identity},
    "ec2": {"DeleteSecurityGroup": nothing},
}


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(more=[ServiceDoor(name, handlers) for name, handlers in SERVICES.items()]) as found:
        yield found


def client(served: Running, service: str, region: str = "us-east-1") -> Any:
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{served.port}",
        region_name=region,
        aws_access_key_id="111122223333",
        aws_secret_access_key="secret",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )


def raw(
    served: Running, method: str, path: str, body: str | bytes = "", *headers: str
) -> tuple[int, dict[str, str], str]:
    data = body.encode() if isinstance(body, str) else body
    head = [f"{method} {path} HTTP/1.1", f"Content-Length: {len(data)}", *headers]
    if not any(header.lower().startswith("host:") for header in headers):
        head.append("Host: localhost:4566")
    status, found, answer = served.answer("\r\n".join(head).encode() + b"\r\n\r\n" + data)
    return status, found, answer.decode()


FORM = "Content-Type: application/x-www-form-urlencoded"


def test_sns_by_boto3(served: Running) -> None:
    sns = client(served, "sns", "eu-west-1")
    assert sns.publish(TopicArn="t", Message="é&<")["MessageId"] == "arn:aws:sns:eu-west-1:111122223333:t é&<"
    assert sns.delete_topic(TopicArn="t")["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(sns.exceptions.NotFoundException) as caught:
        sns.publish(TopicArn="gone", Message="m")
    assert caught.value.response["Error"] == {
        "Type": "Sender",
        "Code": "NotFound",
        "Message": "Topic does not exist",
        "Detail": None,
    }
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_sqs_by_boto3(served: Running) -> None:
    sqs = client(served, "sqs")
    request, account, region, anonymous = json.loads(sqs.send_message(QueueUrl=QUEUE, MessageBody="m")["MessageId"])
    assert (request, account, region, anonymous) == (
        {"QueueUrl": QUEUE, "MessageBody": "m"},
        "111122223333",
        "us-east-1",
        False,
    )
    assert sqs.get_queue_url(QueueName="q")["QueueUrl"] == f"http://127.0.0.1:{served.port}/111122223333/q"
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
        sqs.send_message(QueueUrl="gone", MessageBody="m")
    error = caught.value.response["Error"]
    assert (error["Code"], error["QueryErrorCode"]) == ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
    with pytest.raises(
        ClientError, match=r"\(MissingParameter\).*The request must contain the parameter MessageBody\."
    ):
        sqs.send_message(QueueUrl=QUEUE)


def test_sqs_errors_in_json_carry_the_code_of_query(served: Running) -> None:
    body = '{"QueueUrl": "gone", "MessageBody": "m"}'
    status, headers, answer = raw(served, "POST", "/", body, "X-Amz-Target: AmazonSQS.SendMessage")
    assert status == 400
    assert headers["x-amzn-query-error"] == "aws.simplequeueservice.nonexistentqueue;sender"
    assert headers["x-amzn-errortype"] == "queuedoesnotexist"
    assert json.loads(answer)["__type"] == "com.amazonaws.sqs#QueueDoesNotExist"


def test_two_versions_of_ses_by_boto3(served: Running) -> None:
    """They sign alike: the path tells them apart."""
    assert client(served, "ses").delete_identity(Identity="a")["ResponseMetadata"]["HTTPStatusCode"] == 200
    second = client(served, "sesv2")
    found = second.get_email_identity(EmailIdentity="a/b@c.example")
    assert found["MailFromAttributes"]["MailFromDomain"] == "a/b@c.example of 111122223333"
    with pytest.raises(second.exceptions.NotFoundException, match="Email identity gone does not exist"):
        second.get_email_identity(EmailIdentity="gone")
    with pytest.raises(ClientError, match="does not support the operation GetAccount of Amazon Simple Email Service"):
        second.get_account()


def test_rest_without_credentials(served: Running) -> None:
    status, _, answer = raw(served, "GET", "/v2/email/identities/a")
    assert (status, json.loads(answer)["MailFromAttributes"]) == (200, {"MailFromDomain": "a of 000000000000"})
    assert raw(served, "GET", "/v2/email/nowhere")[0] == 404


def test_ec2_by_boto3(served: Running) -> None:
    ec2 = client(served, "ec2")
    assert ec2.delete_security_group(GroupId="sg-1")["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(ClientError, match=r"\(UnsupportedOperation\).*does not support the operation DescribeVpcs"):
        ec2.describe_vpcs()
    with pytest.raises(ClientError, match=r"\(UnknownParameter\).*The parameter GroupIdentity is not recognized"):
        ec2.meta.events.register(
            "before-call.ec2.DeleteSecurityGroup", lambda params, **_: params["body"].update(GroupIdentity="x")
        )
        ec2.delete_security_group(GroupId="sg-1")


# method, path, body, headers: ways to send a message `m` to a queue, and the QueueUrl, account and region it comes with
SENT: list[tuple[str, str, str, list[str], str, str, str]] = [
    ("POST", "/", f"Action=SendMessage&QueueUrl={QUEUE}&MessageBody=m", [FORM], QUEUE, "000000000000", "us-east-1"),
    (
        "POST",
        "/",
        "Action=SendMessage&Version=2012-11-05&QueueUrl=q&MessageBody=m",
        [],
        "q",
        "000000000000",
        "us-east-1",
    ),
    ("GET", "/?Action=SendMessage&QueueUrl=q&MessageBody=m", "", [], "q", "000000000000", "us-east-1"),
    (
        "GET",
        "/444455556666/q?Action=SendMessage&MessageBody=m",
        "",
        [],
        "http://localhost:4566/444455556666/q",
        "444455556666",
        "us-east-1",
    ),
    (
        "POST",
        "/444455556666/q",
        "Action=SendMessage&MessageBody=m",
        [FORM],
        "http://localhost:4566/444455556666/q",
        "444455556666",
        "us-east-1",
    ),
    (
        "POST",
        "/444455556666/q.fifo",
        "Action=SendMessage&MessageBody=m",
        [],
        "http://localhost:4566/444455556666/q.fifo",
        "444455556666",
        "us-east-1",
    ),
    (
        "POST",
        "/queue/eu-west-1/444455556666/q",
        "Action=SendMessage&MessageBody=m",
        [FORM],
        "http://localhost:4566/queue/eu-west-1/444455556666/q",
        "444455556666",
        "eu-west-1",
    ),
    (
        "GET",
        "/444455556666/q?Action=SendMessage&MessageBody=m",
        "",
        ["Host: sqs.ap-south-1.localhost:1"],
        "http://sqs.ap-south-1.localhost:1/444455556666/q",
        "444455556666",
        "ap-south-1",
    ),
    (
        "GET",
        "/444455556666/q?Action=SendMessage&MessageBody=m",
        "",
        ["Host: eu-west-3.queue.localhost"],
        "http://eu-west-3.queue.localhost/444455556666/q",
        "444455556666",
        "eu-west-3",
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "headers", "url", "account", "region"), SENT, ids=range(len(SENT)))
def test_ways_to_a_queue(
    served: Running, method: str, path: str, body: str, headers: list[str], url: str, account: str, region: str
) -> None:
    status, found, answer = raw(served, method, path, body, *headers)
    assert (status, found["content-type"]) == (200, "text/xml"), answer
    said = answer.partition("<MessageId>")[2].partition("</MessageId>")[0]
    assert json.loads(said) == [{"QueueUrl": url, "MessageBody": "m"}, account, region, True]


def test_a_presigned_request(served: Running) -> None:
    request = AWSRequest("GET", f"http://localhost:{served.port}/?Action=Publish&Message=m&TopicArn=t")
    SigV4QueryAuth(Credentials("111122223333", "s"), "sns", "eu-west-1").add_auth(request)
    path = request.prepare().url.partition(str(served.port))[2]
    status, _, answer = raw(served, "GET", path)
    assert status == 200
    assert "<MessageId>arn:aws:sns:eu-west-1:111122223333:t m</MessageId>" in answer


# (method, path, body, headers), status, a part of the answer
REFUSED: list[tuple[tuple[Any, ...], int, str]] = [
    (
        ("POST", "/", "Action=Nope&Version=2010-03-31", FORM),
        400,
        "<Code>InvalidAction</Code><Message>Nothing here answers the action 'Nope'",
    ),
    (("POST", "/", "Action=Publish&Version=1999-01-01", FORM), 400, "Nothing here answers the action 'Publish'"),
    (
        ("POST", "/", "Action=CreateTopic&Name=a&Version=2010-03-31", FORM),
        400,
        "<Code>UnsupportedOperation</Code><Message>Statewright does not support the operation CreateTopic",
    ),
    (("POST", "/", "Action=ListTopics", FORM), 500, "<Type>Receiver</Type><Code>InternalFailure</Code>"),
    (("POST", "/000000000000/q", "Action=SendMessage&MessageBody=%ff", FORM), 400, "<Code>MalformedQueryString</Code>"),
    (("POST", "/000000000000/q", "MessageBody=x", FORM), 400, "<Code>MissingAction</Code>"),
    (("POST", "/000000000000/q", b"\xff\xfe", FORM), 400, "<Code>MalformedQueryString</Code>"),
    (("POST", "/000000000000/q", "a=1&" * 100_000, FORM), 400, "<Code>MalformedQueryString</Code>"),
    (("POST", "/000000000000/q", "{}", "Content-Type: application/json"), 400, "<Code>MissingAction</Code>"),
    (("POST", "/", "Action=DeleteTopic" + "&a=1" + "x" * 2_000_000, FORM), 413, "Request size limit exceeded"),
    (("GET", "/nowhere", ""), 404, "There is no page /nowhere here"),
    (("GET", "/000000000000/q", ""), 404, "There is no page"),
    (
        ("POST", "/", "", "Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/dynamodb/aws4_request, x"),
        400,
        "the service 'dynamodb'",
    ),
]


@pytest.mark.parametrize(("request_", "status", "text"), REFUSED, ids=range(len(REFUSED)))
def test_refused(served: Running, request_: tuple[Any, ...], status: int, text: str) -> None:
    found, _, answer = raw(served, *request_)
    assert found == status
    assert text in answer
    assert "secret of the house" not in answer


def test_a_large_message_fits_sqs_and_no_other(served: Running) -> None:
    body = "Action=SendMessage&MessageBody=" + "%C3%A9" * 500_000
    assert raw(served, "POST", "/000000000000/q", body, FORM)[0] == 200
    assert raw(served, "POST", "/000000000000/q", body * 2, FORM)[0] == 413


def test_the_front_page_is_still_there(served: Running) -> None:
    assert "A durable, self-hosted" in raw(served, "GET", "/")[2]
    assert raw(served, "GET", "/healthz?Action=ListTopics")[0] == 200


METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
PARTS = st.sampled_from(
    [
        "/",
        "/000000000000/q",
        "/queue/eu-west-1/000000000000/q",
        "/v2/email/identities/%ff",
        "/v2/email/tags",
        "//",
        "/x",
    ]
)
PAIRS = st.lists(
    st.tuples(
        st.sampled_from(
            ["Action", "Version", "QueueUrl", "MessageBody", "MessageAttribute.1.Name", "Filter.1.Value.1", "x"]
        ),
        st.sampled_from(["SendMessage", "Publish", "DescribeVpcs", "2012-11-05", "%ff", "%zz", "a+b", ""]),
    ),
    max_size=5,
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))
SIGNED = st.sampled_from(["sqs", "sns", "ses", "ec2", "states", "nope", ""]).map(
    lambda name: (
        [f"Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/{name}/aws4_request, x"] if name else []
    )
)
TYPES = st.sampled_from([[], [FORM], ["Content-Type: application/json"], ["Content-Type: \xe9"]])


@settings(max_examples=300, deadline=None)
@given(METHODS, PARTS, PAIRS, PAIRS | st.binary(max_size=60), SIGNED, TYPES)
def test_any_request_gets_an_answer_below_500(
    served: Running, method: str, path: str, query: str, body: str | bytes, signed: list[str], types: list[str]
) -> None:
    """But for the operations here that crash, which no request of these names."""
    data = body.encode() if isinstance(body, str) else body
    target = f"{path}?{query}" if query else path
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", f"Content-Length: {len(data)}", *signed, *types]
    with served.connect() as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data)
        assert int(connection.recv(65_536).split(b" ")[1]) < 500
