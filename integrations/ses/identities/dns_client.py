"""Asking the configured DNS server."""

from collections.abc import Sequence

import anyio
import dns.asyncquery
import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from engine import limits
from integrations.ses.identities.dns_records import Answers, Question


async def ask_all(resolver: tuple[str, int], asked: Sequence[Question]) -> Answers:
    """All at once: where the server is silent, they wait together."""
    found: dict[Question, list[str] | None] = {}

    async def one(question: Question) -> None:
        found[question] = await ask_one(resolver, question)

    async with anyio.create_task_group() as group:
        for question in asked:
            group.start_soon(one, question)
    return found


async def ask_one(resolver: tuple[str, int], question: Question) -> list[str] | None:
    """The records' texts, in lower case but for TXT; None: no answer, or not one to rely on."""
    name, kind = question
    try:
        query = dns.message.make_query(name, kind)
        host, port = resolver
        answer, _ = await dns.asyncquery.udp_with_fallback(
            query, host, timeout=limits.SES_DNS_SECONDS, port=port, ignore_unexpected=True
        )
    except (dns.exception.DNSException, OSError, EOFError):
        return None
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return None
    wanted = dns.rdatatype.from_text(kind)
    return [_text(kind, record) for found in answer.answer if found.rdtype == wanted for record in found]


def _text(kind: str, record: object) -> str:
    if kind == "TXT":
        return b"".join(getattr(record, "strings")).decode("utf-8", "replace")  # noqa: B009 - by kind
    if kind in ("A", "AAAA"):
        return str(getattr(record, "address"))  # noqa: B009 - by kind
    target = getattr(record, "exchange" if kind == "MX" else "target")
    return str(target.to_text(omit_final_dot=True)).lower()
