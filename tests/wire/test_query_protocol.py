"""What the Query protocol takes and refuses, in which words; SQS's names of old, literally."""

import xml.etree.ElementTree as ElementTree
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import limits
from engine.errors import ServiceError
from engine.wire.form import unescaped
from engine.wire.protocol import WireRequest
from engine.wire.query_protocol import QueryProtocol
from engine.wire.service import load_service
from engine.wire.sqs_protocols import SqsQueryProtocol
from engine.wire.sqs_query import FLATTENED

SNS = QueryProtocol(load_service("sns"))
SQS = SqsQueryProtocol(load_service("sqs"))
FORM = {b"content-type": b"application/x-www-form-urlencoded; charset=utf-8"}


def posted(body: str | bytes, query: bytes = b"") -> WireRequest:
    return WireRequest("POST", "/", query, FORM, body.encode() if isinstance(body, str) else body)


def parsed(protocol: QueryProtocol, body: str | bytes) -> dict[str, Any]:
    request = posted(body)
    return protocol.parse(protocol.operation_name(request), request)


# (parameters, the request), as SQS's API reference writes them
SQS_REQUESTS: list[tuple[str, dict[str, Any]]] = [
    (
        "Action=SendMessage&QueueUrl=q&MessageBody=a+b%26c&DelaySeconds=5&MessageAttribute.1.Name=n"
        "&MessageAttribute.1.Value.StringValue=v&MessageAttribute.1.Value.DataType=String"
        "&MessageAttribute.2.Name=bin&MessageAttribute.2.Value.BinaryValue=AAE%3D&MessageAttribute.2.Value.DataType=Binary"
        "&MessageSystemAttribute.1.Name=AWSTraceHeader&MessageSystemAttribute.1.Value.StringValue=Root"
        "&MessageSystemAttribute.1.Value.DataType=String",
        {
            "QueueUrl": "q",
            "MessageBody": "a b&c",
            "DelaySeconds": 5,
            "MessageAttributes": {
                "n": {"StringValue": "v", "DataType": "String"},
                "bin": {"BinaryValue": b"\0\1", "DataType": "Binary"},
            },
            "MessageSystemAttributes": {"AWSTraceHeader": {"StringValue": "Root", "DataType": "String"}},
        },
    ),
    (
        "Action=SendMessageBatch&QueueUrl=q&SendMessageBatchRequestEntry.2.Id=b&SendMessageBatchRequestEntry.2.MessageBody=2"
        "&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=1"
        "&SendMessageBatchRequestEntry.10.Id=c&SendMessageBatchRequestEntry.10.MessageBody=3",
        {"QueueUrl": "q", "Entries": [{"Id": i, "MessageBody": b} for i, b in (("a", "1"), ("b", "2"), ("c", "3"))]},
    ),
    (
        "Action=CreateQueue&QueueName=q&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=40&Tag.1.Key=k&Tag.1.Value=v",
        {"QueueName": "q", "Attributes": {"VisibilityTimeout": "40"}, "tags": {"k": "v"}},
    ),
    (
        "Action=SetQueueAttributes&QueueUrl=q&Attribute.Name=VisibilityTimeout&Attribute.Value=35",
        {"QueueUrl": "q", "Attributes": {"VisibilityTimeout": "35"}},
    ),
    (
        "Action=ReceiveMessage&QueueUrl=q&MaxNumberOfMessages=5&AttributeName=All&MessageAttributeName.1=a.%2A",
        {"QueueUrl": "q", "MaxNumberOfMessages": 5, "AttributeNames": ["All"], "MessageAttributeNames": ["a.*"]},
    ),
    (
        "Action=DeleteMessageBatch&QueueUrl=q&DeleteMessageBatchRequestEntry.1.Id=a"
        "&DeleteMessageBatchRequestEntry.1.ReceiptHandle=h",
        {"QueueUrl": "q", "Entries": [{"Id": "a", "ReceiptHandle": "h"}]},
    ),
    (
        "Action=ChangeMessageVisibilityBatch&QueueUrl=q&ChangeMessageVisibilityBatchRequestEntry.1.Id=a"
        "&ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle=h"
        "&ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout=45",
        {"QueueUrl": "q", "Entries": [{"Id": "a", "ReceiptHandle": "h", "VisibilityTimeout": 45}]},
    ),
    (
        "Action=AddPermission&QueueUrl=q&Label=l&AWSAccountId.1=125074342641&ActionName.1=SendMessage&ActionName.2=ReceiveMessage",
        {
            "QueueUrl": "q",
            "Label": "l",
            "AWSAccountIds": ["125074342641"],
            "Actions": ["SendMessage", "ReceiveMessage"],
        },
    ),
    ("Action=UntagQueue&QueueUrl=q&TagKey.1=a&TagKey.2=b", {"QueueUrl": "q", "TagKeys": ["a", "b"]}),
    ("Action=ListQueues&Version=2012-11-05&Unknown=1", {}),
]


