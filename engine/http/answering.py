"""The answer to a request, written to its connection at once: the head, the headers and the body in one piece.

ASGI sends an answer as two messages, which uvicorn takes apart, checks header by header and writes apart: a fifth of
the server's CPU under load. A Door that finds `WHOLE` in the scope's extensions hands it what is to be answered;
without it (another server, a client that reads slowly, an answer before the one that is due) the two messages do.
"""

from collections.abc import Sequence

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

WHOLE = "statewright.whole_answer"  # {"answer": (scope, status, headers, body) -> bool}, False: it could not be done

Headers = Sequence[tuple[bytes, bytes]]


def answer_whole(cycle: RequestResponseCycle, status: int, headers: Headers, body: bytes) -> bool:
    """Answer the request that `cycle` is about. False, and nothing is done: send it as ASGI has it."""
    if cycle.flow.write_paused or cycle.response_started or cycle.scope["method"] == "HEAD":
        return False
    if not cycle.disconnected:
        sent = [*cycle.default_headers, *headers]
        head = b"".join([name + b": " + value + b"\r\n" for name, value in sent])
        if head.count(b"\r") != len(sent) or head.count(b"\n") != len(sent):
            return False  # a line break in a header: uvicorn refuses it
        end = b"content-length: %d\r\n\r\n" if cycle.keep_alive else b"content-length: %d\r\nconnection: close\r\n\r\n"
        cycle.transport.write(STATUS_LINE[status] + head + end % len(body) + body)
    _complete(cycle)
    return True


def _complete(cycle: RequestResponseCycle) -> None:
    """What uvicorn does when the last byte of an answer was written."""
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    if cycle.disconnected:
        return
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
