"""The verdicts on a mail that came in, and the headers that tell of them. Never raises: what cannot be judged is
PROCESSING_FAILED, and comes in all the same.

| | PASS | FAIL | GRAY | PROCESSING_FAILED |
|---|---|---|---|---|
| SPF | pass | fail | softfail, neutral, none | permerror, temperror |
| DKIM | a signature holds, of From's organization | none holds | none at all, or of others alone | no key, no sense |
| DMARC | either passed, in From's name | neither did | From's domain has no policy | temperror |

So AWS's notifications have it (those that users have shown, of 2018 to 2022): softfail and a signature of another
organization are GRAY, a failure under `p=none` is FAIL.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from ipaddress import IPv6Address, ip_address

from engine import limits
from integrations.ses.identities.dns_client import ask_one
from integrations.ses.verdicts import dkim, dmarc, spf
from integrations.ses.verdicts.dkim import Signature, SignatureError, Verifier
from integrations.ses.verdicts.spf import Ask
from integrations.ses.verdicts.spf_records import Sender, is_name

log = logging.getLogger("statewright.ses.receiving")

GRAY, PASS, FAIL, FAILED = "GRAY", "PASS", "FAIL", "PROCESSING_FAILED"
_SPF = {"pass": PASS, "fail": FAIL, "permerror": FAILED, "temperror": FAILED}
_SEPARATORS = re.compile(r"[^!-~]|[;()]")
_UNFIT = (LookupError, ValueError, AttributeError, TypeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Judged:
    """`verdicts`: spf, dkim, dmarc, and the `policy` of a domain whose DMARC failed. `headers`: lines, with CRLF."""

    verdicts: dict[str, str] = field(default_factory=dict)
    headers: str = ""


NOT_JUDGED = Judged()
_UNKNOWN = Judged({"spf": FAILED, "dkim": FAILED, "dmarc": FAILED})


async def judge(resolver: tuple[str, int], source: str, peer: str, helo: str, mail: bytes, now_seconds: int) -> Judged:
    """`source`: of the envelope, empty for the null sender; `helo`: without characters that mean something."""
    try:
        async with asyncio.timeout(limits.SES_VERDICT_SECONDS):
            return await _judge(_asking(resolver), source, peer, helo, mail, now_seconds)
    except TimeoutError:
        log.warning("a mail from %s could not be judged within %d seconds", peer, limits.SES_VERDICT_SECONDS)
    except Exception:
        log.exception("a mail from %s could not be judged", peer)
    return _UNKNOWN


def _asking(resolver: tuple[str, int]) -> Ask:
    """Each question is asked once, and no more of them than a mail may cost."""
    asked: dict[tuple[str, str], asyncio.Task[list[str] | None]] = {}

    async def ask(name: str, kind: str) -> Sequence[str] | None:
        question = name.lower().removesuffix("."), kind
        if question not in asked:
            if len(asked) >= limits.SES_VERDICT_QUESTIONS_MAX:
                return None
            asked[question] = asyncio.create_task(ask_one(resolver, question))
        return await asked[question]

    return ask


async def _judge(ask: Ask, source: str, peer: str, helo: str, mail: bytes, now_seconds: int) -> Judged:
    address = ip_address(peer)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    local, _, domain = (source or f"postmaster@{helo}").rpartition("@")
    sender = Sender(local, domain.lower(), helo, address)
    fields, author, signed = _read(mail)
    found, signatures, policy = await asyncio.gather(
        spf.check(ask, sender), _signatures(ask, mail, signed, now_seconds), _policy(ask, author)
    )
    return _told(sender, found, signatures, author, policy, fields)


def _read(mail: bytes) -> tuple[bool, str, list[Signature | None]]:
    """Whether the header can be read, the domain of From (empty: none, or several), and the signatures."""
    try:
        fields, _ = dkim.split(mail[: limits.SES_HEADER_BYTES_MAX + 4])
    except SignatureError:
        return False, "", []
    lines = [value for name, value in fields if name.strip().lower() == b"from"]
    return True, _domain_of(lines), dkim.signatures(fields)


def _domain_of(lines: Sequence[bytes]) -> str:
    if sum(len(one) for one in lines) > limits.SES_FROM_BYTES_MAX:
        return ""
    try:
        parsed = BytesHeaderParser().parsebytes(b"".join(b"From:" + one + b"\r\n" for one in lines) + b"\r\n")
        found = getaddresses([str(value).replace("\r", "").replace("\n", "") for value in parsed.get_all("From", [])])
    except _UNFIT:
        return ""
    domains = {address.rpartition("@")[2].lower() for _, address in found if "@" in address}
    domain = domains.pop() if len(domains) == 1 else ""
    return domain if is_name(domain) else ""


# ---- DKIM, DMARC ----


Checked = tuple[Signature | None, str]  # with pass, fail, temperror or permerror


async def _signatures(ask: Ask, mail: bytes, signed: Sequence[Signature | None], now_seconds: int) -> list[Checked]:
    """Hashing and checking is done on a thread of its own: mails are long, and keys may be."""
    keys = await asyncio.gather(*(_key(ask, one) for one in signed))
    if not any(keys):
        return [(one, _without_key(records)) for one, records in zip(signed, keys, strict=True)]

    def check() -> list[Checked]:
        verifier = Verifier(*dkim.split(mail))
        return [
            (one, verifier.result(one, records, now_seconds) if one and records else _without_key(records))
            for one, records in zip(signed, keys, strict=True)
        ]

    return await asyncio.to_thread(check)


async def _key(ask: Ask, one: Signature | None) -> Sequence[str] | None:
    return () if one is None else await ask(one.key_name, "TXT")


def _without_key(records: Sequence[str] | None) -> str:
    return "temperror" if records is None else "permerror"


async def _policy(ask: Ask, author: str) -> dmarc.Policy | str | None:
    """None: there is none; a text: DNS does not say."""
    if not author:
        return None
    listed = dmarc.names(author)
    texts = await asyncio.gather(*(ask(f"_dmarc.{name}", "TXT") for name in listed))
    records = {name: found for name, found in zip(listed, texts, strict=True) if found is not None}
    if len(records) < len(listed):
        return "temperror"
    return dmarc.policy_of(listed, records)


# ---- what is told of it ----


def _told(
    sender: Sender,
    found: spf.Found,
    signatures: Sequence[Checked],
    author: str,
    policy: dmarc.Policy | str | None,
    readable: bool,
) -> Judged:
    given = policy if isinstance(policy, dmarc.Policy) else None
    passed = [one.domain for one, result in signatures if one is not None and result == "pass"]
    verdicts = {
        "spf": _SPF.get(found.result, GRAY),
        "dkim": _dkim_verdict(passed, signatures, author, given) if readable else FAILED,
        "dmarc": GRAY,
    }
    said = "none" if policy is None else "temperror"
    if given is not None:
        said = _dmarc_result(sender, found, passed, signatures, author, given)
        verdicts["dmarc"] = {"pass": PASS, "fail": FAIL}.get(said, FAILED)
        if said == "fail":
            verdicts["policy"] = given.policy
    elif policy is not None:
        verdicts["dmarc"] = FAILED
    return Judged(verdicts, _headers(sender, found, signatures, author, said))


def _dkim_verdict(
    passed: Sequence[str], signatures: Sequence[Checked], author: str, policy: dmarc.Policy | None
) -> str:
    if any(dmarc.aligned(domain, author, policy) for domain in passed):
        return PASS
    if passed or not signatures:
        return GRAY
    return FAIL if any(result == "fail" for _, result in signatures) else FAILED


def _dmarc_result(
    sender: Sender,
    found: spf.Found,
    passed: Sequence[str],
    signatures: Sequence[Checked],
    author: str,
    policy: dmarc.Policy,
) -> str:
    by_spf = found.result == "pass" and dmarc.aligned(sender.domain, author, policy, policy.strict_spf)
    if by_spf or any(dmarc.aligned(domain, author, policy, policy.strict_dkim) for domain in passed):
        return "pass"
    unsure = found.result == "temperror" or any(result == "temperror" for _, result in signatures)
    return "temperror" if unsure else "fail"


def _headers(sender: Sender, found: spf.Found, signatures: Sequence[Checked], author: str, said_by_dmarc: str) -> str:
    """As AWS writes them; a signature that makes no sense is left out, and so is DKIM where there is none."""
    envelope = f"{sender.local}@{sender.domain}"
    by_spf = f"{found.result} ({_words(sender, found)}) client-ip={sender.address}; "
    by_spf = _line(f"{by_spf}envelope-from={envelope}; helo={sender.helo};")
    lines = [f"Received-SPF: {by_spf}", "Authentication-Results: amazonses.com;", f" spf={by_spf}"]
    known = [(one, result) for one, result in signatures if one is not None]
    lines += [_line(f" dkim={result} header.i={_SEPARATORS.sub('?', one.identity)};") for one, result in known]
    if author:
        member = "properties.from" if said_by_dmarc == "none" else "header.from"  # AWS's own
        lines.append(f" dmarc={said_by_dmarc} {member}={author};")
    return "".join(f"{line}\r\n" for line in lines)


def _words(sender: Sender, found: spf.Found) -> str:
    """Those of Apache's jSPF, which AWS's are (seen: pass, softfail, neutral, none, permerror)."""
    at, of = sender.address, found.domain
    return "spfCheck: " + {
        "pass": f"domain of {of} designates {at} as permitted sender",
        "fail": f"domain of {of} does not designate {at} as permitted sender",
        "softfail": f"transitioning domain of {of} does not designate {at} as permitted sender",
        "permerror": "Error in processing SPF Record",
        "temperror": "Error in retrieving data from DNS",
    }.get(found.result, f"{at} is neither permitted nor denied by domain of {of}")


def _line(text: str) -> str:
    """One line of printable ASCII, whatever a client called itself."""
    return "".join(one if " " <= one <= "~" else "?" for one in text)[: limits.SES_VERDICT_LINE_CHARS_MAX]