@pytest.mark.parametrize(("body", "request_"), SQS_REQUESTS, ids=lambda value: str(value)[7:30])
def test_sqs_requests(body: str, request_: dict[str, Any]) -> None:
    assert parsed(SQS, body) == request_


def test_every_flattened_member_of_sqs_has_its_name() -> None:
    """A shape that two structures share cannot have two names."""
    model = SQS.service.model
    for (structure, member), name in FLATTENED.items():
        shape: Any = model.shape_for(structure)
        found: Any = shape.members[member]
        listed = found.member.serialization["name"] if found.type_name == "list" else name
        assert (found.serialization["name"], listed, found.serialization["flattened"]) == (name, name, True)
    for name in model.shape_names:
        shape = model.shape_for(name)
        for member, found in getattr(shape, "members", {}).items():
            assert found.type_name not in ("list", "map") or (name, member) in FLATTENED


def test_sqs_answers() -> None:
    message = {
        "MessageId": "m",
        "Body": "a & b\r\n",
        "Attributes": {"SenderId": "s"},
        "MessageAttributes": {"n": {"StringValue": "v", "DataType": "String"}},
    }
    reply = SQS.serialise("ReceiveMessage", {"Messages": [message]}, "id-1")
    assert reply.body.decode() == (
        '<ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ReceiveMessageResult><Message>'
        "<MessageId>m</MessageId><Body>a &amp; b&#xD;\n</Body>"
        "<Attribute><Name>SenderId</Name><Value>s</Value></Attribute>"
        "<MessageAttribute><Name>n</Name><Value><StringValue>v</StringValue><DataType>String</DataType></Value>"
        "</MessageAttribute></Message></ReceiveMessageResult><ResponseMetadata><RequestId>id-1</RequestId>"
        "</ResponseMetadata></ReceiveMessageResponse>"
    )
    assert (b"content-type", b"text/xml") in reply.headers
    tags = SQS.serialise("ListQueueTags", {"Tags": {"k": "v"}}, "id").body.decode()
    assert "<ListQueueTagsResult><Tag><Key>k</Key><Value>v</Value></Tag></ListQueueTagsResult>" in tags
    nothing = SQS.serialise("DeleteQueue", {}, "id").body.decode()
    assert nothing.startswith(
        '<DeleteQueueResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ResponseMetadata>'
    )


def test_errors_have_the_codes_of_old() -> None:
    reply = SQS.error("SendMessage", ServiceError("QueueDoesNotExist", "gone"), "id-2")
    text = (
        "<Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>"
        "<Message>The specified queue does not exist for this wsdl version.</Message>"
    )
    assert text in reply.body.decode()
    assert reply.status == 400
    assert SQS.error(None, ServiceError("InternalFailure", "x", 500), "id").body.count(b"<Type>Receiver</Type>") == 1


