"""`arn:aws:states:::sqs:sendMessage[.waitForTaskToken]`: the optimised integration, in the execution's transaction.

A MessageBody that is no string is sent as its JSON text. A QueueUrl whose host names no queue is what AWS's client
could not connect to: SQS.SdkClientException, as recorded.
"""

import re
from email.utils import formatdate
from functools import cache
from typing import Any

from engine.asl.model import Pattern
from engine.contract import Call, Caller, LocalAction, Transaction
from engine.errors import ServiceError
from engine.jsontext import dumps, size_bytes
from engine.sdk.errors import unreachable
from engine.sdk.results import with_metadata
from engine.sdk.translation import Translation, translation
from integrations.sqs.sending import send_message

SERVICE = "sqs"
_HOST_ONLY = re.compile(r"https?://([^/?#:]+)(?::\d+)?/?")


@cache
def _sending() -> Translation:
    return translation(SERVICE, "SendMessage", SERVICE)


def _send(tx: Transaction, caller: Caller, call: Call) -> dict[str, Any]:
    request_id = tx.moment.uuid()
    request = _sending().request(call.parameters, request_id)
    if host := _HOST_ONLY.fullmatch(request["QueueUrl"]):
        raise unreachable("SQS", f"{host[1]}: Name or service not known")
    try:
        answer = send_message(tx, caller, request)
    except ServiceError as error:
        raise _sending().failure(error, request_id) from None
    headers = {
        "x-amzn-RequestId": request_id,
        "Connection": "keep-alive",
        "Content-Length": str(size_bytes(dumps(answer))),
        "Date": formatdate(tx.moment.epoch_ms / 1000, usegmt=True),
        "Content-Type": "application/x-amz-json-1.0",
    }
    result = with_metadata(_sending().result(answer), 200, headers, request_id)
    return dict(sorted(result.items()))


SEND_MESSAGE = LocalAction(_send, frozenset({Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN}), checks_first=True)
