"""The Task `arn:aws:states:::sns:publish[.waitForTaskToken]`: Publish in the execution's own transaction.

Parameters -> request (an object as Message is sent as JSON text) -> publish -> result with the SDK's metadata
"""

from functools import cache
from typing import Any

from engine.asl.model import Pattern
from engine.contract import Call, Caller, Transaction
from engine.errors import ServiceError
from engine.sdk.results import with_metadata
from engine.sdk.translation import Translation, translation
from integrations.sns.publishing import publish

PATTERNS = frozenset({Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN})


@cache
def _words() -> Translation:
    return translation("sns", "Publish", optimised="sns")


def publish_task(tx: Transaction, caller: Caller, call: Call) -> Any:
    """The Task's result: MessageId, and the metadata of the HTTP answer that AWS's client would have seen."""
    words = _words()
    request_id = tx.moment.uuid()
    request = words.request(call.parameters, request_id)
    try:
        response = publish(tx, caller, request)
    except ServiceError as error:
        raise words.failure(error, request_id) from None
    headers = {"x-amzn-RequestId": request_id, "Content-Type": "text/xml"}
    return with_metadata(words.result(response), 200, headers, request_id)
