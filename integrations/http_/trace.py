"""One exchange of an HTTP Task as TestState shows it at the level TRACE.

Headers are one text, `[a: 1, b: 2]`: those of the Task, of the connection, then User-Agent and Range; the Content-Type
that a body has by default is not among them. Source: AWS Step Functions, "Testing state machines with TestState API",
example 3.
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
        "headers": _headers_text(
            (name, value) for name, value in request.headers if not (request.typed and name == "Content-Type")
        ),
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