# (protocol, parameters, code, a part of the message)
REFUSED: list[tuple[QueryProtocol, str | bytes, str, str]] = [
    (SNS, "", "MissingAction", "The request must contain the parameter Action."),
    (SNS, "Action=", "MissingAction", "parameter Action"),
    (SNS, "Action=Nope", "InvalidAction", "Could not find operation Nope for version NO_VERSION_SPECIFIED"),
    (SNS, "Action=ListTopics&Version=2009-01-01", "InvalidAction", "ListTopics for version 2009-01-01"),
    (SNS, "Action=Publish&Action=ListTopics", "MalformedQueryString", "The parameter Action is given more than once."),
    (SNS, "Action=ListTopics&NextToken=%zz", "MalformedQueryString", "The percent sign at byte 28"),
    (SNS, "Action=ListTopics&NextToken=%", "MalformedQueryString", "percent sign"),
    (SNS, "Action=ListTopics&NextToken=%ff%fe", "MalformedQueryString", "not text in UTF-8"),
    (SNS, b"Action=ListTopics&NextToken=\xff", "MalformedQueryString", "not text in UTF-8"),
    (SNS, "Action=ListTopics&" + "a=1&" * 100_000, "MalformedQueryString", "more than 5000 parameters"),
    (SNS, "Action=ListTopics&" + ".1.b" * 30_000 + "=1", "MalformedQueryString", "more than 32 parts"),
    (SNS, "Action=ListTopics&" + "a" * 1_000_000 + "=1&" + "a" * 1_000_000 + "=2", "MalformedQueryString", "aaaa"),
    (SNS, "Action=ListTopics&NextToken=a&NextToken.b=c", "MalformedQueryString", "a value and a structure at once"),
    (SNS, "Action=ListTopics&NextToken.b=c&NextToken=a", "MalformedQueryString", "a value and a structure at once"),
    (SNS, "Action=ListTopics&NextToken.b=c", "MalformedInput", "The value of NextToken is not a plain value."),
    (SNS, "Action=CreateTopic&Name=t&Tags=a", "MalformedInput", "The value 'a' of Tags is not a list."),
    (SNS, "Action=CreateTopic&Name=t&Tags.member=a", "MalformedInput", "The value 'a' of Tags is not a list."),
    (SNS, "Action=CreateTopic&Name=t&Tags.1.Key=a", "MalformedInput", "not a list of the form member.N"),
    (SNS, "Action=CreateTopic&Name=t&Tags.member.x.Key=a", "MalformedInput", "items are numbered"),
    (SNS, "Action=CreateTopic&Name=t&Tags.member.-1.Key=a", "MalformedInput", "items are numbered"),
    (SNS, "Action=CreateTopic&Name=t&Tags.member.1=a", "MalformedInput", "'a' of Tags.1 is not a structure"),
    (SNS, "Action=CreateTopic&Name=t&Attributes.entry.1.key=a", "MalformedInput", "an entry with key and value"),
    (SNS, "Action=ConfirmSubscription", "ValidationError", "Value null at 'topicArn' failed to satisfy constraint"),
    (
        SNS,
        "Action=CheckIfPhoneNumberIsOptedOut",
        "ValidationError",
        "1 validation error detected: Value at 'phoneNumber'",
    ),
    (SQS, "Action=SendMessage&QueueUrl=q", "MissingParameter", "must contain the parameter MessageBody."),
    (
        SQS,
        "Action=SendMessageBatch&QueueUrl=q&SendMessageBatchRequestEntry.1.MessageBody=x",
        "MissingParameter",
        "The request must contain the parameter SendMessageBatchRequestEntry.1.Id.",
    ),
    (
        SQS,
        "Action=SendMessage&QueueUrl=q&MessageBody=m&DelaySeconds=x",
        "MalformedInput",
        "not a number of the type integer",
    ),
    (SQS, "Action=SendMessage&QueueUrl=q&MessageBody=m&DelaySeconds=" + "9" * 20_000, "MalformedInput", "a number"),
    (SQS, "Action=SendMessage&QueueUrl=q&MessageBody=m&DelaySeconds=1_0", "MalformedInput", "'1_0' of DelaySeconds"),
    (SQS, "Action=SendMessage&QueueUrl=q&MessageBody=m&DelaySeconds=٣", "MalformedInput", "a number"),
    (
        SQS,
        "Action=SendMessage&QueueUrl=q&MessageBody=m&MessageAttribute.1.Name=a&MessageAttribute.1.Value.BinaryValue=%2A",
        "MalformedInput",
        "The value of MessageAttribute.1.Value.BinaryValue is not base64.",
    ),
]


