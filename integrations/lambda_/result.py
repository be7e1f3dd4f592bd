"""What a Task gets from an invocation: the returned JSON itself, or Lambda's answer around it for `lambda:invoke`."""

from email.utils import formatdate
from typing import Any

from engine import jsontext
from integrations.lambda_ import errors
from integrations.lambda_.invocation import Invocation


def returned_value(text: str, invocation: Invocation) -> Any:
    """The value that a function returned. Raises StateError where it is no JSON."""
    try:
        return jsontext.loads(text)
    except jsontext.JsonError as error:
        raise errors.not_json(invocation.request_id, str(error)) from None


def invoke_result(text: str, invocation: Invocation) -> dict[str, Any]:
    """The result of `lambda:invoke`, with the payload parsed, as the optimised integration gives it."""
    headers = {
        "X-Amz-Executed-Version": invocation.function.version,
        "x-amzn-Remapped-Content-Length": "0",
        "Connection": "keep-alive",
        "x-amzn-RequestId": invocation.request_id,
        "Content-Length": str(jsontext.size_bytes(text)),
        "Date": formatdate(usegmt=True),
        "Content-Type": "application/json",
    }
    return {
        "ExecutedVersion": invocation.function.version,
        "Payload": returned_value(text, invocation),
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": invocation.request_id},
        "StatusCode": 200,
    }
