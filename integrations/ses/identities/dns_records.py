"""The records in DNS that verify an identity, and what is said of it by whether they are there. Pure.

| what | record |
|---|---|
| a domain | TXT `_amazonses.DOMAIN` with its token, or its DKIM records |
| Easy DKIM | CNAME `TOKEN._domainkey.DOMAIN` to `TOKEN.dkim.amazonses.com`, all three |
| a key of its own | TXT `SELECTOR._domainkey.DOMAIN` with the public key after `p=` |
| MAIL FROM | MX of the domain, and TXT that begins with `v=spf1`: whose hosts they name is their owner's business |
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import limits

Question = tuple[str, str]  # (name, TXT, CNAME, MX, A, AAAA or PTR)
Answers = Mapping[Question, Sequence[str] | None]  # None: the server did not answer

_DKIM_HOST = "dkim.amazonses.com"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for. `token`: None for an address; `public_key`: of BYODKIM, with its selector."""

    domain: str
    token: str | None = None
    dkim_tokens: Sequence[str] = ()
    selector: str | None = None
    public_key: str | None = None
    mail_from: str | None = None


def questions(wanted: Wanted) -> list[Question]:
    listed: list[Question] = []
    if wanted.token is not None:
        listed.append((f"_amazonses.{wanted.domain}", "TXT"))
    listed += [(f"{token}._domainkey.{wanted.domain}", "CNAME") for token in wanted.dkim_tokens]
    if wanted.selector is not None:
        listed.append((f"{wanted.selector}._domainkey.{wanted.domain}", "TXT"))
    if wanted.mail_from is not None:
        listed += [(wanted.mail_from, "MX"), (wanted.mail_from, "TXT")]
    return listed


def domain_there(wanted: Wanted, answers: Answers) -> bool | None:
    """None: the server did not say."""
    token = _any(answers[f"_amazonses.{wanted.domain}", "TXT"], lambda text: text == wanted.token)
    by_key = dkim_there(wanted, answers) if wanted.dkim_tokens or wanted.selector else False
    if token or by_key:
        return True
    return None if token is None or by_key is None else False


def dkim_there(wanted: Wanted, answers: Answers) -> bool | None:
    if wanted.selector is not None:
        said = answers[f"{wanted.selector}._domainkey.{wanted.domain}", "TXT"]
        return _any(said, lambda text: _public_key(text) == wanted.public_key)
    found = [
        _any(
            answers[f"{token}._domainkey.{wanted.domain}", "CNAME"],
            lambda text, token=token: text == f"{token}.{_DKIM_HOST}",
        )
        for token in wanted.dkim_tokens
    ]
    return False if False in found else (None if None in found else True)


def mail_from_there(wanted: Wanted, answers: Answers) -> bool | None:
    assert wanted.mail_from is not None
    exchange = _any(answers[wanted.mail_from, "MX"], lambda text: bool(text))
    policy = _any(answers[wanted.mail_from, "TXT"], lambda text: text.lower().startswith("v=spf1"))
    return False if False in (exchange, policy) else (None if None in (exchange, policy) else True)


def _any(said: Sequence[str] | None, holds: Any) -> bool | None:
    return None if said is None else any(holds(text) for text in said)


def _public_key(text: str) -> str | None:
    """Of `v=DKIM1; k=rsa; p=MIGf...`."""
    found = re.search(r"(?:^|;)\s*p=([A-Za-z0-9+/=\s]*)", text)
    return None if found is None else "".join(found[1].split())


def next_status(status: str, since_ms: int, there: bool | None, now_ms: int) -> tuple[str, int]:
    """What a status becomes, and since when: Pending -> Success, or Failed after 72 hours without it; Success ->
    TemporaryFailure -> Success or Failed. A server that does not answer takes nothing from anybody."""
    if there:
        return "Success", now_ms if status != "Success" else since_ms
    if status == "Success":
        return ("Success", since_ms) if there is None else ("TemporaryFailure", now_ms)
    if now_ms - since_ms >= limits.SES_DNS_PATIENCE_MS and not (status == "TemporaryFailure" and there is None):
        return "Failed", since_ms if status == "Failed" else now_ms
    return status, since_ms