@pytest.mark.parametrize(("protocol", "body", "code", "message"), REFUSED, ids=range(len(REFUSED)))
def test_refused(protocol: QueryProtocol, body: str | bytes, code: str, message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        parsed(protocol, body)
    assert (caught.value.code, caught.value.status) == (code, 400)
    assert message in caught.value.message
    assert len(caught.value.message) < 600


def test_the_query_string_and_the_body_are_one_form() -> None:
    request = posted("TopicArn=t&Action=DeleteTopic", b"Action=DeleteTopic&Version=2010-03-31")
    assert SNS.operation_name(request) == "DeleteTopic"
    assert SNS.parse("DeleteTopic", request) == {"TopicArn": "t"}
    got = WireRequest("GET", "/", b"Action=ListTopics&NextToken=a%20b", {}, b"")
    assert SNS.parse(SNS.operation_name(got), got) == {"NextToken": "a b"}


def test_a_list_that_is_empty() -> None:
    assert parsed(SNS, "Action=TagResource&ResourceArn=a&Tags=") == {"ResourceArn": "a", "Tags": []}
    assert parsed(SNS, "Action=TagResource&ResourceArn=a&Tags=&Tags.member.1.Key=k&Tags.member.1.Value=") == {
        "ResourceArn": "a",
        "Tags": [{"Key": "k", "Value": ""}],
    }


NAMES = st.lists(
    st.sampled_from(["Action", "Tags", "member", "entry", "1", "2", "Key", "Attributes", "", "x"]), max_size=5
)
PAIRS = st.lists(st.tuples(NAMES.map(".".join), st.text(max_size=5)), max_size=8)


@given(st.sampled_from(sorted(SNS.service.operation_names)), PAIRS)
def test_any_form_is_a_request_or_a_refusal(operation: str, pairs: list[tuple[str, str]]) -> None:
    try:
        assert isinstance(SNS.parse(operation, posted(urlencode(pairs))), dict)
    except ServiceError as error:
        assert error.status == 400


@given(st.sampled_from(sorted(SQS.service.operation_names)), st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_refusal(operation: str, body: bytes) -> None:
    try:
        assert isinstance(SQS.parse(operation, posted(body)), dict)
    except ServiceError as error:
        assert error.status == 400


@given(
    st.lists(st.sampled_from([b" ", b"\n", b"\r\n", b"=", b"%41", b"%3d", b"%0A", b"%FF", b"\t", b"%25", b"."])).map(
        b"".join
    )
)
def test_escapes_are_those_of_urls(raw: bytes) -> None:
    assert unescaped(raw) == unquote_to_bytes(raw)


@given(st.text())
def test_any_text_is_xml(text: str) -> None:
    for reply in (
        SQS.serialise("CreateQueue", {"QueueUrl": text}, "id"),
        SQS.error(None, ServiceError("C", text), "id"),
    ):
        ElementTree.fromstring(reply.body)


def test_the_largest_forms_are_read_in_no_time() -> None:
    """So many parameters as one request may have, all of them deep."""
    body = "&".join(f"{number}" + ".a" * 31 + "=1" for number in range(limits.FORM_PARAMETERS_MAX - 1))
    assert parsed(SNS, "Action=ListTopics&" + body) == {}
