"""One exchange of an HTTP Task as TestState shows it at the level TRACE.

Source: AWS Step Functions API, InspectionDataRequest and InspectionDataResponse; headers are one text, `[a: 1, b: 2]`.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from engine.contract import HttpTrace
from integrations.http_.answer import HttpAnswer
from integrations.http_.request import HttpRequest


def traced(request: HttpRequest, answer: HttpAnswer | None) -> HttpTrace:
    """`answer` None: there was none."""
    protocol = urlsplit(request.url).scheme
    sent = {
        "protocol": protocol,
        "method": request.method,
        "url": request.url,
        "headers": _headers_text(request.headers),
    }
    if request.body is not None:
        sent["body"] = request.body.decode(errors="replace")
    if answer is None:
        return HttpTrace(sent, None)
    received = {
        "protocol": protocol,
        "statusCode": str(answer.status),
        "statusMessage": answer.status_text,
        "headers": _headers_text(answer.headers),
        "body": answer.body.decode(errors="replace"),
    }
    return HttpTrace(sent, received)


def _headers_text(headers: Iterable[tuple[str, str]]) -> str:
    return f"[{', '.join(f'{name}: {value}' for name, value in headers)}]"
