"""Looking into a queue without receiving: nothing changes, not even how often a message was received.

| path | for | gives |
|---|---|---|
| GET /_aws/sqs/messages?QueueUrl= | tests (--test-controls) | ReceiveMessageResponse: XML, or JSON if accepted |
| GET /_statewright/queues/messages?queue= | operators (`statewright queues`) | JSON: where each message is |

The first shows what can be received; `ShowInvisible=true` adds what is in flight, `ShowDelayed=true` what is delayed.
"""

import base64
from typing import Any

from engine import limits
from engine.contract import Caller, Page, PageAnswer, PageRequest, Transaction
from engine.errors import ServiceError
from engine.jsontext import dumps
from engine.wire.query_protocol import QueryProtocol
from engine.wire.sqs_query import sqs_query_service
from integrations.sqs import message_store
from integrations.sqs.books import books
from integrations.sqs.contents import View, body_of
from integrations.sqs.errors import missing_parameter, no_queue
from integrations.sqs.message_store import Message
from integrations.sqs.names import read_url
from integrations.sqs.queue_store import Queue

_EVERYTHING = View(["All"], ["All"])
_NO_HANDLE = "this message was not received"
_VISIBLE, _IN_FLIGHT, _DELAYED = "visible", "in flight", "delayed"


def peek(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    """GET /_aws/sqs/messages."""
    queue = _queue(tx, caller, request, "QueueUrl")
    shown = {_VISIBLE}
    if _is_on(request, "ShowInvisible"):
        shown.add(_IN_FLIGHT)
    if _is_on(request, "ShowDelayed"):
        shown.add(_DELAYED)
    messages = [_received(tx, queue, found) for found in _messages(tx, queue) if _state(tx, found) in shown]
    if "json" in request.headers.get("accept", ""):
        return PageAnswer(dumps(_as_json(messages, tx.moment.uuid())).encode())
    answer = QueryProtocol(sqs_query_service()).serialise("ReceiveMessage", {"Messages": messages}, tx.moment.uuid())
    return PageAnswer(answer.body, content_type="text/xml")


def look(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    """GET /_statewright/queues/messages."""
    queue = _queue(tx, caller, request, "queue")
    messages = [_placed(tx, queue, found) for found in _messages(tx, queue)]
    return PageAnswer(dumps({"queueArn": queue.arn, "messages": messages}).encode())


def _queue(tx: Transaction, caller: Caller, request: PageRequest, parameter: str) -> Queue:
    url = request.query.get(parameter)
    if not url:
        raise missing_parameter(parameter)
    found = books(tx).queue(tx.connection, read_url(caller, url))
    if found is None:
        raise no_queue()
    return found


def _is_on(request: PageRequest, parameter: str) -> bool:
    given = request.query.get(parameter, "false").lower()
    if given not in ("true", "false"):
        raise ServiceError("InvalidParameterValue", f"{parameter} is true or false, not {given}")
    return given == "true"


def _messages(tx: Transaction, queue: Queue) -> list[Message]:
    """The first ones, in the order in which they were sent."""
    since_ms = tx.moment.epoch_ms - queue.settings.retention_ms
    return message_store.listed(tx.connection, queue.bin, since_ms, limits.SQS_PEEKED_MAX)


def _state(tx: Transaction, message: Message) -> str:
    if message.visible_ms <= tx.moment.epoch_ms:
        return _VISIBLE
    return _IN_FLIGHT if message.received else _DELAYED


def _received(tx: Transaction, queue: Queue, message: Message) -> dict[str, Any]:
    return _EVERYTHING.shown(message, body_of(tx.keys, message), _NO_HANDLE, queue.address.account)


def _placed(tx: Transaction, queue: Queue, message: Message) -> dict[str, Any]:
    shown = _received(tx, queue, message)
    return {
        "messageId": message.id,
        "state": _state(tx, message),
        "body": shown["Body"],
        "sentAt": message.sent_ms / 1000,
        "visibleAt": message.visible_ms / 1000,
        "receiveCount": message.received,
        "groupId": message.lane or message.tenant,
        "attributes": {
            name: value.get("StringValue", "(binary)") for name, value in shown.get("MessageAttributes", {}).items()
        },
    }


def _as_json(messages: list[dict[str, Any]], request_id: str) -> dict[str, Any]:
    """As the XML says it."""
    return {
        "ReceiveMessageResponse": {
            "ReceiveMessageResult": {"Message": [_as_xml_says(message) for message in messages]},
            "ResponseMetadata": {"RequestId": request_id},
        }
    }


def _as_xml_says(message: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in message.items() if name not in ("Attributes", "MessageAttributes")}
    shown["Attribute"] = [{"Name": name, "Value": value} for name, value in message.get("Attributes", {}).items()]
    if "MessageAttributes" in message:
        shown["MessageAttribute"] = [
            {"Name": name, "Value": _plain(value)} for name, value in message["MessageAttributes"].items()
        ]
    return shown


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    if "BinaryValue" not in value:
        return value
    return {**value, "BinaryValue": base64.b64encode(value["BinaryValue"]).decode()}


PAGES = (
    Page("GET", "/_aws/sqs/messages", peek, reads=True, test_controls=True),
    Page("GET", "/_statewright/queues/messages", look, reads=True),
)
