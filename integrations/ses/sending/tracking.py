"""Mails that tell whether they are opened, and which of their links are followed: what is changed as they leave.

A link says what it leads to, sealed: nobody makes one that leads elsewhere. The mail's facts are kept beside it
(tracked_store), for the events of AWS's 60 days; the link leads on for ever.
"""

import base64
import binascii
from collections.abc import Iterator
from email.errors import MessageError
from email.generator import BytesGenerator
from email.message import Message
from email.parser import BytesParser
from io import BytesIO
from typing import Any

import orjson

from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.events.configuration_set_store import ConfigurationSet
from integrations.ses.sending.html_links import with_image, with_links

OPEN_PATH, CLICK_PATH = "/_aws/ses/open/", "/_aws/ses/click/"
OPEN, CLICK, SUBSCRIPTION = "OPEN", "CLICK", "SUBSCRIPTION"
_BOUND_TO = b"ses tracking"
# What the standard library raises on odd mails and charsets.
_UNFIT = (LookupError, ValueError, MessageError, AttributeError, TypeError, RecursionError, AssertionError)
# What has a signature, or is somebody else's, is left as it is.
_UNTOUCHED = ("multipart/signed", "multipart/encrypted")


def kinds(chosen: ConfigurationSet | None) -> frozenset[str]:
    """The types of events that the set's destinations ask for."""
    if chosen is None:
        return frozenset()
    return frozenset(kind for one in chosen.destinations if one.enabled for kind in one.kinds)


def tracked(
    tx: Transaction, caller: Caller, chosen: ConfigurationSet | None, message_id: str, made: bytes
) -> tuple[bytes, str | None]:
    """The mail as it leaves, and its first HTML part; None: it leaves as it is."""
    asked = kinds(chosen) & {OPEN, CLICK}
    if chosen is None or not asked:
        return made, None
    try:
        mail = BytesParser().parsebytes(made)
        changed = [_change(tx, caller, chosen, asked, message_id, part) for part in _html_parts(mail)]
        if not changed:
            return made, None
        written = BytesIO()
        BytesGenerator(written, mangle_from_=False, maxheaderlen=0).flatten(mail, linesep="\r\n")
        return written.getvalue(), changed[0].removesuffix("\n")
    except _UNFIT:
        return made, None


def _html_parts(part: "Message[str, str]") -> Iterator["Message[str, str]"]:
    kind = part.get_content_type()
    if kind in _UNTOUCHED:
        return
    if part.get_content_maintype() == "multipart":
        payload: Any = part.get_payload()
        for inner in payload if isinstance(payload, list) else ():
            yield from _html_parts(inner)
    elif kind == "text/html" and part.get_content_disposition() != "attachment":
        yield part


def _change(
    tx: Transaction,
    caller: Caller,
    chosen: ConfigurationSet,
    asked: frozenset[str],
    message_id: str,
    part: "Message[str, str]",
) -> str:
    charset = part.get_content_charset() or "utf-8"
    content: Any = part.get_payload(decode=True)
    text: str = content.decode(charset).replace("\r\n", "\n")
    if CLICK in asked:
        text = with_links(text, lambda url, tags: _link(tx, caller, chosen, message_id, url, tags))
    if OPEN in asked:
        token = _token(tx, caller, message_id, None, None)
        text = with_image(text, f"{_base(tx, caller, chosen, None)}{OPEN_PATH}{token}")
    encoded = binascii.b2a_qp(text.encode(charset, "xmlcharrefreplace")).decode("ascii")
    del part["Content-Transfer-Encoding"]
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(encoded)
    return text


def _link(tx: Transaction, caller: Caller, chosen: ConfigurationSet, message_id: str, url: str, tags: Any) -> str:
    token = _token(tx, caller, message_id, url, dict(tags))
    return f"{_base(tx, caller, chosen, url)}{CLICK_PATH}{token}"


def _base(tx: Transaction, caller: Caller, chosen: ConfigurationSet, url: str | None) -> str:
    """Where links begin. With a domain of the sender's own the policy says by what; without, this server's URL does."""
    if chosen.redirect_domain is None:
        return tx.settings.public_url or caller.base_url or tx.settings.url
    policy = chosen.https_policy
    secure = policy == "REQUIRE" or (policy == "REQUIRE_OPEN_ONLY" and url is None)
    secure = secure or (url is not None and url.lower().startswith("https:"))
    return f"{'https' if secure else 'http'}://{chosen.redirect_domain}"


def _token(tx: Transaction, caller: Caller, message_id: str, url: str | None, tags: dict[str, list[str]] | None) -> str:
    said = [caller.account, caller.region, caller.partition, message_id, url, tags]
    return base64.urlsafe_b64encode(tx.keys.seal(orjson.dumps(said), _BOUND_TO)).decode().rstrip("=")


def said_by(tx: Transaction, token: str) -> tuple[Caller, str, str | None, dict[str, list[str]] | None]:
    """Whose mail, its id, where its link leads, and the link's tags. Raises ServiceError."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        account, region, partition, message_id, url, tags = orjson.loads(tx.keys.open(sealed, _BOUND_TO))
    except (ValueError, ServiceError):
        raise ServiceError("NotFoundException", "This link is of no mail.", 404) from None
    return Caller(account, region, partition), message_id, url, tags
